"""pgqueuer 1.6.0, and nothing else of ours imports it: its driver, its statements, its executor.

What it does otherwise than we need, and what is done about it here (each has a test):
it forgets LISTEN with a lost connection, so the listener is our own and its loss ends a run;
it holds a job for ever when the write of its retry fails, so that write is patient and then left
to the heartbeat; it deletes a job whose task is cancelled, so we cancel the work, not its task;
it counts no tries for a job that kills its worker, so we count picks; it asks without a pause, so
jobs that trickle in gather for a moment; exceptions stand in its log with all they say, so it sees
only where they were.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Self, TypeVar

import asyncpg
import msgspec
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS, JobId, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import NotifyCallback
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries

from arenapulse.core import clock
from arenapulse.runtime import log, tracing
from arenapulse.runtime.db import PASSING_ERRORS, Database
from arenapulse.runtime.jobs.failures import describe
from arenapulse.runtime.jobs.outbox import enqueue
from arenapulse.runtime.jobs.registry import Entry, Registry, UnreadablePayload
from arenapulse.runtime.jobs.together import Together
from arenapulse.runtime.telemetry import JOB_SECONDS, JOBS

BACKOFF_SECONDS_MAX: Final = 300.0
PICKS_MAX: Final = 3
LISTEN_SECONDS_MAX: Final = 10.0
PATIENCE_SECONDS: Final = (0.1, 0.3, 1.0, 2.0)
DEQUEUE_PAUSE_SECONDS: Final = 0.03
REQUEST_ID_CHARACTERS_MAX: Final = 64

T = TypeVar("T")
_log = log.logger("jobs")


class JobFailed(Exception):
    """Stands in for a task's exception, whose own text may hold what no log may."""


class Interrupted(RetryRequested):
    """The worker stops: the job goes back as it was, at once and without counting as a try."""


async def patiently(action: Callable[[], Awaitable[T]]) -> T:
    """Runs a statement again over a restart of the database; raises what the last try raised."""
    for pause in PATIENCE_SECONDS:
        try:
            return await action()
        except PASSING_ERRORS:
            await asyncio.sleep(pause)
    return await action()


class ListeningDriver:
    """Statements through the pool; NOTIFY over a connection of its own, closed at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listener: asyncpg.Connection[asyncpg.Record] | None = None
        self._listening = asyncio.Event()
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return [dict(row) for row in await self._database.pool.fetch(query, *args)]

    async def execute(self, query: str, *args: object) -> str:
        done = await self._database.pool.execute(query, *args)
        return str(done)

    async def notify(self, channel: str, payload: str) -> None:
        # The first probe of the listener's health starts beside the listener, and must not be
        # sent into nowhere.
        await asyncio.wait_for(self._listening.wait(), timeout=LISTEN_SECONDS_MAX)
        await self._database.pool.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        def heard(_connection: object, _pid: object, _channel: object, payload: object) -> None:
            if isinstance(payload, str):
                callback(payload)

        if self._listener is None:
            self._listener = await self._database.connect()
        await self._listener.add_listener(channel, heard)
        self._listening.set()

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(*PASSING_ERRORS):
                await listener.close(timeout=1)


@dataclass
class PatientQueries(Queries):
    """pgqueuer's statements, with our count of picks and patience with the database.

    It asks for more as soon as it has a job: where jobs come one by one, hundreds a second, each
    would be a statement of its own, which costs more than the work. So what comes next may gather.
    """

    is_short: bool = False

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        if self.is_short:
            await asyncio.sleep(DEQUEUE_PAUSE_SECONDS)
        jobs = await super().dequeue(
            batch_size, entrypoints, queue_manager_id, global_concurrency_limit, heartbeat_timeout
        )
        self.is_short = 0 < len(jobs) < batch_size
        if not jobs:
            return jobs
        rows = await self.driver.fetch(_OVERPICKED, [job.id for job in jobs], PICKS_MAX)
        if not rows:
            return jobs
        deadly = {row["job_id"] for row in rows}
        for job in jobs:
            if job.id in deadly:
                _log.error("job held: its workers died", job=job.entrypoint, job_id=job.id)
                JOBS.labels(job.entrypoint, "held").inc()
        await self.driver.execute(_HOLD, list(deadly), _DIED)
        return [job for job in jobs if job.id not in deadly]

    async def retry_job(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        interrupted = (
            traceback_record is not None and traceback_record.exception_type == Interrupted.__name__
        )

        async def write() -> None:
            if interrupted:
                await self.driver.execute(_RELEASE, job.id)
            else:
                await super(PatientQueries, self).retry_job(job, delay, traceback_record)

        # Given up, the row stays picked and comes back when its heartbeat is stale; an exception
        # here would have it held.
        with contextlib.suppress(*PASSING_ERRORS):
            await patiently(write)

    async def log_jobs(
        self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]
    ) -> None:
        # "canceled" is what a process that ends says of work in flight: it would be deleted.
        ended = [entry for entry in job_status if entry[1] != "canceled"]
        for job, status, _ in job_status:
            if status == "canceled":
                await self.driver.execute(_RELEASE, job.id)
        if ended:
            await patiently(lambda: super(PatientQueries, self).log_jobs(ended))


@dataclass
class Bodies:
    """The work of this process: what runs, and what was picked and waits for a place to."""

    places: asyncio.Semaphore
    running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    stopping: bool = False

    def interrupt(self) -> None:
        self.stopping = True
        for body in self.running:
            body.cancel()


@dataclass
class Executor(AbstractEntrypointExecutor):
    """Runs one entry of the registry: time limit, retries with backoff, request id, counters."""

    entry: Entry
    bodies: Bodies
    together: Together | None = None

    async def execute(self, job: Job, context: Context) -> None:  # noqa: ARG002 - their shape
        started = clock.monotonic_seconds()
        outcome = await self._outcome(job)
        JOB_SECONDS.labels(self.entry.name).observe(clock.monotonic_seconds() - started)
        JOBS.labels(self.entry.name, "succeeded" if outcome is None else "failed").inc()
        if outcome is None:
            return
        # Raised out here, so that the task's own exception is neither its cause nor its context.
        raise outcome

    async def _outcome(self, job: Job) -> Exception | None:
        """Runs the work; None when it is done, else what to tell pgqueuer."""
        body = asyncio.create_task(self._work(job), name=f"{self.entry.name}:{job.id}")
        self.bodies.running.add(body)
        try:
            await asyncio.wait({body})
        except asyncio.CancelledError:
            body.cancel()
            raise
        finally:
            self.bodies.running.discard(body)
        if body.cancelled():
            if self.bodies.stopping:
                return Interrupted(timedelta(0), "the worker stops")
            return self._failed(job, "cancelled itself")
        error = body.exception()
        if error is None:
            return None
        if isinstance(error, UnreadablePayload):
            # What does not fit now will not fit the next time either.
            return self._held(job, f"{self.entry.name}: {error}")
        return self._failed(job, describe(error))

    async def _work(self, job: Job) -> None:
        caused_by = (job.headers or {}).get("requestId")
        if isinstance(caused_by, str):
            log.request_id.set(caused_by[:REQUEST_ID_CHARACTERS_MAX])
        parent = (job.headers or {}).get("traceparent")
        with tracing.root(
            "job",
            parent=parent if isinstance(parent, str) else None,
            attributes={"job": self.entry.name},
        ):
            await self._run(job)

    async def _run(self, job: Job) -> None:
        payload, seconds_max = job.payload or b"{}", self.entry.limits.seconds_max
        if self.together is not None:
            await self.together.run(payload)
            return
        async with self.bodies.places, asyncio.timeout(seconds_max):
            await self.entry.run(payload)

    def _held(self, job: Job, what: str) -> Exception:
        """For a person to decide; an alert says so."""
        _log.error("job held", job=self.entry.name, job_id=job.id, error=what)
        JOBS.labels(self.entry.name, "held").inc()
        return JobFailed(what)

    def _failed(self, job: Job, what: str) -> Exception:
        limits = self.entry.limits
        if job.attempts >= limits.retries_max:
            return self._held(job, what)
        _log.warning(
            "job failed", job=self.entry.name, job_id=job.id, attempt=job.attempts, error=what
        )
        return RetryRequested(backoff(limits.backoff_seconds, attempt=job.attempts), what)


def backoff(first_seconds: float, *, attempt: int) -> timedelta:
    """Doubled with each try, ± 20 % so that jobs that failed together come back apart."""
    seconds = min(first_seconds * 2 ** min(attempt, 30), BACKOFF_SECONDS_MAX)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load


@dataclass(frozen=True, kw_only=True)
class QueueOptions:
    """The poll alone must be enough; a wake-up only makes it quicker.

    More is picked than runs at once: pgqueuer looks again only 0.1 s after it has picked all it
    may. What runs at once shares a pool of connections with due work and loops.
    """

    poll_seconds: float = 0.25
    heartbeat_seconds: float = 25.0
    batch: int = 50
    picked_max: int = 1000
    running_max: int = 8


class Queue:
    """One run of the queue; after a lost connection the worker makes the next."""

    def __init__(
        self, database: Database, *, registry: Registry, bodies: Bodies, options: QueueOptions
    ) -> None:
        self._options = options
        self._manager = QueueManager(PatientQueries(ListeningDriver(database)))
        for entry in registry.entries.values():
            self._manager.register_executor(entry.name, _executor(entry, bodies))

    def stop(self) -> None:
        """Takes no more jobs; `run` returns when those that run have ended."""
        self._manager.shutdown.set()

    def run(self) -> Coroutine[Any, Any, None]:
        options = self._options
        return self._manager.run(
            dequeue_timeout=timedelta(seconds=options.poll_seconds),
            batch_size=options.batch,
            max_concurrent_tasks=options.picked_max,
            heartbeat_timeout=timedelta(seconds=options.heartbeat_seconds),
            shutdown_on_listener_failure=True,
            # Nobody reads the statistics: `/metrics` has the counters.
            log_aggregation_interval=timedelta(0),
        )


def _executor(entry: Entry, bodies: Bodies) -> Executor:
    async def unused(_job: Job) -> None:
        raise AssertionError("the executor runs the entry itself")

    parameters = EntrypointExecutorParameters(
        concurrency_limit=entry.limits.concurrency, func=unused, on_failure="hold"
    )
    together = entry.run_many and Together(
        run=entry.run,
        run_many=entry.run_many,
        places=bodies.places,
        seconds_max=entry.limits.seconds_max,
    )
    return Executor(parameters, entry=entry, bodies=bodies, together=together)


class Schedule:
    """Enqueues the tasks that have a `cron` when they are due; among all workers, once."""

    def __init__(self, database: Database, *, registry: Registry) -> None:
        self._manager = SchedulerManager(Queries(ListeningDriver(database)))
        for entry in registry.entries.values():
            if entry.cron is not None:
                due = functools.partial(_due, database=database, name=entry.name)
                self._manager.schedule(entry.name, entry.cron, accepts_context=False)(due)

    def run(self) -> Coroutine[Any, Any, None]:
        return self._manager.run()


async def _due(_schedule: object, *, database: Database, name: str) -> None:
    async with database.transaction() as session:
        await enqueue(session, name, dedupe_key=f"cron:{name}")


async def requeue(database: Database, *, ids: list[int]) -> None:
    """Gives held jobs all their tries again; for operators."""
    await PatientQueries(ListeningDriver(database)).requeue_jobs([JobId(i) for i in ids])


# Picks since the job was last put back by a retry or by hand: more than PICKS_MAX means that
# none of those workers lived to say how it ended.
_OVERPICKED: Final = """
SELECT l.job_id FROM pgqueuer_log l
WHERE l.job_id = ANY ($1::bigint[]) AND l.status = 'picked'
  AND NOT EXISTS (SELECT 1 FROM pgqueuer_log q
                  WHERE q.job_id = l.job_id AND q.status = 'queued' AND q.id > l.id)
GROUP BY l.job_id HAVING count(*) > $2
"""
_HOLD: Final = """
WITH held AS (
  UPDATE pgqueuer SET status = 'failed', updated = now(), queue_manager_id = NULL
  WHERE id = ANY ($1::bigint[]) RETURNING id, entrypoint, priority)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, traceback)
SELECT id, 'failed', entrypoint, priority, $2::jsonb FROM held
"""
_RELEASE: Final = """
WITH released AS (
  UPDATE pgqueuer SET status = 'queued', updated = now(), queue_manager_id = NULL
  WHERE id = $1 RETURNING id, entrypoint, priority)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
SELECT id, 'queued', entrypoint, priority FROM released
"""
_DIED: Final = msgspec.json.encode(
    {"exception_type": "WorkerDied", "exception_message": "each worker that took it died"}
).decode()
