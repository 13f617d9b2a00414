"""Keeps the index as the events and venues are: written from what they are now, never from facts.

A fact only says that something changed. Whoever writes a document first waits for others who write
it, then reads: so the last who writes has read the newest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from arenapulse.core.ids import EventId, VenueId
from arenapulse.events import queries as event_queries
from arenapulse.events.pricing import PricingTier, price_from
from arenapulse.events.queries import EventRow
from arenapulse.inventory.queries import totals
from arenapulse.inventory.schemas import Totals
from arenapulse.runtime.db import Database, Session
from arenapulse.search import queries
from arenapulse.search.indexed import Document
from arenapulse.search.terms import DESCRIPTION_CHARACTERS_MAX, INDEX_PAGE, Kind
from arenapulse.venues import queries as venue_queries
from arenapulse.venues.queries import PlaceRow

LEAST_ID = UUID(int=0)


class Index:
    """Writes documents; `is_told` where a cluster is to hear of each."""

    def __init__(self, database: Database, *, is_told: bool = False) -> None:
        self._database = database
        self._is_told = is_told

    async def events(self, event_ids: Collection[EventId]) -> None:
        """What is not public, or not there, is in no index."""
        async with self._database.transaction() as session:
            await queries.take_turns(session, ids=event_ids)
            found = await event_documents(session, event_ids=event_ids)
            await self._write(session, asked=event_ids, found=found)

    async def came_out(self, event_ids: Collection[EventId]) -> None:
        """Who looks for such events is told of these."""
        if event_ids:
            async with self._database.transaction() as session:
                await queries.came_out(session, event_ids=event_ids)

    async def venues(self, venue_ids: Collection[VenueId]) -> None:
        async with self._database.transaction() as session:
            await queries.take_turns(session, ids=venue_ids)
            found = await venue_documents(session, venue_ids=venue_ids)
            await self._write(session, asked=venue_ids, found=found)

    async def venue_with_events(self, venue_id: VenueId) -> None:
        """The venue, and what its events say of it."""
        await self.venues([venue_id])
        after = LEAST_ID
        while True:
            async with self._database.transaction() as session:
                found = await event_queries.ids_at(
                    session, venue_id=venue_id, after=after, limit=INDEX_PAGE
                )
            if found:
                await self.events(found)
            if len(found) < INDEX_PAGE:
                return
            after = found[-1]

    async def _write(
        self, session: Session, *, asked: Collection[UUID], found: Sequence[Document]
    ) -> None:
        await queries.put(session, documents=found, is_told=self._is_told)
        gone = set(asked) - {each.id for each in found}
        await queries.remove(session, ids=gone, is_told=self._is_told)


async def event_documents(session: Session, *, event_ids: Collection[EventId]) -> list[Document]:
    """The public ones among these events, with the prices that everybody may see."""
    rows = await event_queries.by_ids(session, event_ids=event_ids)
    public = [row for row in rows if row.is_public]
    locked = await event_queries.locked_levels(session, event_ids=[row.id for row in public])
    venues = {
        VenueId(venue.id): venue
        for venue in await venue_queries.places(session, venue_ids={row.venue_id for row in public})
    }
    sums = await totals(session, event_ids=[row.id for row in public])
    return [
        _of_event(
            row,
            venue=venues[row.venue_id],
            locked=locked.get(row.id, ()),
            popularity=popularity_of(sums.get(row.id)),
        )
        for row in public
    ]


def popularity_of(sums: Totals | None) -> int:
    """Rises by one where the sold places double: a document is not written anew for each."""
    return 0 if sums is None else sums.sold.bit_length()


async def venue_documents(session: Session, *, venue_ids: Collection[VenueId]) -> list[Document]:
    found = await venue_queries.places(session, venue_ids=venue_ids)
    return [_of_venue(venue) for venue in found]


def _of_event(
    row: EventRow, *, venue: PlaceRow, locked: Collection[str], popularity: int
) -> Document:
    tiers = [tier for tier in row.pricing_tiers if tier["priceLevel"] not in locked]
    return Document(
        id=row.id,
        kind=Kind.EVENT,
        organization_id=row.organization_id,
        version=row.version,
        name=row.name,
        description=row.description[:DESCRIPTION_CHARACTERS_MAX],
        venue_id=venue.id,
        venue_name=venue.name,
        city=venue.location["city"],
        country=venue.location["country"],
        amenities=tuple(venue.amenities),
        lat=float(venue.location["lat"]),
        lng=float(venue.location["lng"]),
        status=row.status.value,
        start_time=row.start_time,
        end_time=row.end_time,
        month=row.start_time.astimezone(ZoneInfo(venue.location["timezone"])).strftime("%Y-%m"),
        price_from=price_from(msgspec.convert(tiers, type=list[PricingTier])),
        currency=row.currency,
        popularity=popularity,
    )


def _of_venue(venue: PlaceRow) -> Document:
    return Document(
        id=venue.id,
        kind=Kind.VENUE,
        organization_id=venue.organization_id,
        version=venue.version,
        name=venue.name,
        description="",
        venue_id=venue.id,
        venue_name=venue.name,
        city=venue.location["city"],
        country=venue.location["country"],
        amenities=tuple(venue.amenities),
        lat=float(venue.location["lat"]),
        lng=float(venue.location["lng"]),
    )
