"""What is written, moved or gone is found so within two seconds."""

from __future__ import annotations

from arenapulse.events.facts import EventStatusChanged, EventWritten
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.search.service.indexing import Index
from arenapulse.venues.facts import VenueDeleted, VenueWritten

WHOLE_VENUE = Limits(seconds_max=600)


def registry(index: Index) -> Registry:
    made = Registry()

    @made.on(EventWritten, name="search.index_written")
    async def index_written(fact: EventWritten) -> None:
        await index.events([fact.event_id])

    @made.on(EventStatusChanged, name="search.index_moved")
    async def index_moved(fact: EventStatusChanged) -> None:
        await index.events([fact.event_id])

    @made.on(VenueWritten, name="search.index_venue", limits=WHOLE_VENUE)
    async def index_venue(fact: VenueWritten) -> None:
        if fact.is_new:
            await index.venues([fact.venue_id])
        else:
            await index.venue_with_events(fact.venue_id)

    @made.on(VenueDeleted, name="search.forget_venue")
    async def forget_venue(fact: VenueDeleted) -> None:
        await index.venues([fact.venue_id])

    assert index_written
    assert index_moved
    assert index_venue
    assert forget_venue
    return made
