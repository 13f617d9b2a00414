"""Jobs that failed for good: seen, and run again by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import msgspec

from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.outbox import wake_after_commit


@dataclass(frozen=True)
class HeldJob:
    """`why` says where it broke, never what was in it."""

    job_id: int
    name: str
    failed_at: dt.datetime
    why: str


async def held_jobs(session: Session, *, limit: int) -> list[HeldJob]:
    """The newest first."""
    connection = await session.driver()
    return [
        HeldJob(row["id"], row["entrypoint"], row["updated"], _why(row["said"]))
        for row in await connection.fetch(_HELD, limit)
    ]


async def run_again(session: Session, *, job_id: int) -> bool:
    """Gives a held job all its tries again; False where there is none."""
    connection = await session.driver()
    found = await connection.fetchval(_RUN_AGAIN, job_id)
    if found is None:
        return False
    wake_after_commit(session)
    return True


def _why(said: str | None) -> str:
    if said is None:
        return ""
    told: object = msgspec.json.decode(said)
    if isinstance(told, dict):
        words = msgspec.convert(told, dict[str, object])
        return f"{words.get('exception_type', '')} {words.get('exception_message', '')}".strip()
    return str(told)


_HELD: Final = """
SELECT q.id, q.entrypoint, q.updated, (
    SELECT l.traceback::TEXT FROM pgqueuer_log l
    WHERE l.job_id = q.id AND l.status IN ('failed', 'exception')
    ORDER BY l.id DESC LIMIT 1) AS said
FROM pgqueuer q WHERE q.status = 'failed' ORDER BY q.updated DESC, q.id DESC LIMIT $1
"""
_RUN_AGAIN: Final = """
WITH released AS (
  UPDATE pgqueuer SET status = 'queued', updated = now(), execute_after = now(),
      queue_manager_id = NULL
  WHERE id = $1 AND status = 'failed' RETURNING id, entrypoint, priority
), noted AS (
  INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'queued', entrypoint, priority FROM released
)
SELECT id FROM released
"""
