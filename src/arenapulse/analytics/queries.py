"""All SQL of the figures: client events by COPY, their counts, and what was sold."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from typing import Final

import asyncpg

from arenapulse.analytics.binarycopy import pieces
from arenapulse.analytics.schemas import (
    ChannelFigures,
    CohortMonth,
    PriceFigures,
    Sales,
    Signs,
    Then,
    Visits,
)
from arenapulse.analytics.tally import Kept, Tally
from arenapulse.analytics.terms import POINTS_MAX, Bucket
from arenapulse.core.ids import EventId, OrganizationId, SectionId
from arenapulse.runtime.db import Database, Session

ROWS_A_TURN: Final = 200

Between = tuple[dt.datetime | None, dt.datetime | None]
COLUMNS: Final = ("received_at", "at", "event_id", "type", "session_id", "properties")


async def keep(
    connection: asyncpg.Connection[asyncpg.Record], *, rows: Sequence[Kept], counts: Tally
) -> None:
    """Writes a batch and what it adds to the figures, in one transaction."""
    async with connection.transaction():
        await connection.copy_to_table(
            "analytics_events", source=_pieces(rows), columns=COLUMNS, format="binary"
        )
        if counts.counted:
            await connection.execute(_COUNT, *_columns(counts.counted), *_columns(counts.seen))
        if counts.sources or counts.orders:
            sources = _columns(counts.sources) or [[], [], []]
            orders = _columns(counts.orders) or [[], [], []]
            await connection.execute(_ATTRIBUTE, *sources, *orders, rows[0].received_at)


async def sales(session: Session, *, event_id: EventId) -> Sales:
    row = await (await session.driver()).fetchrow(_SALES, event_id)
    assert row is not None
    return Sales(*row)


async def visits(session: Session, *, event_id: EventId) -> dict[str, Visits]:
    rows = await (await session.driver()).fetch(_TOTALS, event_id)
    return {row["type"]: Visits(row["count"], row["sessions"]) for row in rows}


async def views_over_time(
    session: Session, *, event_id: EventId, bucket: Bucket, between: Between
) -> list[tuple[dt.datetime, int]]:
    connection = await session.driver()
    if bucket is Bucket.MINUTE:
        rows = await connection.fetch(_VIEWS_BY_MINUTE, event_id, POINTS_MAX, *between)
    else:
        rows = await connection.fetch(_VIEWS_BY_HOUR, event_id, bucket.value, POINTS_MAX, *between)
    return [(row["at"], row["value"]) for row in reversed(rows)]


async def sales_over_time(
    session: Session, *, event_id: EventId, bucket: Bucket
) -> list[tuple[dt.datetime, int, int]]:
    """Buckets with the tickets that stand and the totals of orders ever confirmed."""
    connection = await session.driver()
    rows = await connection.fetch(_SALES_OVER_TIME, event_id, bucket.value, POINTS_MAX)
    return [(row["at"], row["tickets"], row["revenue"]) for row in reversed(rows)]


async def tickets_over_time(
    session: Session, *, event_id: EventId, bucket: Bucket, between: Between
) -> list[tuple[dt.datetime, int]]:
    """Buckets with the tickets that stand, by when they were ordered."""
    connection = await session.driver()
    rows = await connection.fetch(_TICKETS_OVER_TIME, event_id, bucket.value, POINTS_MAX, *between)
    return [(row["at"], row["value"]) for row in reversed(rows)]


async def revenue_over_time(
    session: Session, *, event_id: EventId, bucket: Bucket, between: Between
) -> list[tuple[dt.datetime, int]]:
    """Buckets with the totals of orders ever confirmed."""
    connection = await session.driver()
    rows = await connection.fetch(_REVENUE_OVER_TIME, event_id, bucket.value, POINTS_MAX, *between)
    return [(row["at"], row["value"]) for row in reversed(rows)]


async def checkins_over_time(
    session: Session, *, event_id: EventId, bucket: Bucket, between: Between
) -> list[tuple[dt.datetime, int]]:
    connection = await session.driver()
    rows = await connection.fetch(_CHECKINS_OVER_TIME, event_id, bucket.value, POINTS_MAX, *between)
    return [(row["at"], row["value"]) for row in reversed(rows)]


async def section_sales(session: Session, *, event_id: EventId) -> dict[SectionId, tuple[int, int]]:
    """Who is in and what was paid, by section; a section without tickets is left out."""
    connection = await session.driver()
    rows = await connection.fetch(_SECTION_SALES, event_id)
    return {SectionId(row["section_id"]): (row["checked_in"], row["revenue"]) for row in rows}


async def prices(session: Session, *, event_id: EventId) -> list[PriceFigures]:
    """The dearest first."""
    rows = await (await session.driver()).fetch(_PRICES, event_id)
    return [PriceFigures(**dict(row)) for row in rows]


async def channels(session: Session, *, event_id: EventId) -> list[ChannelFigures]:
    """The dearest first; those that nobody named are one of them."""
    rows = await (await session.driver()).fetch(_CHANNELS, event_id)
    return [ChannelFigures(**dict(row)) for row in rows]


async def cohorts(
    session: Session, *, organization_id: OrganizationId, since: dt.datetime
) -> list[CohortMonth]:
    rows = await (await session.driver()).fetch(_COHORTS, organization_id, since)
    return [CohortMonth(**dict(row)) for row in rows]


async def at(session: Session, *, event_id: EventId, moment: dt.datetime) -> dict[SectionId, Then]:
    """What was so by then, by section; a section without tickets is left out."""
    rows = await (await session.driver()).fetch(_AT, event_id, moment)
    return {SectionId(section_id): Then(*was) for section_id, *was in rows}


async def signs(
    session: Session, *, event_id: EventId, organization_id: OrganizationId, now: dt.datetime
) -> Signs:
    row = await (await session.driver()).fetchrow(_SIGNS, event_id, organization_id, now)
    assert row is not None
    return Signs(**dict(row))


async def is_lifted(session: Session) -> bool:
    """Whether what pages told lies in TimescaleDB's tables."""
    connection = await session.driver()
    return await connection.fetchval("SELECT analytics_storage()") == "timescaledb"


async def pack_day(session: Session, *, before: dt.datetime) -> bool:
    """Puts the oldest day that is over and lies in rows into columns; False where none is left."""
    connection = await session.driver()
    return bool(await connection.fetchval("SELECT pack_analytics_day($1)", before))


async def drop_days(session: Session, *, before: dt.datetime) -> None:
    connection = await session.driver()
    await connection.execute("SELECT drop_analytics_days($1)", before)


async def settle_hours(database: Database, *, before: dt.datetime) -> None:
    """Counts the hours until then for good; it commits by itself, so no transaction may hold it."""
    await database.pool.execute(
        "CALL refresh_continuous_aggregate('analytics_hours', NULL, $1::TIMESTAMPTZ)", before
    )


async def days(session: Session) -> list[dt.date]:
    """The days that have a partition of their own, those that a lift has not moved yet too."""
    connection = await session.driver()
    rows = await connection.fetch(_DAYS)
    return [dt.date.fromisoformat(row["day"]) for row in rows]


async def make_day(session: Session, *, day: dt.date) -> None:
    """A partition for a day (UTC), unless there are rows of it in the one for the rest."""
    connection = await session.driver()
    await connection.execute("SELECT make_analytics_day($1)", day)


async def drop_day(session: Session, *, day: dt.date) -> None:
    connection = await session.driver()
    await connection.execute("SELECT drop_analytics_day($1)", day)


async def forget(session: Session, *, before: dt.datetime, limit: int, with_rest: bool) -> int:
    """Deletes what is no partition of a day, and sessions; how many rows."""
    connection = await session.driver()
    statements = (_FORGET_REST, *_FORGET) if with_rest else _FORGET
    done = [await connection.execute(each, before, limit) for each in statements]
    return max(int(each.split()[-1]) for each in done)


async def _pieces(rows: Sequence[Kept]) -> AsyncGenerator[bytes, None]:
    """The rows as they are written, with a turn for others now and then."""
    for piece in pieces(rows, size=ROWS_A_TURN):
        yield piece
        await asyncio.sleep(0)


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


_COUNT: Final = (
    "SELECT count_visits($1::UUID[], $2::TEXT[], $3::TIMESTAMPTZ[], $4::BIGINT[], "
    "$5::UUID[], $6::TEXT[], $7::TIMESTAMPTZ[], $8::BIGINT[])"
)
_SALES: Final = """
SELECT orders, sold, held, checked_in, gross, fees, refunded, placed, paying
  FROM event_sales($1)
"""
_TOTALS: Final = "SELECT type, count, sessions FROM analytics_totals WHERE event_id = $1"
_VIEWS_BY_MINUTE: Final = """
SELECT minute AS at, count AS value
  FROM analytics_minutes WHERE event_id = $1 AND type = 'view'
    AND ($3::TIMESTAMPTZ IS NULL OR minute >= $3) AND ($4::TIMESTAMPTZ IS NULL OR minute < $4)
  ORDER BY minute DESC LIMIT $2
"""
_VIEWS_BY_HOUR: Final = """
SELECT date_trunc($2, hour, 'UTC') AS at, sum(count)::BIGINT AS value
  FROM analytics_hours WHERE event_id = $1 AND type = 'view'
    AND ($4::TIMESTAMPTZ IS NULL OR hour >= $4) AND ($5::TIMESTAMPTZ IS NULL OR hour < $5)
  GROUP BY 1 ORDER BY 1 DESC LIMIT $3
"""
_SALES_OVER_TIME: Final = """
SELECT at, tickets, revenue FROM sales_over_time($1, $2) ORDER BY at DESC LIMIT $3
"""
_TICKETS_OVER_TIME: Final = """
SELECT at, value FROM tickets_between($1, $2, $4, $5) ORDER BY at DESC LIMIT $3
"""
_REVENUE_OVER_TIME: Final = """
SELECT at, value FROM revenue_between($1, $2, $4, $5) ORDER BY at DESC LIMIT $3
"""
_CHECKINS_OVER_TIME: Final = """
SELECT at, value FROM checkins_over_time($1, $2)
  WHERE ($4::TIMESTAMPTZ IS NULL OR at >= $4) AND ($5::TIMESTAMPTZ IS NULL OR at < $5)
  ORDER BY at DESC LIMIT $3
"""
_SECTION_SALES: Final = "SELECT section_id, checked_in, revenue FROM section_sales($1)"
_PRICES: Final = """
SELECT section_id, price_level, tickets AS tickets_sold, amount, fees, discount FROM price_sales($1)
"""
_ATTRIBUTE: Final = (
    "SELECT attribute_visits($1::UUID[], $2::BIGINT[], $3::TEXT[], "
    "$4::UUID[], $5::UUID[], $6::BIGINT[], $7)"
)
_CHANNELS: Final = """
SELECT source, visitors, orders, tickets AS tickets_sold, revenue FROM event_channels($1)
"""
_COHORTS: Final = """
SELECT cohort, months, buyers, orders, revenue, currency FROM buyer_cohorts($1, $2)
"""
_AT: Final = "SELECT section_id, sold, revenue, checked_in, inside FROM event_at($1, $2)"
_SIGNS: Final = "SELECT * FROM event_signs($1, $2, $3)"
_DAYS: Final = """
SELECT to_char(to_date(right(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') AS day
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE c.relname ~ '_[0-9]{8}$'
    AND i.inhparent IN ('analytics_events'::regclass, to_regclass('analytics_events_plain'))
  ORDER BY 1
"""
_FORGET_REST: Final = """
DELETE FROM analytics_events_rest WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM analytics_events_rest WHERE received_at < $1 LIMIT $2))
"""
# Where visits came from is a figure of the sale: it stays as long after the event as rows do.
_OVER: Final = "NOT EXISTS (SELECT 1 FROM events e WHERE e.id = event_id AND e.end_time >= $1)"
_FORGET: Final = tuple(
    f"DELETE FROM {table} WHERE ctid = ANY (ARRAY ("
    f"SELECT ctid FROM {table} WHERE {column} < $1 AND {which} LIMIT $2))"
    for table, column, which in (
        ("analytics_sessions", "first_at", "TRUE"),
        ("analytics_sources", "at", _OVER),
        ("analytics_orders", "at", _OVER),
    )
)
