"""What happened to orders and tickets, a group at a time, as they are written."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import msgspec

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, OrderId, OrganizationId, UserId
from arenapulse.orders.terms import OrderStatus, PaymentStatus, TicketStatus


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Its tickets are VALID, numbered from 1 to `places`.

    `total` in minor units of `currency`; `at` where it is not the time of the fact.
    """

    order_id: OrderId
    event_id: EventId
    organization_id: OrganizationId
    user_id: UserId
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: str
    places: int
    total: int
    currency: str
    at: dt.datetime | None = None


class OrdersPlaced(Fact, frozen=True, kw_only=True):
    """Orders that were sold as they were placed, of one batch or of several that came together.

    A hold is no fact: of thousands a second nobody needs to hear, until they move.
    """

    orders: tuple[PlacedOrder, ...]


class PlacedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """`OrdersPlaced` as the hot path writes it, once for all who react; `places` of each order."""

    fact_id: UUID
    at: dt.datetime
    orders: tuple[OrderId, ...]
    places: tuple[int, ...]


class MovedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`before` and `after` are the same where its payment alone moved.

    `code` says why a payment failed, in the vendor's words.
    """

    order_id: OrderId
    event_id: EventId
    organization_id: OrganizationId
    user_id: UserId
    before: OrderStatus
    after: OrderStatus
    payment_status: PaymentStatus
    code: str | None = None


class OrdersMoved(Fact, frozen=True, kw_only=True):
    """Orders that were settled, or whose payments moved, in one transaction."""

    orders: tuple[MovedOrder, ...]


class ChangedTickets(msgspec.Struct, frozen=True, kw_only=True):
    """The tickets of an order that are `status` now, by their numbers."""

    order_id: OrderId
    event_id: EventId
    organization_id: OrganizationId
    user_id: UserId
    numbers: tuple[int, ...]
    status: TicketStatus


class TicketsChanged(Fact, frozen=True, kw_only=True):
    """Tickets that were sold or void with their orders, in one transaction."""

    tickets: tuple[ChangedTickets, ...]
