"""What follows in payments from what happened to an event."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.events.facts import EventStatusChanged
from arenapulse.events.terms import EventStatus
from arenapulse.orders.news import SaleNews
from arenapulse.payments import service
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry

WHOLE_EVENT = Limits(seconds_max=600)


def registry(database: Database, *, news: SaleNews) -> Registry:
    made = Registry()

    @made.on(EventStatusChanged, name="payments.refund_cancelled_event", limits=WHOLE_EVENT)
    async def refund_all(fact: EventStatusChanged) -> None:
        """A cancelled event gives all money back; run again, it finds none left."""
        if fact.after == EventStatus.CANCELLED:
            await service.refund_event(database, event_id=fact.event_id, now=clock.now(), news=news)

    assert refund_all
    return made
