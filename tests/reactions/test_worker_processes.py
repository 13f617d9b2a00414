"""Real processes: a worker killed in the middle of a job, PostgreSQL restarted, SIGTERM."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from arenapulse.migrations import run as migrations
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.engines import Engines
from arenapulse.runtime.engines.folder import claimed
from arenapulse.runtime.jobs import enqueue
from tests.conftest import TestEngines, as_app
from tests.reactions.conftest import WorkerProcess, attached, until
from tests.reactions.process_jobs import TABLE, registry_for

Start = Callable[[str], WorkerProcess]


async def ask(url: str, name: str, **payload: object) -> None:
    # Its functions run in the worker's process alone.
    names = registry_for(Database(as_app(url), pool_size=1, actor=SERVICE))
    async with attached(url, names) as (database, _), database.transaction() as session:
        await enqueue(session, name, payload=payload)


async def steps(connection: asyncpg.Connection, job: str) -> list[tuple[int, str]]:
    found = await connection.fetch("SELECT number, step FROM done WHERE job = $1", job)
    return [(row["number"], row["step"]) for row in found]


async def test_a_job_whose_worker_was_killed_runs_again(
    fresh_database_url: str, rows: asyncpg.Connection, start_worker: Start
) -> None:
    await rows.execute(TABLE)
    await ask(fresh_database_url, "tests.be_slow", number=1, seconds=0.5)
    first = start_worker(fresh_database_url)

    async def has_started() -> bool:
        return await steps(rows, "slow") == [(1, "start")]

    await until(has_started, seconds=20)
    first.kill()
    assert await rows.fetchval("SELECT status FROM pgqueuer") == "picked"
    # 25 s pass for the heartbeat.
    await rows.execute("UPDATE pgqueuer SET heartbeat = heartbeat - interval '25 seconds'")
    start_worker(fresh_database_url)

    async def is_done() -> bool:
        return await rows.fetchval("SELECT count(*) FROM pgqueuer") == 0

    await until(is_done, seconds=20)
    assert await steps(rows, "slow") == [(1, "start"), (1, "start"), (1, "end")]


@pytest.fixture
def own_engines() -> Iterator[Engines]:
    """Engines of this test's own, to be killed."""
    parent = Path(tempfile.mkdtemp(prefix="arenapulse-jobs-"))
    parent.chmod(0o755)
    settings = Settings().model_copy(
        update={"data_folder": parent / "data", "database_url": None, "redis_url": "redis://none"}
    )
    with claimed(settings.data_folder) as folder, Engines(settings, folder=folder) as engines:
        yield engines
    shutil.rmtree(parent, ignore_errors=True)


async def test_a_worker_recovers_when_postgresql_was_restarted(
    own_engines: Engines, start_worker: Start
) -> None:
    url = own_engines.urls.database_url
    await migrations.migrate(url)
    before = await asyncpg.connect(url)
    await before.execute(TABLE)
    await ask(url, "tests.be_slow", number=1, seconds=1)
    worker = start_worker(url)

    async def has_started() -> bool:
        return await steps(before, "slow") == [(1, "start")]

    await until(has_started, seconds=20)
    os.kill(own_engines.pids()["postgres"], signal.SIGQUIT)
    await _away(url)
    with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await before.close(timeout=1)

    async def is_back() -> bool:
        return bool(own_engines.tend())

    await until(is_back)
    after = await asyncpg.connect(url)
    await ask(url, "tests.be_quick", number=2)

    async def is_done() -> bool:
        return await steps(after, "quick") == [(2, "end")]

    await until(is_done, seconds=20)

    async def interrupted_is_done() -> bool:
        # Where the write of its retry was lost too, the row waits for its heartbeat: 25 s pass.
        await after.execute(
            "UPDATE pgqueuer SET heartbeat = now() - interval '1 hour' "
            "WHERE status = 'picked' AND heartbeat < now() - interval '3 seconds'"
        )
        return (1, "end") in await steps(after, "slow")

    await until(interrupted_is_done, seconds=30)
    assert await after.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'failed'") == 0
    await after.close()
    assert worker.terminate()[0] == 0


async def _away(url: str) -> None:
    async def is_away() -> bool:
        try:
            connection = await asyncpg.connect(url, timeout=1)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return True
        await connection.close()
        return False

    await until(is_away, seconds=20)


async def test_sigterm_ends_a_worker_cleanly_with_its_job_put_back(
    fresh_database_url: str, rows: asyncpg.Connection, start_worker: Start
) -> None:
    await rows.execute(TABLE)
    await ask(fresh_database_url, "tests.be_slow", number=1, seconds=60)
    worker = start_worker(fresh_database_url)

    async def has_started() -> bool:
        return await steps(rows, "slow") == [(1, "start")]

    await until(has_started, seconds=20)
    code, seconds = worker.terminate()
    assert code == 0
    # The job itself would have slept for a minute.
    assert seconds < 20
    assert await rows.fetch("SELECT status, attempts FROM pgqueuer") == [("queued", 0)]


async def test_the_worker_command_runs_and_ends_by_sigterm(
    fresh_database_url: str, rows: asyncpg.Connection, engines: TestEngines
) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": fresh_database_url,
        "REDIS_URL": engines.redis_url,
        "ARENAPULSE_SECRET": "test-secret-" + "x" * 32,
        "ARENAPULSE_ENV": "test",
        "STRIPE_WEBHOOK_SECRET": "whsec_test_secret",
    }
    with subprocess.Popen(  # noqa: ASYNC220 - it starts at once
        [sys.executable, "-m", "arenapulse", "worker"], env=environment, stderr=subprocess.PIPE
    ) as process:
        try:

            async def is_scheduled() -> bool:
                return bool(await rows.fetchval("SELECT count(*) FROM pgqueuer_schedules"))

            await until(is_scheduled, seconds=20)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=5) == 0
            assert process.stderr is not None
            assert process.stderr.read() == b""
        finally:
            process.kill()
