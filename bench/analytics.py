"""What pages tell by the megabyte, what that does to orders, and what a dashboard costs beside it.

    python -m bench.analytics [--seconds 10] [--rate 300] [--megabytes 12] [--events 1000]
    python -m bench.analytics --rows 100000000 --sold 40000         ten minutes, and 35 GB in /tmp

Orders run alone first, then beside so many megabytes a second, then beside as many as go in, at
the same rate. `--rows` tells so many, of 200 events, into the month before, with their minutes;
then each question of a dashboard is asked of the event that has a fifth of them and sold `--sold`
free orders, whose tickets all went in. On TimescaleDB (how: `tests/campaign/timescale.py`) the
tables are lifted first, and the day is put into columns at the end. Exit 1 where a batch was
answered and is not in the table, or a question of the dashboard took more than 100 ms. Loopback
only; ends by itself.
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
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import uvloop

from arenapulse.migrations.lift import lift
from bench.load import NextRequest, Result, closed_loop, open_loop
from bench.orders import Case, general, requests
from bench.stack import Stack, running_stack
from tests.worlds import Fan, World, make_fans, make_world

GOAL_MS = 100.0
DAYS = 30
EVENTS = 200
ASKED = 15
SOLD_RATE = 2_000
# What a worker has to do about sales of just before.
SPREAD_SECONDS = 15.0
LOADERS = 2
QUESTIONS = (
    "summary",
    "funnel",
    "sections",
    "attention",
    "channels",
    "prices",
    "replay?at=2100-01-01T00:00:00Z",
    *(
        f"timeseries?metric={metric}&bucket={bucket}"
        for metric in ("views", "sales", "revenue", "checkins")
        for bucket in ("minute", "hour", "day")
    ),
)
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
    url = stack.settings.database_url or ""
    db = await asyncpg.connect(url)
    is_columnar = "timescaledb" in str(await db.fetchval("SHOW shared_preload_libraries"))
    if is_columnar:
        await lift(superuser_url(stack), say=print)
    case = Case("beside", general(4))
    world = await make_world(db, stack.settings, sections=general(4))
    fans = await make_fans(db, world, 200)
    show = await make_world(db, stack.settings, sections=general(4, amount=0))
    (analyst,) = await make_fans(db, show, 1, role="ANALYST")
    if options.rows:
        await fill(url, show, rows=options.rows)
    orders = requests(world, fans, case)
    port = stack.ports[0]
    if options.sold:
        free = requests(show, fans, Case("sold", show.sections, payment="free"))
        await open_loop(
            port, free, rate=SOLD_RATE, connections=64, seconds=options.sold / SOLD_RATE
        )
        await asyncio.sleep(SPREAD_SECONDS)
        await db.execute(_SCANS, show.event_id, timeout=600)
    alone = await open_loop(
        port, orders, rate=options.rate, connections=64, seconds=options.seconds
    )
    make = batches(world, events=options.events)
    size = len(make())
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before, worked = await stood(db, since=today), stack.cpu_seconds()
    offered = round(options.megabytes * 1e6 / size)
    sustained, intake = await asyncio.gather(
        open_loop(port, orders, rate=options.rate, connections=64, seconds=options.seconds),
        open_loop(port, make, rate=offered, connections=16, seconds=options.seconds),
    )
    taken = intake.statuses[202]
    say(alone, sustained, seconds=intake.seconds, sent=taken * size, events=taken * options.events)
    print(
        f"of {options.megabytes:.1f} MB/s; answered within {intake.percentile(0.95):.0f} ms (p95)"
    )
    cores = {
        name: (seconds - worked.get(name, 0.0)) / intake.seconds
        for name, seconds in stack.cpu_seconds().items()
    }
    print("cores: " + ", ".join(f"{name} {share:.2f}" for name, share in sorted(cores.items())))
    beside, most = await asyncio.gather(
        open_loop(port, orders, rate=options.rate, connections=64, seconds=options.seconds),
        closed_loop(port, make, connections=options.connections, seconds=options.seconds),
    )
    print("as many as go in: ", end="")
    say(
        alone,
        beside,
        seconds=most.seconds,
        sent=most.statuses[202] * size,
        events=most.statuses[202] * options.events,
    )
    taken += most.statuses[202]
    kept, on_disk = (
        late - early for late, early in zip(await stood(db, since=today), before, strict=True)
    )
    sent = max(1, taken * size)
    told = on_disk / sent
    print(f"on disk {told:.2f} bytes a byte sent: {told * 100:.0f} GB a day at 100 GB of input")
    if is_columnar:
        await db.execute(_PACK, today)
        columns = (await stood(db, since=today))[1] / sent
        print(f"in columns {columns:.3f} bytes a byte sent: {columns * 100:.1f} GB a day")
    else:
        print("the columnstore that shrinks it is TimescaleDB's, not here")
    slow = await dashboard(stack, show, analyst)
    await db.close()
    if kept < taken * options.events:
        print(f"LOST: {taken * options.events} events were answered, {kept} are there")
    return int(slow or kept < taken * options.events)


def superuser_url(stack: Stack) -> str:
    """Of the embedded engine, which alone may hand a view over."""
    state = json.loads((stack.settings.data_folder / "state.json").read_text())
    place = urlsplit(stack.settings.database_url or "")
    host = place.netloc.split("@")[1]
    return urlunsplit(place._replace(netloc=f"postgres:{state['superuser_password']}@{host}"))


async def stood(db: asyncpg.Connection, *, since: dt.datetime) -> tuple[int, int]:
    """Rows since then, and what their day takes on disk, however it is kept."""
    rows = await db.fetchval("SELECT count(*) FROM analytics_events WHERE received_at >= $1", since)
    if await db.fetchval("SELECT analytics_storage()") == "timescaledb":
        sizes = await db.fetch(
            "SELECT total_bytes FROM chunks_detailed_size('analytics_events') s"
            " JOIN timescaledb_information.chunks c USING (chunk_schema, chunk_name)"
            " WHERE c.range_end > $1",
            since,
        )
        return rows, sum(row[0] for row in sizes)
    day = await db.fetchval(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
        " WHERE inhparent = 'analytics_events'::regclass"
        " AND inhrelid::regclass::TEXT IN ('analytics_events_rest', $1)",
        f"analytics_events_{since:%Y%m%d}",
    )
    return rows, int(day or 0)


async def dashboard(stack: Stack, world: World, analyst: Fan) -> bool:
    """Each question asked some times, one after the other; whether one took too long."""
    worst: list[tuple[float, str]] = []
    for question in QUESTIONS:
        path = f"/api/v1/analytics/events/{world.event_id}/{question}"
        head = (
            f"GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {analyst.token}\r\n\r\n"
        )
        times: list[float] = []
        for _ in range(ASKED):
            began = time.perf_counter()
            # One connection, until its first answer.
            read = await closed_loop(stack.ports[0], head.encode, connections=1, seconds=0.0)
            times.append((time.perf_counter() - began) * 1000)
            assert read.statuses == {200: 1}, (question, read.statuses)
        times.sort()
        worst.append((times[-2], f"{question} {times[len(times) // 2]:.0f} ({times[-2]:.0f})"))
    worst.sort(reverse=True)
    print("dashboard, ms, median (slowest but one): " + ", ".join(text for _, text in worst))
    return worst[0][0] > GOAL_MS


def say(alone: Result, beside: Result, *, seconds: float, sent: int, events: int) -> None:
    print(f"intake {sent / seconds / 1e6:.1f} MB/s, {events / seconds:,.0f} events/s, durable")
    p95 = alone.percentile(0.95), beside.percentile(0.95)
    print(f"orders' p95 alone {p95[0]:.1f} ms, beside it {p95[1]:.1f} ms: {p95[1] / p95[0]:.1f} ×")


async def fill(url: str, world: World, *, rows: int) -> None:
    """The month before, as the intake leaves it: rows by day, minutes, and their sums."""
    began = time.perf_counter()
    events = [world.event_id, *(uuid4() for _ in range(EVENTS - 1))]
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = asyncio.Queue[dt.datetime]()
    db = await asyncpg.connect(url)
    for ago in range(1, DAYS + 1):
        day = today - dt.timedelta(days=ago)
        await db.execute("SELECT make_analytics_day($1)", day.date())
        days.put_nowait(day)
    await asyncio.gather(
        *(fill_days(url, days, events, a_day=rows // DAYS) for _ in range(LOADERS))
    )
    await db.execute(_TOTALS)
    await db.execute("VACUUM ANALYZE analytics_minutes, analytics_totals")
    size = await db.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))")
    minutes = await db.fetchval("SELECT count(*) FROM analytics_minutes")
    await db.close()
    took = time.perf_counter() - began
    print(
        f"{rows:,} rows of {EVENTS} events and {DAYS} days, {minutes:,} of minutes: {size}; "
        f"{took:.0f} s",
        flush=True,
    )


async def fill_days(
    url: str, days: asyncio.Queue[dt.datetime], events: list[UUID], *, a_day: int
) -> None:
    db = await asyncpg.connect(url)
    while not days.empty():
        day = days.get_nowait()
        await db.execute(_ROWS, day, a_day, events, timeout=600)
        await db.execute(_MINUTES, day, a_day, events, timeout=600)
    await db.close()


# The first event has a fifth of all, as the one that everybody looks at.
_PACK = (
    "SELECT compress_chunk(c) FROM show_chunks('analytics_events', newer_than => $1::TIMESTAMPTZ) c"
)
_ROWS = """
INSERT INTO analytics_events (received_at, at, event_id, type, session_id, properties)
  SELECT x.at, x.at, ($3::UUID[])[CASE WHEN n % 5 = 0 THEN 1 ELSE 1 + n % cardinality($3) END],
         CASE WHEN n % 4 = 0 THEN 'select' ELSE 'view' END, md5((n % 100003)::TEXT),
         '{"page":"event","view":"map","width":390}'
    FROM generate_series(1, $2::INTEGER) n,
         LATERAL (SELECT $1::TIMESTAMPTZ + n * INTERVAL '86399 seconds' / $2) x(at)
"""
_MINUTES = """
INSERT INTO analytics_minutes (event_id, type, minute, count, sessions)
  SELECT event_id, type, date_trunc('minute', at, 'UTC'), count(*), 1
    FROM analytics_events
    WHERE received_at >= $1 AND received_at < $1 + INTERVAL '1 day' AND $2 > 0
      AND event_id = ANY ($3::UUID[])
    GROUP BY 1, 2, 3
"""
# As a gate leaves them; no statistics know of them, as on the evening itself.
_SCANS = """
INSERT INTO checkins (event_id, client_id, sequence, order_id, number, section_id, result, gate,
                      device_id, actor_id, scanned_at, recorded_at, is_offline)
  SELECT $1, gen_random_uuid()::TEXT, row_number() OVER (), order_id, number, section_id,
         'ADMITTED', 'A', 'bench', $1, now() - random() * INTERVAL '2 hours', now(), FALSE
    FROM tickets WHERE event_id = $1 AND status = 'VALID'
"""
_TOTALS = """
INSERT INTO analytics_totals (event_id, type, count, sessions)
  SELECT event_id, type, sum(count), sum(sessions) FROM analytics_minutes GROUP BY 1, 2
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--megabytes", type=float, default=12.0)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--sold", type=int, default=0)
    options = parser.parse_args()
    with running_stack() as stack:
        return uvloop.run(run(stack, options))


if __name__ == "__main__":
    sys.exit(main())
