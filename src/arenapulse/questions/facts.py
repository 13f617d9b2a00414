"""What happened to answers."""

from __future__ import annotations

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, OrderId, OrganizationId


class HoldersNamed(Fact, frozen=True, kw_only=True):
    """Tickets of the order say somebody else's name."""

    order_id: OrderId
    event_id: EventId
    organization_id: OrganizationId
