"""What follows in payments from what happened to an event."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.events.facts import EventStatusChanged, EventWritten
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

    @made.on(EventWritten, name="payments.note_new_date")
    async def note_new_date(fact: EventWritten) -> None:
        """Who bought for another date may have all back for a while."""
        if fact.start_before is not None:
            async with database.transaction() as session:
                await service.note_new_date(
                    session, event_id=fact.event_id, before=fact.start_before, at=fact.at
                )

    assert refund_all
    assert note_new_date
    return made
