"""New code beside an old schema: no server is ready, and no worker works, before it came."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from arenapulse.migrations import run as migrations
from arenapulse.runtime.jobs.due import workers_alive
from tests.conftest import TestEngines, client_of, settings_for
from tests.forks import forked
from tests.servers import environment, stop

SOON_SECONDS = 30


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        while not await what():  # noqa: ASYNC110 - polls the subject itself
            await asyncio.sleep(0.05)


async def set_back(db: asyncpg.Connection, *, to: str) -> None:
    await db.execute("UPDATE alembic_version SET version_num = $1", to)


async def test_a_server_is_ready_once_the_schema_is_as_new_as_its_code(
    fresh_database_url: str, engines: TestEngines
) -> None:
    db = await asyncpg.connect(fresh_database_url)
    await set_back(db, to="0001")
    async with client_of(settings_for(fresh_database_url, engines.redis_url)) as client:
        for _ in range(2):
            answer = await client.get("/health/ready")
            told = answer.json()["data"]
            assert (answer.status_code, told["status"]) == (503, "unready")
            assert told["dependencies"] == {"postgresql": "up", "schema": "down", "redis": "up"}
        assert (await client.get("/health/live")).status_code == 200
        await set_back(db, to=migrations.head())

        async def is_ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await until(is_ready)
    # Old code goes on beside a newer schema.
    await set_back(db, to="9999")
    async with client_of(settings_for(fresh_database_url, engines.redis_url)) as client:
        assert (await client.get("/health/ready")).status_code == 200
    await db.close()


async def test_a_worker_waits_for_the_schema_and_may_be_stopped_meanwhile(
    fresh_database_url: str, engines: TestEngines, tmp_path: Path
) -> None:
    db = await asyncpg.connect(fresh_database_url)
    await db.execute("ALTER TABLE alembic_version RENAME TO elsewhere")
    settings, log = settings_for(fresh_database_url, engines.redis_url), tmp_path / "log"
    process = forked(("worker",), environment(settings), log=log)

    async def waits() -> bool:
        return log.exists() and "the schema is not at" in log.read_text()

    async def works() -> bool:
        return await workers_alive(db) == 1

    try:
        await until(waits)
        process.terminate()
        assert process.wait(15) == 0
        process = forked(("worker",), environment(settings), log=log)
        await db.execute("ALTER TABLE elsewhere RENAME TO alembic_version")
        await until(works)
    finally:
        stop([process])
    await db.close()
