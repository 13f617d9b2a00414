"""Each move of an order and each refund is a line of its activity."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.activity import service
from arenapulse.orders.facts import OrdersMoved
from arenapulse.payments.facts import OrderRefunded
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry


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

    return made
