"""Search on a cluster: the same words as on PostgreSQL, in a field for each weight."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from arenapulse.search.analysis import Term, edits_allowed, forms, nearest, terms
from arenapulse.search.cluster import CALL_SECONDS_MAX, Cluster
from arenapulse.search.cluster_index import (
    ALIAS,
    ALL_WORDS,
    BEGUN,
    BEGUN_MAX,
    WEIGHTS,
    Query,
)
from arenapulse.search.engine import Asked, Found, Hit, Suggestion
from arenapulse.search.folding import joined
from arenapulse.search.indexed import Document
from arenapulse.search.terms import FACET_VALUES_MAX, SUGGESTIONS_MAX, Sort

WINDOW_MAX: Final = 10_000
"""How deep a cluster pages; PostgreSQL answers what lies behind."""
_FACETS: Final = {
    "type": "kind",
    "status": "status",
    "city": "city",
    "amenity": "amenities",
    "month": "month",
}
_EARTH_KM: Final = 6371.0
_CROWD: Final = 40
"""Names that are looked at before each is weighed."""
_NAME: Final = "a"
_MEANT_MAX: Final = 4
"""Spellings that are looked for in the place of a word that nobody wrote."""
_OVER: Final = ("COMPLETED", "CANCELLED")


class ClusterEngine:
    """Asks the index behind the alias."""

    def __init__(self, cluster: Cluster) -> None:
        self.name = cluster.name
        self._cluster = cluster

    async def check(self) -> None:
        await self._ask({"size": 0})

    async def search(self, asked: Asked) -> Found:
        found = terms(asked.query)
        needed = [term for term in found if not term.is_optional] or found
        if asked.query.strip() and not needed:
            return await self._page(asked, _Sought())
        made, meant = await self._page_and_spellings(asked, needed)
        if made.total or asked.is_strict or not needed:
            return made
        if meant:
            made = await self._page(asked, _Sought(needed, meant))
        if made.total or len(needed) == 1:
            return made
        for any_in in (_NAME, ALL_WORDS):
            # All words nowhere: any of them in a name, else anywhere.
            made = await self._page(asked, _Sought(needed, meant, any_in))
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
        answer = await self._ask({"size": 0, "suggest": _spellings(doubtful)})
        meant = _corrected(query, _meant(answer, doubtful))
        return found if meant is None else await self._named(meant, now=now)

    async def _begun(self, typed: str, *, now: dt.datetime) -> list[Suggestion]:
        """What most people go to of what begins so: of a crowd nobody weighs each."""
        begins: list[Query] = [{"term": {"begun": typed[:BEGUN_MAX]}}] if typed else []
        if len(typed) > BEGUN_MAX:
            begins.append({"prefix": {"name_key": typed}})
        answer = await self._ask(
            {
                "query": {"bool": {"filter": begins, "must_not": [_over(now)]}},
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
        said: list[Query] = [_said(term, words=term.forms, fields=fields) for term in terms(query)]
        typed = joined(query)
        either: list[Query] = [{"bool": {"must": said or [{"match_all": {}}]}}]
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
                                "must_not": [_over(now)],
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

    async def _page(self, asked: Asked, sought: _Sought) -> Found:
        return _found(await self._ask(_page(asked, sought)), asked=asked, sought=sought)

    async def _page_and_spellings(
        self, asked: Asked, needed: Sequence[Term]
    ) -> tuple[Found, dict[Term, list[str]]]:
        """In one question; words that stand somewhere cost next to nothing to be looked for."""
        sought = _Sought(needed)
        doubtful = [] if asked.is_strict else [term for term in needed if term.may_be_misspelt]
        body = _page(asked, sought)
        if doubtful:
            body["suggest"] = _spellings(doubtful)
        answer = await self._ask(body)
        return _found(answer, asked=asked, sought=sought), _meant(answer, doubtful)

    async def _ask(self, body: Query) -> dict[str, Any]:
        return await self._cluster.call(
            "POST", f"/{ALIAS}/_search", body=body, seconds_max=CALL_SECONDS_MAX
        )


@dataclass(frozen=True)
class _Sought:
    """Words, what else they may have meant, and the field in which one of them is enough."""

    terms: Sequence[Term] = ()
    meant: Mapping[Term, list[str]] = field(default_factory=dict[Term, list[str]])
    any_in: str | None = None

    def words(self, term: Term) -> tuple[str, ...]:
        return (*term.forms, *(form for each in self.meant.get(term, ()) for form in forms(each)))


def _page(asked: Asked, sought: _Sought) -> Query:
    chosen = _chosen(asked)
    made: Query = {
        "query": _scored(asked, sought),
        "from": asked.page.offset,
        "size": asked.page.limit,
        "sort": _order(asked),
        "track_scores": bool(sought.terms),
        "track_total_hits": True,
        "aggs": {name: _counts(name, chosen=chosen) for name in _FACETS},
    }
    if chosen:
        # Not of the query: what is counted of a facet is counted without its own choice.
        made["post_filter"] = {"bool": {"filter": [*chosen.values()]}}
    return made


def _scored(asked: Asked, sought: _Sought) -> Query:
    """What has the words is found in one field, and only what is found is weighed in the others."""
    if asked.query.strip() and not sought.terms:
        return {"match_none": {}}
    if not sought.terms:
        return {"bool": {"filter": _filters(asked)}}
    has = [
        _has(term, words=sought.words(term), field=sought.any_in or ALL_WORDS)
        for term in sought.terms
    ]
    required = [{"bool": {"should": has}}] if sought.any_in else has
    weighed = [_said(term, words=sought.words(term)) for term in sought.terms]
    named: Query = {"term": {"name_key": {"value": joined(asked.query), "boost": 8}}}
    return {
        "function_score": {
            "query": {
                "bool": {
                    "filter": [*required, *_filters(asked)],
                    "should": [*weighed, named],
                }
            },
            "functions": [{"filter": _over(asked.now), "weight": 0.5}],
        }
    }


def _found(answer: dict[str, Any], *, asked: Asked, sought: _Sought) -> Found:
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
        meant=_corrected(asked.query, sought.meant),
    )


def _spellings(doubtful: Sequence[Term]) -> Query:
    about: Query = {"field": "spelling", "suggest_mode": "missing", "size": _MEANT_MAX}
    return {
        str(number): {
            "text": term.text,
            "term": about | {"max_edits": edits_allowed(term.text), "prefix_length": 0},
        }
        for number, term in enumerate(doubtful)
    }


def _meant(answer: dict[str, Any], doubtful: Sequence[Term]) -> dict[Term, list[str]]:
    """What words may have meant that nobody wrote: the nearest."""
    found: dict[Term, list[str]] = {}
    for number, term in enumerate(doubtful):
        options = [
            option["text"]
            for entry in answer["suggest"][str(number)]
            for option in entry["options"]
        ]
        near = nearest(term.text, options, count=_MEANT_MAX)
        if near:
            found[term] = near
    return found


def _has(term: Term, *, words: Sequence[str], field: str) -> Query:
    """Whether a document has it: itself, what means the same, or a word that begins with it."""
    either: list[Query] = [{"match": {field: " ".join((*words, *term.others))}}]
    if len(term.text) > 1:
        either.append({"prefix": {field: term.text}})
    return {"bool": {"should": either}}


def _said(term: Term, *, words: Sequence[str], fields: Sequence[str] = tuple(WEIGHTS)) -> Query:
    """A word itself, what means the same, and words that begin with it, by where they stand."""
    queries: list[Query] = []
    for name in fields:
        weight = WEIGHTS[name]
        queries.append(_any(name, words, boost=weight))
        if term.others:
            queries.append(_any(name, term.others, boost=weight * 0.3))
        if len(term.text) > 1 and name in BEGUN:
            queries.append({"prefix": {name: {"value": term.text, "boost": weight * 0.3}}})
    return {"dis_max": {"queries": queries, "tie_breaker": 0.1}}


def _any(field: str, words: Sequence[str], *, boost: float) -> Query:
    return {"match": {field: {"query": " ".join(words), "boost": boost}}}


def _over(now: dt.datetime) -> Query:
    over: list[Query] = [
        {"range": {"end_time": {"lt": now}}},
        {"terms": {"status": list(_OVER)}},
    ]
    return {"bool": {"should": over}}


def _chosen(asked: Asked) -> dict[str, Query]:
    """By facet, what of it is chosen, where any of several is enough."""
    given = {
        "type": [asked.kind.value] if asked.kind else [],
        "status": list(asked.statuses),
        "city": list(asked.cities),
        "month": list(asked.months),
    }
    return {name: {"terms": {_FACETS[name]: values}} for name, values in given.items() if values}


def _counts(name: str, *, chosen: Mapping[str, Query]) -> Query:
    others = [each for other, each in chosen.items() if other != name]
    values: Query = {"terms": {"field": _FACETS[name], "size": FACET_VALUES_MAX}}
    return (
        {"filter": {"bool": {"filter": others}}, "aggs": {"values": values}} if others else values
    )


def _filters(asked: Asked) -> list[Query]:
    """What is no facet of which any value is enough."""
    found: list[Query] = (
        [{"terms": {"id": [str(each) for each in asked.only]}}] if asked.only else []
    )
    found += [{"term": {"amenities": each}} for each in asked.amenities]
    found += [{"term": {"currency": asked.currency}}] if asked.currency else []
    found += [
        {"range": {field: {bound: value}}}
        for field, bound, value in (
            ("end_time", "gt", asked.since),
            ("start_time", "lte", asked.until),
            ("price_from", "gte", asked.price_min),
            ("price_from", "lte", asked.price_max),
        )
        if value is not None
    ]
    if asked.near is not None and asked.radius_km is not None:
        spot = {"lat": asked.near[0], "lon": asked.near[1]}
        found.append({"geo_distance": {"distance": f"{asked.radius_km}km", "spot": spot}})
    return found


def _order(asked: Asked) -> list[Query | str]:
    soonest: Query = {"start_time": {"order": "asc", "missing": "_last"}}
    nearest: list[Query] = []
    if asked.near is not None:
        spot = {"lat": asked.near[0], "lon": asked.near[1]}
        nearest = [{"_geo_distance": {"spot": spot, "order": "asc", "unit": "km"}}]
    if asked.sort is Sort.DATE:
        return [soonest, "id"]
    if asked.sort is Sort.PRICE:
        return [{"price_from": {"order": "asc", "missing": "_last"}}, "id"]
    if asked.sort is Sort.DISTANCE:
        return [*nearest, soonest, "id"]
    if not asked.query.strip():
        return [*nearest, "id"] if nearest else [soonest, "id"]
    return [{"_score": {"order": "desc"}}, soonest, "id"]


def _facets(answer: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    found = {
        name: sorted(
            (
                (str(each["key"]), int(each["doc_count"]))
                for each in answer[name].get("values", answer[name])["buckets"]
            ),
            key=lambda each: (-each[1], each[0]),
        )
        for name in _FACETS
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


def _corrected(query: str, meant: Mapping[Term, list[str]]) -> str | None:
    """The query with its corrected words, None where nothing was corrected."""
    made, end = "", 0
    for term, words in sorted(meant.items(), key=lambda each: each[0].start):
        made += query[end : term.start] + words[0]
        end = term.end
    return made + query[end:] if end else None
