"""A batch of orders as the parallel arrays that `place_orders` takes. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from arenapulse.core.ids import EventId, OrderId, UserId
from arenapulse.core.names import key
from arenapulse.orders.errors import NotForSale, SeatsDoNotFit
from arenapulse.orders.schemas import CreateOrder, OrderLine
from arenapulse.venues.seatmap import Section, index_of, seat_at

BARE_HOLD, CARD, FREE, BOX_OFFICE, INVOICE = range(5)
GUEST_HOLD = -1
"""A visitor's bare hold: shorter, and not theirs for good even where it costs nothing."""
GUEST_SECONDS_MAX = 180

PLACED = 0
SOLD_OUT = 1
REPLAY = 2
KEY_REUSED = 3
NO_EVENT = 4
NOT_ON_SALE = 5
OVER_ORDER_LIMIT = 6
OVER_PERSON_LIMIT = 7
NOT_FOR_SALE = 8
SEAT_TAKEN = 9
NOT_FREE = 10
SEATS_DO_NOT_FIT = 11
ASK_AGAIN = 12
PROMO_REFUSED = 13
OVER_HELD_LIMIT = 14

# A hold lives 20 minutes at the most, and a payment in flight somewhat longer.
_HELD_MILLISECONDS_MAX: Final = 3_600_000

_PAY = {"free": FREE, "box_office": BOX_OFFICE, "invoice": INVOICE}


class PlannedLine(msgspec.Struct, frozen=True):
    """`seat_indices` are the chart's dense indices of the seats; a standing section has none."""

    section_id: UUID
    price_level: str
    quantity: int
    seats: tuple[tuple[str, int], ...] = ()
    seat_indices: tuple[int, ...] = ()


class PlaceOrder(msgspec.Struct, frozen=True):
    """One order on its way into a batch."""

    order_id: OrderId
    event_id: EventId
    user_id: UserId
    lines: tuple[PlannedLine, ...]
    pay: int
    token: str | None
    key: str | None
    request_hash: int
    promo_code: str | None = None


def pay_kind(command: CreateOrder) -> int:
    method = command.payment_method
    if method.type == "card":
        return CARD if method.token is not None else BARE_HOLD
    return _PAY[method.type]


def planned(
    line: OrderLine, *, section: Section | None, level: str | None, number: int
) -> PlannedLine:
    """The line with its rows as they are written; raises `NotForSale` and `SeatsDoNotFit`.

    `number` says which line of the order it is, from 0.
    """
    field = f"tickets.{number}"
    if section is None:
        raise NotForSale.on(f"{field}.sectionId", NotForSale.message)
    if level is None:
        raise NotForSale.on(f"{field}.priceLevel", NotForSale.message)
    if line.seats is None:
        return PlannedLine(line.section_id, level, line.quantity)
    if len(line.seats) != line.quantity:
        raise SeatsDoNotFit.on(f"{field}.quantity", "must be the number of seats named")
    indices: list[int] = []
    for n, seat in enumerate(line.seats):
        index = index_of(section, row=seat.row, seat=seat.seat)
        if index is None:
            raise SeatsDoNotFit.on(f"{field}.seats.{n}", "there is no such seat")
        indices.append(index)
    if len(set(indices)) != len(indices):
        raise SeatsDoNotFit.on(f"{field}.seats", "names a seat twice")
    named = tuple(seat_at(section, index=index) for index in indices)
    return PlannedLine(line.section_id, level, line.quantity, named, tuple(indices))


def request_hash(command: CreateOrder) -> int:
    """64 bits that differ for another request under the same key."""
    digest = hashlib.blake2b(msgspec.json.encode(command), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@dataclass(slots=True)
class BatchArrays:
    """Positions count from 1, as PostgreSQL's arrays do. The comments of the function say more."""

    events: dict[UUID, int] = field(default_factory=dict[UUID, int])
    slots: dict[tuple[int, UUID], int] = field(default_factory=dict[tuple[int, UUID], int])
    prices: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    persons: dict[tuple[int, UUID], int] = field(default_factory=dict[tuple[int, UUID], int])
    promos: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    order_promo: list[int] = field(default_factory=list[int])
    order_event: list[int] = field(default_factory=list[int])
    order_person: list[int] = field(default_factory=list[int])
    line_order: list[int] = field(default_factory=list[int])
    line_price: list[int] = field(default_factory=list[int])
    line_quantity: list[int] = field(default_factory=list[int])
    line_base: list[int] = field(default_factory=list[int])
    seat_line: list[int] = field(default_factory=list[int])
    seat_index: list[int] = field(default_factory=list[int])
    seat_row: list[str] = field(default_factory=list[str])
    seat_number: list[int] = field(default_factory=list[int])

    def add(self, order: PlaceOrder, *, position: int) -> None:
        event = self.events.setdefault(order.event_id, len(self.events) + 1)
        self.order_event.append(event)
        person = (event, order.user_id)
        self.order_person.append(self.persons.setdefault(person, len(self.persons) + 1))
        promo = 0
        if order.promo_code is not None:
            code = (event, key(order.promo_code))
            promo = self.promos.setdefault(code, len(self.promos) + 1)
        self.order_promo.append(promo)
        base = 0
        for line in order.lines:
            slot = self.slots.setdefault((event, line.section_id), len(self.slots) + 1)
            price = self.prices.setdefault((slot, line.price_level), len(self.prices) + 1)
            self.line_order.append(position)
            self.line_price.append(price)
            self.line_quantity.append(line.quantity)
            self.line_base.append(base)
            base += line.quantity
            for index, (row, number) in zip(line.seat_indices, line.seats, strict=True):
                self.seat_line.append(len(self.line_order))
                self.seat_index.append(index)
                self.seat_row.append(row)
                self.seat_number.append(number)


def arguments(
    orders: Sequence[PlaceOrder],
    *,
    now: dt.datetime,
    reactions: Sequence[str] = (),
    held_places_max: int | None = None,
) -> tuple[BatchArrays, list[object]]:
    """The arrays, and the arguments of `place_orders` in its order."""
    made = BatchArrays()
    for position, order in enumerate(orders, start=1):
        made.add(order, position=position)
    return made, [
        now,
        list(made.events),
        [event for event, _ in made.slots],
        [section for _, section in made.slots],
        [slot for slot, _ in made.prices],
        [level for _, level in made.prices],
        [event for event, _ in made.persons],
        [person for _, person in made.persons],
        [order.order_id for order in orders],
        made.order_event,
        made.order_person,
        [order.key for order in orders],
        [order.request_hash for order in orders],
        [order.pay for order in orders],
        [order.token for order in orders],
        made.line_order,
        made.line_price,
        made.line_quantity,
        made.line_base,
        made.seat_line,
        made.seat_index,
        made.seat_row,
        made.seat_number,
        [event for event, _ in made.promos],
        [code for _, code in made.promos],
        made.order_promo,
        reactions,
        held_places_max,
        _held_since(orders[0].order_id),
    ]


def _held_since(order_id: OrderId) -> UUID:
    """An id of a time before any hold of now was made; ids begin with their milliseconds."""
    return UUID(int=order_id.int - (_HELD_MILLISECONDS_MAX << 80))
