"""What is kept for a day and then deleted: the queue's log, and answers under idempotency keys."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CursorResult, TextClause, text

from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.registry import Limits, Registry

KEEP_HOURS: Final = 24
ROWS_PER_DELETE: Final = 10_000
DELETES_MAX: Final = 2_000

# A job that still waits keeps its lines: the count of its picks is read from them.
_PURGE: Final = text(
    "DELETE FROM pgqueuer_log WHERE id IN (SELECT l.id FROM pgqueuer_log l "
    "WHERE l.created < now() - make_interval(hours => :hours) "
    "AND NOT EXISTS (SELECT 1 FROM pgqueuer q WHERE q.id = l.job_id) LIMIT :rows)"
)

_PURGE_KEYS: Final = text(
    "DELETE FROM idempotency_keys WHERE ctid IN (SELECT ctid FROM idempotency_keys "
    "WHERE created_at < now() - make_interval(hours => :hours) LIMIT :rows)"
)


def housekeeping(database: Database) -> Registry:
    registry = Registry()

    @registry.task("jobs.purge_log", cron="17 3 * * *", limits=Limits(seconds_max=1800))
    async def purge_log(**_future: object) -> None:
        await purge(database)

    @registry.task("web.purge_keys", cron="37 3 * * *", limits=Limits(seconds_max=1800))
    async def purge_keys(**_future: object) -> None:
        await purge(database, statement=_PURGE_KEYS)

    assert purge_log
    assert purge_keys
    return registry


async def purge(database: Database, *, statement: TextClause = _PURGE) -> int:
    """Deletes old rows, some thousands a transaction; how many."""
    deleted = 0
    for _ in range(DELETES_MAX):
        async with database.transaction() as session:
            done = await session.execute(statement, {"hours": KEEP_HOURS, "rows": ROWS_PER_DELETE})
        assert isinstance(done, CursorResult)
        deleted += done.rowcount
        if done.rowcount < ROWS_PER_DELETE:
            break
    return deleted
