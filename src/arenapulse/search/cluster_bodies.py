"""What a cluster is asked: bodies of searches, made of words and filters. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from arenapulse.search.analysis import Term, edits_allowed, forms
from arenapulse.search.cluster_index import ALL_WORDS, BEGUN, WEIGHTS, Query
from arenapulse.search.engine import Asked
from arenapulse.search.folding import joined
from arenapulse.search.terms import FACET_VALUES_MAX, Sort

FACETS: Final = {
    "type": "kind",
    "status": "status",
    "city": "city",
    "amenity": "amenities",
    "month": "month",
}
NAME: Final = "a"
MEANT_MAX: Final = 4
"""Spellings that are looked for in the place of a word that nobody wrote."""
_OVER: Final = ("COMPLETED", "CANCELLED")


@dataclass(frozen=True)
class Sought:
    """Words, what else they may have meant, and the field in which one of them is enough."""

    terms: Sequence[Term] = ()
    meant: Mapping[Term, list[str]] = field(default_factory=dict[Term, list[str]])
    any_in: str | None = None

    def words(self, term: Term) -> tuple[str, ...]:
        return (*term.forms, *(form for each in self.meant.get(term, ()) for form in forms(each)))


def page_body(asked: Asked, sought: Sought) -> Query:
    chosen = _chosen(asked)
    made: Query = {
        "query": _scored(asked, sought),
        "from": asked.page.offset,
        "size": asked.page.limit,
        "sort": _order(asked),
        "track_scores": bool(sought.terms),
        "track_total_hits": True,
        "aggs": {name: _counts(name, chosen=chosen) for name in FACETS},
    }
    if chosen:
        # Not of the query: what is counted of a facet is counted without its own choice.
        made["post_filter"] = {"bool": {"filter": [*chosen.values()]}}
    return made


def _scored(asked: Asked, sought: Sought) -> Query:
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
    weighed = [said(term, words=sought.words(term)) for term in sought.terms]
    named: Query = {"term": {"name_key": {"value": joined(asked.query), "boost": 8}}}
    return {
        "function_score": {
            "query": {
                "bool": {
                    "filter": [*required, *_filters(asked)],
                    "should": [*weighed, named],
                }
            },
            "functions": [{"filter": over(asked.now), "weight": 0.5}],
        }
    }


def spellings_body(doubtful: Sequence[Term]) -> Query:
    about: Query = {"field": "spelling", "suggest_mode": "missing", "size": MEANT_MAX}
    return {
        str(number): {
            "text": term.text,
            "term": about | {"max_edits": edits_allowed(term.text), "prefix_length": 0},
        }
        for number, term in enumerate(doubtful)
    }


def _has(term: Term, *, words: Sequence[str], field: str) -> Query:
    """Whether a document has it: itself, what means the same, or a word that begins with it."""
    either: list[Query] = [{"match": {field: " ".join((*words, *term.others))}}]
    if len(term.text) > 1:
        either.append({"prefix": {field: term.text}})
    return {"bool": {"should": either}}


def said(term: Term, *, words: Sequence[str], fields: Sequence[str] = tuple(WEIGHTS)) -> Query:
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


def over(now: dt.datetime) -> Query:
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
    return {name: {"terms": {FACETS[name]: values}} for name, values in given.items() if values}


def _counts(name: str, *, chosen: Mapping[str, Query]) -> Query:
    others = [each for other, each in chosen.items() if other != name]
    values: Query = {"terms": {"field": FACETS[name], "size": FACET_VALUES_MAX}}
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
