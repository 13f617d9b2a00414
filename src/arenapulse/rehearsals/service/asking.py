"""Asking for a rehearsal, and its reports; to strangers the event is not there."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core.ids import EventId, new_id
from arenapulse.events import queries as event_queries
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventRow
from arenapulse.events.service import get_to_change
from arenapulse.events.terms import EventStatus
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.rehearsals import queries
from arenapulse.rehearsals.errors import (
    AnotherRuns,
    EnoughForToday,
    NothingToSell,
    RehearsalNotFound,
    SellsNow,
)
from arenapulse.rehearsals.schemas import RehearsalBody, RehearsalView
from arenapulse.rehearsals.terms import A_DAY_MAX, RUN_TASK, SELLING
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import enqueue

_OVER: Final = frozenset({EventStatus.COMPLETED, EventStatus.CANCELLED})


async def require_to_ask(session: Session, *, actor: Actor, event_id: EventId) -> EventRow:
    """Raises `EventNotFound` and `Forbidden`."""
    return await get_to_change(session, actor=actor, event_id=event_id)


async def ask(
    session: Session, *, actor: Actor, event_id: EventId, body: RehearsalBody, now: dt.datetime
) -> RehearsalView:
    """A worker plays it at once; MANAGER and up.

    Raises `AnotherRuns`, `EnoughForToday`, `NothingToSell` and `SellsNow`.
    """
    event = await require_to_ask(session, actor=actor, event_id=event_id)
    if event.status in _OVER or not event.pricing_tiers:
        raise NothingToSell
    if event.status in SELLING:
        raise SellsNow
    since = now - dt.timedelta(days=1)
    organization_id = event.organization_id
    if await queries.many_since(session, organization_id=organization_id, since=since) >= A_DAY_MAX:
        raise EnoughForToday
    rehearsal_id = new_id()
    added = await queries.add(
        session,
        rehearsal_id=rehearsal_id,
        event_id=event_id,
        organization_id=event.organization_id,
        asked_by=actor.user_id,
        body=body,
        now=now,
    )
    if not added:
        raise AnotherRuns
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=event.organization_id,
        action="rehearsal.asked",
        subject_id=event_id,
        details={"people": body.people, "seconds": body.seconds},
    )
    await enqueue(session, RUN_TASK, payload={"rehearsal_id": rehearsal_id})
    return await _found(session, event_id=event_id, rehearsal_id=rehearsal_id)


async def page(session: Session, *, actor: Actor, event_id: EventId) -> list[RehearsalView]:
    """The newest first; ANALYST and up."""
    await _require_to_look(session, actor=actor, event_id=event_id)
    return await queries.of_event(session, event_id=event_id)


async def read(
    session: Session, *, actor: Actor, event_id: EventId, rehearsal_id: UUID
) -> RehearsalView:
    """ANALYST and up. Raises `RehearsalNotFound`."""
    await _require_to_look(session, actor=actor, event_id=event_id)
    return await _found(session, event_id=event_id, rehearsal_id=rehearsal_id)


async def _found(session: Session, *, event_id: EventId, rehearsal_id: UUID) -> RehearsalView:
    found = await queries.find(session, event_id=event_id, rehearsal_id=rehearsal_id)
    if found is None:
        raise RehearsalNotFound
    return found


async def _require_to_look(session: Session, *, actor: Actor, event_id: EventId) -> None:
    row = await event_queries.find(session, event_id=event_id)
    await require_role(
        session,
        actor=actor,
        organization_id=row.organization_id,
        at_least=Role.ANALYST,
        hidden=EventNotFound,
    )
