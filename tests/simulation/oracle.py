"""What a wish must come to, judged from tickets, orders and rules.

It never looks at the stock's counters and bitmaps of taken places: they are what is on trial.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from arenapulse.core.errors import Refusal
from arenapulse.events.errors import MoveForbidden
from arenapulse.events.lifecycle import sources
from arenapulse.events.terms import EventStatus
from arenapulse.inventory.errors import BelowTaken
from arenapulse.orders import errors
from arenapulse.orders.placing import BOX_OFFICE, FREE
from arenapulse.payments.errors import RefundRefused
from arenapulse.payments.schemas import ATTEMPTS_MAX
from tests.simulation.plan import Line, Move, Reshape, Wish
from tests.simulation.snapshot import IN_FLIGHT, Row, Snapshot

_WHEN_OPEN = {"ON_SALE", "SOLD_OUT", "LIVE"}
_WHEN_BOX_OFFICE = _WHEN_OPEN | {"SCHEDULED", "PAUSED"}
# What places of expired holds may mend.
SHORT = (
    errors.CapacityExceeded,
    errors.SeatTaken,
    errors.OverPersonLimit,
    errors.PromoRefused,
)


@dataclass(frozen=True)
class Bill:
    subtotal: int
    fees: int
    discount: int
    tax: int

    @property
    def total(self) -> int:
        return self.subtotal + self.fees - self.discount


@dataclass(frozen=True)
class Names:
    """The ids behind the plan's numbers."""

    events: tuple[UUID, ...]
    sections: tuple[tuple[UUID, ...], ...]
    persons: tuple[UUID, ...]


@dataclass
class _Shelf:
    """What is left, while wishes are judged one after the other."""

    places: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)
    seats: set[tuple[UUID, UUID, int]] = field(default_factory=set)
    persons: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)
    uses: Counter[UUID] = field(default_factory=Counter)
    uses_by: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)


class Oracle:
    def __init__(self, snapshot: Snapshot, *, names: Names, now: dt.datetime) -> None:
        self._snapshot = snapshot
        self._names = names
        self._now = now

    def foretell(self, wishes: Sequence[Wish]) -> list[Bill | type[Refusal]] | None:
        """For each wish its bill or its refusal; None where it depends on who reclaims what."""
        shelf = self._shelf(with_expired=True)
        found: list[Bill | type[Refusal]] = []
        for wish in wishes:
            outcome = self._judge(wish, shelf)
            if outcome in SHORT and self._has_expired(self._names.events[wish.event]):
                if len(wishes) > 1:
                    return None
                outcome = self._judge(wish, self._shelf(with_expired=False))
            found.append(outcome)
        return found

    def cancel(self, order: Row) -> type[Refusal] | None:
        status, payment = order["status"], order["payment_status"]
        if status == "EXPIRED" or self._snapshot.is_over(order, now=self._now):
            return errors.HoldExpired
        may = (
            status == "CANCELLED"
            or (status == "PENDING" and payment != "PROCESSING")
            or (
                status == "CONFIRMED"
                and payment in ("NOT_REQUIRED", "PENDING")
                and not self._is_in(order["id"])
            )
        )
        return None if may else errors.StateForbids

    def _is_in(self, order_id: UUID) -> bool:
        """Whether somebody went in with one of the order's tickets."""
        return any(
            of == order_id and ticket["status"] == "CHECKED_IN"
            for (of, _), ticket in self._snapshot.tickets.items()
        )

    def pay(self, order: Row) -> type[Refusal] | None:
        if order["status"] == "EXPIRED" or self._snapshot.is_over(order, now=self._now):
            return errors.HoldExpired
        tried = sum(1 for order_id, _ in self._snapshot.charges if order_id == order["id"])
        may = (
            order["status"] == "PENDING"
            and order["payment_status"] not in IN_FLIGHT
            and tried < ATTEMPTS_MAX
        )
        return None if may else errors.StateForbids

    def refund(
        self, order: Row, *, numbers: Sequence[int], amount: int | None
    ) -> type[Refusal] | None:
        """Refused where nothing was paid, more is asked than is left, or a ticket twice."""
        paid = self._snapshot.paid_charge(order["id"])
        if paid is None:
            return RefundRefused
        refunds = [
            r
            for r in self._snapshot.refunds.values()
            if r["order_id"] == order["id"] and r["status"] != "FAILED"
        ]
        left = paid["amount"] - sum(r["amount"] for r in refunds)
        if amount is not None:
            return RefundRefused if amount > left else None
        if not numbers:
            return None if left else RefundRefused
        if any(number in refund["numbers"] for refund in refunds for number in numbers):
            return RefundRefused
        tickets = [self._snapshot.tickets[order["id"], number] for number in numbers]
        asked = sum(t["amount"] + t["fee"] - t["discount"] for t in tickets)
        return RefundRefused if asked > left else None

    def move(self, step: Move) -> type[Refusal] | None:
        event = self._snapshot.events[self._names.events[step.event]]
        allowed = {source.value for source in sources(EventStatus(step.status))}
        return None if event["status"] in allowed else MoveForbidden

    def reshape(self, step: Reshape) -> type[Refusal] | None:
        """Refused where what is held and sold does not fit the new shape."""
        shelf, event = self._shelf(with_expired=True), self._names.events[step.event]
        for section, capacity, blocked in zip(
            self._names.sections[step.event], step.capacities, step.blocked, strict=True
        ):
            if shelf.places[event, section] + len(blocked) > capacity:
                return BelowTaken
            if any((event, section, seat) in shelf.seats for seat in blocked):
                return BelowTaken
        return None

    def _has_expired(self, event_id: UUID) -> bool:
        return any(
            order["event_id"] == event_id and self._snapshot.is_over(order, now=self._now)
            for order in self._snapshot.orders.values()
        )

    def _shelf(self, *, with_expired: bool) -> _Shelf:
        shelf = _Shelf()
        gone = {
            order_id
            for order_id, order in self._snapshot.orders.items()
            if order["status"] in ("EXPIRED", "CANCELLED", "FAILED")
            or (not with_expired and self._snapshot.is_over(order, now=self._now))
        }
        for (order_id, _), ticket in self._snapshot.tickets.items():
            if order_id in gone or ticket["status"] in ("VOID", "TRANSFERRED"):
                continue
            key = (ticket["event_id"], ticket["section_id"])
            shelf.places[key] += 1
            if ticket["seat_index"] is not None:
                shelf.seats.add((*key, ticket["seat_index"]))
            order = self._snapshot.orders[order_id]
            if order["payment_method"] not in ("box_office", "invoice"):
                shelf.persons[key[0], order["user_id"]] += 1
        for order_id, order in self._snapshot.orders.items():
            if order["promo_id"] is not None and order_id not in gone:
                shelf.uses[order["promo_id"]] += 1
                shelf.uses_by[order["promo_id"], order["user_id"]] += 1
        return shelf

    def _judge(self, wish: Wish, shelf: _Shelf) -> Bill | type[Refusal]:
        event_id = self._names.events[wish.event]
        event = self._snapshot.events[event_id]
        if not self._is_open(event, wish):
            return errors.NotOnSale
        places = sum(line.quantity for line in wish.lines)
        is_buyer = wish.pay < BOX_OFFICE
        if is_buyer and places > event["max_per_order"]:
            return errors.OverLimit
        taken = _Shelf(shelf.places.copy(), shelf.seats.copy())
        for line in wish.lines:
            refused = self._take(line, wish, taken)
            if refused is not None:
                return refused
        person = (event_id, self._names.persons[wish.person])
        cap = event["max_per_person"]
        if is_buyer and cap is not None and shelf.persons[person] + places > cap:
            return errors.OverPersonLimit
        bill = self._bill(wish, shelf)
        if isinstance(bill, type):
            return bill
        if wish.pay == FREE and bill.total > 0:
            return errors.NotFree
        shelf.places, shelf.seats = taken.places, taken.seats
        if is_buyer:
            shelf.persons[person] += places
        if wish.promo is not None:
            promo_id = self._snapshot.promos[event_id, wish.promo]["id"]
            shelf.uses[promo_id] += 1
            shelf.uses_by[promo_id, person[1]] += 1
        return bill

    def _is_open(self, event: Row, wish: Wish) -> bool:
        if wish.pay >= BOX_OFFICE:
            return event["status"] in _WHEN_BOX_OFFICE and self._now < event["end_time"]
        ends = event["sales_end_at"] or event["start_time"]
        return event["status"] in _WHEN_OPEN and self._now < ends

    def _take(self, line: Line, wish: Wish, shelf: _Shelf) -> type[Refusal] | None:
        event_id = self._names.events[wish.event]
        section = self._names.sections[wish.event][line.section]
        stock: Any = self._snapshot.stock.get((event_id, section))
        if stock is None or (event_id, section, line.level) not in self._snapshot.prices:
            return errors.NotForSale
        if not self._unlocks(line.level, wish):
            return errors.NotForSale if wish.promo is None else errors.PromoRefused
        if (stock["seats"] > 0) != bool(line.seats):
            return errors.SeatsDoNotFit
        if shelf.places[event_id, section] + stock["blocked"] + line.quantity > stock["capacity"]:
            return errors.CapacityExceeded
        for seat in line.seats:
            if seat >= stock["seats"]:
                return errors.SeatsDoNotFit
            is_blocked = stock["blocked_seats"][seat >> 3] >> (seat & 7) & 1
            if is_blocked or (event_id, section, seat) in shelf.seats:
                return errors.SeatTaken
        shelf.places[event_id, section] += line.quantity
        shelf.seats |= {(event_id, section, seat) for seat in line.seats}
        return None

    def _unlocks(self, level: str, wish: Wish) -> bool:
        event_id = self._names.events[wish.event]
        of_event = [p for (e, _), p in self._snapshot.promos.items() if e == event_id]
        if not any(level in promo["unlocks"] for promo in of_event):
            return True
        promo = self._snapshot.promos.get((event_id, wish.promo or ""))
        return promo is not None and level in promo["unlocks"]

    def _bill(self, wish: Wish, shelf: _Shelf) -> Bill | type[Refusal]:
        event_id = self._names.events[wish.event]
        subtotal = fees = 0
        for line in wish.lines:
            section = self._names.sections[wish.event][line.section]
            price = self._snapshot.prices[event_id, section, line.level]
            subtotal += price["amount"] * line.quantity
            fees += price["fee"] * line.quantity
        discount = 0
        if wish.promo is not None:
            promo = self._snapshot.promos.get((event_id, wish.promo))
            if promo is None or not self._may_use(promo, wish, shelf):
                return errors.PromoRefused
            value = promo["value"]
            is_percent = promo["kind"] == "PERCENT"
            discount = subtotal * value // 100 if is_percent else min(value, subtotal)
        total, rate = subtotal + fees - discount, self._snapshot.events[event_id]["tax_rate"]
        # Half a cent goes up.
        tax = (2 * total * rate + 10_000 + rate) // (2 * (10_000 + rate))
        return Bill(subtotal, fees, discount, tax)

    def _may_use(self, promo: Row, wish: Wish, shelf: _Shelf) -> bool:
        person = self._names.persons[wish.person]
        many, each = promo["max_uses"], promo["max_per_person"]
        return (many is None or shelf.uses[promo["id"]] < many) and (
            each is None or shelf.uses_by[promo["id"], person] < each
        )
