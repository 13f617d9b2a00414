"""What happened to money."""

from __future__ import annotations

import enum
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


class RefundStep(enum.StrEnum):
    """What a refund came to, beside having gone: `OrderRefunded`."""

    ASKED = "ASKED"
    FAILED = "FAILED"
    # It had gone, and the buyer's bank sent it back.
    UNDONE = "UNDONE"


class RefundMoved(Fact, frozen=True, kw_only=True):
    """A refund was asked for, or came to nothing.

    `code` says by whom it was asked for (`RefundBy`), or why it did not go, in the vendor's words.
    """

    refund_id: UUID
    order_id: OrderId
    organization_id: OrganizationId
    step: RefundStep
    amount: int
    currency: str
    numbers: tuple[int, ...]
    code: str | None = None


class DisputeClosed(Fact, frozen=True, kw_only=True):
    """A bank has decided on these orders, which were paid together."""

    dispute_id: str
    orders: tuple[OrderId, ...]
    is_won: bool
