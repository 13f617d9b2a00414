"""Finds events and venues, and says where a text says what was looked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from arenapulse.core.ids import VenueId
from arenapulse.media.queries import thumbs
from arenapulse.media.schemas import ThumbView
from arenapulse.runtime.db import Session
from arenapulse.runtime.reads import Reads
from arenapulse.search.engine import Asked, Engine, Found, Hit
from arenapulse.search.highlighting import Sought, mark, snippet
from arenapulse.search.schemas import (
    FacetsView,
    FacetView,
    HitView,
    PlaceView,
    SearchAnswer,
    SearchMeta,
    SuggestionView,
)
from arenapulse.search.service.together import Ushers
from arenapulse.search.terms import Kind
from arenapulse.venues import queries as venue_queries


async def search(
    engine: Engine, *, reads: Reads, asked: Asked, ushers: Ushers, together: int | None
) -> SearchAnswer:
    """A page of what was found, with facets of all of it."""
    if together is None:
        found = await engine.search(asked)
    else:
        found = await ushers.search(engine, asked=asked, together=together)
    zones, shown = await reads.read(partial(_beside, hits=found.hits))
    sought = Sought(found.lexemes, found.beginnings)
    meta = SearchMeta(
        page=asked.page.page,
        limit=asked.page.limit,
        total=found.total,
        facets=_facets(found),
        did_you_mean=found.meant,
    )
    return SearchAnswer(
        data=[_view(hit, sought=sought, zones=zones, shown=shown) for hit in found.hits], meta=meta
    )


async def _beside(
    session: Session, *, hits: Sequence[Hit]
) -> tuple[dict[VenueId, str], dict[UUID, ThumbView]]:
    """Time zones and pictures, which the index has not."""
    venue_ids = {VenueId(hit.document.venue_id) for hit in hits}
    venues = await venue_queries.cards(session, venue_ids=venue_ids)
    pictured = {*venue_ids, *(hit.document.id for hit in hits)}
    shown = await thumbs(session, subject_ids=pictured)
    return {venue_id: venue.timezone for venue_id, venue in venues.items()}, shown


async def suggest(engine: Engine, *, query: str, now: dt.datetime) -> list[SuggestionView]:
    found = await engine.suggest(query, now=now)
    return [SuggestionView(type=each.kind, id=each.id, name=each.name) for each in found]


def _facets(found: Found) -> FacetsView:
    return FacetsView(
        **{
            name: [FacetView(value=value, count=count) for value, count in counts]
            for name, counts in found.facets.items()
        }
    )


def _view(
    hit: Hit, *, sought: Sought, zones: Mapping[VenueId, str], shown: Mapping[UUID, ThumbView]
) -> HitView:
    found = hit.document
    return HitView(
        type=found.kind,
        id=found.id,
        name=found.name,
        status=found.status,
        start_time=found.start_time,
        venue=PlaceView(
            id=found.venue_id,
            name=found.venue_name,
            city=found.city,
            timezone=zones.get(VenueId(found.venue_id)),
        ),
        price_from=found.price_from,
        currency=None if found.price_from is None else found.currency,
        distance_km=None if hit.distance_km is None else round(hit.distance_km, 2),
        picture=shown.get(found.id) or shown.get(found.venue_id),
        score=hit.score,
        highlights=_highlights(hit, sought=sought),
    )


def _highlights(hit: Hit, *, sought: Sought) -> dict[str, str]:
    if not sought.lexemes and not sought.beginnings:
        return {}
    found = hit.document
    shown = {
        "name": mark(found.name, sought=sought),
        "venue": None if found.kind is Kind.VENUE else mark(found.venue_name, sought=sought),
        "city": mark(found.city, sought=sought),
        "description": snippet(found.description, sought=sought),
    }
    return {field: text for field, text in shown.items() if text is not None}
