"""GET /search and /search/suggest: what everybody types, as quick as it is found."""

from __future__ import annotations

import re
from typing import Any, Final, TypeVar, cast
from urllib.parse import parse_qs

import msgspec
from pydantic import BaseModel, ValidationError

from arenapulse.core import clock
from arenapulse.core.errors import Invalid
from arenapulse.core.paging import PageRequest
from arenapulse.runtime.ratelimit import RateClass, RateLimiter
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.sharing import FreshReads, SharedReads
from arenapulse.runtime.web.errors import invalid_from
from arenapulse.runtime.web.hot import HotRequest, HotResponse, HotRoute
from arenapulse.search.engine import Asked, Engine
from arenapulse.search.schemas import (
    SearchAnswer,
    SearchParams,
    SuggestionsEnvelope,
    SuggestParams,
)
from arenapulse.search.service import finding
from arenapulse.search.service.together import Ushers
from arenapulse.search.terms import Sort

P = TypeVar("P", bound=BaseModel)

KEPT_SECONDS: Final = 0.5
KEPT_MAX: Final = 512
"""Answers of one process; a large one has 60 kB."""

_ENCODER: Final = msgspec.json.Encoder()
_SPOT: Final = re.compile(r"(-?\d{1,3}(?:\.\d{1,15})?),\s?(-?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)


class Finder:
    """The handlers with what they need; one a process.

    Popular words are one question, however many ask within half a second. What finds nothing is
    looked for anew each time: who waits for what is new is told of it as soon as it is there. And
    so are places side by side: who asks the same meanwhile shares the next look alone.
    """

    def __init__(
        self, engine: Engine, *, reads: Reads, ushers: Ushers, limiter: RateLimiter
    ) -> None:
        self._engine = engine
        self._reads = reads
        self._limiter = limiter
        self._ushers = ushers
        self._searches = FreshReads(self._search, seconds_max=KEPT_SECONDS, entries_max=KEPT_MAX)
        self._houses = SharedReads(self._search)
        self._suggestions = SharedReads(self._suggest)

    async def search(self, request: HotRequest) -> HotResponse:
        """GET /search"""
        if _looks_into_houses(request.query):
            request.obey(
                self._limiter.by_address(
                    RateClass.BEST, request.address, now_seconds=clock.unix_seconds()
                )
            )
            return HotResponse(200, await self._houses.get(request.query))
        return HotResponse(200, await self._searches.get(request.query))

    async def suggest(self, request: HotRequest) -> HotResponse:
        """GET /search/suggest"""
        return HotResponse(200, await self._suggestions.get(request.query))

    async def _search(self, query: bytes) -> bytes:
        params = _params(query, kind=SearchParams, lists=_LISTS)
        found = await finding.search(
            self._engine,
            reads=self._reads,
            asked=_asked(params),
            ushers=self._ushers,
            together=params.together,
        )
        if not found.data:
            self._searches.forget(query)
        return _ENCODER.encode(found)

    async def _suggest(self, query: bytes) -> bytes:
        params = _params(query, kind=SuggestParams, lists=frozenset())
        found = await finding.suggest(self._engine, query=params.q, now=clock.now())
        return _ENCODER.encode(SuggestionsEnvelope(found))


def _looks_into_houses(query: bytes) -> bool:
    """Whatever it says of them: one that is none is refused, and counted all the same."""
    return "together" in parse_qs(query.decode("latin-1"), keep_blank_values=True)


def _params(query: bytes, *, kind: type[P], lists: frozenset[str]) -> P:
    """Of what is no list the last counts, as everywhere. Raises `Invalid`."""
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    try:
        return kind.model_validate(
            {name: values if name in lists else values[-1] for name, values in given.items()}
        )
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid_from([{**each, "loc": ("query", *each["loc"])} for each in told]) from None


def _asked(params: SearchParams) -> Asked:
    near = None if params.near is None else _spot(params.near)
    if near is None and params.radius_km is not None:
        raise Invalid.on("radiusKm", "needs near")
    if near is None and params.sort is Sort.DISTANCE:
        raise Invalid.on("sort", "distance needs near")
    if params.since is not None and params.until is not None and params.until < params.since:
        raise Invalid.on("to", "must not lie before from")
    return Asked(
        query=params.q,
        kind=params.kind,
        near=near,
        radius_km=params.radius_km,
        since=params.since,
        until=params.until,
        price_min=params.price_min,
        price_max=params.price_max,
        currency=params.currency,
        amenities=tuple(params.amenity),
        statuses=tuple(each.value for each in params.status),
        cities=tuple(params.city),
        months=tuple(params.month),
        sort=params.sort or Sort.RELEVANCE,
        page=PageRequest(page=params.page, limit=params.limit),
        now=clock.now(),
    )


def _spot(near: str) -> tuple[float, float]:
    match = _SPOT.fullmatch(near.strip())
    lat, lng = (float(match[1]), float(match[2])) if match else (91.0, 0.0)
    if abs(lat) > 90 or abs(lng) > 180:
        raise Invalid.on("near", "must be lat,lng in degrees, as 52.52,13.4")
    return lat, lng


def _parameters(kind: type[BaseModel]) -> list[dict[str, Any]]:
    """As OpenAPI has them, enumerations written out where they stand."""
    shape = kind.model_json_schema()
    named: dict[str, Any] = shape.get("$defs", {})

    def whole(node: Any) -> Any:
        if isinstance(node, dict):
            shown = cast("dict[str, Any]", node)
            if "$ref" in shown:
                return whole(named[shown["$ref"].rsplit("/", 1)[-1]])
            return {key: whole(value) for key, value in shown.items()}
        return [whole(each) for each in cast("list[Any]", node)] if isinstance(node, list) else node

    return [
        {"name": name, "in": "query", "required": False, "schema": whole(schema)}
        for name, schema in shape["properties"].items()
    ]


def _operation(
    name: str, *, summary: str, told: str, params: type[BaseModel], answer: type
) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{answer.__name__}"}
    return {
        "tags": ["search"],
        "summary": summary,
        "description": told,
        "operationId": name,
        "parameters": _parameters(params),
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": schema}}}
        },
    }


_LISTS: Final = frozenset({"amenity", "status", "city", "month"})
_SEARCH: Final = _operation(
    "search",
    summary="Public events and venues; typos, beginnings of words and accents are forgiven",
    told="`status`, `city` and `month` given several times mean any of them, `amenity` all. `from` "
    "and `to` find what runs at some time between them, prices are those of `priceFrom`, each in "
    "its own currency: with `currency` only what is sold in that one is found. "
    "`together` are events that have so many places side by side this moment, among the first 200 "
    "found.",
    params=SearchParams,
    answer=SearchAnswer,
)
_SUGGEST: Final = _operation(
    "suggest",
    summary="Names that begin with what was typed so far, what most people go to first",
    told="What is over is left out. Without `q`: what most people go to.",
    params=SuggestParams,
    answer=SuggestionsEnvelope,
)


def routes(finder: Finder) -> tuple[HotRoute, ...]:
    return (
        HotRoute(
            method="GET",
            path="/api/v1/search",
            handler=finder.search,
            rate_class=RateClass.READ,
            operation=_SEARCH,
            schemas=(SearchAnswer,),
            public=True,
        ),
        HotRoute(
            method="GET",
            path="/api/v1/search/suggest",
            handler=finder.suggest,
            rate_class=RateClass.READ,
            operation=_SUGGEST,
            schemas=(SuggestionsEnvelope,),
            public=True,
        ),
    )
