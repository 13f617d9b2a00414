"""What a worker does by the clock: loops, schedules, and keeping its log short."""

from __future__ import annotations

import asyncio

import asyncpg

from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.jobs.housekeeping import purge
from tests.reactions.conftest import attached, until, working


async def test_a_loop_goes_on_after_it_failed(fresh_database_url: str) -> None:
    rounds = 0
    registry = Registry()

    @registry.loop("tests.tick", seconds=0.01)
    async def tick() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 2:
            raise RuntimeError

    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs),
    ):

        async def is_past() -> bool:
            return rounds >= 4

        await until(is_past)


async def test_a_due_schedule_only_enqueues_and_once_among_workers(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    runs = 0
    registry = Registry()

    @registry.task("tests.sweep", cron="0 0 1 1 *")
    async def sweep(**_future: object) -> None:
        nonlocal runs
        runs += 1

    async with attached(fresh_database_url, registry) as (database, jobs):
        async with working(database, jobs):

            async def is_registered() -> bool:
                return await rows.fetchval("SELECT count(*) FROM pgqueuer_schedules") == 1

            await until(is_registered)
        await rows.execute("UPDATE pgqueuer_schedules SET next_run = now() - interval '1 minute'")
        async with working(database, jobs), working(database, jobs):

            async def is_run() -> bool:
                return runs > 0

            await until(is_run)
            await asyncio.sleep(0.3)
    assert runs == 1
    assert await rows.fetchval("SELECT next_run > now() FROM pgqueuer_schedules")


async def test_the_log_is_kept_for_a_day_and_for_jobs_that_wait(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    waiting = await rows.fetchval(
        "INSERT INTO pgqueuer (priority, status, entrypoint) VALUES (0, 'queued', 'tests.wait') "
        "RETURNING id"
    )
    await rows.execute(
        "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, created) VALUES "
        "($1, 'picked', 0, 'tests.wait', now() - interval '2 days'), "
        "(-1, 'picked', 0, 'tests.gone', now() - interval '2 days'), "
        "(-2, 'picked', 0, 'tests.fresh', now())",
        waiting,
    )
    async with attached(fresh_database_url, Registry()) as (database, _):
        assert await purge(database) == 1
    left = await rows.fetch("SELECT entrypoint FROM pgqueuer_log ORDER BY 1")
    assert [row[0] for row in left] == ["tests.fresh", "tests.wait"]
