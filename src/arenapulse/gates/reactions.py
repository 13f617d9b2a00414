"""What gates must know of what happened to tickets elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arenapulse.gates import service
from arenapulse.orders.facts import OrdersPlaced, TicketsChanged
from arenapulse.questions.facts import HoldersNamed
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import GIVING_WAY, Courtesy, Registry
from arenapulse.tickets.facts import TicketReissued, TicketTransferred

BUSY_ORDERS_PER_SECOND: Final = 300.0


def registry(database: Database) -> Registry:
    made = Registry()
    courtesy = Courtesy(per_second=BUSY_ORDERS_PER_SECOND)

    @made.on_many(TicketsChanged, name="gates.note_tickets")
    async def note_tickets(facts: Sequence[TicketsChanged]) -> None:
        changed = {(each.event_id, each.order_id) for fact in facts for each in fact.tickets}
        async with database.transaction() as session:
            await service.note_changes(session, changed=sorted(changed))

    @made.on_many(OrdersPlaced, name="gates.note_orders", limits=GIVING_WAY)
    async def note_orders(facts: Sequence[OrdersPlaced]) -> None:
        """Orders whose tickets are valid at once: a free one, the box office's."""
        changed = {(each.event_id, each.order_id) for fact in facts for each in fact.orders}
        async with courtesy.turn(len(changed)), database.transaction() as session:
            await service.note_changes(session, changed=sorted(changed))

    @made.on(TicketTransferred, name="gates.note_transfer")
    async def note_transfer(fact: TicketTransferred) -> None:
        async with database.transaction() as session:
            await service.note_changes(session, changed=[(fact.event_id, fact.order_id)])

    @made.on(TicketReissued, name="gates.note_reissue")
    async def note_reissue(fact: TicketReissued) -> None:
        async with database.transaction() as session:
            await service.note_changes(session, changed=[(fact.event_id, fact.order_id)])

    @made.on(HoldersNamed, name="gates.note_names")
    async def note_names(fact: HoldersNamed) -> None:
        async with database.transaction() as session:
            await service.note_changes(session, changed=[(fact.event_id, fact.order_id)])

    assert note_tickets
    assert note_orders
    assert note_transfer
    assert note_reissue
    assert note_names
    return made
