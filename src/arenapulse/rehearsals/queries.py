"""All SQL of rehearsals."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import EventId, OrganizationId, UserId
from arenapulse.rehearsals.schemas import Asked, RehearsalBody, RehearsalView, Report
from arenapulse.rehearsals.terms import LISTED_MAX, STALE
from arenapulse.runtime.db import SERVICE, Database, Session


async def add(
    session: Session,
    *,
    rehearsal_id: UUID,
    event_id: EventId,
    organization_id: OrganizationId,
    asked_by: UserId,
    body: RehearsalBody,
    now: dt.datetime,
) -> bool:
    """False where another one is under way."""
    connection = await session.driver()
    # Whosever it is: there is one at a time over all organizations.
    await session.act_as(SERVICE)
    await connection.execute(_GIVE_UP, now - STALE, now)
    await session.act_as(asked_by)
    added = await connection.fetchval(
        _ADD,
        *(rehearsal_id, event_id, organization_id, asked_by),
        *(body.people, body.seconds, body.admit_per_minute, now),
    )
    return added is not None


async def many_since(
    session: Session, *, organization_id: OrganizationId, since: dt.datetime
) -> int:
    """How often an organization asked."""
    found: int = await (await session.driver()).fetchval(_MANY_SINCE, organization_id, since)
    return found


async def begin(session: Session, *, rehearsal_id: UUID, now: dt.datetime) -> Asked | None:
    """None where it was begun before: it is played once."""
    row = await (await session.driver()).fetchrow(_BEGIN, rehearsal_id, now)
    return None if row is None else Asked(*row)


async def finish(
    session: Session,
    *,
    rehearsal_id: UUID,
    report: Report | None,
    why: str | None,
    now: dt.datetime,
) -> None:
    text = None if report is None else report.model_dump_json(by_alias=True)
    await (await session.driver()).execute(_FINISH, rehearsal_id, text, why, now)


async def of_event(session: Session, *, event_id: EventId) -> list[RehearsalView]:
    """The newest first."""
    rows = await (await session.driver()).fetch(_OF_EVENT, event_id, LISTED_MAX)
    return [_view(row) for row in rows]


async def find(session: Session, *, event_id: EventId, rehearsal_id: UUID) -> RehearsalView | None:
    row = await (await session.driver()).fetchrow(_FIND, event_id, rehearsal_id)
    return None if row is None else _view(row)


async def make_shadow(database: Database, *, event_id: EventId) -> None:
    """In the place of what a worker that was killed has left."""
    await database.pool.execute("SELECT make_shadow($1)", event_id)


async def drop_shadow(database: Database) -> None:
    await database.pool.execute("SELECT drop_shadow()")


def _view(row: asyncpg.Record) -> RehearsalView:
    report = row["report"]
    return RehearsalView(
        **{name: row[name] for name in _PLAIN},
        report=None if report is None else Report.model_validate_json(report),
    )


_PLAIN: Final = (
    *("id", "event_id", "people", "seconds", "admit_per_minute", "status", "created_at"),
    *("started_at", "ended_at", "why"),
)
_SELECT: Final = f"SELECT {', '.join(_PLAIN)}, report::TEXT AS report FROM rehearsals"
_GIVE_UP: Final = """
UPDATE rehearsals SET status = 'FAILED', why = 'nobody played it', ended_at = $2
WHERE status IN ('WAITING', 'RUNNING') AND created_at < $1
"""
_ADD: Final = """
INSERT INTO rehearsals (id, event_id, organization_id, asked_by, people, seconds, admit_per_minute,
    status, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 'WAITING', $8) ON CONFLICT DO NOTHING RETURNING id
"""
_MANY_SINCE: Final = (
    "SELECT count(*)::INTEGER FROM rehearsals WHERE organization_id = $1 AND created_at > $2"
)
_BEGIN: Final = """
UPDATE rehearsals SET status = 'RUNNING', started_at = $2 WHERE id = $1 AND status = 'WAITING'
RETURNING id, event_id, people, seconds, admit_per_minute
"""
_FINISH: Final = """
UPDATE rehearsals SET report = $2::TEXT::JSONB, why = $3, ended_at = $4,
  status = CASE WHEN $2::TEXT IS NULL THEN 'FAILED' ELSE 'DONE' END
WHERE id = $1 AND status = 'RUNNING'
"""
_OF_EVENT: Final = f"{_SELECT} WHERE event_id = $1 ORDER BY created_at DESC LIMIT $2"
_FIND: Final = f"{_SELECT} WHERE event_id = $1 AND id = $2"
