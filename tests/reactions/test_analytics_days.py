"""Days have partitions before they come, and are dropped whole when they are past keeping."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import asyncpg
import pytest

from arenapulse.analytics.service import Keeping
from arenapulse.core.settings import Settings
from arenapulse.runtime.db import Database
from tests.reactions.conftest import until
from tests.worlds import make_world

_INSERT = (
    "INSERT INTO analytics_events (received_at, at, type, session_id, properties)"
    " VALUES ($1, $1, 'view', $2, '{}') RETURNING tableoid::regclass::TEXT"
)


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    made = Database(fresh_database_url, pool_size=4)
    await made.open()
    yield made
    await made.close()


async def test_days_are_made_ahead_and_dropped_when_past(
    database: Database, rows: asyncpg.Connection
) -> None:
    keeping = Keeping(database, days_kept=3)
    noon = dt.datetime(2031, 5, 10, 12, tzinfo=dt.UTC)
    early = noon - dt.timedelta(days=1)
    assert await rows.fetchval(_INSERT, early, "a") == "analytics_events_rest"
    for _ in range(2):
        await keeping.run(now=noon)
    assert await rows.fetchval(_INSERT, noon, "b") == "analytics_events_20310510"
    ahead = noon + dt.timedelta(days=7)
    assert await rows.fetchval(_INSERT, ahead, "c") == "analytics_events_20310517"
    await rows.execute(
        "INSERT INTO analytics_sessions VALUES (gen_random_uuid(), 'view', 1, $1)", early
    )
    await keeping.run(now=noon + dt.timedelta(days=4))
    found = await rows.fetch("SELECT session_id FROM analytics_events ORDER BY 1")
    assert [row["session_id"] for row in found] == ["c"]
    assert await rows.fetchval("SELECT to_regclass('analytics_events_20310510')") is None
    assert await rows.fetchval("SELECT count(*) FROM analytics_sessions") == 0


async def test_where_visits_came_from_stays_while_the_sale_runs(
    database: Database, rows: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(rows, settings)
    ends = dt.datetime(2031, 8, 1, tzinfo=dt.UTC)
    await rows.execute(
        "UPDATE events SET start_time = $2::TIMESTAMPTZ - interval '2 hours', end_time = $2 "
        "WHERE id = $1",
        world.event_id,
        ends,
    )
    told = dt.datetime(2031, 5, 10, tzinfo=dt.UTC)
    for table, more in (("sources", "1, 'newsletter'"), ("orders", "gen_random_uuid(), 1")):
        await rows.execute(
            f"INSERT INTO analytics_{table} VALUES ($1, {more}, $2)", world.event_id, told
        )
    left = (
        "SELECT (SELECT count(*) FROM analytics_sources) + (SELECT count(*) FROM analytics_orders)"
    )
    keeping = Keeping(database, days_kept=3)
    await keeping.run(now=ends + dt.timedelta(days=2))
    assert await rows.fetchval(left) == 2
    await keeping.run(now=ends + dt.timedelta(days=5))
    assert await rows.fetchval(left) == 0


async def test_rows_of_a_day_without_a_partition_stay_and_hinder_nobody(
    database: Database, rows: asyncpg.Connection
) -> None:
    noon = dt.datetime(2031, 5, 10, 12, tzinfo=dt.UTC)
    await rows.fetchval(_INSERT, noon, "a")
    await Keeping(database, days_kept=3).run(now=noon)
    assert await rows.fetchval(_INSERT, noon, "b") == "analytics_events_rest"
    tomorrow = noon + dt.timedelta(days=1)
    assert await rows.fetchval(_INSERT, tomorrow, "c") == "analytics_events_20310511"


async def test_two_workers_make_the_same_day_while_pages_tell(
    database: Database, rows: asyncpg.Connection
) -> None:
    noon = dt.datetime(2031, 5, 10, 12, tzinfo=dt.UTC)

    async def both_wait() -> bool:
        return (
            await rows.fetchval(
                "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
                " AND relation = 'analytics_events'::regclass"
            )
            == 2
        )

    async with asyncio.TaskGroup() as makers, rows.transaction():
        await rows.fetchval(_INSERT, noon - dt.timedelta(days=1), "a")
        for _ in range(2):
            makers.create_task(Keeping(database, days_kept=3).run(now=noon))
        await until(both_wait)
    assert await rows.fetchval(_INSERT, noon, "b") == "analytics_events_20310510"
