"""Waiting for places that come back."""

from __future__ import annotations

import datetime as dt

import asyncpg

from arenapulse.core import clock
from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId, SectionId, UserId, new_id
from arenapulse.events import queries as events
from arenapulse.events.errors import EventNotFound
from arenapulse.events.terms import EventStatus
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.inventory.queries import sections_of
from arenapulse.orders.errors import NotOnSale
from arenapulse.runtime.db import Session
from arenapulse.venues.queries import chart
from arenapulse.waitlist import queries
from arenapulse.waitlist.errors import NotWaiting, PlacesThere
from arenapulse.waitlist.schemas import WaitBody, WaitCounts, WaitView

_WAITED_FOR = frozenset({EventStatus.ON_SALE, EventStatus.SOLD_OUT, EventStatus.PAUSED})


async def join(
    session: Session, *, actor: Actor, event_id: EventId, body: WaitBody, now: dt.datetime
) -> WaitView:
    """One's place in line, or the one that one has with another wish.

    Raises `EventNotFound`, `NotOnSale`, `Invalid` for a section of another house, and
    `PlacesThere` where there are as many as are asked for.
    """
    row = await events.find(session, event_id=event_id)
    if not row.is_public:
        raise EventNotFound
    if row.status not in _WAITED_FOR:
        raise NotOnSale
    drawn = await chart(session, chart_id=row.chart_id)
    if body.section_id is not None and SectionId(body.section_id) not in drawn.by_id:
        raise Invalid.on("sectionId", "is no section of this event")
    counts = await sections_of(session, event_id=event_id)
    free = {each.section_id: each.available for each in counts}
    wanted = free.values() if body.section_id is None else [free.get(SectionId(body.section_id), 0)]
    if row.status is EventStatus.ON_SALE and max(wanted, default=0) >= body.quantity:
        raise PlacesThere
    await queries.join(
        session,
        entry_id=new_id(),
        event_id=event_id,
        organization_id=row.organization_id,
        user_id=actor.user_id,
        section_id=body.section_id,
        quantity=body.quantity,
        now=now,
    )
    return await own(session, actor=actor, event_id=event_id)


async def own(session: Session, *, actor: Actor, event_id: EventId) -> WaitView:
    """One's last place in line. Raises `NotWaiting`."""
    row = await queries.own(session, event_id=event_id, user_id=actor.user_id)
    if row is None:
        raise NotWaiting
    return _view(row)


async def leave(session: Session, *, actor: Actor, event_id: EventId) -> None:
    """Raises `NotWaiting` for who does not wait any more."""
    if not await queries.leave(session, event_id=event_id, user_id=actor.user_id):
        raise NotWaiting


async def counts(session: Session, *, actor: Actor, event_id: EventId) -> WaitCounts:
    """For STAFF and up. Raises `EventNotFound`, `Forbidden`."""
    row = await events.find(session, event_id=event_id)
    await require_role(
        session,
        actor=actor,
        organization_id=row.organization_id,
        at_least=Role.STAFF,
        hidden=EventNotFound,
    )
    found = await queries.counts(session, event_id=event_id)
    return WaitCounts(waiting=found["waiting"], places=found["places"], offered=found["offered"])


def _view(row: asyncpg.Record) -> WaitView:
    return WaitView(
        event_id=row["event_id"],
        status=row["status"],
        quantity=row["quantity"],
        section_id=row["section_id"],
        ahead=row["ahead"],
        order_id=row["order_id"],
        offered_until=row["offered_until"],
    )


class PersonalWaits:
    """What a person waits for, for the erasure and the export of an account."""

    name = "waitLists"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        await queries.forget(session, user_id=user_id)

    async def export(self, session: Session, *, user_id: UserId) -> object:
        return [
            {
                "eventId": str(row["event_id"]),
                "quantity": row["quantity"],
                "status": row["status"],
                "joinedAt": clock.rfc3339(row["joined_at"]),
            }
            for row in await queries.of_person(session, user_id=user_id)
        ]
