"""The status of an event: moved by people, settled by the stock."""

from __future__ import annotations

from functools import partial

from sqlalchemy import text

from arenapulse.core.ids import EventId
from arenapulse.events import queries
from arenapulse.events.errors import MoveForbidden
from arenapulse.events.facts import EventStatusChanged
from arenapulse.events.lifecycle import sources
from arenapulse.events.news import EventNews
from arenapulse.events.schemas import EventView
from arenapulse.events.service.rights import get_to_change
from arenapulse.events.terms import EventStatus
from arenapulse.identity.schemas import Actor
from arenapulse.inventory.queries import totals as stock_totals
from arenapulse.inventory.service import lock_stock
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import record


async def set_status(
    session: Session, *, actor: Actor, event_id: EventId, target: EventStatus, news: EventNews
) -> EventView:
    """Moves an event by hand, by the table of `lifecycle`; MANAGER and up.

    An event put on sale without a place left is SOLD_OUT at once. Raises `EventNotFound`,
    `Forbidden`, and `MoveForbidden` for an illegal move or the present status.
    """
    row = await get_to_change(session, actor=actor, event_id=event_id)
    allowed = sources(target)
    if not allowed:
        raise MoveForbidden
    await lock_stock(session, event_id=event_id)
    moved = await session.execute(
        _MOVE, {"id": event_id, "target": target.value, "sources": [s.value for s in allowed]}
    )
    before = moved.scalar_one_or_none()
    if before is None:
        raise MoveForbidden
    await audit(
        session,
        organization_id=row.organization_id,
        action="event.status",
        subject_id=event_id,
        details={"before": before, "after": target.value},
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
    counts = await stock_totals(session, event_ids=[event_id])
    (shown,) = await queries.with_media(session, [queries.view(after, totals=counts.get(event_id))])
    return shown


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
      never_public = before.status = 'DRAFT' AND CAST(:target AS event_status) = 'CANCELLED'
    FROM before
    WHERE events.id = before.id AND before.status = ANY (CAST(:sources AS event_status[]))
    RETURNING before.status::TEXT
    """
)
_FLIP = text("SELECT status::TEXT FROM flip_sold_out(ARRAY[CAST(:id AS UUID)])")
