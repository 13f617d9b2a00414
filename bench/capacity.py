"""From what one process does to pods and euros, and a simulation that looks whether it is enough.

    python -m bench.capacity [--people 100000] [--orders 300]

Per-process figures are those of README's table; change them here when they change there. Prices
are a large cloud's list prices a month, rounded up; change them, too. The simulation plays the
first ten minutes of an on-sale second by second: a burst at the start, then what stays, and in the
middle the loss of a zone; a queue grows where a second brings more than its processes do. Exit 1
where one waits over 200 ms.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from dataclasses import dataclass

SECONDS = 600
GOAL_MS = 200.0
# A process is planned to be this full, so that two of three zones carry all of it.
USED = 0.6


@dataclass(frozen=True)
class Kind:
    """What a process does a second at most, and what it costs a month."""

    name: str
    most: float
    euros: float


# README: 9,086 orders a second of one process. A tenth of it is planned for, since an api pod
# answers every other route beside; a read by the hot table counts for a quarter of an order.
API = Kind("api", 900.0, 36.0)
# README: 132,509 deliveries a second and core with 10,000 sockets.
REALTIME = Kind("realtime", 100_000.0, 36.0)
SOCKETS_A_POD = 5_000
# README: as many were open at one process; past it newcomers are refused.
SOCKETS_MOST = 10_000
# bench.payments: what a worker has under way at once, 150 ms each.
WORKER = Kind("worker", 400.0, 18.0)
# bench.growth: 14,000 orders a second while an event grows to a million of them. Half of it is
# planned for, since payments, messages and figures write beside. Two zones, 16 GB, 500 GB, as
# deploy/aws has it.
DATABASE = Kind("PostgreSQL", 7_000.0, 640.0)
KINDS = (API, REALTIME, WORKER, DATABASE)
FIXED = {
    "Valkey, two zones, 6 GB": 180.0,
    "balancer, firewall, CDN": 220.0,
    "two NAT gateways": 80.0,
    "logs, metrics, backups": 180.0,
}


@dataclass(frozen=True)
class Load:
    people: int
    orders: float

    @property
    def requests(self) -> float:
        """Reads a second: each person looks at something every ten seconds, half from the CDN."""
        return self.people / 10 / 2

    @property
    def deliveries(self) -> float:
        """Each open page hears of its event once a second at most where many watch."""
        return float(self.people)


def pods(load: Load) -> dict[str, int]:
    """How many of each, at least two."""
    api = load.requests / (API.most * 4) + load.orders / API.most
    realtime = max(load.people / SOCKETS_A_POD, load.deliveries / REALTIME.most)
    return {
        "api": max(2, math.ceil(api / USED)),
        "realtime": max(2, math.ceil(realtime)),
        "worker": max(2, math.ceil(load.orders / WORKER.most / USED)),
        # More than one: several houses, by host (decision 35).
        "PostgreSQL": max(1, math.ceil(load.orders / DATABASE.most / USED)),
    }


def euros(count: dict[str, int]) -> float:
    kinds = {kind.name: kind.euros for kind in KINDS}
    return sum(kinds[name] * number for name, number in count.items()) + sum(FIXED.values())


def longest_wait_ms(
    load: Load, count: dict[str, int], *, chance: random.Random
) -> dict[str, float]:
    """Each second's work is the load's with a burst at the start; what is not done waits.

    In the middle one of three zones is lost. Endless where nobody is left, or sockets have no room.
    """
    left = {name: number - math.ceil(number / 3) for name, number in count.items()}
    # Of PostgreSQL the other zone's takes over.
    left |= {DATABASE.name: count[DATABASE.name]}
    if 0 in left.values() or load.people > left[REALTIME.name] * SOCKETS_MOST:
        return dict.fromkeys(count, math.inf)
    queue = dict.fromkeys(count, 0.0)
    waited = dict.fromkeys(count, 0.0)
    for second in range(SECONDS):
        there = count if second < SECONDS // 2 else left
        capacity = {kind.name: there[kind.name] * kind.most for kind in KINDS}
        burst = 1.0 + 0.5 * math.exp(-second / 60) + chance.uniform(-0.1, 0.1)
        work = {
            "api": load.orders * burst + load.requests * burst / 4,
            "realtime": load.deliveries,
            "worker": load.orders * burst,
            "PostgreSQL": load.orders * burst,
        }
        for name, most in capacity.items():
            queue[name] = max(0.0, queue[name] + work[name] - most)
            # One behind the other within the second, and behind what was left of the last.
            busy = min(work[name] / most, 1.0)
            own = 1000 * busy / max(1 - busy, 0.01) / most
            waited[name] = max(waited[name], own + 1000 * queue[name] / most)
    return waited


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=100_000, help="with a page open")
    parser.add_argument("--orders", type=float, default=300.0, help="a second")
    given = parser.parse_args()
    load = Load(given.people, given.orders)
    count = pods(load)
    waited = longest_wait_ms(load, count, chance=random.Random(1))
    print("| what | how many | euros a month | longest wait ms |\n| --- | --- | --- | --- |")
    for kind in KINDS:
        number = count[kind.name]
        price = number * kind.euros
        print(f"| {kind.name} | {number} | {price:.0f} | {waited[kind.name]:.1f} |")
    for name, price in FIXED.items():
        print(f"| {name} | | {price:.0f} | |")
    print(f"| all | {sum(count.values())} | {euros(count):.0f} | |")
    return 1 if max(waited.values()) > GOAL_MS else 0


if __name__ == "__main__":
    sys.exit(main())
