"""What is told to machines about orders, money and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arenapulse.events.facts import EventFlipped, EventStatusChanged
from arenapulse.gates.facts import TicketsAdmitted, TicketsCheckedIn
from arenapulse.orders.facts import OrdersMoved, OrdersPlaced
from arenapulse.payments.facts import OrderRefunded
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import GIVING_WAY, Courtesy, Registry
from arenapulse.tickets.facts import TicketTransferred
from arenapulse.webhooks.service import noting

BUSY_ORDERS_PER_SECOND: Final = 300.0


def registry(database: Database) -> Registry:
    made = Registry()
    courtesy = Courtesy(per_second=BUSY_ORDERS_PER_SECOND)

    @made.on_many(OrdersPlaced, name="webhooks.tell_placed", limits=GIVING_WAY)
    async def tell_placed(facts: Sequence[OrdersPlaced]) -> None:
        orders = sum(len(fact.orders) for fact in facts)
        async with courtesy.turn(orders), database.transaction() as session:
            await noting.note_placed(session, facts)

    @made.on_many(OrdersMoved, name="webhooks.tell_moved", limits=GIVING_WAY)
    async def tell_moved(facts: Sequence[OrdersMoved]) -> None:
        orders = sum(len(fact.orders) for fact in facts)
        async with courtesy.turn(orders), database.transaction() as session:
            await noting.note_moved(session, facts)

    @made.on(OrderRefunded, name="webhooks.tell_refunded")
    async def tell_refunded(fact: OrderRefunded) -> None:
        async with database.transaction() as session:
            await noting.note_refunded(session, fact)

    @made.on(EventStatusChanged, name="webhooks.tell_event_status")
    async def tell_event_status(fact: EventStatusChanged) -> None:
        async with database.transaction() as session:
            await noting.note_event_status(session, fact)

    @made.on(EventFlipped, name="webhooks.tell_flipped")
    async def tell_flipped(fact: EventFlipped) -> None:
        async with database.transaction() as session:
            await noting.note_event_status(session, fact)

    @made.on_many(TicketsAdmitted, name="webhooks.tell_admitted", limits=GIVING_WAY)
    async def tell_admitted(facts: Sequence[TicketsAdmitted]) -> None:
        scans = sum(len(fact.orders) for fact in facts)
        async with courtesy.turn(scans), database.transaction() as session:
            await noting.note_admitted(session, facts)

    @made.on_many(TicketsCheckedIn, name="webhooks.tell_checked_in")
    async def tell_checked_in(facts: Sequence[TicketsCheckedIn]) -> None:
        async with database.transaction() as session:
            for fact in facts:
                await noting.note_checked_in(session, fact)

    @made.on(TicketTransferred, name="webhooks.tell_transferred")
    async def tell_transferred(fact: TicketTransferred) -> None:
        async with database.transaction() as session:
            await noting.note_transferred(session, fact)

    assert tell_admitted
    assert tell_checked_in
    assert tell_transferred
    assert tell_placed
    assert tell_moved
    assert tell_refunded
    assert tell_event_status
    assert tell_flipped
    return made
