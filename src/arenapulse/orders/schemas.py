"""The order as it comes in and goes out, encoded by msgspec on hot and calm roads alike."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from arenapulse.core.ids import EventId, OrderId, SectionId, TicketId, UserId
from arenapulse.orders.terms import OrderStatus, PaymentStatus, TicketStatus

LINES_MAX = 50
QUANTITY_MAX = 500
SEAT_NUMBER_MAX = 10_000

# As it is typed: a label of 40 characters may have marks beside its letters, a code of 64 too.
Label = Annotated[str, Meta(min_length=1, max_length=160)]


class Seat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    row: Label
    seat: Annotated[int, Meta(ge=1, le=SEAT_NUMBER_MAX)]


class OrderLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    section_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    price_level: Label
    seats: Annotated[list[Seat], Meta(min_length=1, max_length=QUANTITY_MAX)] | None = None
    accessible: bool = False


class PaymentMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["card", "free", "box_office", "invoice"]
    token: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class CreateOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    event_id: UUID
    tickets: Annotated[list[OrderLine], Meta(min_length=1, max_length=LINES_MAX)]
    payment_method: PaymentMethod
    promo_code: Annotated[str, Meta(min_length=1, max_length=256)] | None = None


class TicketDetails(msgspec.Struct, frozen=True, rename="camel"):
    ticket_id: TicketId
    event_id: EventId
    section_id: SectionId
    price_level: str
    amount: int
    fee: int
    status: TicketStatus
    row: str | UnsetType = UNSET
    seat: int | UnsetType = UNSET


class LastError(msgspec.Struct, frozen=True, rename="camel"):
    code: str
    message: str
    decline_code: str | None = None


class OrderResponse(msgspec.Struct, frozen=True, rename="camel"):
    """Money in minor units of `currency`; `tax` is inside `total`; `taxRate` in basis points."""

    order_id: OrderId
    event_id: EventId
    status: OrderStatus
    subtotal: int
    fees: int
    discount: int
    tax: int
    tax_rate: int
    total: int
    currency: str
    tickets: list[TicketDetails]
    payment_status: PaymentStatus
    expires_at: dt.datetime
    server_time: dt.datetime
    created_at: dt.datetime
    client_secret: str | UnsetType = UNSET
    last_error: LastError | UnsetType = UNSET
    season_order_id: OrderId | UnsetType = UNSET
    """Where it is one date of a season ticket, which is paid and let go as a whole."""


class SeasonOrder(msgspec.Struct, frozen=True, rename="camel"):
    """The same places at each date of a series: an order for each, held, paid and let go as one.

    `status` and `paymentStatus` are those of the orders as long as none of them is paid.
    """

    season_order_id: OrderId
    series_id: EventId
    status: OrderStatus
    payment_status: PaymentStatus
    total: int
    currency: str
    expires_at: dt.datetime
    server_time: dt.datetime
    orders: list[OrderResponse]


class OrderEnvelope(msgspec.Struct, frozen=True):
    data: OrderResponse
    success: Literal[True] = True


class OwnedOrder(msgspec.Struct, frozen=True):
    """An order with whose it is, for those who send it to the person's devices."""

    user_id: UserId
    view: OrderResponse
    payment_method: str | None = None
    """As it was asked for; where the order was read."""


class HeldTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket with who holds it and the version of its codes."""

    order_id: OrderId
    number: int
    holder_id: UserId
    version: int
    is_disputed: bool
    view: TicketDetails
