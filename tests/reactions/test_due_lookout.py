"""Who has nothing to do rests until somebody rings, or one look at all tables finds something."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from tests.reactions.conftest import until
from tests.reactions.parcels import PARCELS, TABLES, Parcels, opened, post, postman, runner_of


@pytest.fixture
async def database(rows: asyncpg.Connection, fresh_database_url: str) -> AsyncIterator[Database]:
    await rows.execute(TABLES)
    async with opened(fresh_database_url) as made:
        yield made


async def test_one_look_tells_of_which_kinds_something_is_due_and_free(
    database: Database, rows: asyncpg.Connection
) -> None:
    now = clock.now()
    parts = {"tests.all": "TRUE", "tests.odd": "d.id % 2 = 1", "tests.even": "d.id % 2 = 0"}
    works: list[DueWork] = []
    for name, part in parts.items():
        kind = Parcels(postman(database))
        kind.name, kind.table = name, replace(PARCELS, part=part)  # type: ignore[misc]
        works.append(DueWork(kind=kind))
    runner = DueRunner(database, works=works, now=lambda: now)
    minute = dt.timedelta(minutes=1)

    async def row(number: int, *, tenant: int, due: dt.datetime | None) -> None:
        await rows.execute(
            "INSERT INTO parcels (id, organization_id, due_at) VALUES ($1, $2, $3)",
            *(number, UUID(int=tenant), due),
        )

    assert await runner.due() == []
    # What is due later, at no time, stuck or in somebody's hands is not due now.
    await row(1, tenant=1, due=now + minute)
    await row(2, tenant=2, due=None)
    await row(3, tenant=3, due=now - minute)
    await row(4, tenant=4, due=now - minute)
    await rows.execute("UPDATE parcels SET stuck_at = now() WHERE id = 3")
    await rows.execute("UPDATE parcels SET taken_by = $1 WHERE id = 4", uuid4())
    assert await runner.due() == []
    # Behind tenants with none, and in a tenant whose first row is due.
    await row(6, tenant=5, due=now)
    await row(8, tenant=5, due=now + minute)
    assert await runner.due() == ["tests.all", "tests.even"]
    await rows.execute("UPDATE parcels SET stuck_at = NULL WHERE id = 3")
    assert await runner.due() == list(parts)


async def test_a_worker_at_rest_takes_what_falls_due_though_nobody_rings(
    database: Database, rows: asyncpg.Connection
) -> None:
    kind = Parcels(postman(database))
    runner = runner_of(database, kind)
    async with runner.pulse.beating():
        parts = [asyncio.create_task(part()) for part in runner.parts().values()]
        try:
            # Both are at rest: there was nothing to take.
            await asyncio.sleep(0.1)
            await post(rows, tenant=1, first=1, count=3)

            async def done() -> bool:
                return bool(await rows.fetchval("SELECT count(*) = 3 FROM deliveries"))

            await until(done)
        finally:
            runner.stop()
            await asyncio.gather(*parts)


async def test_who_is_stopped_in_the_middle_of_a_call_ends_with_it(
    database: Database, rows: asyncpg.Connection
) -> None:
    is_called, may_end = asyncio.Event(), asyncio.Event()

    async def carry(_parcel: int) -> str:
        is_called.set()
        await may_end.wait()
        return "DELIVERED"

    runner = runner_of(database, Parcels(carry))
    await post(rows, tenant=1, first=1, count=1)
    async with runner.pulse.beating():
        parts = [asyncio.create_task(part()) for part in runner.parts().values()]
        await is_called.wait()
        runner.stop()
        (pump,) = runner._pumps.values()

        async def has_heard() -> bool:
            return not pump.bell.is_set()

        await until(has_heard)
        may_end.set()
        async with asyncio.timeout(10):
            await asyncio.gather(*parts)
    assert await rows.fetchval("SELECT status FROM parcels") == "DELIVERED"
