"""Search on PostgreSQL: a `tsvector` a document, near misses by a lexicon, facets by one scan."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeAlias

import asyncpg

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search.analysis import Term, nearest, pieces, terms
from arenapulse.search.engine import FACETS, Asked, Found, Hit, Reading, Suggestion
from arenapulse.search.folding import joined
from arenapulse.search.queries import SHOWN, document_of
from arenapulse.search.terms import FACET_VALUES_MAX, SUGGESTIONS_MAX, Kind, Sort

_MEANT_MAX: Final = 4
"""Spellings that are looked for in the place of a word that nobody wrote."""
_BEGINNING_FROM: Final = 2
_FACETS_SECONDS: Final = 1.0
_FACETS_KEPT_MAX: Final = 256
_MANY: Final = 1_000
_EARTH_KM: Final = 6371.0
_DEGREE_KM: Final = 111.0

_Record = asyncpg.Record
_Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[_Record]"
_Facets = dict[str, list[tuple[str, int]]]


class PostgresEngine:
    """Answers from `search_documents`, which the index's writers keep."""

    name = "postgresql"

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._facets: dict[tuple[object, ...], tuple[float, int, _Facets]] = {}

    async def search(self, asked: Asked) -> Found:
        return await self._reads.ask(partial(self._search, asked=asked))

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        return await self._reads.ask(partial(self._suggest, query=query, now=now))

    async def _search(self, database: Database, *, asked: Asked) -> Found:
        async with _reading(database) as connection:
            reading, sought = await _understood(connection, query=asked.query)
            found = await self._page(connection, asked, reading=reading)
            if not found.total and len(reading.required) > 1:
                # All words nowhere: any of them, those with more of them first.
                loose = Reading(
                    required=[[each for words in reading.required for each in words]],
                    exact=reading.exact,
                    meant=reading.meant,
                )
                found = await self._page(connection, asked, reading=loose)
        lexemes = frozenset(each for each in sought if not each.endswith("*"))
        beginnings = tuple(each[:-1] for each in sought if each.endswith("*"))
        return Found(
            hits=found.hits,
            total=found.total,
            facets=found.facets,
            lexemes=lexemes,
            beginnings=beginnings,
            meant=reading.meant,
        )

    async def _suggest(
        self, database: Database, *, query: str, now: dt.datetime
    ) -> list[Suggestion]:
        async with _reading(database) as connection:
            typed = joined(query)
            rows: list[_Record] = []
            if len(typed) <= _BEGINNING_FROM:
                rows = await connection.fetch(_BEGIN_WITH, typed, now, SUGGESTIONS_MAX)
            if not rows and typed:
                reading, _ = await _understood(connection, query=query)
                wanted = _tsquery(reading.required, weights="AB")
                rows = await connection.fetch(_SUGGEST, wanted, typed, now, SUGGESTIONS_MAX)
        return [Suggestion(kind=Kind(row["kind"]), id=row["id"], name=row["name"]) for row in rows]

    async def _page(self, connection: _Connection, asked: Asked, *, reading: Reading) -> Found:
        where = _Where()
        _restrict(where, asked, reading=reading)
        total, facets = await self._counted(connection, where)
        if total <= asked.page.offset:
            return Found(hits=[], total=total, facets=facets)
        score = _score(where, asked, reading=reading)
        away = _distance(where, asked)
        rows = await connection.fetch(
            f"SELECT {SHOWN}, {score} AS score, {away} AS km FROM search_documents d "
            f"WHERE {where.text} ORDER BY {_order(asked)} "
            f"LIMIT {where.give(asked.page.limit, 'INTEGER')} "
            f"OFFSET {where.give(asked.page.offset, 'INTEGER')}",
            *where.values,
        )
        hits = [
            Hit(
                document=document_of(row),
                score=round(float(row["score"]), 4),
                distance_km=row["km"],
            )
            for row in rows
        ]
        return Found(hits=hits, total=total, facets=facets)

    async def _counted(self, connection: _Connection, where: _Where) -> tuple[int, _Facets]:
        """Counts by facet; of many at most a second old."""
        asked = (where.text, *map(str, where.values))
        now = clock.monotonic_seconds()
        kept = self._facets.get(asked)
        if kept is not None and now - kept[0] < _FACETS_SECONDS:
            return kept[1], kept[2]
        rows = await connection.fetch(_FACETS_OF.format(where=where.text), *where.values)
        facets: _Facets = {name: [] for name in FACETS}
        for row in rows:
            if len(facets[row["facet"]]) < FACET_VALUES_MAX:
                facets[row["facet"]].append((row["value"], row["count"]))
        total = sum(count for _, count in facets["type"])
        if total >= _MANY:
            if len(self._facets) >= _FACETS_KEPT_MAX:
                self._facets.clear()
            self._facets[asked] = (now, total, facets)
        return total, facets


@asynccontextmanager
async def _reading(database: Database) -> AsyncGenerator[_Connection, None]:
    async with database.pool.acquire() as connection, connection.transaction(readonly=True):
        # A plan for any query is a bad one for each.
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

    def add_plain(self, condition: str) -> None:
        self._conditions.append(condition)


async def _understood(connection: _Connection, *, query: str) -> tuple[Reading, list[str]]:
    """The query's terms as alternatives, and all of them in one list."""
    found = terms(query)
    if not found:
        return Reading(), []
    needed = [term for term in found if not term.is_optional] or found
    spellings = await _spellings(connection, needed)
    reading = Reading(meant=_meant(query, spellings))
    for term in needed:
        meant = spellings.get(term, [])
        beginning = [f"{term.text}*"] if len(term.text) >= _BEGINNING_FROM else []
        reading.required.append([*term.forms, *beginning, *term.others, *meant])
        reading.exact.extend([*term.forms[:1], *meant[:1]])
    return reading, [each for words in reading.required for each in words]


async def _spellings(connection: _Connection, asked: Sequence[Term]) -> dict[Term, list[str]]:
    """For terms that no document has, nor as a beginning: what they may have meant."""
    doubtful = [term for term in asked if term.may_be_misspelt]
    if not doubtful:
        return {}
    unknown = await connection.fetch(
        _UNKNOWN,
        [term.text for term in doubtful],
        [" ".join((*term.forms, *term.others)) for term in doubtful],
    )
    texts = {row["text"] for row in unknown}
    found: dict[Term, list[str]] = {}
    for term in doubtful:
        if term.text in texts:
            rows = await connection.fetch(_SHARING, list(pieces(term.text)))
            found[term] = nearest(term.text, (row["word"] for row in rows), count=_MEANT_MAX)
    return found


def _meant(query: str, spellings: dict[Term, list[str]]) -> str | None:
    """The query with its corrected words, None where nothing was corrected."""
    made, end = "", 0
    for term, meant in sorted(spellings.items(), key=lambda each: each[0].start):
        if meant:
            made += query[end : term.start] + meant[0]
            end = term.end
    return made + query[end:] if end else None


def _tsquery(required: Sequence[Sequence[str]], *, weights: str = "") -> str:
    """Alternatives as a `tsquery` in text; words hold letters and digits alone."""

    def one(word: str) -> str:
        tail = ("*" if word.endswith("*") else "") + weights
        return f"'{word.removesuffix('*')}'" + (f":{tail}" if tail else "")

    return " & ".join(f"({' | '.join(one(word) for word in words)})" for words in required)


def _restrict(where: _Where, asked: Asked, *, reading: Reading) -> None:
    if reading.required:
        where.add("d.words @@ {}::TSQUERY", _tsquery(reading.required), "TEXT")
    elif asked.query.strip():
        # Signs alone are found nowhere.
        where.add_plain("FALSE")
    for condition, value, kind in (
        ("d.kind = {}", None if asked.kind is None else asked.kind.value, "TEXT"),
        ("d.end_time > {}", asked.since, "TIMESTAMPTZ"),
        ("d.start_time <= {}", asked.until, "TIMESTAMPTZ"),
        ("d.price_from >= {}", asked.price_min, "BIGINT"),
        ("d.price_from <= {}", asked.price_max, "BIGINT"),
        ("d.amenities @> {}", list(asked.amenities) or None, "TEXT[]"),
        ("d.status = ANY ({})", list(asked.statuses) or None, "TEXT[]"),
        ("d.city = ANY ({})", list(asked.cities) or None, "TEXT[]"),
        ("d.month = ANY ({})", list(asked.months) or None, "TEXT[]"),
        ("d.id = ANY ({})", list(asked.only) or None, "UUID[]"),
    ):
        if value is not None:
            where.add(condition, value, kind)
    if asked.near is not None and asked.radius_km is not None:
        _restrict_to_circle(where, asked.near, radius_km=asked.radius_km)


def _restrict_to_circle(where: _Where, near: tuple[float, float], *, radius_km: float) -> None:
    lat, lng = near
    degrees = radius_km / _DEGREE_KM + 0.1
    if abs(lat) + degrees < 85 and abs(lng) + degrees * 12 < 180:
        # Where no pole and no date line is near, a box holds the circle and has an index.
        wide = degrees * 12
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


def _distance(where: _Where, asked: Asked) -> str:
    return "NULL::FLOAT8" if asked.near is None else _haversine(where, asked.near)


def _score(where: _Where, asked: Asked, *, reading: Reading) -> str:
    """How well it is said there; what is over counts half."""
    if not reading.required:
        return "0::FLOAT8"
    exact = where.give(_tsquery([reading.exact]), "TEXT")
    wide = where.give(_tsquery([[w for words in reading.required for w in words]]), "TEXT")
    key = where.give(joined(reading.meant or asked.query), "TEXT")
    now = where.give(asked.now, "TIMESTAMPTZ")
    return f"""(
      (ts_rank('{{0.05,0.3,0.5,1.0}}', d.words, {exact}::TSQUERY)
       + 0.4 * ts_rank('{{0.05,0.3,0.5,1.0}}', d.words, {wide}::TSQUERY)
       + CASE WHEN d.name_key = {key} THEN 1.0 WHEN starts_with(d.name_key, {key}) THEN 0.4
         ELSE 0 END)
      * CASE WHEN d.end_time < {now} OR d.status IN ('COMPLETED', 'CANCELLED') THEN 0.5 ELSE 1 END
    )::FLOAT8"""


def _order(asked: Asked) -> str:
    if asked.sort is Sort.DATE:
        return "d.start_time NULLS LAST, d.id"
    if asked.sort is Sort.PRICE:
        return "d.price_from NULLS LAST, d.id"
    if asked.sort is Sort.DISTANCE:
        return "km, d.start_time NULLS LAST, d.id"
    if not asked.query.strip():
        return "d.start_time NULLS LAST, d.id" if asked.near is None else "km, d.id"
    return "score DESC, d.start_time NULLS LAST, d.id"


_FACETS_OF: Final = """
WITH found AS MATERIALIZED (
  SELECT d.kind, d.status, d.city, d.amenities, d.month FROM search_documents d WHERE {where}
), counted AS (
  SELECT 'type' AS facet, kind AS value, count(*) AS count FROM found GROUP BY kind
  UNION ALL
  SELECT 'status', status, count(*) FROM found WHERE status IS NOT NULL GROUP BY status
  UNION ALL
  SELECT 'city', city, count(*) FROM found GROUP BY city
  UNION ALL
  SELECT 'amenity', amenity, count(*) FROM found, unnest(amenities) amenity GROUP BY amenity
  UNION ALL
  SELECT 'month', month, count(*) FROM found WHERE month IS NOT NULL GROUP BY month
)
SELECT facet, value, count FROM counted
  ORDER BY facet, CASE WHEN facet = 'month' THEN 0 ELSE count END DESC, value
"""
_UNKNOWN: Final = """
SELECT x.text FROM unnest($1::TEXT[], $2::TEXT[]) x(text, forms)
  WHERE NOT EXISTS (SELECT 1 FROM search_words w WHERE w.word = ANY (string_to_array(x.forms, ' ')))
    AND NOT EXISTS (SELECT 1 FROM search_words w
                    WHERE w.word >= x.text AND w.word < x.text || chr(1114111))
"""
_SHARING: Final = (
    "SELECT DISTINCT word FROM search_pieces WHERE piece = ANY ($1::TEXT[]) LIMIT 2000"
)
_UPCOMING: Final = "(d.end_time IS NULL OR d.end_time >= {} AND d.status NOT IN ('CANCELLED'))"
_BEGIN_WITH: Final = f"""
SELECT id, kind, name FROM (
  SELECT DISTINCT ON (d.name_key) d.id, d.kind, d.name, d.start_time FROM search_documents d
    WHERE NOT d.is_gone AND d.name_key >= $1 AND d.name_key < $1 || chr(1114111)
      AND {_UPCOMING.format("$2")}
    ORDER BY d.name_key, d.start_time LIMIT 200
) x ORDER BY start_time NULLS LAST, name LIMIT $3
"""
_SUGGEST: Final = f"""
SELECT id, kind, name FROM (
  SELECT DISTINCT ON (d.name_key) d.id, d.kind, d.name, d.start_time,
    ts_rank('{{0,0,0.3,1}}', d.words, $1::TEXT::TSQUERY)
      + CASE WHEN starts_with(d.name_key, $2) THEN 1 ELSE 0 END AS score
  FROM search_documents d
  WHERE NOT d.is_gone AND d.words @@ $1::TEXT::TSQUERY AND {_UPCOMING.format("$3")}
  ORDER BY d.name_key, d.start_time
) x ORDER BY score DESC, start_time NULLS LAST, name LIMIT $4
"""
