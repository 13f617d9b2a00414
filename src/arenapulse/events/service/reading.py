"""Events as cards and as pages.

One event is read with exact counts. A list takes its counts from the capacity cache (TTL one
minute in Redis), whose keys carry the half second they were asked in: a count is served for half a
second at the most, one query a half second and page feeds all processes, and nothing needs to be
invalidated when somebody buys. The keys carry the events' versions too, so what an organizer
changes is there at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from arenapulse.core.ids import EventId, OrganizationId, VenueId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.events import queries
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventFilter, EventRow
from arenapulse.events.queries.seen import seen
from arenapulse.events.schemas import EventCard, EventView
from arenapulse.identity.queries import role_of
from arenapulse.identity.schemas import Actor
from arenapulse.inventory.queries import totals as stock_totals
from arenapulse.inventory.schemas import Totals
from arenapulse.media.queries import pictures, pictures_in, thumbs
from arenapulse.media.schemas import PictureView, ThumbView
from arenapulse.runtime.cache import EVENT_CAPACITY, Cache
from arenapulse.runtime.db import Database, Session
from arenapulse.venues.queries import cards as venue_cards
from arenapulse.venues.schemas import PlaceCard

SERVED_MILLISECONDS = 500

Counts = dict[EventId, Totals]


async def detail(
    session: Session, *, actor: Actor | None, event_id: EventId, promo_code: str | None
) -> EventView:
    """One event with exact counts; raises `EventNotFound`, for strangers of a DRAFT too.

    Price levels that codes unlock are shown to the members of its organization, and to others
    where `promo_code` unlocks them; what that code takes off is said to all.
    """
    found = await seen(await session.driver(), event_id=event_id, promo_code=promo_code)
    row = found.row
    is_member = actor is not None and await _is_member(session, actor, row.organization_id)
    if not row.is_public and not is_member:
        raise EventNotFound
    shown = queries.view(
        row,
        totals=found.totals,
        locked=() if is_member else found.locked,
        media=pictures_in(session.info, told=found.pictures),
    )
    if promo_code is None:
        return shown
    offer = await queries.offered(session, event_id=row.id, promo_code=promo_code)
    return shown.model_copy(update={"promo": offer})


async def _is_member(session: Session, actor: Actor, organization_id: OrganizationId) -> bool:
    if actor.is_guest:
        return False
    return await role_of(session, actor=actor, organization_id=organization_id) is not None


@dataclass(frozen=True)
class _Found:
    """A page of events with what is said of each."""

    rows: Page[EventRow]
    counts: Counts
    locked: dict[EventId, set[str]]
    venues: dict[VenueId, PlaceCard]
    thumbs: dict[UUID, ThumbView]
    media: dict[UUID, list[PictureView]]


async def page(
    database: Database,
    *,
    cache: Cache,
    own: Sequence[OrganizationId] | None,
    request: PageRequest,
    wanted: EventFilter,
    now: dt.datetime,
) -> Page[EventView]:
    """Events by start, with counts at most half a second old.

    Drafts, and price levels that codes unlock, are shown of `own` organizations alone; of all if
    that is None.
    """
    found = await _find(
        database,
        cache=cache,
        own=own,
        request=request,
        wanted=wanted,
        now=now,
        as_cards=False,
    )
    views = [
        queries.view(
            row,
            totals=found.counts.get(row.id),
            locked=found.locked.get(row.id, ()),
            media=found.media.get(row.id, ()),
        )
        for row in found.rows.items
    ]
    return Page(views, request, found.rows.total)


async def page_cards(
    database: Database,
    *,
    cache: Cache,
    own: Sequence[OrganizationId] | None,
    request: PageRequest,
    wanted: EventFilter,
    now: dt.datetime,
) -> Page[EventCard]:
    """As `page`: what a card shows, with the venue's name and zone beside it."""
    found = await _find(
        database,
        cache=cache,
        own=own,
        request=request,
        wanted=wanted,
        now=now,
        as_cards=True,
    )
    cards = [
        queries.card(
            row,
            totals=found.counts.get(row.id),
            locked=found.locked.get(row.id, ()),
            venue=found.venues[row.venue_id],
            picture=found.thumbs.get(row.id) or found.thumbs.get(row.venue_id),
        )
        for row in found.rows.items
    ]
    return Page(cards, request, found.rows.total)


async def _find(
    database: Database,
    *,
    cache: Cache,
    own: Sequence[OrganizationId] | None,
    request: PageRequest,
    wanted: EventFilter,
    now: dt.datetime,
    as_cards: bool,
) -> _Found:
    async with database.transaction() as session:
        rows = await queries.page(session, request=request, wanted=wanted, hidden_of=own)
        others = [
            row.id for row in rows.items if own is not None and row.organization_id not in own
        ]
        locked = await queries.locked_levels(session, event_ids=others) if others else {}
        ids = [row.id for row in rows.items]
        venue_ids = {row.venue_id for row in rows.items}
        venues = await venue_cards(session, venue_ids=venue_ids) if as_cards else {}
        shown = await thumbs(session, subject_ids={*venue_ids, *ids} if as_cards else ())
        media = await pictures(session, subject_ids=() if as_cards else ids)
    events = [(row.id, row.version) for row in rows.items]
    counts = await counts_of(database, cache=cache, events=events, now=now) if events else {}
    return _Found(rows, counts, locked, venues, shown, media)


def moment_of(now: dt.datetime) -> int:
    """The half second in which a count that was asked for now may be served."""
    return int(now.timestamp() * 1000) // SERVED_MILLISECONDS


async def counts_of(
    database: Database, *, cache: Cache, events: Sequence[tuple[EventId, int]], now: dt.datetime
) -> Counts:
    """The counts of these events in these versions, at most half a second old."""

    async def load() -> bytes:
        async with database.transaction() as session:
            made = await stock_totals(session, event_ids=[event_id for event_id, _ in events])
        return msgspec.json.encode(made)

    subject = ",".join(f"{event_id}:{version}" for event_id, version in events)
    digest = hashlib.sha256(subject.encode()).hexdigest()
    stored = await cache.get(EVENT_CAPACITY, f"{moment_of(now)}:{digest}", load=load)
    assert stored is not None
    return msgspec.json.decode(stored, type=Counts)
