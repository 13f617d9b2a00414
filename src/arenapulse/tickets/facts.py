"""What happened to tickets after they were sold."""

from __future__ import annotations

from uuid import UUID

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, OrderId, OrganizationId, TicketId, UserId


class TicketTransferred(Fact, frozen=True, kw_only=True):
    """`ticket_id` was given away; `new_ticket_id` of the same order is its recipient's."""

    transfer_id: UUID
    ticket_id: TicketId
    new_ticket_id: TicketId
    order_id: OrderId
    event_id: EventId
    organization_id: OrganizationId
    giver_id: UserId
    recipient_id: UserId


class TicketReissued(Fact, frozen=True, kw_only=True):
    """Codes of the version before are dead."""

    ticket_id: TicketId
    order_id: OrderId
    event_id: EventId
    organization_id: OrganizationId
    version: int
