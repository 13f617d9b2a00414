"""Search on a cluster: the same words as on PostgreSQL, in a field for each weight."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from arenapulse.core.clock import monotonic_seconds
from arenapulse.search.analysis import Term, corrected, nearest, terms
from arenapulse.search.cluster import CALL_SECONDS_MAX, Cluster
from arenapulse.search.cluster_bodies import (
    FACETS,
    MEANT_MAX,
    NAME,
    Sought,
    over,
    page_body,
    said,
    spellings_body,
)
from arenapulse.search.cluster_index import ALIAS, ALL_WORDS, BEGUN_MAX, Query
from arenapulse.search.engine import Asked, EngineAway, Found, Hit, Suggestion
from arenapulse.search.folding import joined
from arenapulse.search.indexed import Document
from arenapulse.search.terms import SUGGESTIONS_MAX

WINDOW_MAX: Final = 10_000
"""How deep a cluster pages; PostgreSQL answers what lies behind."""
_EARTH_KM: Final = 6371.0
SEARCHES_AT_ONCE_MAX: Final = 4
"""Of one process: more of them would only wait for each other at the cluster, each for all."""
_CROWD: Final = 40
"""Names that are looked at before each is weighed."""


class ClusterEngine:
    """Asks the index behind the alias."""

    def __init__(self, cluster: Cluster) -> None:
        self.name = cluster.name
        self._cluster = cluster
        self._places = asyncio.Semaphore(SEARCHES_AT_ONCE_MAX)
        self._away_at = 0.0

    async def check(self) -> None:
        await self._ask({"size": 0})

    async def search(self, asked: Asked) -> Found:
        """In turns, the first that came first; raises `EngineAway` where too many wait, too."""
        began = monotonic_seconds()
        try:
            async with asyncio.timeout(CALL_SECONDS_MAX):
                await self._places.acquire()
        except TimeoutError:
            raise EngineAway from None
        try:
            return await self._in_turn(asked, since=began)
        finally:
            self._places.release()

    async def _in_turn(self, asked: Asked, *, since: float) -> Found:
        if self._away_at > since:
            # Who had the place before found out.
            raise EngineAway
        try:
            return await self._search(asked)
        except EngineAway:
            self._away_at = monotonic_seconds()
            raise

    async def _search(self, asked: Asked) -> Found:
        found = terms(asked.query)
        needed = [term for term in found if not term.is_optional] or found
        if asked.query.strip() and not needed:
            return await self._page(asked, Sought())
        made, meant = await self._page_and_spellings(asked, needed)
        if made.total or asked.is_strict or not needed:
            return made
        if meant:
            made = await self._page(asked, Sought(needed, meant))
        if made.total or len(needed) == 1:
            return made
        for any_in in (NAME, ALL_WORDS):
            # All words nowhere: any of them in a name, else anywhere.
            made = await self._page(asked, Sought(needed, meant, any_in))
            if made.total:
                break
        return made

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        crowd = await self._begun(joined(query), now=now)
        if len(crowd) == SUGGESTIONS_MAX:
            return crowd
        found = await self._named(query, now=now)
        doubtful = [] if found else [term for term in terms(query) if term.may_be_misspelt]
        if not doubtful:
            return found
        answer = await self._ask({"size": 0, "suggest": spellings_body(doubtful)})
        meant = corrected(query, _meant(answer, doubtful))
        return found if meant is None else await self._named(meant, now=now)

    async def _begun(self, typed: str, *, now: dt.datetime) -> list[Suggestion]:
        """What most people go to of what begins so: of a crowd nobody weighs each."""
        begins: list[Query] = [{"term": {"begun": typed[:BEGUN_MAX]}}] if typed else []
        if len(typed) > BEGUN_MAX:
            begins.append({"prefix": {"name_key": typed}})
        answer = await self._ask(
            {
                "query": {"bool": {"filter": begins, "must_not": [over(now)]}},
                "sort": [{"popularity": "desc"}, {"start_time": {"missing": "_last"}}, "id"],
                "size": _CROWD,
                "track_total_hits": False,
            }
        )
        # Many dates are one name.
        best: dict[str, Suggestion] = {}
        for hit in answer["hits"]["hits"]:
            each = _suggestion(hit)
            best.setdefault(joined(each.name), each)
        return [*best.values()][:SUGGESTIONS_MAX]

    async def _named(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        """What is named so; where nothing is, what takes place there."""
        for fields in (("a",), ("a", "b")):
            found = await self._suggested(query, fields=fields, now=now)
            if found:
                return found
        return []

    async def _suggested(
        self, query: str, *, fields: Sequence[str], now: dt.datetime
    ) -> list[Suggestion]:
        each_said: list[Query] = [
            said(term, words=term.forms, fields=fields) for term in terms(query)
        ]
        typed = joined(query)
        either: list[Query] = [{"bool": {"must": each_said or [{"match_all": {}}]}}]
        if typed:
            either.append({"prefix": {"name_key": {"value": typed, "boost": 10}}})
        # Added, and never as much as beginning so: how many go there.
        liked = {"field_value_factor": {"field": "popularity", "modifier": "log1p", "missing": 0}}
        answer = await self._ask(
            {
                "query": {
                    "function_score": {
                        "query": {
                            "bool": {
                                "should": either,
                                "minimum_should_match": 1,
                                "must_not": [over(now)],
                            }
                        },
                        "functions": [liked],
                        "boost_mode": "sum",
                    }
                },
                "collapse": {"field": "name_key"},
                "sort": ["_score", {"start_time": {"missing": "_last"}}],
                "size": SUGGESTIONS_MAX,
            }
        )
        return [_suggestion(hit) for hit in answer["hits"]["hits"]]

    async def _page(self, asked: Asked, sought: Sought) -> Found:
        return _found(await self._ask(page_body(asked, sought)), asked=asked, sought=sought)

    async def _page_and_spellings(
        self, asked: Asked, needed: Sequence[Term]
    ) -> tuple[Found, dict[Term, list[str]]]:
        """In one question; words that stand somewhere cost next to nothing to be looked for."""
        sought = Sought(needed)
        doubtful = [] if asked.is_strict else [term for term in needed if term.may_be_misspelt]
        body = page_body(asked, sought)
        if doubtful:
            body["suggest"] = spellings_body(doubtful)
        answer = await self._ask(body)
        return _found(answer, asked=asked, sought=sought), _meant(answer, doubtful)

    async def _ask(self, body: Query) -> dict[str, Any]:
        return await self._cluster.call(
            "POST", f"/{ALIAS}/_search", body=body, seconds_max=CALL_SECONDS_MAX
        )


def _found(answer: dict[str, Any], *, asked: Asked, sought: Sought) -> Found:
    return Found(
        hits=[_hit(hit, asked=asked) for hit in answer["hits"]["hits"]],
        total=answer["hits"]["total"]["value"],
        facets=_facets(answer["aggregations"]),
        lexemes=frozenset(
            word
            for term in sought.terms
            for word in (*term.forms, *term.others, *sought.meant.get(term, ()))
        ),
        beginnings=tuple(term.text for term in sought.terms if len(term.text) > 1),
        meant=corrected(asked.query, sought.meant),
    )


def _meant(answer: dict[str, Any], doubtful: Sequence[Term]) -> dict[Term, list[str]]:
    """What words may have meant that nobody wrote: the nearest."""
    found: dict[Term, list[str]] = {}
    for number, term in enumerate(doubtful):
        options = [
            option["text"]
            for entry in answer["suggest"][str(number)]
            for option in entry["options"]
        ]
        near = nearest(term.text, options, count=MEANT_MAX)
        if near:
            found[term] = near
    return found


def _facets(answer: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    found = {
        name: sorted(
            (
                (str(each["key"]), int(each["doc_count"]))
                for each in answer[name].get("values", answer[name])["buckets"]
            ),
            key=lambda each: (-each[1], each[0]),
        )
        for name in FACETS
    }
    found["month"].sort()
    return found


def _document(hit: dict[str, Any]) -> Document:
    return msgspec.convert(hit["_source"]["document"], type=Document, strict=False)


def _suggestion(hit: dict[str, Any]) -> Suggestion:
    shown = _document(hit)
    return Suggestion(kind=shown.kind, id=shown.id, name=shown.name)


def _hit(hit: dict[str, Any], *, asked: Asked) -> Hit:
    found = _document(hit)
    away = None if asked.near is None else _kilometres(asked.near, (found.lat, found.lng))
    score = float(hit["_score"] or 0) if asked.query.strip() else 0.0
    return Hit(document=found, score=round(score, 4), distance_km=away)


def _kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat, lng, lat2, lng2 = map(math.radians, (*one, *other))
    chord = math.sin((lat2 - lat) / 2) ** 2
    chord += math.cos(lat) * math.cos(lat2) * math.sin((lng2 - lng) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))
