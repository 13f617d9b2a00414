"""What pages told, lifted onto TimescaleDB: the same figures, past days in columns.

Without the extension it is refused and nothing changes; with it (`tests/campaign/timescale.py`) the
others run.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from arenapulse.analytics.service import Keeping
from arenapulse.core import clock
from arenapulse.migrations.roles import HOLDER, become_holder
from arenapulse.migrations.run import migrate
from arenapulse.runtime.db import Database
from tests.commands import said
from tests.conftest import TestEngines, client_of, cloned_database, settings_for
from tests.worlds import Fan, World, make_fans, make_world

INTAKE = "/api/v1/analytics/events"
DAYS = 12
A_DAY = dt.timedelta(days=1)
SMALLER_AT_LEAST = 3
LEFT = (
    "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE inhparent = 'analytics_events_plain'::regclass AND c.relname ~ '_[0-9]{8}$'"
)


@dataclass
class House:
    url: str
    superuser_url: str
    client: httpx.AsyncClient
    database: Database
    db: asyncpg.Connection
    world: World
    analyst: Fan

    async def lift(self, *, url: str | None = None) -> int:
        environment = {"DATABASE_URL": url or self.superuser_url}
        return (await said("analytics", "lift", environment=environment))[0]

    async def figures(self) -> list[Any]:
        """All that is read of views."""
        paths = [
            *(f"timeseries?metric=views&bucket={each}" for each in ("minute", "hour", "day")),
            "funnel",
            "summary",
        ]
        found: list[Any] = []
        for path in paths:
            at = f"{INTAKE}/{self.world.event_id}/{path}"
            answer = await self.client.get(at, headers=self.analyst.headers)
            assert answer.status_code == 200, answer.text
            found.append({**answer.json()["data"], "updatedAt": None})
        return found

    async def tell(self, *, at: dt.datetime, session: str) -> None:
        event = {"type": "view", "eventId": str(self.world.event_id), "sessionId": session}
        body = {"events": [event | {"at": at.isoformat(), "properties": {}}]}
        answer = await self.client.post(INTAKE, json=body)
        assert answer.status_code == 202, answer.text

    async def keep(self, *, now: dt.datetime) -> None:
        await Keeping(self.database, days_kept=9).run(now=now)

    async def count(self, sql: str) -> int:
        found: int = await self.db.fetchval(sql)
        return found


@pytest.fixture
async def house(
    engines: TestEngines, database_lock: Path, run_folder: Path
) -> AsyncIterator[House]:
    async with cloned_database(engines, lock=database_lock) as url:
        settings = settings_for(url, engines.redis_url)
        db = await asyncpg.connect(url)
        database = Database(settings.database_url or "", pool_size=2)
        await database.open()
        async with client_of(settings) as client:
            world = await make_world(db, settings)
            (analyst,) = await make_fans(db, world, 1, role="ANALYST")
            superuser_url = as_superuser(url, folder=run_folder)
            yield House(url, superuser_url, client, database, db, world, analyst)
        await database.close()
        await db.close()


def as_superuser(url: str, *, folder: Path) -> str:
    """Of the embedded engine of this run, where that is the one."""
    for state in folder.glob("engines*/state.json"):
        password = json.loads(state.read_text())["superuser_password"]
        place = urlsplit(url)
        return urlunsplit(
            place._replace(netloc=f"postgres:{password}@{place.netloc.split('@')[1]}")
        )
    return url


async def holder_of(url: str) -> str:
    """Whose the tables would be that this login's next migration makes."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        await become_holder(connection)
        found: str = await connection.scalar(text("SELECT current_user"))
    await engine.dispose()
    return found


async def is_offered(house: House) -> bool:
    """And loaded with the engine."""
    return await house.db.fetchval("SHOW shared_preload_libraries") == "timescaledb"


async def fill(house: House, *, rows: int) -> dt.datetime:
    """As many rows on each of some days as pages would have told; the last day is today."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(DAYS):
        await house.db.execute("SELECT make_analytics_day($1)", (today - ago * A_DAY).date())
    await house.db.execute(
        """
        INSERT INTO analytics_events (received_at, at, event_id, type, session_id, properties)
          SELECT at, at, $1, CASE n % 4 WHEN 0 THEN 'select' ELSE 'view' END,
                 md5((n % 997)::TEXT), '{"page":"event","view":"map","width":390}'
            FROM generate_series(0, $3 - 1) day, generate_series(1, $4) n,
                 LATERAL (SELECT $2::TIMESTAMPTZ - day * INTERVAL '1 day'
                                 + n * INTERVAL '86399 seconds' / $4 AS at) x
        """,
        *(house.world.event_id, today, DAYS, rows),
    )
    await house.db.execute(
        """
        INSERT INTO analytics_minutes (event_id, type, minute, count, sessions)
          SELECT event_id, type, date_trunc('minute', at, 'UTC'), count(*), 1
            FROM analytics_events WHERE event_id = $1 GROUP BY 1, 2, 3
        """,
        house.world.event_id,
    )
    await house.db.execute(
        "INSERT INTO analytics_totals SELECT event_id, type, sum(count), sum(sessions)"
        " FROM analytics_minutes GROUP BY 1, 2"
    )
    return today


async def test_without_the_extension_it_is_refused_and_nothing_changes(house: House) -> None:
    if await is_offered(house):
        pytest.skip("TimescaleDB is here")
    await fill(house, rows=3)
    before = await house.figures()
    assert await house.lift() == 1
    assert await house.db.fetchval("SELECT analytics_storage()") == "plain"
    assert await house.db.fetchval("SELECT to_regclass('analytics_events_plain')") is None
    assert await house.count("SELECT count(*) FROM analytics_events") == 3 * DAYS
    assert await house.figures() == before


async def test_lifted_the_figures_are_the_same_and_past_days_lie_in_columns(house: House) -> None:
    if not await is_offered(house):
        pytest.skip("no TimescaleDB: tests/campaign/timescale.py")
    rows = 20_000
    today = await fill(house, rows=rows)
    # The view goes over to the app's role, which its owner may not do.
    assert await house.lift(url=house.url) == 1
    assert await house.db.fetchval("SELECT analytics_storage()") == "plain"
    before = await house.figures()
    assert await house.lift() == 0
    assert await house.figures() == before
    assert await house.db.fetchval("SELECT analytics_storage()") == "timescaledb"
    assert await house.count("SELECT count(*) FROM analytics_events") == rows * DAYS
    assert await house.db.fetchval("SELECT to_regclass('analytics_events_plain')") is None
    # A second one finds nothing to do, and later migrations may give their rights.
    assert await house.lift() == 0
    await migrate(house.url)
    assert await holder_of(house.superuser_url) == HOLDER
    await house.keep(now=today + 0.5 * A_DAY)
    chunks = await house.db.fetch(
        "SELECT range_start, is_compressed FROM timescaledb_information.chunks"
        " WHERE hypertable_name = 'analytics_events' ORDER BY range_start"
    )
    assert [tuple(row) for row in chunks] == [
        (today - ago * A_DAY, ago > 0) for ago in range(9, -1, -1)
    ]
    assert await house.count("SELECT count(*) FROM analytics_events") == rows * 10
    # Raw rows are past keeping, figures are not; the hours of a week ago are counted for good.
    assert await house.figures() == before
    assert (
        await house.db.fetchval(
            "SELECT _timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark("
            "mat_hypertable_id)) FROM _timescaledb_catalog.continuous_agg"
        )
        == today - 7.5 * A_DAY
    )
    before_it, after_it = await house.db.fetchrow(
        "SELECT sum(before_compression_total_bytes), sum(after_compression_total_bytes)"
        " FROM chunk_compression_stats('analytics_events')"
    )
    assert before_it > SMALLER_AT_LEAST * after_it, f"{before_it} in rows, {after_it} in columns"


async def test_what_is_told_afterwards_is_counted_at_once_however_late_its_clock(
    house: House,
) -> None:
    if not await is_offered(house):
        pytest.skip("no TimescaleDB: tests/campaign/timescale.py")
    await fill(house, rows=50)
    assert await house.lift() == 0
    await house.keep(now=clock.now())
    before = await house.figures()
    now = clock.now()
    await house.tell(at=now, session="one")
    # Believed as far as a week back, which no hour is counted for good before.
    await house.tell(at=now - 30 * A_DAY, session="two")
    await house.keep(now=now)
    after = await house.figures()
    for views_before, views_after in zip(before[:3], after[:3], strict=True):
        told = [sum(p["value"] for p in each["points"]) for each in (views_before, views_after)]
        assert told[1] - told[0] == 2
    assert after[4]["views"] - before[4]["views"] == 2


async def test_a_lift_that_is_cut_off_goes_on_where_it_was(house: House) -> None:
    if not await is_offered(house):
        pytest.skip("no TimescaleDB: tests/campaign/timescale.py")
    await fill(house, rows=50)
    before = await house.figures()
    await cut_off(house)
    await house.tell(at=clock.now(), session="meanwhile")
    assert await house.lift() == 0
    assert await house.count("SELECT count(*) FROM analytics_events") == 50 * DAYS + 1
    after = await house.figures()
    assert after[4]["views"] == before[4]["views"] + 1


async def test_what_a_lift_that_was_cut_off_left_is_kept_no_longer_than_the_rest(
    house: House,
) -> None:
    if not await is_offered(house):
        pytest.skip("no TimescaleDB: tests/campaign/timescale.py")
    today = await fill(house, rows=50)
    await cut_off(house)
    await house.keep(now=today + 7.5 * A_DAY)
    assert await house.count(LEFT) == 3
    await house.keep(now=today + 30 * A_DAY)
    assert await house.count(LEFT) == 0
    assert await house.lift() == 0


async def cut_off(house: House) -> None:
    """Somebody reads a day, and the lift waits for them no longer than a migration would."""
    part = await house.db.fetchval(
        "SELECT inhrelid::regclass::TEXT FROM pg_inherits"
        " WHERE inhparent = 'analytics_events'::regclass ORDER BY 1 OFFSET 5 LIMIT 1"
    )
    async with house.db.transaction():
        await house.db.execute(f"LOCK TABLE ONLY {part} IN ACCESS SHARE MODE")
        with pytest.raises(Exception, match="lock timeout"):
            await house.lift()
    assert 0 < await house.count(LEFT) < DAYS
