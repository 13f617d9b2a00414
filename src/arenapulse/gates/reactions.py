"""What gates must know of what happened to tickets elsewhere."""

from __future__ import annotations

from arenapulse.gates import service
from arenapulse.orders.facts import OrdersPlaced, TicketsChanged
from arenapulse.orders.terms import OrderStatus
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry
from arenapulse.tickets.facts import TicketReissued, TicketTransferred


def registry(database: Database) -> Registry:
    made = Registry()

    @made.on(TicketsChanged, name="gates.note_tickets")
    async def note_tickets(fact: TicketsChanged) -> None:
        async with database.transaction() as session:
            changed = [(each.event_id, each.order_id) for each in fact.tickets]
            await service.note_changes(session, changed=changed)

    @made.on(OrdersPlaced, name="gates.note_orders")
    async def note_orders(fact: OrdersPlaced) -> None:
        """Orders whose tickets are valid at once: a free one, the box office's."""
        changed = [
            (each.event_id, each.order_id)
            for each in fact.orders
            if each.status is OrderStatus.CONFIRMED
        ]
        if changed:
            async with database.transaction() as session:
                await service.note_changes(session, changed=changed)

    @made.on(TicketTransferred, name="gates.note_transfer")
    async def note_transfer(fact: TicketTransferred) -> None:
        async with database.transaction() as session:
            await service.note_changes(session, changed=[(fact.event_id, fact.order_id)])

    @made.on(TicketReissued, name="gates.note_reissue")
    async def note_reissue(fact: TicketReissued) -> None:
        async with database.transaction() as session:
            await service.note_changes(session, changed=[(fact.event_id, fact.order_id)])

    assert note_tickets
    assert note_orders
    assert note_transfer
    assert note_reissue
    return made
