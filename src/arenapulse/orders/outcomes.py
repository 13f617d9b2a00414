"""What `place_orders` returned, as an answer for each order of the batch. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec

from arenapulse.core.errors import InvariantBroken, KeyReused, Refusal
from arenapulse.core.ids import EventId, OrderId, SectionId, ticket_id
from arenapulse.events.errors import EventNotFound
from arenapulse.inventory.schemas import ChangedCounts, SectionCounts
from arenapulse.orders import errors, placing
from arenapulse.orders.placing import BatchArrays, PlaceOrder
from arenapulse.orders.schemas import (
    OrderResponse,
    OrderStatus,
    PaymentStatus,
    TicketDetails,
    TicketStatus,
)


class Row(Protocol):
    """A row of the driver: columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...


class Again(enum.Enum):
    """Give the event's expired holds back, then ask once more."""

    AFTER_RECLAIM = enum.auto()


class Replay(msgspec.Struct, frozen=True):
    """Placed before under this key: its row is to be read."""

    order_id: OrderId


Outcome = OrderResponse | Refusal | Replay | Again


def outcomes(
    orders: Sequence[PlaceOrder], arrays: BatchArrays, row: Row, *, now: dt.datetime
) -> list[Outcome]:
    """One for each order, in their order."""
    verdicts: list[int] = row["verdict"]
    line = 0
    made: list[Outcome] = []
    for position, order in enumerate(orders):
        verdict = verdicts[position]
        if verdict == placing.PLACED:
            made.append(_placed(order, position, line=line, arrays=arrays, row=row, now=now))
        elif verdict == placing.REPLAY:
            made.append(Replay(OrderId(row["original"][position])))
        elif verdict == placing.ASK_AGAIN:
            made.append(Again.AFTER_RECLAIM)
        else:
            made.append(_refusal(verdict, position, arrays=arrays, row=row))
        line += len(order.lines)
    return made


def _placed(
    order: PlaceOrder,
    position: int,
    *,
    line: int,
    arrays: BatchArrays,
    row: Row,
    now: dt.datetime,
) -> OrderResponse:
    event = arrays.order_event[position] - 1
    subtotal, fees, tax = row["subtotal"][position], row["fees"][position], row["tax"][position]
    discount = row["discount"][position]
    total = subtotal + fees - discount
    is_guest = order.pay == placing.GUEST_HOLD
    is_sold = order.pay >= placing.FREE or (total == 0 and not is_guest)
    hold_seconds: int = row["event_hold_seconds"][event]
    if is_guest:
        hold_seconds = min(hold_seconds, placing.GUEST_SECONDS_MAX)
    ticket_status = TicketStatus.VALID if is_sold else TicketStatus.RESERVED
    amounts: list[int] = row["price_amount"]
    fee_of: list[int] = row["price_fee"]
    tickets: list[TicketDetails] = []
    for offset, planned in enumerate(order.lines):
        price = arrays.line_price[line + offset] - 1
        for n in range(planned.quantity):
            named = planned.seats[n] if planned.seats else None
            tickets.append(
                TicketDetails(
                    ticket_id=ticket_id(order.order_id, number=len(tickets) + 1),
                    event_id=order.event_id,
                    section_id=SectionId(planned.section_id),
                    price_level=planned.price_level,
                    amount=amounts[price],
                    fee=fee_of[price],
                    status=ticket_status,
                    row=named[0] if named else msgspec.UNSET,
                    seat=named[1] if named else msgspec.UNSET,
                )
            )
    return OrderResponse(
        order_id=order.order_id,
        event_id=order.event_id,
        status=OrderStatus.CONFIRMED if is_sold else OrderStatus.PENDING,
        subtotal=subtotal,
        fees=fees,
        discount=discount,
        tax=tax,
        tax_rate=row["event_tax_rate"][event],
        total=total,
        currency=row["event_currency"][event],
        tickets=tickets,
        payment_status=_payment_status(order.pay, is_sold=is_sold, total=total),
        expires_at=now + dt.timedelta(seconds=hold_seconds),
        server_time=now,
        created_at=now,
    )


def _payment_status(pay: int, *, is_sold: bool, total: int) -> PaymentStatus:
    """As the function stores it."""
    if pay == placing.INVOICE and total > 0:
        return PaymentStatus.PENDING
    if is_sold:
        return PaymentStatus.NOT_REQUIRED
    return PaymentStatus.PROCESSING if pay == placing.CARD else PaymentStatus.PENDING


_REFUSALS: Mapping[int, type[Refusal]] = {
    placing.SOLD_OUT: errors.CapacityExceeded,
    placing.KEY_REUSED: KeyReused,
    placing.NO_EVENT: EventNotFound,
    placing.NOT_ON_SALE: errors.NotOnSale,
    placing.OVER_ORDER_LIMIT: errors.OverLimit,
    placing.OVER_PERSON_LIMIT: errors.OverPersonLimit,
    placing.OVER_HELD_LIMIT: errors.OverHeldLimit,
    placing.PROMO_REFUSED: errors.PromoRefused,
}


def _refusal(verdict: int, position: int, *, arrays: BatchArrays, row: Row) -> Refusal:
    if verdict == placing.NOT_FOR_SALE:
        return errors.NotForSale.on("tickets", errors.NotForSale.message)
    if verdict == placing.NOT_FREE:
        return errors.NotFree.on("paymentMethod.type", errors.NotFree.message)
    if verdict == placing.SEATS_DO_NOT_FIT:
        return errors.SeatsDoNotFit.on("tickets", errors.SeatsDoNotFit.message)
    if verdict == placing.SEAT_TAKEN:
        return errors.SeatTaken(_gone(position, arrays=arrays, row=row))
    known = _REFUSALS.get(verdict)
    if known is None:
        raise InvariantBroken(f"place_orders gave verdict {verdict}")
    return known()


def _gone(position: int, *, arrays: BatchArrays, row: Row) -> list[errors.NamedSeat]:
    """The named seats of this order that somebody else has."""
    slots = list(arrays.slots)
    prices = list(arrays.prices)
    found: list[errors.NamedSeat] = []
    conflicts: list[int] = row["seat_conflict"]
    for seat in conflicts:
        line = arrays.seat_line[seat - 1] - 1
        if arrays.line_order[line] == position + 1:
            slot, _level = prices[arrays.line_price[line] - 1]
            found.append(
                errors.NamedSeat(
                    slots[slot - 1][1], arrays.seat_row[seat - 1], arrays.seat_number[seat - 1]
                )
            )
    return found


def batch_changes(arrays: BatchArrays, row: Row) -> list[ChangedCounts]:
    """The counts of every section that the batch touched, by event."""
    events = list(arrays.events)
    slots = [(EventId(events[event - 1]), section) for event, section in arrays.slots]
    return _changes(slots, row)


def settled_changes(row: Row) -> list[ChangedCounts]:
    """The same from the columns that `settle_orders` returns."""
    events: list[UUID] = row["event_of"] or []
    sections: list[UUID] = row["section_of"] or []
    return _changes(
        [(EventId(event), section) for event, section in zip(events, sections, strict=True)], row
    )


def _changes(slots: Sequence[tuple[EventId, UUID]], row: Row) -> list[ChangedCounts]:
    found: dict[EventId, list[SectionCounts]] = {}
    for n, (event_id, section_id) in enumerate(slots):
        if row["slot_rev"][n] is not None:
            found.setdefault(event_id, []).append(
                SectionCounts.of(
                    section_id,
                    capacity=row["slot_capacity"][n],
                    held=row["slot_held"][n],
                    sold=row["slot_sold"][n],
                    blocked=row["slot_blocked"][n],
                    rev=row["slot_rev"][n],
                )
            )
    return [ChangedCounts(event_id, tuple(sections)) for event_id, sections in found.items()]


def flips(row: Row) -> list[tuple[EventId, str]]:
    """Events that turned SOLD_OUT or ON_SALE by themselves."""
    events: list[UUID] = row["flipped_event"] or []
    statuses: list[str] = row["flipped_status"] or []
    return [(EventId(event), status) for event, status in zip(events, statuses, strict=True)]
