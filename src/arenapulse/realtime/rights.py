"""Who may be in which room: drafts are for their organization, staff rooms for who has the role."""

from __future__ import annotations

from arenapulse.core.errors import Forbidden, NotAuthenticated
from arenapulse.core.ids import EventId
from arenapulse.events.errors import EventNotFound
from arenapulse.events.salebook import Salebook
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor, Role
from arenapulse.realtime.channels import RIGHT_OF, staff_topic_of, topic_of


class Rights:
    def __init__(self, *, access: Access, salebook: Salebook) -> None:
        self._access = access
        self._salebook = salebook

    async def require(self, room: str, *, actor: Actor | None) -> None:
        """Raises `EventNotFound` where there is nothing to see for this person.

        Of staff rooms also `NotAuthenticated` for a visitor and `Forbidden` for a member
        without the right.
        """
        staff, topic = staff_topic_of(room), topic_of(room)
        if staff is not None:
            await self._require_role(staff[1], actor=actor, at_least=RIGHT_OF[staff[0]])
        elif topic is not None:
            await self._salebook.visible(topic[0], actor=actor, access=self._access)

    async def _require_role(
        self, event_id: EventId, *, actor: Actor | None, at_least: Role
    ) -> None:
        if actor is None:
            raise NotAuthenticated
        facts = await self._salebook.facts(event_id)
        role = await self._access.role_in(actor, organization_id=facts.organization_id)
        if role is None:
            raise EventNotFound
        if not role.covers(at_least):
            raise Forbidden
