"""A queue on a database of its own, and workers on it: in this process or as real ones."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import asyncpg
import pytest

from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs import Jobs, Registry, attach
from arenapulse.runtime.jobs.queue import QueueOptions
from arenapulse.runtime.jobs.worker import Worker, WorkerParts
from tests.conftest import as_app
from tests.forks import Fork
from tests.reactions import worker_process
from tests.reactions.office import Office, opened


async def until(what: Callable[[], Awaitable[bool]], *, seconds: float = 30) -> None:
    """Returns when it has come true; fails the test when it does not in time."""
    deadline = time.monotonic() + seconds
    while not await what():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def attached(url: str, registry: Registry) -> AsyncIterator[tuple[Database, Jobs]]:
    database = Database(as_app(url), pool_size=4, actor=SERVICE)
    jobs = attach(database, registry=registry)
    await database.open()
    try:
        yield database, jobs
    finally:
        await jobs.close()
        await database.close()


@contextlib.asynccontextmanager
async def working(
    database: Database, jobs: Jobs, options: QueueOptions | None = None
) -> AsyncIterator[Worker]:
    """A worker in this loop."""
    queue_database = Database(database.url, pool_size=3, actor=SERVICE)
    await queue_database.open()
    worker = Worker(
        WorkerParts(
            jobs=jobs,
            database=database,
            queue_database=queue_database,
            options=options or QueueOptions(),
        )
    )
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await running
        await queue_database.close()


@pytest.fixture
async def rows(fresh_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the test's own database, to look at the queue."""
    connection = await asyncpg.connect(fresh_database_url)
    yield connection
    await connection.close()


class WorkerProcess:
    """`worker_process.py` on a database, with the jobs of a file beside it."""

    def __init__(self, url: str, *, jobs: str) -> None:
        # Who logs in as what is told by variables, which a fork has of its parent.
        self.process = Fork(worker_process.run, url, jobs, dict(os.environ))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def terminate(self) -> tuple[int, float]:
        """The exit code after SIGTERM, and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        return code, time.monotonic() - began


@pytest.fixture
def start_worker() -> Iterator[Callable[..., WorkerProcess]]:
    started: list[WorkerProcess] = []

    def start(url: str, jobs: str = "process_jobs.py") -> WorkerProcess:
        made = WorkerProcess(url, jobs=jobs)
        started.append(made)
        return made

    yield start
    for made in started:
        made.process.kill()
        made.process.wait(10)


@pytest.fixture
async def office(fresh_database_url: str) -> AsyncIterator[Office]:
    async with opened(fresh_database_url) as made:
        yield made
