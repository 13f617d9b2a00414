"""What happened to money."""

from __future__ import annotations

from uuid import UUID

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, OrderId, OrganizationId, UserId
from arenapulse.orders.terms import OrderStatus


class OrderRefunded(Fact, frozen=True, kw_only=True):
    """Money of an order went back, and the tickets of these numbers are void.

    `amount` in minor units of `currency`; 0 for places that cost nothing.
    """

    refund_id: UUID
    order_id: OrderId
    event_id: EventId
    organization_id: OrganizationId
    user_id: UserId
    status: OrderStatus
    amount: int
    currency: str
    numbers: tuple[int, ...]
