"""Each move of an order, of its refunds, disputes and tickets is a line of its activity."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.activity import service
from arenapulse.orders.facts import OrdersMoved
from arenapulse.payments.facts import DisputeClosed, OrderRefunded, RefundMoved
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry
from arenapulse.tickets.facts import TicketTransferred


def registry(database: Database) -> Registry:
    made = Registry()

    @made.on_many(OrdersMoved, name="activity.note_moves")
    async def note_moves(facts: Sequence[OrdersMoved]) -> None:
        async with database.transaction() as session:
            for fact in facts:
                await service.note_moves(session, fact)

    @made.on(OrderRefunded, name="activity.note_refund")
    async def note_refund(fact: OrderRefunded) -> None:
        async with database.transaction() as session:
            await service.note_refund(session, fact)

    @made.on(RefundMoved, name="activity.note_refund_step")
    async def note_refund_step(fact: RefundMoved) -> None:
        async with database.transaction() as session:
            await service.note_refund_step(session, fact)

    @made.on(DisputeClosed, name="activity.note_dispute")
    async def note_dispute(fact: DisputeClosed) -> None:
        async with database.transaction() as session:
            await service.note_dispute(session, fact)

    @made.on(TicketTransferred, name="activity.note_transfer")
    async def note_transfer(fact: TicketTransferred) -> None:
        async with database.transaction() as session:
            await service.note_transfer(session, fact)

    return made
