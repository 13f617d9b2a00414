"""What pages tell by the megabyte, and what that does to orders: p95 alone and beside it.

    python -m bench.analytics [--seconds 10] [--rate 300] [--events 1000] [--connections 8]
                              [--rows 0]

Orders run alone first, then beside the intake, at the same rate. `--rows` puts so many rows of
minutes into the tables before, for the time of a summary over them. Exit 1 where a batch was
answered and is not in the table.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import json
import secrets
import sys
import time

import asyncpg
import uvloop

from bench.load import NextRequest, Result, closed_loop, open_loop
from bench.orders import Case, general, requests
from bench.stack import Stack, running_stack
from tests.worlds import Fan, World, make_fans, make_world

BATCHES = 64
SESSIONS_A_BATCH = 40


def batches(world: World, *, events: int) -> NextRequest:
    """Whole requests, made before: sessions come again, as they do."""
    now = dt.datetime.now(dt.UTC).isoformat()
    made: list[bytes] = []
    for _ in range(BATCHES):
        sessions = [secrets.token_hex(12) for _ in range(SESSIONS_A_BATCH)]
        told = [
            {
                "type": "view" if number % 4 else "select",
                "eventId": str(world.event_id),
                "sessionId": sessions[number % SESSIONS_A_BATCH],
                "at": now,
                "properties": {"page": "event", "view": "map", "width": 390},
            }
            for number in range(events)
        ]
        body = json.dumps({"events": told}, separators=(",", ":")).encode()
        head = (
            f"POST /api/v1/analytics/events HTTP/1.1\r\nhost: bench\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    turns = itertools.cycle(made)
    return lambda: next(turns)


async def run(stack: Stack, options: argparse.Namespace) -> int:
    db = await asyncpg.connect(stack.settings.database_url)
    case = Case("beside", general(4))
    world = await make_world(db, stack.settings, sections=general(4))
    fans = await make_fans(db, world, 200)
    (analyst,) = await make_fans(db, world, 1, role="ANALYST")
    await fill(db, world, rows=options.rows)
    orders = requests(world, fans, case)
    port = stack.ports[0]
    alone = await open_loop(
        port, orders, rate=options.rate, connections=64, seconds=options.seconds
    )
    make = batches(world, events=options.events)
    size = len(make())
    beside, intake = await asyncio.gather(
        open_loop(port, orders, rate=options.rate, connections=64, seconds=options.seconds),
        closed_loop(port, make, connections=options.connections, seconds=options.seconds),
    )
    taken = intake.statuses[202]
    kept = await db.fetchval("SELECT count(*) FROM analytics_events")
    bytes_on_disk = await db.fetchval(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
        " WHERE inhparent = 'analytics_events'::regclass"
    )
    say(alone, beside, seconds=intake.seconds, sent=taken * size, events=taken * options.events)
    sent = max(1, taken * size)
    print(
        f"on disk {bytes_on_disk / sent:.2f} bytes a byte sent: {bytes_on_disk / sent * 100:.0f}"
        " GB a day at 100 GB; the columnstore that shrinks it is TimescaleDB's, not here"
    )
    print(f"summary {await summary_ms(stack, world, analyst):.1f} ms")
    await db.close()
    if kept < taken * options.events:
        print(f"LOST: {taken * options.events} events were answered, {kept} are there")
        return 1
    return 0


def say(alone: Result, beside: Result, *, seconds: float, sent: int, events: int) -> None:
    print(f"intake {sent / seconds / 1e6:.1f} MB/s, {events / seconds:,.0f} events/s, durable")
    p95 = alone.percentile(0.95), beside.percentile(0.95)
    print(f"orders' p95 alone {p95[0]:.1f} ms, beside it {p95[1]:.1f} ms: {p95[1] / p95[0]:.1f} ×")


async def fill(db: asyncpg.Connection, world: World, *, rows: int) -> None:
    """Minutes of one event, each as if many rows had been counted into it."""
    await db.execute(
        "INSERT INTO analytics_minutes (event_id, type, minute, count, sessions)"
        " SELECT $1, 'view', date_trunc('minute', now()) - n * interval '1 minute', 1000, 10"
        " FROM generate_series(1, $2) n",
        *(world.event_id, rows),
    )


async def summary_ms(stack: Stack, world: World, analyst: Fan) -> float:
    path = f"/api/v1/analytics/events/{world.event_id}/summary"
    head = f"GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {analyst.token}\r\n\r\n"
    began = time.perf_counter()
    read = await closed_loop(stack.ports[0], head.encode, connections=1, seconds=1.0)
    assert read.statuses[200] > 0, read.statuses
    return (time.perf_counter() - began) * 1000 / sum(read.statuses.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rows", type=int, default=0)
    options = parser.parse_args()
    with running_stack() as stack:
        return uvloop.run(run(stack, options))


if __name__ == "__main__":
    sys.exit(main())
