"""What the second wall costs: orders a second through row-level security and past it, in turns.

    python -m bench.wall [--turns 8] [--seconds 3]

Two houses of the same code stand beside each other, each with engines of its own. The service of
one logs in as the role that the policies bind, as always; that of the other as the owner of the
tables, whom they do not. One works while the other rests. For each load: orders a second and
processor time an order of server and PostgreSQL, medians of the turns, and the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass, field

import uvloop

from bench.load import NextRequest
from bench.orders import USUALLY, Case, all_ports, prepare, requests, wrong_totals
from bench.stack import Stack, running_stack

CONNECTIONS = 256
WARM_SECONDS = 2.0
COUNTED = ("server 1", "server 2", "postgres")


@dataclass
class House:
    """One of the two, and what its turns showed of the present load."""

    name: str
    stack: Stack
    sold: int = 0
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    """Microseconds of processors for each order, in each turn."""

    def processor_seconds(self) -> float:
        spent = self.stack.cpu_seconds()
        return sum(spent.get(name, 0.0) for name in COUNTED)

    async def turn(self, make: NextRequest, *, seconds: float) -> None:
        before = self.processor_seconds()
        result = await all_ports(self.stack, make, connections=CONNECTIONS, seconds=seconds)
        done = result.statuses[201]
        self.sold += done
        self.rates.append(done / result.seconds)
        self.costs.append((self.processor_seconds() - before) / done * 1e6)


async def compare(case: Case, walled: Stack, open_: Stack, *, turns: int, seconds: float) -> bool:
    """Prints a line for each of the two and the ratio; whether what was sold is as answered."""
    houses = [House("through the wall", walled), House("past it", open_)]
    faults: list[str] = []
    worlds = {}
    makes: dict[str, NextRequest] = {}
    for house in houses:
        world, fans = await prepare(house.stack, case)
        worlds[house.name] = world
        makes[house.name] = requests(world, fans, case)
        await house.turn(makes[house.name], seconds=WARM_SECONDS)
        house.rates.clear()
        house.costs.clear()
    for number in range(turns):
        # Who begins is another one each time.
        for house in houses if number % 2 == 0 else reversed(houses):
            await house.turn(makes[house.name], seconds=seconds)
    for house in houses:
        faults += await wrong_totals(house.stack, worlds[house.name], acknowledged=house.sold)
        rate, cost = statistics.median(house.rates), statistics.median(house.costs)
        print(f"| {case.name}, {house.name} | {rate:,.0f} | {cost:.0f} |")
    pairs = zip(houses[0].rates, houses[1].rates, strict=True)
    each = sorted(with_wall / without for with_wall, without in pairs)
    costs = statistics.median(houses[0].costs) / statistics.median(houses[1].costs)
    print(
        f"| {case.name}, ratio | {statistics.median(each):.3f} ({each[0]:.2f} to {each[-1]:.2f}) "
        f"| {costs:.3f} |",
        flush=True,
    )
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return not faults


async def measure(walled: Stack, open_: Stack, options: argparse.Namespace) -> bool:
    print("| load | orders/s | processors, us an order |\n| --- | --- | --- |")
    is_right = True
    for case in USUALLY:
        is_right &= await compare(case, walled, open_, turns=options.turns, seconds=options.seconds)
    return is_right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    with (
        running_stack(servers=2) as walled,
        running_stack(servers=2, as_owner=True) as open_,
    ):
        return 0 if uvloop.run(measure(walled, open_, options)) else 1


if __name__ == "__main__":
    sys.exit(main())
