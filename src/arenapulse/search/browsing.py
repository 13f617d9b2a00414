"""What fits without a word, on PostgreSQL: filters, an order, and counts by facet."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.search.engine import FACETS, Asked, Found, Hit, Shown
from arenapulse.search.queries import CARD, card_of
from arenapulse.search.terms import FACET_VALUES_MAX, Sort

_FACETS_SECONDS: Final = 1.0
_FACETS_KEPT_MAX: Final = 256
_MANY: Final = 1_000
_EARTH_KM: Final = 6371.0
_DEGREE_KM: Final = 111.0

Record = asyncpg.Record
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Record]"
Facets = dict[str, list[tuple[str, int]]]


class Shelves:
    """One an engine; counts of many are at most a second old."""

    def __init__(self) -> None:
        self._counts: dict[tuple[object, ...], tuple[float, int, Facets]] = {}

    async def browse(self, database: Database, *, asked: Asked) -> Found:
        async with _browsing(database) as connection:
            where = _Where()
            _restrict(where, asked)
            total, facets = await self._counted(connection, where, facets=FACETS)
            for facet in _chosen(asked):
                # Of what may be chosen in its place.
                others = _Where()
                _restrict(others, asked, but=facet)
                _, counted = await self._counted(connection, others, facets=(facet,))
                facets = {**facets, facet: counted[facet]}
            if total <= asked.page.offset:
                return Found(hits=[], total=total, facets=facets)
            away = "NULL::FLOAT8" if asked.near is None else _haversine(where, asked.near)
            rows = await connection.fetch(
                f"SELECT {CARD}, 0::FLOAT8 AS score, {away} AS km FROM search_documents d "
                f"WHERE {where.text} ORDER BY {_order(asked)} "
                f"LIMIT {where.give(asked.page.limit, 'INTEGER')} "
                f"OFFSET {where.give(asked.page.offset, 'INTEGER')}",
                *where.values,
            )
        return Found(hits=[hit_of(row) for row in rows], total=total, facets=facets)

    async def _counted(
        self, connection: Connection, where: _Where, *, facets: tuple[str, ...]
    ) -> tuple[int, Facets]:
        """How many there are, and how many by value of these facets."""
        asked = (facets, where.text, *map(str, where.values))
        now = clock.monotonic_seconds()
        kept = self._counts.get(asked)
        if kept is not None and now - kept[0] < _FACETS_SECONDS:
            return kept[1], kept[2]
        counting = " UNION ALL ".join(_COUNTS[name] for name in ("total", *facets))
        rows = await connection.fetch(
            _FACETS_OF.format(where=where.text, counting=counting), *where.values
        )
        (total,) = (row["count"] for row in rows if row["facet"] == "total")
        counted = facets_of(
            (row["facet"], row["value"], row["count"]) for row in rows if row["facet"] != "total"
        )
        if total >= _MANY:
            if len(self._counts) >= _FACETS_KEPT_MAX:
                self._counts.clear()
            self._counts[asked] = (now, total, counted)
        return total, counted


def facets_of(counted: Iterable[tuple[str, str, int]]) -> Facets:
    """The first values of each, in the order they come in."""
    facets: Facets = {name: [] for name in FACETS}
    for facet, value, count in counted:
        if len(facets[facet]) < FACET_VALUES_MAX:
            facets[facet].append((value, count))
    return facets


def hit_of(row: Record, *, shown: Shown | None = None) -> Hit:
    score = round(float(row["score"]), 4)
    return Hit(document=card_of(row), score=score, distance_km=row["km"], shown=shown)


@asynccontextmanager
async def _browsing(database: Database) -> AsyncGenerator[Connection, None]:
    async with database.pool.acquire() as connection, connection.transaction(readonly=True):
        # A plan for any filter is a bad one for each.
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield connection


class _Where:
    """Conditions that all hold, with their values in order."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._conditions = ["NOT d.is_gone"]

    @property
    def text(self) -> str:
        return " AND ".join(self._conditions)

    def give(self, value: Any, kind: str) -> str:
        self.values.append(value)
        return f"${len(self.values)}::{kind}"

    def add(self, condition: str, value: Any, kind: str) -> None:
        self._conditions.append(condition.format(self.give(value, kind)))


def _chosen(asked: Asked) -> dict[str, tuple[str, Any, str]]:
    """By facet, what of it is chosen, where any of several is enough."""
    given = {
        "type": ("d.kind = {}", None if asked.kind is None else asked.kind.value, "TEXT"),
        "status": ("d.status = ANY ({})", list(asked.statuses), "TEXT[]"),
        "city": ("d.city = ANY ({})", list(asked.cities), "TEXT[]"),
        "month": ("d.month = ANY ({})", list(asked.months), "TEXT[]"),
    }
    return {facet: chosen for facet, chosen in given.items() if chosen[1]}


def _restrict(where: _Where, asked: Asked, *, but: str | None = None) -> None:
    """By all that is asked, `but` for what is chosen of this facet."""
    chosen = [each for facet, each in _chosen(asked).items() if facet != but]
    for condition, value, kind in (
        *chosen,
        ("d.end_time > {}", asked.since, "TIMESTAMPTZ"),
        ("d.start_time <= {}", asked.until, "TIMESTAMPTZ"),
        ("d.price_from >= {}", asked.price_min, "BIGINT"),
        ("d.price_from <= {}", asked.price_max, "BIGINT"),
        ("d.currency = {}", asked.currency, "TEXT"),
        ("d.amenities @> {}", list(asked.amenities) or None, "TEXT[]"),
        ("d.id = ANY ({})", list(asked.only) or None, "UUID[]"),
    ):
        if value is not None:
            where.add(condition, value, kind)
    if asked.near is not None and asked.radius_km is not None:
        _restrict_to_circle(where, asked.near, radius_km=asked.radius_km)


def _restrict_to_circle(where: _Where, near: tuple[float, float], *, radius_km: float) -> None:
    lat, lng = near
    degrees = radius_km / _DEGREE_KM + 0.1
    wide = degrees / max(0.08, math.cos(math.radians(min(90, abs(lat) + degrees))))
    if abs(lat) + degrees < 85 and abs(lng) + wide < 180:
        # Where no pole and no date line is near, a box holds the circle and has an index.
        box = asyncpg.Box(
            asyncpg.Point(lng + wide, lat + degrees), asyncpg.Point(lng - wide, lat - degrees)
        )
        where.add("d.spot <@ {}", box, "BOX")
    where.add(f"{_haversine(where, near)} <= {{}}", radius_km, "FLOAT8")


def _haversine(where: _Where, near: tuple[float, float]) -> str:
    lat, lng = (where.give(each, "FLOAT8") for each in near)
    return (
        f"({2 * _EARTH_KM} * asin(least(1, sqrt("
        f"sind((d.spot[1] - {lat}) / 2) ^ 2 + cosd({lat}) * cosd(d.spot[1]) "
        f"* sind((d.spot[0] - {lng}) / 2) ^ 2))))"
    )


def _order(asked: Asked) -> str:
    if asked.sort is Sort.PRICE:
        return "d.price_from NULLS LAST, d.id"
    if asked.sort is Sort.DISTANCE:
        return "km, d.start_time NULLS LAST, d.id"
    if asked.sort is Sort.DATE or asked.near is None:
        return "d.start_time NULLS LAST, d.id"
    return "km, d.id"


_COUNTS: Final = {
    "total": "SELECT 'total' AS facet, '' AS value, count(*) AS count FROM found",
    "type": "SELECT 'type', kind, count(*) FROM found GROUP BY kind",
    "status": "SELECT 'status', status, count(*) FROM found GROUP BY status",
    "city": "SELECT 'city', city, count(*) FROM found GROUP BY city",
    "amenity": "SELECT 'amenity', amenity, count(*) FROM found, unnest(amenities) amenity "
    "GROUP BY amenity",
    "month": "SELECT 'month', month, count(*) FROM found GROUP BY month",
}
_FACETS_OF: Final = """
WITH found AS MATERIALIZED (
  SELECT d.kind, d.status, d.city, d.amenities, d.month FROM search_documents d WHERE {where}
)
SELECT facet, value, count FROM ({counting}) counted WHERE value IS NOT NULL
  ORDER BY facet, CASE WHEN facet = 'month' THEN 0 ELSE count END DESC, value
"""
