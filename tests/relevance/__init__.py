"""Two hundred queries and what fits each, judged by hand: 3 is meant, 2 fits, 1 may do.

`shows.tsv` has a show a line: key, name, description, venue, city, country, amenities.
`queries.tsv` has a query a line, and the keys of what fits with their grades.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from arenapulse.core.paging import PageRequest
from arenapulse.search.engine import Asked, Engine
from arenapulse.search.indexed import Document
from arenapulse.search.terms import Kind

NOW: Final = dt.datetime(2035, 1, 1, tzinfo=dt.UTC)
DEPTH: Final = 10
_FOLDER: Final = Path(__file__).parent


def shows() -> list[Document]:
    """What is looked in; every show on another day."""
    return [_show(line.split("\t"), day=day) for day, line in enumerate(_lines("shows.tsv"))]


def judged() -> dict[str, dict[UUID, int]]:
    """By query, the grades of what fits."""
    found: dict[str, dict[UUID, int]] = {}
    for line in _lines("queries.tsv"):
        query, grades = line.split("\t")
        pairs = (each.split(":") for each in grades.split())
        found[query] = {_id(key): int(grade) for key, grade in pairs}
    return found


async def score(engine: Engine, *, query: str, grades: Mapping[UUID, int]) -> float:
    """NDCG of the first ten."""
    page = PageRequest(1, DEPTH)
    found = await engine.search(Asked(query=query, kind=Kind.EVENT, page=page, now=NOW))
    best = sorted(grades.values(), reverse=True)[:DEPTH]
    return _gain([grades.get(hit.document.id, 0) for hit in found.hits]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def _show(fields: Sequence[str], *, day: int) -> Document:
    key, name, description, venue, city, country, amenities = fields
    start = NOW + dt.timedelta(days=day + 1)
    return Document(
        id=_id(key),
        kind=Kind.EVENT,
        organization_id=UUID(int=1),
        version=1,
        name=name,
        description=description,
        venue_id=_id(venue),
        venue_name=venue,
        city=city,
        country=country,
        amenities=tuple(each for each in amenities.split(",") if each),
        lat=52.5,
        lng=13.4,
        status="ON_SALE",
        start_time=start,
        end_time=start + dt.timedelta(hours=3),
        month=start.strftime("%Y-%m"),
        price_from=2000,
        currency="EUR",
    )


def _lines(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="utf-8").splitlines()


def _id(key: str) -> UUID:
    return uuid5(NAMESPACE_URL, key)
