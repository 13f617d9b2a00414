"""Orders a second over HTTP, durable, with everything on this machine.

    python -m bench.orders [--quick] [--table] [--profile] [--granian] [--runs 3]

By one server process and by two. One hot event with one section and with four; bodies of one line
with two places, as bare holds and free; closed loop at 256 connections, then an open loop at 1,000
a second. `--table` adds sixty sections, 16 to 1,000 connections, named seats, best available, a
sold-out event, and a disk whose commits take 2 ms more. Worker, PostgreSQL and Valkey run beside.
Exit 1 only where the totals are wrong: an oversold section, an acknowledged order that is not
there, stock that differs from tickets.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import msgspec
import uvloop

from bench.load import NextRequest, Result, closed_loop, open_loop
from bench.stack import Stack, running_stack
from tests.worlds import Fan, Place, World, make_fans, make_world

FANS = 1_000
PLENTY = 5_000_000
COMMIT_DELAY_US = 2_000
# Rows of a seated section, and of one that a stadium has; both houses have 480,000 seats.
LARGE = tuple((f"R{n}", 80) for n in range(100))
USUAL = tuple((f"R{n}", 40) for n in range(25))


@dataclass(frozen=True)
class Case:
    """One load: what is for sale, what is asked for, over how many connections."""

    name: str
    places: tuple[Place, ...]
    payment: str = "card"
    connections: int = 256
    named: bool = False
    expected: int = 201
    commit_delay: bool = False


def general(sections: int, *, amount: int = 4500) -> tuple[Place, ...]:
    return (Place(PLENTY, amount=amount, fee=amount // 30),) * sections


USUALLY = (
    Case("1 section, bare hold", general(1)),
    Case("4 sections, bare hold", general(4)),
    Case("1 section, free", general(1, amount=0), payment="free"),
    Case("4 sections, free", general(4, amount=0), payment="free"),
)
TABLE = (
    *USUALLY,
    Case("60 sections, bare hold", general(60)),
    *(Case("1 section, bare hold", general(1), connections=count) for count in (16, 64, 1_000)),
    Case("60 sections, named seats", (Place(rows=LARGE),) * 60, named=True),
    Case("480 sections, best available", (Place(rows=USUAL),) * 480),
    Case("1 section, sold out", (Place(0),), expected=409),
    Case("1 section, bare hold, commits take 2 ms more", general(1), commit_delay=True),
)


def requests(world: World, fans: list[Fan], case: Case) -> NextRequest:
    """Whole HTTP requests, a new idempotency key each; bodies rotate over the sections."""
    heads = [
        f"POST /api/v1/orders HTTP/1.1\r\nHost: arena\r\nAuthorization: Bearer {fan.token}\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: ".encode()
        for fan in fans
    ]
    tails = [_tail(body) for body in _bodies(world, case)]
    counter = itertools.count()

    def next_request() -> bytes:
        n = next(counter)
        return b"%sk%d%s" % (heads[n % len(heads)], n, tails[n % len(tails)])

    return next_request


def _bodies(world: World, case: Case) -> Iterator[dict[str, object]]:
    """Two places of each section in turn; if they are named, each pair of neighbours once."""
    pairs: list[list[dict[str, object]] | None] = [None]
    if case.named:
        pairs = [
            [{"row": label, "seat": seat}, {"row": label, "seat": seat + 1}]
            for label, seats in case.places[0].rows
            for seat in range(1, seats, 2)
        ]
    for seats in pairs:
        for section in range(len(world.section_ids)):
            named = {} if seats is None else {"seats": seats}
            yield world.order(section, quantity=2, paymentMethod={"type": case.payment}, **named)


def _tail(body: dict[str, object]) -> bytes:
    content = msgspec.json.encode(body)
    return b"\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)


async def prepare(stack: Stack, case: Case) -> tuple[World, list[Fan]]:
    db = await asyncpg.connect(stack.settings.database_url)
    try:
        world = await make_world(db, stack.settings, sections=case.places)
        return world, await make_fans(db, world, FANS)
    finally:
        await db.close()


async def wrong_totals(stack: Stack, world: World, *, acknowledged: int) -> list[str]:
    """What is not as it must be, in words; empty if all is well."""
    db = await asyncpg.connect(stack.settings.database_url)
    try:
        orders = await db.fetchval(
            "SELECT count(*) FROM orders WHERE event_id = $1", world.event_id
        )
        rows = await db.fetch(
            "SELECT s.section_id, s.capacity, s.held, s.sold,"
            " count(t.*) FILTER (WHERE t.status = 'RESERVED') AS reserved,"
            " count(t.*) FILTER (WHERE t.status = 'VALID') AS valid"
            " FROM stock s LEFT JOIN tickets t ON t.event_id = s.event_id"
            " AND t.section_id = s.section_id WHERE s.event_id = $1 GROUP BY s.id",
            world.event_id,
        )
    finally:
        await db.close()
    found = [] if orders == acknowledged else [f"{acknowledged} acknowledged, {orders} stored"]
    for row in rows:
        if row["held"] + row["sold"] > row["capacity"]:
            found.append(f"section {row['section_id']} is oversold")
        if (row["held"], row["sold"]) != (row["reserved"], row["valid"]):
            found.append(f"section {row['section_id']}: stock differs from tickets")
    return found


def show_profile(stack: Stack, before: dict[str, float], seconds: float) -> None:
    for name, now in sorted(stack.cpu_seconds().items()):
        share = (now - before.get(name, 0.0)) / seconds
        if share > 0.005:
            print(f"    {name:<12} {share:6.0%} of a core")


def row(name: str, results: list[Result], *, status: int = 201) -> str:
    middle = statistics.median(r.statuses[status] / r.seconds for r in results)
    p50 = statistics.median(r.percentile(0.5) for r in results)
    p95 = statistics.median(r.percentile(0.95) for r in results)
    p99 = statistics.median(r.percentile(0.99) for r in results)
    return f"| {name} | {middle:,.0f} | {p50:.1f} | {p95:.1f} | {p99:.1f} |"


async def all_ports(stack: Stack, make: NextRequest, *, connections: int, seconds: float) -> Result:
    """The closed loop, its connections shared out evenly over the server processes."""
    each = connections // len(stack.ports)
    parts = await asyncio.gather(
        *(closed_loop(port, make, connections=each, seconds=seconds) for port in stack.ports)
    )
    statuses: Counter[int] = Counter()
    for part in parts:
        statuses.update(part.statuses)
    latencies = [latency for part in parts for latency in part.latencies_ms]
    return Result(max(part.seconds for part in parts), statuses, latencies)


async def measure(stack: Stack, options: argparse.Namespace) -> list[str]:
    faults: list[str] = []
    for case in TABLE if options.table else USUALLY:
        faults += await measure_case(stack, case, options)
    return faults + await measure_open_loop(stack, options)


async def measure_case(stack: Stack, case: Case, options: argparse.Namespace) -> list[str]:
    faults: list[str] = []
    stack.delay_commits(COMMIT_DELAY_US if case.commit_delay else 0)
    world, fans = await prepare(stack, case)
    make = requests(world, fans, case)
    # Warm up: token cache, plans, the first pages.
    warm = await all_ports(stack, make, connections=64, seconds=1.5)
    sold, results = warm.statuses[201], []
    for _ in range(options.runs):
        before = stack.cpu_seconds()
        result = await all_ports(stack, make, connections=case.connections, seconds=options.seconds)
        if set(result.statuses) != {case.expected}:
            faults.append(f"{case.name}: answered {dict(result.statuses)}")
        sold += result.statuses[201]
        results.append(result)
        if options.profile:
            show_profile(stack, before, result.seconds)
    name = f"{_processes(stack)}, {case.name}, C={case.connections}"
    print(row(name, results, status=case.expected), flush=True)
    return faults + await wrong_totals(stack, world, acknowledged=sold)


async def measure_open_loop(stack: Stack, options: argparse.Namespace) -> list[str]:
    case = USUALLY[0]
    world, fans = await prepare(stack, case)
    make = requests(world, fans, case)
    opened = [
        await open_loop(stack.ports[0], make, rate=1_000, connections=256, seconds=options.seconds)
        for _ in range(options.runs)
    ]
    print(row(f"{_processes(stack)}, {case.name}, open loop at 1,000/s", opened), flush=True)
    sold = sum(result.statuses[201] for result in opened)
    return await wrong_totals(stack, world, acknowledged=sold)


def _processes(stack: Stack) -> str:
    return f"{len(stack.ports)} process{'es' * (len(stack.ports) > 1)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 s a run instead of 8")
    parser.add_argument("--table", action="store_true", help="the long table, 5 s a run")
    parser.add_argument("--profile", action="store_true", help="print CPU by process")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--servers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--granian", action="store_true", help="behind Granian (pip install it)")
    options = parser.parse_args()
    options.seconds = 3.0 if options.quick else 5.0 if options.table else 8.0
    print("| load | orders/s | p50 ms | p95 ms | p99 ms |\n| --- | --- | --- | --- | --- |")
    faults: list[str] = []
    for servers in options.servers:
        with running_stack(servers=servers, granian=options.granian) as stack:
            faults += uvloop.run(measure(stack, options))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
