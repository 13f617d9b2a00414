"""Orders a second over HTTP, durable, with everything on this machine.

    python -m bench.orders [--quick] [--profile] [--runs 3]

By one server process and by two. One hot event with one section and with four; bodies of one line
with two places, as bare holds and free; closed loop at 256 connections, then an open loop at 1,000
a second. Worker, PostgreSQL and Valkey run beside. Exit 1 only where the totals are wrong: an
oversold section, an acknowledged order that is not there, stock that differs from tickets.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import sys
from collections import Counter

import asyncpg
import uvloop

from bench.load import NextRequest, Result, closed_loop, open_loop
from bench.stack import Stack, running_stack
from tests.worlds import Fan, Place, World, make_fans, make_world

FANS = 1_000
PLENTY = 5_000_000


def requests(world: World, fans: list[Fan], *, payment: str) -> NextRequest:
    """Whole HTTP requests, a new idempotency key each; bodies rotate over the sections."""
    heads = [
        f"POST /api/v1/orders HTTP/1.1\r\nHost: arena\r\nAuthorization: Bearer {fan.token}\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: ".encode()
        for fan in fans
    ]
    bodies = [
        json.dumps(world.order(n, quantity=2, paymentMethod={"type": payment})).encode()
        for n in range(len(world.section_ids))
    ]
    tails = [b"\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies]
    counter = itertools.count()

    def next_request() -> bytes:
        n = next(counter)
        return b"%sk%d%s" % (heads[n % len(heads)], n, tails[n % len(tails)])

    return next_request


async def prepare(stack: Stack, *, sections: int, amount: int) -> tuple[World, list[Fan]]:
    db = await asyncpg.connect(stack.settings.database_url)
    try:
        places = tuple(Place(PLENTY, amount=amount, fee=amount // 30) for _ in range(sections))
        world = await make_world(db, stack.settings, sections=places)
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


def row(name: str, results: list[Result]) -> str:
    middle = statistics.median(r.per_second for r in results)
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
    seconds = 3.0 if options.quick else 8.0
    processes = f"{len(stack.ports)} process{'es' * (len(stack.ports) > 1)}"
    for sections, payment in ((1, "card"), (4, "card"), (1, "free"), (4, "free")):
        world, fans = await prepare(
            stack, sections=sections, amount=0 if payment == "free" else 4500
        )
        make = requests(world, fans, payment=payment)
        # Warm up: token cache, plans, the first pages.
        warm = await all_ports(stack, make, connections=64, seconds=2)
        sold, results = warm.statuses[201], []
        for _ in range(options.runs):
            before = stack.cpu_seconds()
            result = await all_ports(stack, make, connections=options.connections, seconds=seconds)
            if set(result.statuses) != {201}:
                faults.append(f"answers other than 201: {dict(result.statuses)}")
            sold += result.statuses[201]
            results.append(result)
            if options.profile:
                show_profile(stack, before, result.seconds)
        kind = "bare hold" if payment == "card" else payment
        name = f"{sections} section{'s' * (sections > 1)}, {kind}"
        print(row(f"{processes}, {name}, C={options.connections}", results), flush=True)
        faults += await wrong_totals(stack, world, acknowledged=sold)
    world, fans = await prepare(stack, sections=1, amount=4500)
    make = requests(world, fans, payment="card")
    opened = [
        await open_loop(stack.ports[0], make, rate=1_000, connections=256, seconds=seconds)
        for _ in range(options.runs)
    ]
    print(row(f"{processes}, 1 section, bare hold, open loop at 1,000/s", opened), flush=True)
    sold = sum(result.statuses[201] for result in opened)
    return faults + await wrong_totals(stack, world, acknowledged=sold)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 s a run instead of 8")
    parser.add_argument("--profile", action="store_true", help="print CPU by process")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--connections", type=int, default=256)
    options = parser.parse_args()
    print("| load | orders/s | p50 ms | p95 ms | p99 ms |\n| --- | --- | --- | --- | --- |")
    faults: list[str] = []
    for servers in (1, 2):
        with running_stack(servers=servers) as stack:
            faults += uvloop.run(measure(stack, options))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
