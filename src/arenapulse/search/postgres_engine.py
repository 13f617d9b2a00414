"""Search on PostgreSQL: a `tsvector` a document, near misses by a lexicon, facets by one scan."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec

from arenapulse.core.errors import Unavailable
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search.analysis import Term, corrected, nearest, pieces, terms
from arenapulse.search.browsing import Connection, Record, Shelves, facets_of, hit_of
from arenapulse.search.engine import Asked, Found, Reading, Suggestion
from arenapulse.search.folding import joined
from arenapulse.search.queries import shown_of
from arenapulse.search.terms import SUGGESTIONS_MAX, Kind

_MEANT_MAX: Final = 4
"""Spellings that are looked for in the place of a word that nobody wrote."""
_BEGINNING_FROM: Final = 2
_LOOKED_AT_MAX: Final = 1_000
"""Names that are ranked for a suggestion."""
RANKED_MAX: Final = 200
"""Of what is found, behind which page ever; the rest counts."""
_PAIR: Final = 2
_RANKED_OF_PAIRS_MAX: Final = 100
"""Where any of two words is enough: what has both is not there, so the liked are the best."""
_IN_NAMES, _ANYWHERE = "name:", ""
SEARCHES_AT_ONCE_MAX: Final = 2
"""Of one process: more of them would only take the database's time from each other."""
TURN_SECONDS_MAX: Final = 5.0
"""Who has not had their turn by then is told to come again."""
_COUNTED_MAX: Final = 1_000
"""Values of all facets that are counted, cities and amenities last; each shows its first."""

# The last six of its columns are what `shown_of` reads.
_SHOWN_FROM: Final = -6
_COUNTED: Final = msgspec.json.Decoder(list[tuple[str, str, int]])


class PostgresEngine:
    """Answers from `search_documents`, which the index's writers keep."""

    name = "postgresql"

    def __init__(self, reads: Reads, *, turn_seconds_max: float = TURN_SECONDS_MAX) -> None:
        self._reads = reads
        self._turn_seconds_max = turn_seconds_max
        self._shelves = Shelves()
        self._places = asyncio.Semaphore(SEARCHES_AT_ONCE_MAX)

    async def search(self, asked: Asked) -> Found:
        """In turns, the first that came first; raises `Unavailable` where too many wait."""
        try:
            async with asyncio.timeout(self._turn_seconds_max):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("Too many are searching.", retry_after_seconds=2) from None
        try:
            return await self._reads.ask(partial(self._search, asked=asked))
        finally:
            self._places.release()

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        return await self._reads.ask(partial(_suggest, query=query, now=now))

    async def _search(self, database: Database, *, asked: Asked) -> Found:
        needed = _needed(asked.query)
        if needed:
            return await _search_words(database, asked=asked, needed=needed)
        if asked.query.strip():
            # Signs alone are found nowhere.
            return Found(hits=[], total=0, facets=facets_of(()))
        return await self._shelves.browse(database, asked=asked)


def _first_of_facet(counted: tuple[str, str, int]) -> tuple[int, str]:
    facet, value, count = counted
    return (0 if facet == "month" else -count), value


def _needed(query: str) -> list[Term]:
    found = terms(query)
    return [term for term in found if not term.is_optional] or found


async def _search_words(database: Database, *, asked: Asked, needed: Sequence[Term]) -> Found:
    async with database.pool.acquire() as connection:
        reading = _read(asked.query, needed=needed, spellings={})
        found = await _page(connection, asked, reading=reading)
        if found is None and not asked.is_strict:
            # Then it may be a word that nobody wrote.
            spellings = await _spellings(connection, needed)
            if spellings:
                reading = _read(asked.query, needed=needed, spellings=spellings)
                found = await _page(connection, asked, reading=reading)
        is_found = found is not None and found.total > 0
        if not is_found and not asked.is_strict and len(reading.required) > 1:
            found = await _loose(connection, asked, reading=reading)
    sought = _flat(reading.required)
    return replace(
        found or Found(hits=[], total=0, facets=facets_of(())),
        lexemes=frozenset(each for each in sought if not each.endswith("*")),
        beginnings=tuple(each[:-1] for each in sought if each.endswith("*")),
        meant=reading.meant,
    )


async def _loose(connection: Connection, asked: Asked, *, reading: Reading) -> Found | None:
    """All words nowhere: any of them in a name, else anywhere, those with more of them first."""
    ranked = RANKED_MAX if len(reading.required) > _PAIR else _RANKED_OF_PAIRS_MAX
    loose = replace(reading, required=[_flat(reading.required)])
    for where in (_IN_NAMES, _ANYWHERE):
        found = await _page(connection, asked, reading=loose, where=where, ranked=ranked)
        if found is not None and found.total:
            return found
    return None


async def _page(
    connection: Connection,
    asked: Asked,
    *,
    reading: Reading,
    where: str = _ANYWHERE,
    ranked: int = RANKED_MAX,
) -> Found | None:
    """None where one of the words stands nowhere, whatever else was asked."""
    lat, lng = asked.near or (None, None)
    rows = await connection.fetch(
        _IN_WORDS,
        [where + " ".join(_least(words)) for words in reading.required],
        _tsquery([reading.exact]),
        _tsquery([_flat(reading.required)]),
        joined(reading.meant or asked.query),
        asked.now,
        asked.kind,
        asked.since,
        asked.until,
        asked.price_min,
        asked.price_max,
        asked.currency,
        asked.amenities or None,
        asked.statuses or None,
        asked.cities or None,
        asked.months or None,
        asked.only or None,
        lat,
        lng,
        asked.radius_km,
        asked.sort,
        ranked,
        _COUNTED_MAX,
        asked.page.limit,
        asked.page.offset,
    )
    told, total, *_ = rows[0]
    if total is None:
        return None
    return Found(
        hits=[
            hit_of(row, shown=shown_of(tuple(row)[_SHOWN_FROM:]))
            for row in rows
            if row["id"] is not None
        ],
        total=total,
        facets=facets_of(sorted(_COUNTED.decode(told), key=_first_of_facet) if told else ()),
    )


async def _suggest(database: Database, *, query: str, now: dt.datetime) -> list[Suggestion]:
    needed = terms(query)
    async with database.pool.acquire() as connection:
        rows = await _suggested(connection, query, needed=needed, now=now)
        spellings = {} if rows else await _spellings(connection, needed)
        if spellings:
            meant = corrected(query, spellings) or query
            rows = await _suggested(connection, meant, needed=terms(meant), now=now)
    return [Suggestion(kind=Kind(row["kind"]), id=row["id"], name=row["name"]) for row in rows]


async def _suggested(
    connection: Connection, query: str, *, needed: Sequence[Term], now: dt.datetime
) -> list[Record]:
    wanted = _tsquery(_read(query, needed=needed, spellings={}).required) or None
    return await connection.fetch(
        _SUGGEST, joined(query), wanted, now, SUGGESTIONS_MAX, _LOOKED_AT_MAX
    )


def _read(query: str, *, needed: Sequence[Term], spellings: Mapping[Term, list[str]]) -> Reading:
    """The terms as alternatives, each with what it may have meant."""
    reading = Reading(meant=corrected(query, spellings))
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


async def _spellings(connection: Connection, asked: Sequence[Term]) -> dict[Term, list[str]]:
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


def _tsquery(required: Sequence[Sequence[str]]) -> str:
    """Alternatives as a `tsquery` in text; words hold letters and digits alone."""

    def one(word: str) -> str:
        return f"'{word[:-1]}':*" if word.endswith("*") else f"'{word}'"

    return " & ".join(f"({' | '.join(one(word) for word in words)})" for words in required)


_IN_WORDS: Final = f"""
SELECT * FROM search_listed($1, $2::TEXT::TSQUERY, $3::TEXT::TSQUERY,
  {", ".join(f"${number}" for number in range(4, 25))})
"""
_SUGGEST: Final = "SELECT * FROM search_suggestions($1, $2::TEXT::TSQUERY, $3, $4, $5)"
_SHARING: Final = """
SELECT x.text, ARRAY(
    SELECT DISTINCT p.word FROM search_pieces p
      WHERE p.piece = ANY (string_to_array(x.pieces, ' ')) LIMIT 2000) AS words
  FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[]) x(text, forms, pieces)
  WHERE NOT EXISTS (SELECT 1 FROM search_words w WHERE w.word = ANY (string_to_array(x.forms, ' ')))
    AND NOT EXISTS (SELECT 1 FROM search_words w
                    WHERE w.word >= x.text AND w.word < x.text || chr(1114111))
"""
