"""Finds events and venues, and says where a text says what was looked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from arenapulse.media.queries import thumb
from arenapulse.runtime.reads import Reads
from arenapulse.search import queries
from arenapulse.search.engine import Asked, Engine, Found, Hit, Shown
from arenapulse.search.highlighting import Sought, find, mark, snippet
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
    engine: Engine,
    *,
    reads: Reads,
    asked: Asked,
    ushers: Ushers,
    together: int | None,
) -> SearchAnswer:
    """A page of what was found, with facets of all of it."""
    if together is None:
        found = await engine.search(asked)
    else:
        found = await ushers.search(engine, asked=asked, together=together)
    unshown = [hit for hit in found.hits if hit.shown is None]
    beside = await _shown(unshown, reads=reads) if unshown else {}
    info = reads.primary.session_info
    meta = SearchMeta(
        page=asked.page.page,
        limit=asked.page.limit,
        total=found.total,
        facets=_facets(found),
        did_you_mean=found.meant,
    )
    highlights = _highlights(found.hits, sought=Sought(found.lexemes, found.beginnings))
    data = [
        _view(
            hit,
            shown=hit.shown or beside[hit.document.id],
            highlights=each,
            info=info,
        )
        for hit, each in zip(found.hits, highlights, strict=True)
    ]
    return SearchAnswer(data=data, meta=meta)


async def _shown(hits: Sequence[Hit], *, reads: Reads) -> dict[UUID, Shown]:
    documents = [hit.document for hit in hits]
    return await reads.ask(partial(queries.shown, documents=documents))


def _picture(shown: Shown, *, info: Mapping[str, object]) -> HitPicture | None:
    if shown.picture_id is None:
        return None
    made = thumb(info, media_id=shown.picture_id, blur=shown.blur, sizes=shown.sizes)
    return HitPicture(path=made.path, widths=made.widths, blur=made.blur)


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
    hit: Hit,
    *,
    shown: Shown,
    highlights: dict[str, str],
    info: Mapping[str, object],
) -> HitView:
    found, sale = hit.document, shown.sale
    return HitView(
        type=found.kind,
        id=found.id,
        name=found.name,
        status=found.status,
        start_time=found.start_time,
        sales_end_at=None if sale is None else sale.until,
        scarf=None if sale is None else sale.scarf,
        venue=PlaceView(
            id=found.venue_id,
            name=found.venue_name,
            city=found.city,
            timezone=shown.timezone,
        ),
        price_from=found.price_from,
        currency=None if found.price_from is None else found.currency,
        distance_km=None if hit.distance_km is None else round(hit.distance_km, 2),
        picture=_picture(shown, info=info),
        score=hit.score,
        highlights=highlights,
    )


def _highlights(hits: Sequence[Hit], *, sought: Sought) -> list[dict[str, str]]:
    """Of each hit, by field."""
    if not sought.lexemes and not sought.beginnings:
        return [{} for _ in hits]
    documents = [hit.document for hit in hits]
    texts = [
        text
        for each in documents
        for text in (
            each.name,
            # A venue is named by its name.
            "" if each.kind is Kind.VENUE else each.venue_name,
            each.city,
            each.description,
        )
    ]
    spans = find(texts, sought=sought)
    return [
        {
            field: draw(texts[place], spans=spans[place])
            for place, (field, draw) in enumerate(_MARKED, start=first)
            if spans[place]
        }
        for first in range(0, len(texts), len(_MARKED))
    ]


_MARKED: Final = (("name", mark), ("venue", mark), ("city", mark), ("description", snippet))
