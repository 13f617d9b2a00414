"""Enqueueing: jobs are rows, inserted in the transaction of whoever wants the work done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import asyncpg
import msgspec

from arenapulse.core import facts
from arenapulse.core.errors import InvariantBroken
from arenapulse.core.facts import Fact
from arenapulse.runtime import log, tracing
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs.registry import Registry
from arenapulse.runtime.jobs.waker import Waker

JOBS_PER_CALL_MAX: Final = 10_000
DEDUPE_KEY_CHARACTERS_MAX: Final = 200
_SESSION_KEY: Final = "arenapulse.jobs"
_WOKEN_KEY: Final = "arenapulse.jobs.woken"

Payload = Mapping[str, object]
Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)


@dataclass(frozen=True)
class NewJob:
    """A row to be; `dedupe_key` makes it a no-op while a twin waits or runs."""

    name: str
    payload: bytes = b"{}"
    run_at: dt.datetime | None = None
    dedupe_key: str | None = None


class Jobs:
    """The queue as one process writes to it."""

    def __init__(self, *, registry: Registry, waker: Waker) -> None:
        self.registry = registry
        self.waker = waker

    async def insert(self, connection: Connection, jobs: Sequence[NewJob]) -> int:
        """Inserts the rows on a connection that is in a transaction; how many are new.

        The caller wakes the workers after its commit: `jobs.waker.wake()`.
        """
        # A row written outside would outlive the rollback of what it belongs to.
        assert connection.is_in_transaction()
        assert len(jobs) <= JOBS_PER_CALL_MAX
        for job in jobs:
            self._check(job)
        if not jobs:
            return 0
        caused_by = log.request_id.get()
        done = await connection.execute(
            _INSERT,
            [job.name for job in jobs],
            [job.payload for job in jobs],
            [job.run_at for job in jobs],
            [job.dedupe_key for job in jobs],
            None if caused_by is None else msgspec.json.encode(_headers(caused_by)).decode(),
        )
        return int(done.rsplit(" ", 1)[-1])

    def _check(self, job: NewJob) -> None:
        entry = self.registry.entries.get(job.name)
        if entry is None:
            raise InvariantBroken(f"no worker knows the job {job.name}")
        if entry.delayed != (job.run_at is not None):
            raise InvariantBroken(f"{job.name}: run_at goes with delayed tasks, and only with them")
        assert job.dedupe_key is None or len(job.dedupe_key) <= DEDUPE_KEY_CHARACTERS_MAX

    async def close(self) -> None:
        await self.waker.close()


def _headers(caused_by: str) -> dict[str, str]:
    parent = tracing.parent_text()
    return {"requestId": caused_by} | ({} if parent is None else {"traceparent": parent})


def attach(database: Database, *, registry: Registry) -> Jobs:
    """Lets `record` and `enqueue` find the queue in every session of this database."""
    jobs = Jobs(registry=registry, waker=Waker(database))
    database.session_info[_SESSION_KEY] = jobs
    return jobs


async def record(session: Session, fact: Fact) -> None:
    """Stores a fact: one job for each reaction to it, in the session's transaction."""
    await record_all(session, [fact])


async def record_all(session: Session, news: Iterable[Fact]) -> None:
    """`record` for many facts in one statement."""
    jobs = _jobs_of(session)
    rows = [
        NewJob(name, facts.encode(fact))
        for fact in news
        for name in jobs.registry.reactions_to(type(fact))
    ]
    await _insert(session, jobs, rows)


def heard_by(session: Session, fact: type[Fact]) -> tuple[str, ...]:
    """Who reacts to a fact, for SQL functions that record it; nobody in a process without a queue.

    After the commit the workers are to be woken: `wake_for`.
    """
    return _reactions(session.info, fact)


def reactions_to(database: Database, fact: type[Fact]) -> tuple[str, ...]:
    """The same for who has connections of their own."""
    return _reactions(database.session_info, fact)


def spread_by(database: Database, fact: type[Fact], *, task: str) -> tuple[str, ...]:
    """For whom the hot path records a fact: for `task`, which spreads it; nobody where none reacts.

    Where no worker knows the task it is recorded for who reacts.
    """
    names = _reactions(database.session_info, fact)
    known = names and task in _jobs_in(database.session_info).registry.task_names
    return (task,) if known else names


def _reactions(info: Mapping[str, object], fact: type[Fact]) -> tuple[str, ...]:
    jobs = info.get(_SESSION_KEY)
    return jobs.registry.reactions_to(fact) if isinstance(jobs, Jobs) else ()


def wake_for(session: Session, *kinds: type[Fact]) -> None:
    """For facts that an SQL function recorded in the session's transaction."""
    if any(heard_by(session, fact) for fact in kinds):
        wake_after_commit(session)


async def enqueue(
    session: Session,
    name: str,
    *,
    payload: Payload | None = None,
    run_at: dt.datetime | None = None,
    dedupe_key: str | None = None,
) -> bool:
    """One job in the session's transaction; False where a twin of its `dedupe_key` waits or runs.

    A twin that is running blocks too: what must see the newest state looks again before it ends.
    """
    row = NewJob(name, msgspec.json.encode(payload or {}), run_at, dedupe_key)
    return await _insert(session, _jobs_of(session), [row]) == 1


async def enqueue_all(session: Session, name: str, *, payloads: Iterable[Payload]) -> int:
    """Many jobs of one task in one statement; how many."""
    rows = [NewJob(name, msgspec.json.encode(payload)) for payload in payloads]
    return await _insert(session, _jobs_of(session), rows)


async def enqueue_on(
    connection: Connection,
    database: Database,
    name: str,
    *,
    payloads: Iterable[Payload],
) -> None:
    """`enqueue_all` for who has a connection of their own, in a transaction; then `wake`."""
    rows = [NewJob(name, msgspec.json.encode(payload)) for payload in payloads]
    await _jobs_in(database.session_info).insert(connection, rows)


def wake(database: Database) -> None:
    """For jobs that were committed by `enqueue_on`."""
    _jobs_in(database.session_info).waker.wake()


def _jobs_of(session: Session) -> Jobs:
    return _jobs_in(session.info)


def _jobs_in(info: Mapping[Any, object]) -> Jobs:
    found = info.get(_SESSION_KEY)
    if not isinstance(found, Jobs):
        raise InvariantBroken("the database has no queue: wiring attaches it")
    return found


async def _insert(session: Session, jobs: Jobs, rows: Sequence[NewJob]) -> int:
    if not rows:
        return 0
    inserted = await jobs.insert(await session.driver(), rows)
    if inserted:
        wake_after_commit(session)
    return inserted


def wake_after_commit(session: Session) -> None:
    """For jobs that an SQL function inserted in the session's transaction."""
    jobs = _jobs_of(session)
    if _WOKEN_KEY in session.info:
        return
    session.info[_WOKEN_KEY] = True

    async def wake() -> None:
        jobs.waker.wake()

    session.after_commit(wake)


# pgqueuer's own statement also writes a "queued" line in its log, which nobody reads.
_INSERT: Final = """
INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after, dedupe_key, headers)
SELECT 0, 'queued', t.name, t.payload, coalesce(t.run_at, now()), t.dedupe_key, $5::jsonb
  FROM unnest($1::text[], $2::bytea[], $3::timestamptz[], $4::text[])
    WITH ORDINALITY t(name, payload, run_at, dedupe_key, i)
  ORDER BY t.i
ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
  DO NOTHING
"""
