"""Wait-lists: of who asks, and of the organizer."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.identity.access import SignedIn, SignedInPerson
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.waitlist import service
from arenapulse.waitlist.schemas import WaitBody, WaitCounts, WaitView

router = APIRouter(prefix="/api/v1/events/{event_id}", tags=["wait-list"])


@router.put("/wait-list")
async def join(
    event_id: UUID, body: WaitBody, actor: SignedInPerson, session: Db
) -> Envelope[WaitView]:
    """Waits for places that come back; again with another wish one's place in line stays."""
    return ok(
        await service.join(
            session, actor=actor, event_id=EventId(event_id), body=body, now=clock.now()
        )
    )


@router.get("/wait-list")
async def read(event_id: UUID, actor: SignedInPerson, session: Db) -> Envelope[WaitView]:
    """One's place in line, or the order that holds what one waited for."""
    return ok(await service.own(session, actor=actor, event_id=EventId(event_id)))


@router.delete("/wait-list")
async def leave(event_id: UUID, actor: SignedInPerson, session: Db) -> Envelope[None]:
    """Waits no longer."""
    await service.leave(session, actor=actor, event_id=EventId(event_id))
    return ok(None)


@router.get("/wait-list/counts")
async def read_counts(event_id: UUID, actor: SignedIn, session: Db) -> Envelope[WaitCounts]:
    """Who waits, and for how many places; STAFF and up."""
    return ok(await service.counts(session, actor=actor, event_id=EventId(event_id)))
