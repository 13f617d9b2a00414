"""The tables as they stand, read with eyes of our own, and what may not have happened since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from arenapulse.events.lifecycle import MOVES as EVENT_MOVES
from arenapulse.events.terms import EventStatus
from arenapulse.orders.lifecycle import ORDER_MOVES, TICKET_MOVES
from arenapulse.payments.lifecycle import CHARGE_MOVES, REFUND_MOVES

IN_FLIGHT: Final = {"PROCESSING", "REQUIRES_ACTION", "RETRYING"}
LIVE: Final = {"RESERVED", "VALID", "CHECKED_IN"}

_UNCHANGING: Final = (
    *("event_id", "user_id", "created_at", "subtotal", "fees", "discount", "tax", "total"),
    *("tax_rate", "hold_seconds", "placed_status", "placed_payment_status", "payment_method"),
    *("currency", "request_hash", "idempotency_key", "promo_id"),
)
_EVENT_MOVES: Final = {
    **EVENT_MOVES,
    # By itself, and by hand from there.
    EventStatus.ON_SALE: EVENT_MOVES[EventStatus.ON_SALE] | {EventStatus.SOLD_OUT},
    EventStatus.SOLD_OUT: EVENT_MOVES[EventStatus.SOLD_OUT] | {EventStatus.ON_SALE},
}

_DISPUTE_MOVES: Final = {"OPEN": frozenset({"WON", "LOST"})}

Row = Mapping[str, Any]
Key = tuple[UUID, int]


def _reaches(moves: Mapping[Any, frozenset[Any]], source: str, target: str) -> bool:
    """Whether a status may have become another by any number of moves."""
    seen, fresh = {source}, {source}
    while fresh:
        fresh = {t for s in fresh for t in moves.get(s, ())} - seen
        seen |= fresh
    return target in seen


@dataclass(frozen=True)
class Snapshot:
    events: Mapping[UUID, Row]
    stock: Mapping[tuple[UUID, UUID], Row]
    prices: Mapping[tuple[UUID, UUID, str], Row]
    promos: Mapping[tuple[UUID, str], Row]
    orders: Mapping[UUID, Row]
    tickets: Mapping[Key, Row]
    charges: Mapping[tuple[UUID, int], Row]
    intents: Mapping[str, Row]
    refunds: Mapping[UUID, Row]
    disputes: Mapping[str, Row]
    bank_disputes: Mapping[str, Row]

    def paid_charge(self, order_id: UUID) -> Row | None:
        """The one that was taken, or is being taken."""
        return next(
            (
                charge
                for (of, _), charge in self.charges.items()
                if of == order_id and charge["status"] in ("CAPTURING", "SUCCEEDED")
            ),
            None,
        )

    def heir(self, key: Key) -> Key:
        """The ticket that came of one which was given away, by however many hands."""
        order_id, number = key
        heirs = {row["from_number"]: n for (of, n), row in self.tickets.items() if of == order_id}
        while number in heirs:
            number = heirs[number]
        return order_id, number

    def live_tickets(self, event_id: UUID) -> Iterator[Row]:
        return (
            t for t in self.tickets.values() if t["event_id"] == event_id and t["status"] in LIVE
        )

    def is_over(self, order: Row, *, now: dt.datetime) -> bool:
        """A hold whose places the next who needs them gets."""
        return (
            order["status"] == "PENDING"
            and order["expires_at"] <= now
            and order["payment_status"] not in IN_FLIGHT
        )


async def take(db: asyncpg.Connection) -> Snapshot:
    async with db.transaction(isolation="repeatable_read", readonly=True):
        return Snapshot(
            events={r["id"]: r for r in await db.fetch("SELECT * FROM events")},
            stock={
                (r["event_id"], r["section_id"]): r for r in await db.fetch("SELECT * FROM stock")
            },
            prices={
                (r["event_id"], r["section_id"], r["price_level"]): r
                for r in await db.fetch("SELECT * FROM tier_prices")
            },
            promos={
                (r["event_id"], r["code"]): r for r in await db.fetch("SELECT * FROM promo_codes")
            },
            orders={r["id"]: r for r in await db.fetch("SELECT * FROM orders ORDER BY id")},
            tickets={
                (r["order_id"], r["number"]): r for r in await db.fetch("SELECT * FROM tickets")
            },
            charges={
                (r["order_id"], r["attempt"]): r for r in await db.fetch("SELECT * FROM charges")
            },
            intents={r["id"]: r for r in await db.fetch("SELECT * FROM sandbox_intents")},
            refunds={r["id"]: r for r in await db.fetch("SELECT * FROM refunds")},
            disputes={r["id"]: r for r in await db.fetch("SELECT * FROM disputes")},
            bank_disputes={
                r["id"]: r
                for r in await db.fetch("SELECT * FROM sandbox_disputes ORDER BY created_at, id")
            },
        )


def forbidden_changes(before: Snapshot, after: Snapshot) -> list[str]:
    """What became of rows that may not have."""
    found = [f"order {gone} vanished" for gone in before.orders.keys() - after.orders.keys()]
    found += [f"ticket {gone} vanished" for gone in before.tickets.keys() - after.tickets.keys()]
    for order_id in before.orders.keys() & after.orders.keys():
        old, new = before.orders[order_id], after.orders[order_id]
        found += [
            f"{column} of order {order_id} was {old[column]} and is {new[column]}"
            for column in _UNCHANGING
            if old[column] != new[column]
        ]
    for name, moves, olds, news in (
        ("order", ORDER_MOVES, before.orders, after.orders),
        ("ticket", TICKET_MOVES, before.tickets, after.tickets),
        ("charge", CHARGE_MOVES, before.charges, after.charges),
        ("event", _EVENT_MOVES, before.events, after.events),
        ("refund", REFUND_MOVES, before.refunds, after.refunds),
        ("dispute", _DISPUTE_MOVES, before.disputes, after.disputes),
    ):
        found += [
            f"{name} {key} went from {old['status']} to {news[key]['status']}"
            for key, old in olds.items()
            if key in news and not _reaches(moves, old["status"], news[key]["status"])
        ]
    return found + _stale_revisions(before, after)


def _stale_revisions(before: Snapshot, after: Snapshot) -> list[str]:
    """Sections that changed without a higher `rev`: whoever watches would drop the news."""
    return [
        f"section {key[1]} changed and its rev did not rise"
        for key, old in before.stock.items()
        if (new := after.stock.get(key)) is not None
        and dict(new) != dict(old)
        and new["rev"] <= old["rev"]
    ]
