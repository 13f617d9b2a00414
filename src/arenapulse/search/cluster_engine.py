"""Search on a cluster: the same words as on PostgreSQL, in a field for each weight."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from arenapulse.search.analysis import Term, edits_allowed, terms
from arenapulse.search.cluster import CALL_SECONDS_MAX, Cluster
from arenapulse.search.engine import Asked, Found, Hit, Suggestion
from arenapulse.search.folding import joined
from arenapulse.search.indexed import Document
from arenapulse.search.terms import FACET_VALUES_MAX, SUGGESTIONS_MAX, Sort

TEMPLATE_VERSION: Final = 3
ALIAS: Final = "arenapulse-search"
WINDOW_MAX: Final = 10_000
"""How deep a cluster pages; PostgreSQL answers what lies behind."""
_FIELDS: Final = {"a": 4.0, "b": 2.0, "c": 1.2, "d": 0.2}
_FACETS: Final = {
    "type": "kind",
    "status": "status",
    "city": "city",
    "amenity": "amenities",
    "month": "month",
}
_EARTH_KM: Final = 6371.0
_SHOWN: Final = ["document"]
_OVER: Final = ("COMPLETED", "CANCELLED")

Query = dict[str, Any]


def template() -> Query:
    """Of every index behind the alias; a change of it raises `TEMPLATE_VERSION`."""
    word: Query = {"type": "text", "analyzer": "whitespace", "norms": False}
    key: Query = {"type": "keyword"}
    return {
        "index_patterns": [f"{ALIAS}-v{TEMPLATE_VERSION}-*"],
        "version": TEMPLATE_VERSION,
        "priority": 100,
        "template": {
            "settings": {"number_of_shards": 1, "refresh_interval": "500ms"},
            "mappings": {
                "dynamic": False,
                "properties": {
                    **dict.fromkeys(_FIELDS, word),
                    **dict.fromkeys(
                        ("id", "kind", "name_key", "city", "amenities", "status", "month"), key
                    ),
                    "spelling": key,
                    "currency": key,
                    "spot": {"type": "geo_point"},
                    "start_time": {"type": "date"},
                    "end_time": {"type": "date"},
                    "price_from": {"type": "long"},
                    "popularity": {"type": "short"},
                    "document": {"type": "object", "enabled": False},
                },
            },
        },
    }


def source(document: Document) -> Query:
    """A document as the cluster keeps it."""
    made: Query = {
        **document.by_weight(),
        "id": str(document.id),
        "kind": document.kind.value,
        "name_key": document.name_key,
        "city": document.city,
        "amenities": list(document.amenities),
        "status": document.status,
        "month": document.month,
        "spelling": sorted(document.spelling()),
        "spot": {"lat": document.lat, "lon": document.lng},
        "start_time": document.start_time,
        "end_time": document.end_time,
        "price_from": document.price_from,
        "currency": document.currency,
        "popularity": document.popularity,
        "document": document,
    }
    return msgspec.to_builtins(made)


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
            return await self._page(asked, {"match_none": {}}, needed=[], meant={})
        said = [_said(term) for term in needed]
        made = await self._page(asked, {"bool": {"must": said}}, needed=needed, meant={})
        if made.total or asked.is_strict or not needed:
            return made
        near = [{"dis_max": {"queries": [_said(term), *_near(term)]}} for term in needed]
        meant = await self._meant(needed)
        made = await self._page(asked, {"bool": {"must": near}}, needed=needed, meant=meant)
        if made.total or len(needed) == 1:
            return made
        return await self._page(asked, {"bool": {"should": near}}, needed=needed, meant=meant)

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        found = await self._named(query, now=now)
        meant = {} if found else await self._meant(terms(query))
        return await self._named(_corrected(query, meant) or query, now=now) if meant else found

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
        said: list[Query] = [_said(term, fields=fields) for term in terms(query)]
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
                "_source": _SHOWN,
            }
        )
        shown = [_document(hit) for hit in answer["hits"]["hits"]]
        return [Suggestion(kind=each.kind, id=each.id, name=each.name) for each in shown]

    async def _page(
        self, asked: Asked, query: Query, *, needed: Sequence[Term], meant: dict[Term, list[str]]
    ) -> Found:
        chosen = _chosen(asked)
        scored = {
            "function_score": {
                "query": {
                    "bool": {
                        "must": [query],
                        "filter": _filters(asked),
                        "should": [
                            {"term": {"name_key": {"value": joined(asked.query), "boost": 8}}}
                        ],
                    }
                },
                "functions": [{"filter": _over(asked.now), "weight": 0.5}],
            }
        }
        answer = await self._ask(
            {
                "query": scored,
                # Not of the query: what is counted of a facet is counted without its own choice.
                "post_filter": {"bool": {"filter": [*chosen.values()]}},
                "from": asked.page.offset,
                "size": asked.page.limit,
                "sort": _order(asked),
                "track_scores": True,
                "_source": _SHOWN,
                "track_total_hits": True,
                "aggs": {name: _counts(name, chosen=chosen) for name in _FACETS},
            }
        )
        return Found(
            hits=[_hit(hit, asked=asked) for hit in answer["hits"]["hits"]],
            total=answer["hits"]["total"]["value"],
            facets=_facets(answer["aggregations"]),
            lexemes=frozenset(
                word
                for term in needed
                for word in (*term.forms, *term.others, *meant.get(term, ()))
            ),
            beginnings=tuple(term.text for term in needed if len(term.text) > 1),
            meant=_corrected(asked.query, meant),
        )

    async def _meant(self, needed: Sequence[Term]) -> dict[Term, list[str]]:
        doubtful = [term for term in needed if term.may_be_misspelt]
        if not doubtful:
            return {}
        about: Query = {"field": "spelling", "suggest_mode": "missing", "size": 3}
        answer = await self._ask(
            {
                "size": 0,
                "suggest": {
                    str(number): {
                        "text": term.text,
                        "term": about | {"max_edits": edits_allowed(term.text), "prefix_length": 0},
                    }
                    for number, term in enumerate(doubtful)
                },
            }
        )
        found: dict[Term, list[str]] = {}
        for number, term in enumerate(doubtful):
            options = [
                option["text"]
                for entry in answer["suggest"][str(number)]
                for option in entry["options"]
            ]
            if options:
                found[term] = options
        return found

    async def _ask(self, body: Query) -> dict[str, Any]:
        return await self._cluster.call(
            "POST", f"/{ALIAS}/_search", body=body, seconds_max=CALL_SECONDS_MAX
        )


def _said(term: Term, *, fields: Sequence[str] = tuple(_FIELDS)) -> Query:
    """A word itself, what means the same, and words that begin with it."""
    queries: list[Query] = []
    for field in fields:
        weight = _FIELDS[field]
        queries.append(_any(field, term.forms, boost=weight))
        if term.others:
            queries.append(_any(field, term.others, boost=weight * 0.3))
        if len(term.text) > 1:
            queries.append({"prefix": {field: {"value": term.text, "boost": weight * 0.3}}})
    return {"dis_max": {"queries": queries, "tie_breaker": 0.1}}


def _any(field: str, words: Sequence[str], *, boost: float) -> Query:
    return {"match": {field: {"query": " ".join(words), "boost": boost}}}


def _near(term: Term) -> list[Query]:
    if not term.may_be_misspelt:
        return []
    about = {
        "value": term.text,
        "fuzziness": edits_allowed(term.text),
        "transpositions": True,
        "max_expansions": 20,
        "boost": 0.5,
    }
    return [{"fuzzy": {"spelling": about}}]


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
    values = {"terms": {"field": _FACETS[name], "size": FACET_VALUES_MAX}}
    return {"filter": {"bool": {"filter": others}}, "aggs": {"values": values}}


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
                for each in answer[name]["values"]["buckets"]
            ),
            key=lambda each: (-each[1], each[0]),
        )
        for name in _FACETS
    }
    found["month"].sort()
    return found


def _document(hit: dict[str, Any]) -> Document:
    return msgspec.convert(hit["_source"]["document"], type=Document, strict=False)


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


def _corrected(query: str, meant: dict[Term, list[str]]) -> str | None:
    """The query with its corrected words, None where nothing was corrected."""
    made, end = "", 0
    for term, words in sorted(meant.items(), key=lambda each: each[0].start):
        made += query[end : term.start] + words[0]
        end = term.end
    return made + query[end:] if end else None
