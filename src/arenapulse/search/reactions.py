"""What is written, moved or gone is found so within two seconds."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.events.facts import EventStatusChanged, EventWritten
from arenapulse.events.terms import EventStatus
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.search.service.indexing import Index
from arenapulse.venues.facts import VenueDeleted, VenueWritten

WHOLE_VENUE = Limits(seconds_max=600)


def registry(index: Index) -> Registry:
    made = Registry()

    @made.on_many(EventWritten, name="search.index_written")
    async def index_written(facts: Sequence[EventWritten]) -> None:
        await index.events({fact.event_id for fact in facts})

    @made.on_many(EventStatusChanged, name="search.index_moved")
    async def index_moved(facts: Sequence[EventStatusChanged]) -> None:
        await index.events({fact.event_id for fact in facts})
        await index.came_out({fact.event_id for fact in facts if _came_out(fact)})

    @made.on_many(VenueWritten, name="search.index_venue", limits=WHOLE_VENUE)
    async def index_venue(facts: Sequence[VenueWritten]) -> None:
        known = {fact.venue_id for fact in facts if not fact.is_new}
        await index.venues({fact.venue_id for fact in facts} - known)
        for venue_id in sorted(known):
            await index.venue_with_events(venue_id)

    @made.on(VenueDeleted, name="search.forget_venue")
    async def forget_venue(fact: VenueDeleted) -> None:
        await index.venues([fact.venue_id])

    assert index_written
    assert index_moved
    assert index_venue
    assert forget_venue
    return made


def _came_out(fact: EventStatusChanged) -> bool:
    """A draft that is given up was never there for who looks for such."""
    return fact.before == EventStatus.DRAFT and fact.after != EventStatus.CANCELLED
