"""Search on PostgreSQL: a `tsvector` a document, near misses by a lexicon, facets by one scan."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeAlias

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search.analysis import Term, nearest, pieces, terms
from arenapulse.search.engine import FACETS, Asked, Found, Hit, Reading, Shown, Suggestion
from arenapulse.search.folding import joined
from arenapulse.search.queries import CARD, card_of
from arenapulse.search.terms import FACET_VALUES_MAX, SUGGESTIONS_MAX, Kind, Sort

_MEANT_MAX: Final = 4
"""Spellings that are looked for in the place of a word that nobody wrote."""
_BEGINNING_FROM: Final = 2
_LOOKED_AT_MAX: Final = 1_000
"""Names that are ranked for a suggestion."""
RANKED_MAX: Final = 1_000
"""Of what is found, behind which page ever; the rest counts."""
_COUNTED_MAX: Final = 1_000
"""Values of all facets that are counted, cities and amenities last; each shows its first."""
_FACETS_SECONDS: Final = 1.0
_FACETS_KEPT_MAX: Final = 256
_MANY: Final = 1_000
_EARTH_KM: Final = 6371.0
_DEGREE_KM: Final = 111.0

_Record = asyncpg.Record
_Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[_Record]"
_Facets = dict[str, list[tuple[str, int]]]
_COUNTED: Final = msgspec.json.Decoder(list[tuple[str, str, int]])


class PostgresEngine:
    """Answers from `search_documents`, which the index's writers keep."""

    name = "postgresql"

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._facets: dict[tuple[object, ...], tuple[float, int, _Facets]] = {}

    async def search(self, asked: Asked) -> Found:
        return await self._reads.ask(partial(self._search, asked=asked))

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        return await self._reads.ask(partial(_suggest, query=query, now=now))

    async def _search(self, database: Database, *, asked: Asked) -> Found:
        needed = _needed(asked.query)
        if needed:
            return await _search_words(database, asked=asked, needed=needed)
        if asked.query.strip():
            # Signs alone are found nowhere.
            return Found(hits=[], total=0, facets=_facets([]))
        async with _browsing(database) as connection:
            return await self._browse(connection, asked)

    async def _browse(self, connection: _Connection, asked: Asked) -> Found:
        """What fits without a word."""
        where = _Where()
        _restrict(where, asked)
        total, facets = await self._counted(connection, where)
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
        return Found(hits=[_hit(row) for row in rows], total=total, facets=facets)

    async def _counted(self, connection: _Connection, where: _Where) -> tuple[int, _Facets]:
        """Counts by facet; of many at most a second old."""
        asked = (where.text, *map(str, where.values))
        now = clock.monotonic_seconds()
        kept = self._facets.get(asked)
        if kept is not None and now - kept[0] < _FACETS_SECONDS:
            return kept[1], kept[2]
        rows = await connection.fetch(_FACETS_OF.format(where=where.text), *where.values)
        facets = _facets((row["facet"], row["value"], row["count"]) for row in rows)
        total = sum(count for _, count in facets["type"])
        if total >= _MANY:
            if len(self._facets) >= _FACETS_KEPT_MAX:
                self._facets.clear()
            self._facets[asked] = (now, total, facets)
        return total, facets


def _facets(counted: Iterable[tuple[str, str, int]]) -> _Facets:
    """The first values of each, in the order they come in."""
    facets: _Facets = {name: [] for name in FACETS}
    for facet, value, count in counted:
        if len(facets[facet]) < FACET_VALUES_MAX:
            facets[facet].append((value, count))
    return facets


def _first_of_facet(counted: tuple[str, str, int]) -> tuple[int, str]:
    facet, value, count = counted
    return (0 if facet == "month" else -count), value


def _hit(row: _Record, *, shown: Shown | None = None) -> Hit:
    score = round(float(row["score"]), 4)
    return Hit(document=card_of(row), score=score, distance_km=row["km"], shown=shown)


def _shown(row: _Record) -> Shown:
    if row["picture_id"] is None:
        return Shown(timezone=row["timezone"])
    picture = {name: row[name] for name in ("picture_id", "blur", "sizes")}
    return Shown(timezone=row["timezone"], **picture)


def _needed(query: str) -> list[Term]:
    found = terms(query)
    return [term for term in found if not term.is_optional] or found


async def _search_words(database: Database, *, asked: Asked, needed: Sequence[Term]) -> Found:
    async with database.pool.acquire() as connection:
        reading = _read(asked.query, needed=needed, spellings={})
        found = await _page(connection, asked, reading=reading)
        if not found.total and not asked.is_strict:
            # Then a word may be one that nobody wrote.
            spellings = await _spellings(connection, needed)
            if spellings:
                reading = _read(asked.query, needed=needed, spellings=spellings)
                found = await _page(connection, asked, reading=reading)
        if not found.total and not asked.is_strict and len(reading.required) > 1:
            # All words nowhere: any of them, those with more of them first.
            loose = replace(reading, required=[_flat(reading.required)])
            found = await _page(connection, asked, reading=loose)
    sought = _flat(reading.required)
    return replace(
        found,
        lexemes=frozenset(each for each in sought if not each.endswith("*")),
        beginnings=tuple(each[:-1] for each in sought if each.endswith("*")),
        meant=reading.meant,
    )


async def _page(connection: _Connection, asked: Asked, *, reading: Reading) -> Found:
    lat, lng = asked.near or (None, None)
    rows = await connection.fetch(
        _IN_WORDS,
        [" ".join(_least(words)) for words in reading.required],
        _tsquery([reading.exact]),
        _tsquery([_flat(reading.required)]),
        joined(reading.meant or asked.query),
        asked.now,
        asked.kind,
        asked.since,
        asked.until,
        asked.price_min,
        asked.price_max,
        asked.amenities or None,
        asked.statuses or None,
        asked.cities or None,
        asked.months or None,
        asked.only or None,
        lat,
        lng,
        asked.radius_km,
        asked.sort,
        RANKED_MAX,
        _COUNTED_MAX,
        asked.page.limit,
        asked.page.offset,
    )
    told: str | None = rows[0]["facets"]
    facets = _facets(sorted(_COUNTED.decode(told), key=_first_of_facet) if told else ())
    return Found(
        hits=[_hit(row, shown=_shown(row)) for row in rows if row["id"] is not None],
        total=sum(count for _, count in facets["type"]),
        facets=facets,
    )


async def _suggest(database: Database, *, query: str, now: dt.datetime) -> list[Suggestion]:
    needed = terms(query)
    async with database.pool.acquire() as connection:
        rows = await _suggested(connection, query, needed=needed, now=now)
        spellings = {} if rows else await _spellings(connection, needed)
        if spellings:
            meant = _meant(query, spellings) or query
            rows = await _suggested(connection, meant, needed=terms(meant), now=now)
    return [Suggestion(kind=Kind(row["kind"]), id=row["id"], name=row["name"]) for row in rows]


async def _suggested(
    connection: _Connection, query: str, *, needed: Sequence[Term], now: dt.datetime
) -> list[_Record]:
    wanted = _tsquery(_read(query, needed=needed, spellings={}).required) or None
    return await connection.fetch(
        _SUGGEST, joined(query), wanted, now, SUGGESTIONS_MAX, _LOOKED_AT_MAX
    )


def _read(query: str, *, needed: Sequence[Term], spellings: Mapping[Term, list[str]]) -> Reading:
    """The terms as alternatives, each with what it may have meant."""
    reading = Reading(meant=_meant(query, spellings))
    for term in needed:
        meant = spellings.get(term, [])
        beginning = [f"{term.text}*"] if len(term.text) >= _BEGINNING_FROM else []
        reading.required.append([*term.forms, *beginning, *term.others, *meant])
        reading.exact.extend([*term.forms[:1], *meant[:1]])
    return reading


def _least(words: Sequence[str]) -> list[str]:
    """Those that find as much: what begins as a beginning among them is found by that."""
    beginnings = tuple(word[:-1] for word in words if word.endswith("*"))
    return [word for word in words if word.endswith("*") or not word.startswith(beginnings)]


def _flat(required: Sequence[Sequence[str]]) -> list[str]:
    return [each for words in required for each in words]


@asynccontextmanager
async def _browsing(database: Database) -> AsyncGenerator[_Connection, None]:
    async with database.pool.acquire() as connection, connection.transaction(readonly=True):
        # A plan for any filter is a bad one for each.
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield connection


async def _spellings(connection: _Connection, asked: Sequence[Term]) -> dict[Term, list[str]]:
    """For terms that no document has, nor as a beginning: what they may have meant."""
    doubtful = [term for term in asked if term.may_be_misspelt]
    if not doubtful:
        return {}
    rows = await connection.fetch(
        _SHARING,
        [term.text for term in doubtful],
        [" ".join((*term.forms, *term.others)) for term in doubtful],
        [" ".join(pieces(term.text)) for term in doubtful],
    )
    sharing = {row["text"]: row["words"] for row in rows}
    found = {
        term: nearest(term.text, sharing[term.text], count=_MEANT_MAX)
        for term in doubtful
        if term.text in sharing
    }
    return {term: meant for term, meant in found.items() if meant}


def _meant(query: str, spellings: Mapping[Term, list[str]]) -> str | None:
    """The query with its corrected words, None where nothing was corrected."""
    made, end = "", 0
    for term, meant in sorted(spellings.items(), key=lambda each: each[0].start):
        made += query[end : term.start] + meant[0]
        end = term.end
    return made + query[end:] if end else None


def _tsquery(required: Sequence[Sequence[str]]) -> str:
    """Alternatives as a `tsquery` in text; words hold letters and digits alone."""

    def one(word: str) -> str:
        return f"'{word[:-1]}':*" if word.endswith("*") else f"'{word}'"

    return " & ".join(f"({' | '.join(one(word) for word in words)})" for words in required)


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


def _restrict(where: _Where, asked: Asked) -> None:
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


_IN_WORDS: Final = f"""
SELECT * FROM search_by_words($1, $2::TEXT::TSQUERY, $3::TEXT::TSQUERY,
  {", ".join(f"${number}" for number in range(4, 24))})
"""
_SUGGEST: Final = "SELECT * FROM search_suggestions($1, $2::TEXT::TSQUERY, $3, $4, $5)"
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
_SHARING: Final = """
SELECT x.text, ARRAY(
    SELECT DISTINCT p.word FROM search_pieces p
      WHERE p.piece = ANY (string_to_array(x.pieces, ' ')) LIMIT 2000) AS words
  FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[]) x(text, forms, pieces)
  WHERE NOT EXISTS (SELECT 1 FROM search_words w WHERE w.word = ANY (string_to_array(x.forms, ' ')))
    AND NOT EXISTS (SELECT 1 FROM search_words w
                    WHERE w.word >= x.text AND w.word < x.text || chr(1114111))
"""
