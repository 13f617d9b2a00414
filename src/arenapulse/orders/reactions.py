"""What follows in orders from what happened to an event."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.events.facts import EventStatusChanged
from arenapulse.events.terms import EventStatus
from arenapulse.orders import service
from arenapulse.orders.news import SaleNews
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry

ROUNDS_MAX = 10_000


def registry(database: Database, *, news: SaleNews) -> Registry:
    made = Registry()

    @made.on(EventStatusChanged, name="orders.give_back_cancelled_event")
    async def give_back(fact: EventStatusChanged) -> None:
        """A cancelled event takes its unpaid orders with it; run again, it finds none left."""
        if fact.after != EventStatus.CANCELLED:
            return
        for _ in range(ROUNDS_MAX):
            left = await service.cancel_unpaid(
                database, event_id=fact.event_id, now=clock.now(), news=news
            )
            if left == 0:
                return

    assert give_back
    return made
