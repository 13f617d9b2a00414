"""Finds events and venues, and says where a text says what was looked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from arenapulse.media.queries import thumb
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search import queries
from arenapulse.search.engine import Asked, Engine, Found, Hit
from arenapulse.search.highlighting import Sought, mark, snippet
from arenapulse.search.schemas import (
    FacetsView,
    FacetView,
    HitPicture,
    HitView,
    PlaceView,
    SearchAnswer,
    SearchMeta,
    SuggestionView,
)
from arenapulse.search.service.together import Ushers
from arenapulse.search.terms import Kind


async def search(
    engine: Engine, *, reads: Reads, asked: Asked, ushers: Ushers, together: int | None
) -> SearchAnswer:
    """A page of what was found, with facets of all of it."""
    if together is None:
        found = await engine.search(asked)
    else:
        found = await ushers.search(engine, asked=asked, together=together)
    beside = await reads.ask(partial(_beside, hits=found.hits)) if found.hits else _Beside()
    sought = Sought(found.lexemes, found.beginnings)
    meta = SearchMeta(
        page=asked.page.page,
        limit=asked.page.limit,
        total=found.total,
        facets=_facets(found),
        did_you_mean=found.meant,
    )
    data = [_view(hit, sought=sought, beside=beside) for hit in found.hits]
    return SearchAnswer(data=data, meta=meta)


@dataclass(frozen=True)
class _Beside:
    """Time zones and pictures, which the index has not."""

    zones: dict[UUID, str] = field(default_factory=dict[UUID, str])
    pictures: dict[UUID, HitPicture] = field(default_factory=dict[UUID, HitPicture])


async def _beside(database: Database, *, hits: Sequence[Hit]) -> _Beside:
    venue_ids = {hit.document.venue_id for hit in hits}
    pictured = venue_ids | {hit.document.id for hit in hits}
    found = _Beside()
    for row in await queries.beside(database, venue_ids=venue_ids, pictured=pictured):
        if row["picture_id"] is None:
            found.zones[row["id"]] = row["timezone"]
            continue
        shown = thumb(
            database.session_info,
            media_id=row["picture_id"],
            blur=row["blur"],
            sizes=row["sizes"],
        )
        found.pictures[row["id"]] = HitPicture(
            path=shown.path, widths=shown.widths, blur=shown.blur
        )
    return found


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


def _view(hit: Hit, *, sought: Sought, beside: _Beside) -> HitView:
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
            timezone=beside.zones.get(found.venue_id),
        ),
        price_from=found.price_from,
        currency=None if found.price_from is None else found.currency,
        distance_km=None if hit.distance_km is None else round(hit.distance_km, 2),
        picture=beside.pictures.get(found.id) or beside.pictures.get(found.venue_id),
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
