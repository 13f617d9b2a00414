"""Who sees an event and who may change it."""

from __future__ import annotations

from arenapulse.core.errors import Forbidden, Refusal
from arenapulse.core.ids import EventId
from arenapulse.events import queries
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventRow
from arenapulse.identity.access import require_role
from arenapulse.identity.queries import role_of
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.db import Session


async def get_for(session: Session, *, actor: Actor | None, event_id: EventId) -> EventRow:
    """The event as this person may see it: until it is public its organization alone.

    Raises `EventNotFound`.
    """
    row = await queries.find(session, event_id=event_id)
    if row.is_public:
        return row
    if actor is None:
        raise EventNotFound
    if await role_of(session, actor=actor, organization_id=row.organization_id) is None:
        raise EventNotFound
    return row


async def get_to_change(session: Session, *, actor: Actor, event_id: EventId) -> EventRow:
    """The event for a MANAGER; raises `EventNotFound` or `Forbidden`, by what they may see."""
    row = await queries.find(session, event_id=event_id)
    hidden: type[Refusal] = Forbidden if row.is_public else EventNotFound
    await require_role(
        session,
        actor=actor,
        organization_id=row.organization_id,
        at_least=Role.MANAGER,
        hidden=hidden,
    )
    return row
