"""Breaks when pgqueuer moves: read its changes against `runtime/jobs/queue.py`, then mend here."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import timedelta
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import asyncpg
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.queue import DEQUEUE_PAUSE_SECONDS, ListeningDriver, PatientQueries


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("pgqueuer") == "1.6.0"


def test_our_schema_is_what_it_installs() -> None:
    pgq = Path(sys.executable).with_name("pgq")
    shipped = subprocess.run(
        [pgq, "sql", "install"], capture_output=True, text=True, check=True
    ).stdout
    ours = files("arenapulse.migrations").joinpath("sql", "pgqueuer.sql").read_text()
    assert ours.split() == shipped.split()


async def test_a_migrated_database_needs_no_upgrade_and_does_not_notify(
    database_url: str, db: asyncpg.Connection
) -> None:
    database = Database(database_url, pool_size=2)
    await database.open()
    try:
        plan = await Queries(ListeningDriver(database)).plan_upgrade()
    finally:
        await database.close()
    assert list(plan.statements) == []
    state = await db.fetchval(
        "SELECT tgenabled FROM pg_trigger WHERE tgname = 'tg_pgqueuer_changed'"
    )
    assert state == b"D"


def test_what_we_override_still_has_its_shape() -> None:
    for name in ("dequeue", "retry_job", "log_jobs"):
        ours = inspect.signature(getattr(PatientQueries, name))
        theirs = inspect.signature(getattr(Queries, name))
        assert list(ours.parameters) == list(theirs.parameters), name
    source = inspect.getsource(QueueManager)
    # The calls through which our overrides are reached, and the trap that `log_jobs` closes.
    assert "await self.queries.retry_job(job, retry_exc.delay, tbr)" in source
    assert 'jbuff.add((job, "canceled", None))' in source


async def test_jobs_that_trickle_in_gather_and_a_backlog_does_not_wait(
    fresh_database_url: str,
) -> None:
    database = Database(fresh_database_url, pool_size=2)
    await database.open()
    queries = PatientQueries(ListeningDriver(database))
    manager = QueueManagerId(uuid4())

    async def dequeue() -> list[Job]:
        known = {QueueEntrypoint("tests.work"): EntrypointExecutionParameter(concurrency_limit=0)}
        return await queries.dequeue(2, known, manager, None, timedelta(seconds=30))

    try:
        await database.pool.execute(
            "INSERT INTO pgqueuer (priority, status, entrypoint) "
            "SELECT 0, 'queued', 'tests.work' FROM generate_series(1, 3)"
        )
        assert len(await dequeue()) == 2
        assert not queries.is_short
        assert len(await dequeue()) == 1
        began = clock.monotonic_seconds()
        assert await dequeue() == []
        assert clock.monotonic_seconds() - began >= DEQUEUE_PAUSE_SECONDS
        # Whoever comes after that is not kept waiting.
        assert not queries.is_short
    finally:
        await database.close()
