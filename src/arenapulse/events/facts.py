"""What happened to events."""

from __future__ import annotations

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, OrganizationId


class EventStatusChanged(Fact, frozen=True, kw_only=True):
    """A person moved an event; `after` CANCELLED cancels and refunds its orders."""

    event_id: EventId
    organization_id: OrganizationId
    before: str
    after: str
    version: int
