"""Real workers with due rows: killed, stopped, woken."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

import asyncpg
import pytest

from arenapulse.runtime.jobs import enqueue
from tests.reactions.conftest import WorkerProcess, attached, until
from tests.reactions.parcels import TABLES, opened, post, registry_for

Start = Callable[..., WorkerProcess]
ROWS = 60
RUNNING = 8


@pytest.fixture
async def db(rows: asyncpg.Connection) -> asyncpg.Connection:
    await rows.execute(TABLES)
    return rows


async def delivered(db: asyncpg.Connection) -> Counter[int]:
    return Counter(row[0] for row in await db.fetch("SELECT parcel FROM deliveries"))


async def is_done(db: asyncpg.Connection) -> bool:
    return await db.fetchval("SELECT count(*) FROM parcels WHERE due_at IS NOT NULL") == 0


async def test_what_a_killed_worker_had_taken_is_taken_over_within_seconds(
    db: asyncpg.Connection, fresh_database_url: str, start_worker: Start
) -> None:
    """No clock is turned here: the lease itself runs out."""
    await post(db, tenant=1, first=0, count=ROWS)
    first = start_worker(fresh_database_url, "parcels.py")

    async def is_under_way() -> bool:
        return 10 <= sum((await delivered(db)).values()) < ROWS

    await until(is_under_way, seconds=60)
    # Up already, so that its start is not what is measured.
    start_worker(fresh_database_url, "parcels.py")

    async def are_two() -> bool:
        return await db.fetchval("SELECT count(*) FROM due_workers") == 2

    await until(are_two, seconds=60)
    await post(db, tenant=1, first=1_000, count=4 * RUNNING)
    first.kill()
    killed = time.monotonic()
    owners = await db.fetch(
        "SELECT taken_by, count(*) FROM parcels WHERE due_at IS NOT NULL GROUP BY 1"
    )
    assert owners

    async def all_done() -> bool:
        return await is_done(db)

    await until(all_done, seconds=60)
    assert time.monotonic() - killed < 20
    found = await delivered(db)
    assert found.keys() == {*range(ROWS), *range(1_000, 1_000 + 4 * RUNNING)}
    # Made twice were calls under way at the kill, and those whose answer was not written yet.
    assert sum(found.values()) - len(found) <= 2 * RUNNING


async def test_sigterm_lets_go_of_what_was_taken(
    db: asyncpg.Connection, fresh_database_url: str, start_worker: Start
) -> None:
    await post(db, tenant=1, first=0, count=ROWS)
    worker = start_worker(fresh_database_url, "parcels.py")

    async def has_some() -> bool:
        return bool(await delivered(db))

    await until(has_some, seconds=60)
    code, seconds = worker.terminate()
    assert code == 0
    # Not the time that all which is left would take.
    assert seconds < 8
    assert await db.fetchval("SELECT count(*) FROM due_workers") == 0
    left = await db.fetch("SELECT taken_by FROM parcels WHERE due_at IS NOT NULL")
    assert left
    assert {row["taken_by"] for row in left} == {None}
    # Calls under way had half a second to end, and 0.4 is what they take.
    assert await delivered(db) == Counter(
        row[0] for row in await db.fetch("SELECT id FROM parcels WHERE due_at IS NULL")
    )


async def test_a_wake_up_is_heard_before_the_clock(
    db: asyncpg.Connection, fresh_database_url: str, start_worker: Start
) -> None:
    start_worker(fresh_database_url, "parcels.py")

    async def is_up() -> bool:
        return bool(await db.fetchval("SELECT count(*) FROM due_workers"))

    await until(is_up, seconds=60)
    waits: dict[bool, list[float]] = {False: [], True: []}
    async with opened(fresh_database_url) as names:
        registry = registry_for(names)
    async with attached(fresh_database_url, registry) as (database, _):
        for number in range(8):
            is_told = bool(number % 2)
            # It has looked and found nothing: only a ring or its clock wakes it now.
            await asyncio.sleep(0.3)
            async with database.transaction() as session:
                connection = await session.driver()
                await connection.execute(
                    "INSERT INTO parcels (id, due_at) VALUES ($1, now())", number
                )
                if is_told:
                    await enqueue(session, "tests.deliver_due")
            began = time.monotonic()

            async def all_done() -> bool:
                return await is_done(db)

            await until(all_done)
            waits[is_told].append(time.monotonic() - began)
    # In turns, so that a busy machine slows both: the call takes 0.4 s, a poll a second at most.
    told, found = (sum(sorted(waits[is_told])[:3]) for is_told in (True, False))
    assert told < found, waits
