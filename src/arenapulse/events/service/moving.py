"""The status of an event: moved by people, settled by the stock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import partial
from typing import Final

from sqlalchemy import text

from arenapulse.core.ids import EventId
from arenapulse.events import queries
from arenapulse.events.errors import MoveForbidden
from arenapulse.events.facts import EventStatusChanged
from arenapulse.events.lifecycle import sources
from arenapulse.events.news import EventNews
from arenapulse.events.queries import EventRow
from arenapulse.events.schemas import EventView
from arenapulse.events.service.judging import require_given
from arenapulse.events.service.rights import get_to_change
from arenapulse.events.terms import EventStatus
from arenapulse.identity.schemas import Actor
from arenapulse.inventory.queries import totals as stock_totals
from arenapulse.inventory.service import lock_stock
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import record
from arenapulse.runtime.siblings import each

OPENED_MAX: Final = 200
"""Sales opened by themselves in a turn; the rest a turn later."""


async def set_status(
    session: Session,
    *,
    actor: Actor,
    event_id: EventId,
    target: EventStatus,
    news: EventNews,
    version: int | None = None,
) -> EventView:
    """Moves an event by hand, by the table of `lifecycle`; MANAGER and up.

    An event put on sale without a place left is SOLD_OUT at once. Raises `EventNotFound`,
    `Forbidden`, `VersionStale`, and `MoveForbidden` for an illegal move or the present status.
    """
    row = await get_to_change(session, actor=actor, event_id=event_id)
    require_given(row, version)
    allowed = sources(target)
    if not allowed:
        raise MoveForbidden
    after = await _move(
        session, row=row, allowed=allowed, target=target, news=news, version=version
    )
    if after is None:
        require_given(await queries.find(session, event_id=event_id), version)
        raise MoveForbidden
    counts = await stock_totals(session, event_ids=[event_id])
    (shown,) = await queries.with_media(session, [queries.view(after, totals=counts.get(event_id))])
    return shown


async def open_due(database: Database, *, news: EventNews, now: dt.datetime) -> None:
    """Opens the sales whose `salesStartAt` has come, of events that are SCHEDULED.

    Each in a transaction of its own: one that cannot be opened keeps no other shut.
    """
    async with database.transaction() as session:
        due = await queries.sales_due(session, now=now, limit=OPENED_MAX)
    await each("events.openings", (_open(database, event_id=i, news=news, now=now) for i in due))


async def _open(
    database: Database, *, event_id: EventId, news: EventNews, now: dt.datetime
) -> None:
    async with database.transaction() as session:
        row = await queries.find(session, event_id=event_id)
        await _move(
            session,
            row=row,
            allowed=[EventStatus.SCHEDULED],
            target=EventStatus.ON_SALE,
            news=news,
            due=now,
        )


async def _move(
    session: Session,
    *,
    row: EventRow,
    allowed: Collection[EventStatus],
    target: EventStatus,
    news: EventNews,
    due: dt.datetime | None = None,
    version: int | None = None,
) -> EventRow | None:
    """The event in its new status, told to all; None where it may not move there.

    With `due` it moves only if its sale was to open by then, with `version` only that one.
    """
    event_id = row.id
    await lock_stock(session, event_id=event_id)
    moved = await session.execute(
        _MOVE,
        {
            "id": event_id,
            "target": target.value,
            "sources": [s.value for s in allowed],
            "due": due,
            "version": version,
        },
    )
    before = moved.scalar_one_or_none()
    if before is None:
        return None
    by_itself = {} if due is None else {"byItself": True}
    await audit(
        session,
        organization_id=row.organization_id,
        action="event.status",
        subject_id=event_id,
        details={"before": before, "after": target.value} | by_itself,
    )
    await settle(session, event_id=event_id)
    after = await queries.find(session, event_id=event_id)
    await record(
        session,
        EventStatusChanged(
            event_id=event_id,
            organization_id=row.organization_id,
            before=before,
            after=target.value,
            version=after.version,
        ),
    )
    session.after_commit(partial(news.status_changed, event_id=event_id, status=after.status.value))
    return after


async def settle(session: Session, *, event_id: EventId) -> EventStatus | None:
    """ON_SALE ⇄ SOLD_OUT as the stock says; the new status, None if it stays.

    Call it with the event's stock rows locked; whoever calls tells the news.
    """
    flipped = await session.execute(_FLIP, {"id": event_id})
    found = flipped.scalar_one_or_none()
    return None if found is None else EventStatus(found)


_MOVE = text(
    """
    WITH before AS (
      SELECT id, status FROM events WHERE id = :id FOR NO KEY UPDATE
    )
    UPDATE events SET status = CAST(:target AS event_status), version = version + 1,
      never_public = before.status = 'DRAFT' AND CAST(:target AS event_status) = 'CANCELLED',
      -- What is put off is announced anew, and must not sell before somebody said when.
      sales_start_at = CASE WHEN CAST(:target AS event_status) <> 'POSTPONED'
                            THEN events.sales_start_at END
    FROM before
    WHERE events.id = before.id AND before.status = ANY (CAST(:sources AS event_status[]))
      AND (CAST(:due AS TIMESTAMPTZ) IS NULL OR events.sales_start_at <= CAST(:due AS TIMESTAMPTZ))
      AND events.version = coalesce(CAST(:version AS INTEGER), events.version)
    RETURNING before.status::TEXT
    """
)
_FLIP = text("SELECT status::TEXT FROM flip_sold_out(ARRAY[CAST(:id AS UUID)])")
