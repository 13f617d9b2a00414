"""HTTP for search."""

from __future__ import annotations

import re
from html import escape
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import StringConstraints

from arenapulse.core import clock
from arenapulse.core.errors import Invalid
from arenapulse.core.money import AMOUNT_MINOR_MAX
from arenapulse.events.terms import EventStatus
from arenapulse.identity.access import SignedInPerson
from arenapulse.runtime.web.deps import Db, Paging, ReadsDep, RuntimeDep
from arenapulse.runtime.web.edge import API
from arenapulse.runtime.web.envelope import Envelope, Moment, Text, ok
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided
from arenapulse.search import queries
from arenapulse.search.engine import Asked, Engine
from arenapulse.search.schemas import SavedBody, SavedView, SearchAnswer, SuggestionView
from arenapulse.search.service import finding, saving
from arenapulse.search.service.together import Ushers
from arenapulse.search.terms import (
    QUERY_CHARACTERS_MAX,
    RADIUS_KM_MAX,
    TOGETHER_MAX,
    Kind,
    Sort,
)

router = APIRouter(prefix=API + "search", tags=["search"])

SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
SITEMAP_MAX: Final = 49_000
CRAWLED: Final = "public, max-age=600"
PRIVATE_PATHS: Final = (
    "/api/",
    "/checkout/",
    "/tickets",
    "/transfers/",
    "/account",
    "/organizer",
    "/gate/",
    "/admin",
)

EngineDep = Annotated[Engine, Depends(provided(Engine))]
Sought = Annotated[Text, StringConstraints(max_length=QUERY_CHARACTERS_MAX)]
Value = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Values = Annotated[list[Value], Query(max_length=20)]
Price = Annotated[int | None, Query(ge=0, le=AMOUNT_MINOR_MAX)]
_SPOT: Final = re.compile(r"(-?\d{1,3}(?:\.\d{1,15})?),\s?(-?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)


async def spot_of(near: Annotated[Value | None, Query()] = None) -> tuple[float, float] | None:
    """`lat,lng` in degrees."""
    if near is None:
        return None
    match = _SPOT.fullmatch(near.strip())
    lat, lng = (float(match[1]), float(match[2])) if match else (91.0, 0.0)
    if abs(lat) > 90 or abs(lng) > 180:
        raise Invalid.on("near", "must be lat,lng in degrees, as 52.52,13.4")
    return lat, lng


async def asked_of(
    *,
    paging: Paging,
    near: Annotated[tuple[float, float] | None, Depends(spot_of)],
    q: Sought = "",
    kind: Annotated[Kind | None, Query(alias="type")] = None,
    radius_km: Annotated[
        float | None, Query(alias="radiusKm", gt=0, le=RADIUS_KM_MAX, allow_inf_nan=False)
    ] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
    price_min: Annotated[Price, Query(alias="priceMin")] = None,
    price_max: Annotated[Price, Query(alias="priceMax")] = None,
    amenity: Values = [],  # noqa: B006 - never changed, and FastAPI copies it
    status: Annotated[list[EventStatus], Query(max_length=20)] = [],  # noqa: B006
    city: Values = [],  # noqa: B006
    month: Values = [],  # noqa: B006
    sort: Sort | None = None,
) -> Asked:
    if near is None and radius_km is not None:
        raise Invalid.on("radiusKm", "needs near")
    if near is None and sort is Sort.DISTANCE:
        raise Invalid.on("sort", "distance needs near")
    if since is not None and until is not None and until < since:
        raise Invalid.on("to", "must not lie before from")
    return Asked(
        query=q,
        kind=kind,
        near=near,
        radius_km=radius_km,
        since=since,
        until=until,
        price_min=price_min,
        price_max=price_max,
        amenities=tuple(amenity),
        statuses=tuple(each.value for each in status),
        cities=tuple(city),
        months=tuple(month),
        sort=sort or Sort.RELEVANCE,
        page=paging,
        now=clock.now(),
    )


@router.get("")
async def search(
    *,
    engine: EngineDep,
    reads: ReadsDep,
    ushers: Annotated[Ushers, Depends(provided(Ushers))],
    asked: Annotated[Asked, Depends(asked_of)],
    together: Annotated[int | None, Query(ge=1, le=TOGETHER_MAX)] = None,
) -> SearchAnswer:
    """Public events and venues; typos, beginnings of words and accents are forgiven.

    `status`, `city` and `month` given several times mean any of them, `amenity` all. `from` and
    `to` find what runs at some time between them, prices are those of `priceFrom`. `together` are
    events that have so many places side by side this moment, among the first 200 found.
    """
    return await finding.search(engine, reads=reads, asked=asked, ushers=ushers, together=together)


@router.get("/suggest")
async def suggest(*, engine: EngineDep, q: Sought = "") -> Envelope[list[SuggestionView]]:
    """Names that begin with what was typed so far; what is over is left out."""
    return ok(await finding.suggest(engine, query=q, now=clock.now()))


@router.get("/saved")
async def list_saved(*, actor: SignedInPerson, session: Db) -> Envelope[list[SavedView]]:
    """One's own saved searches, the newest first."""
    return ok(await saving.listed(session, user_id=actor.user_id))


@router.post("/saved", status_code=201, response_model=Envelope[SavedView])
async def save(*, actor: SignedInPerson, session: Db, body: SavedBody, once: OnceDep) -> Response:
    """Keeps a search: messages tell of events that come out and fit; again, the same."""

    async def work() -> Envelope[SavedView]:
        return ok(await saving.save(session, user_id=actor.user_id, body=body))

    return await once(actor.user_id, work, rights=None, status=201)


@router.delete("/saved/{saved_id}")
async def drop_saved(*, actor: SignedInPerson, saved_id: UUID, session: Db) -> Envelope[None]:
    """Nothing more is told of it."""
    await saving.drop(session, user_id=actor.user_id, saved_id=saved_id)
    return ok(None)


crawled_router = APIRouter(include_in_schema=False)


@crawled_router.get("/robots.txt")
async def robots(*, runtime: RuntimeDep) -> Response:
    """What is for everybody may be crawled, what is somebody's may not."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    text = "\n".join([*lines, f"Sitemap: {runtime.settings.base_url}/sitemap.xml", ""])
    return Response(text, media_type="text/plain", headers={"Cache-Control": CRAWLED})


@crawled_router.get("/sitemap.xml")
async def sitemap(*, runtime: RuntimeDep, session: Db) -> Response:
    """The pages of public events that are not over."""
    base = runtime.settings.base_url
    found = await queries.pages(session, limit=SITEMAP_MAX)
    addresses = [f"{base}/", *(f"{base}/events/{event_id}" for event_id in found)]
    body = "".join(f"<url><loc>{escape(each)}</loc></url>" for each in addresses)
    text = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{SITEMAP}">{body}</urlset>'
    return Response(text, media_type="application/xml", headers={"Cache-Control": CRAWLED})
