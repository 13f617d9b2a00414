"""The speed of orders while one event grows to a million of them, then beside 10,000 events.

    python -m bench.growth [--orders 1000000] [--events 10000]

First the database writes as much as the sale will. A server that has run for a day takes WAL files
that are there already; a new one fills each with zeros, and every commit waits for that 50 ms:
which is no matter of how many orders there are.

Two server processes sell one section over 256 connections without a pause; a row is printed each
100,000 orders, with the memory of the servers. Then the same event, and a new one, are measured
again with the other events in the database. Exit 1 only where the totals are wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import asyncpg
import uvloop

from bench.load import NextRequest
from bench.orders import USUALLY, all_ports, prepare, requests, row, wrong_totals
from bench.stack import Stack, running_stack
from tests.worlds import Place, World, make_world

CASE = USUALLY[0]
STEP = 100_000
SECONDS = 8.0
SECTIONS = 4
# Events are made over this many connections at once.
MAKERS = 4
WAL_BYTES = 1_600_000_000
FILLING_ROWS = 100_000


async def sell(stack: Stack, make: NextRequest, *, orders: int) -> int:
    """Sells until there are so many, a row each step; how many it became."""
    sold = step = 0
    while sold < orders:
        result = await all_ports(stack, make, connections=CASE.connections, seconds=SECONDS)
        sold += result.statuses[201]
        if sold // STEP > step or sold == result.statuses[201]:
            step = sold // STEP
            memory = ", ".join(f"{size / 2**20:,.0f} MiB" for size in _memory(stack))
            print(row(f"at {sold:,} orders; servers hold {memory}", [result]), flush=True)
    return sold


def _memory(stack: Stack) -> list[int]:
    """Resident bytes of each server."""
    sizes: list[int] = []
    for name, process in stack.processes.items():
        if name.startswith("server"):
            status = Path(f"/proc/{process.pid}/status").read_text()
            sizes.append(int(status.split("VmRSS:")[1].split()[0]) * 1024)
    return sizes


async def write_ahead(stack: Stack) -> None:
    """Leaves WAL files to be used again."""
    db = await asyncpg.connect(stack.settings.database_url)
    try:
        await db.execute("CREATE TABLE written_ahead (filling TEXT)")
        for _ in range(WAL_BYTES // (1_000 * FILLING_ROWS)):
            await db.execute(
                "INSERT INTO written_ahead SELECT repeat('x', 1000) FROM generate_series(1, $1)",
                FILLING_ROWS,
            )
        await db.execute("DROP TABLE written_ahead")
        await db.execute("CHECKPOINT")
    finally:
        await db.close()


async def make_events(stack: Stack, count: int) -> None:
    async def some(share: int) -> None:
        db = await asyncpg.connect(
            stack.settings.database_url, server_settings={"synchronous_commit": "off"}
        )
        try:
            for _ in range(share):
                await make_world(db, stack.settings, sections=(Place(1_000),) * SECTIONS)
        finally:
            await db.close()

    await asyncio.gather(*(some(count // MAKERS) for _ in range(MAKERS)))


async def measure(stack: Stack, options: argparse.Namespace) -> list[str]:
    await write_ahead(stack)
    world, fans = await prepare(stack, CASE)
    make = requests(world, fans, CASE)
    await all_ports(stack, make, connections=64, seconds=2)
    sold = await sell(stack, make, orders=options.orders)
    await make_events(stack, options.events)
    sold += await several(stack, make, name=f"the same beside {options.events:,} events")
    faults = await _faults(stack, world, at_least=sold)
    world, fans = await prepare(stack, CASE)
    make = requests(world, fans, CASE)
    sold = await several(stack, make, name=f"a new event beside {options.events:,} events")
    return faults + await _faults(stack, world, at_least=sold)


async def several(stack: Stack, make: NextRequest, *, name: str) -> int:
    """Three runs, the median printed; how many were sold."""
    results = [
        await all_ports(stack, make, connections=CASE.connections, seconds=SECONDS)
        for _ in range(3)
    ]
    print(row(name, results), flush=True)
    return sum(result.statuses[201] for result in results)


async def _faults(stack: Stack, world: World, *, at_least: int) -> list[str]:
    db = await asyncpg.connect(stack.settings.database_url)
    try:
        stored = await db.fetchval(
            "SELECT count(*) FROM orders WHERE event_id = $1", world.event_id
        )
    finally:
        await db.close()
    lost = [f"{at_least} acknowledged, {stored} stored"] if stored < at_least else []
    return lost + await wrong_totals(stack, world, acknowledged=stored)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000)
    options = parser.parse_args()
    print("| state | orders/s | p50 ms | p95 ms | p99 ms |\n| --- | --- | --- | --- | --- |")
    with running_stack(servers=2) as stack:
        faults = uvloop.run(measure(stack, options))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
