"""All SQL that writes the index of search, and what is read of it beside searching."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from arenapulse.core.ids import UserId
from arenapulse.events.queries.sales import Sale
from arenapulse.runtime.db import Database, Session
from arenapulse.search.analysis import pieces
from arenapulse.search.engine import Shown
from arenapulse.search.indexed import Card, Document
from arenapulse.search.terms import Kind

# Who writes a document waits for who is writing it: what is read after that is the newest.
_SLOTS: Final = 64
_LOCK_CLASS: Final = 0x5345
_NEWS_CLASS: Final = 0x534E


class Saver(NamedTuple):
    """A person's search, and what they call it."""

    id: UUID
    user_id: UserId
    name: str


async def take_turns(session: Session, *, ids: Iterable[UUID]) -> None:
    """From here to the commit nobody else reads these subjects to write their documents."""
    slots = sorted({subject.int % _SLOTS for subject in ids})
    connection = await session.driver()
    await connection.execute(_TAKE_TURNS, _LOCK_CLASS, slots)


async def put(session: Session, *, documents: Sequence[Document], is_told: bool) -> None:
    """Writes the documents as they are now; where `is_told`, a cluster is to hear of them."""
    if not documents:
        return
    connection = await session.driver()
    await connection.executemany(_PUT, [(*_row(each), is_told) for each in documents])
    await _learn(connection, documents)


async def remove(session: Session, *, ids: Collection[UUID], is_told: bool) -> None:
    """Nobody finds them any more; their rows go, or stay until the cluster has heard."""
    connection = await session.driver()
    await connection.execute(_BURY if is_told else _REMOVE, list(ids))


async def versions(
    session: Session, *, kind: Kind, after: UUID, until: UUID | None
) -> dict[UUID, tuple[int, str | None, int]]:
    """Version, status and popularity of documents whose ids lie behind `after`, up to `until`."""
    connection = await session.driver()
    rows = await connection.fetch(_VERSIONS, kind.value, after, until)
    return {row["id"]: (row["version"], row["status"], row["popularity"]) for row in rows}


async def shown(database: Database, *, documents: Iterable[Card]) -> dict[UUID, Shown]:
    """What hits show whose engine does not know it, by document."""
    places = {each.id: each.venue_id for each in documents}
    rows = await database.pool.fetch(_SHOWN, [*places], [*places.values()])
    return {document_id: shown_of(row) for document_id, *row in rows}


def shown_of(row: Sequence[Any]) -> Shown:
    """The last columns of a hit's row."""
    timezone, picture_id, blur, sizes, until, scarf = row
    sale = None if until is None else Sale(until, None if scarf is None else tuple(scarf))
    if picture_id is None:
        return Shown(timezone=timezone, sale=sale)
    return Shown(timezone=timezone, sale=sale, picture_id=picture_id, blur=blur, sizes=sizes)


async def pages(session: Session, *, limit: int, skipped: int) -> list[tuple[Kind, UUID]]:
    """The public events that are not over, the soonest first; then the venues."""
    connection = await session.driver()
    rows = await connection.fetch(_PAGES, limit, skipped)
    return [(_KINDS[row["kind"]], row["id"]) for row in rows]


async def count_pages(session: Session) -> int:
    connection = await session.driver()
    return int(await connection.fetchval(_COUNT_PAGES))


async def forget_words(session: Session, *, most: int) -> int:
    """Takes out spellings that stand in no document any more, looking at so many; how many.

    Who writes a document takes for granted that its words are known, and nobody sees it before the
    commit: so what seems unused is judged again once nobody is writing.
    """
    connection = await session.driver()
    unused = [row["word"] for row in await connection.fetch(_UNUSED, most)]
    if not unused:
        return 0
    await connection.execute(_TAKE_TURNS, _LOCK_CLASS, list(range(_SLOTS)))
    return int((await connection.execute(_FORGET, unused)).rsplit(" ", 1)[-1])


async def came_out(session: Session, *, event_ids: Collection[UUID]) -> None:
    """Everybody may see these now: who looks for such is to be told."""
    connection = await session.driver()
    await connection.execute(_CAME_OUT, list(event_ids))


async def take_news(session: Session, *, round_id: UUID, limit: int) -> tuple[UUID, list[UUID]]:
    """The round that is not finished, else a new one of what has been out for some time."""
    connection = await session.driver()
    await connection.execute("SELECT pg_advisory_xact_lock($1, 0)", _NEWS_CLASS)
    rows = await connection.fetch(_OPEN_ROUND)
    if not rows:
        rows = await connection.fetch(_NEW_ROUND, round_id, limit)
    return (rows[0]["round"] if rows else round_id), [row["event_id"] for row in rows]


async def end_news(session: Session, *, round_id: UUID) -> None:
    connection = await session.driver()
    await connection.execute("DELETE FROM search_news WHERE round = $1", round_id)


async def distinct_searches(session: Session, *, after: str, limit: int) -> list[tuple[str, str]]:
    """What people look for, each once, by its digest; and as it was asked."""
    connection = await session.driver()
    rows = await connection.fetch(_DISTINCT, after, limit)
    return [(row["digest"], row["query"]) for row in rows]


async def savers(session: Session, *, digest: str, after: UUID, limit: int) -> list[Saver]:
    """Whose search it is, by the search's id."""
    connection = await session.driver()
    rows = await connection.fetch(_SAVERS, digest, after, limit)
    return [Saver(row["id"], UserId(row["user_id"]), row["name"]) for row in rows]


def document_of(row: asyncpg.Record) -> Document:
    return Document(
        id=row["id"],
        kind=Kind(row["kind"]),
        organization_id=row["organization_id"],
        version=row["version"],
        name=row["name"],
        description=row["description"],
        venue_id=row["venue_id"],
        venue_name=row["venue_name"],
        city=row["city"],
        country=row["country"],
        amenities=tuple(row["amenities"]),
        lat=row["spot"].y,
        lng=row["spot"].x,
        status=row["status"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        month=row["month"],
        price_from=row["price_from"],
        currency=row["currency"],
        popularity=row["popularity"],
    )


def card_of(row: asyncpg.Record) -> Card:
    return Card(
        id=row["id"],
        kind=_KINDS[row["kind"]],
        organization_id=row["organization_id"],
        name=row["name"],
        description=row["description"],
        venue_id=row["venue_id"],
        venue_name=row["venue_name"],
        city=row["city"],
        status=row["status"],
        start_time=row["start_time"],
        price_from=row["price_from"],
        currency=row["currency"],
    )


async def _learn(connection: Any, documents: Sequence[Document]) -> None:
    known = sorted({form for each in documents for form in each.known()})
    spelled = sorted({word for each in documents for word in each.spelling()})
    # In order: two who learn the same words wait for each other in one direction.
    await connection.execute(_LEARN, known)
    new = [row["word"] for row in await connection.fetch(_UNSPELLED, spelled)]
    pairs = sorted((piece, word) for word in new for piece in pieces(word))
    await connection.execute(
        _LEARN_PIECES, [piece for piece, _ in pairs], [word for _, word in pairs]
    )


def _row(document: Document) -> tuple[Any, ...]:
    return (
        document.id,
        document.kind.value,
        document.organization_id,
        document.version,
        document.name,
        document.name_key,
        document.description,
        document.venue_id,
        document.venue_name,
        document.city,
        document.country,
        list(document.amenities),
        asyncpg.Point(document.lng, document.lat),
        document.status,
        document.start_time,
        document.end_time,
        document.month,
        document.price_from,
        document.currency,
        document.popularity,
        document.vector(),
    )


_KINDS: Final = {each.value: each for each in Kind}
CARD: Final = (
    "d.id, d.kind, d.organization_id, d.name, d.description, d.venue_id, d.venue_name, d.city, "
    "d.status, d.start_time, d.price_from, d.currency"
)
SHOWN: Final = (
    "d.id, d.kind, d.organization_id, d.version, d.name, d.description, d.venue_id, d.venue_name, "
    "d.city, d.country, d.amenities, d.spot, d.status, d.start_time, d.end_time, d.month, "
    "d.price_from, d.currency, d.popularity"
)
_COLUMNS: Final = (
    "id, kind, organization_id, version, name, name_key, description, venue_id, venue_name, city, "
    "country, amenities, spot, status, start_time, end_time, month, price_from, currency, "
    "popularity"
)
_TAKE_TURNS: Final = (
    "SELECT pg_advisory_xact_lock($1, slot) FROM unnest($2::INTEGER[]) WITH ORDINALITY x(slot, n) "
    "ORDER BY n"
)
_PUT: Final = f"""
INSERT INTO search_documents ({_COLUMNS}, words, revision, due_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
    $20, $21::TEXT::TSVECTOR, nextval('search_revision'), CASE WHEN $22::BOOLEAN THEN now() END
  ON CONFLICT (id) DO UPDATE SET
    ({_COLUMNS}, words, revision, is_gone, due_at, tries) = ROW
    ({", ".join("EXCLUDED." + name for name in _COLUMNS.split(", "))},
     EXCLUDED.words, EXCLUDED.revision, FALSE, EXCLUDED.due_at, 0)
"""
_REMOVE: Final = "DELETE FROM search_documents WHERE id = ANY ($1::UUID[])"
_BURY: Final = """
UPDATE search_documents
  SET is_gone = TRUE, words = '', revision = nextval('search_revision'), due_at = now(), tries = 0
  WHERE id = ANY ($1::UUID[]) AND NOT is_gone
"""
_VERSIONS: Final = """
SELECT id, version, status, popularity FROM search_documents
  WHERE kind = $1 AND NOT is_gone AND id > $2 AND ($3::UUID IS NULL OR id <= $3)
  ORDER BY id LIMIT 1000
"""
_SHOWN: Final = "SELECT * FROM search_shown($1, $2)"
_PUBLIC: Final = """search_documents WHERE NOT is_gone
  AND (kind = 'venue' OR end_time > now() AND status <> 'CANCELLED')"""
_PAGES: Final = (
    f"SELECT kind, id FROM {_PUBLIC} ORDER BY kind, start_time NULLS LAST, id LIMIT $1 OFFSET $2"
)
_COUNT_PAGES: Final = f"SELECT count(*) FROM {_PUBLIC}"
_LEARN: Final = "INSERT INTO search_words (word) SELECT unnest($1::TEXT[]) ON CONFLICT DO NOTHING"
_UNSPELLED: Final = """
SELECT x.word FROM unnest($1::TEXT[]) x(word)
  WHERE NOT EXISTS (
    SELECT 1 FROM search_pieces p WHERE p.piece = left(x.word, 9) AND p.word = x.word)
"""
_LEARN_PIECES: Final = """
INSERT INTO search_pieces (piece, word) SELECT * FROM unnest($1::TEXT[], $2::TEXT[])
  ON CONFLICT DO NOTHING
"""
_IN_NO_DOCUMENT: Final = """NOT EXISTS (
    SELECT 1 FROM search_documents d WHERE d.words @@ quote_literal(w.word)::TSQUERY)"""
_UNUSED: Final = f"""
SELECT w.word FROM (SELECT word FROM search_words TABLESAMPLE BERNOULLI (5) LIMIT $1) w
  WHERE {_IN_NO_DOCUMENT}
"""
_FORGET: Final = f"""
WITH gone AS (
  DELETE FROM search_words w WHERE w.word = ANY ($1::TEXT[]) AND {_IN_NO_DOCUMENT}
  RETURNING w.word
), pieces AS (
  DELETE FROM search_pieces p USING gone WHERE p.word = gone.word
)
SELECT FROM gone
"""
_CAME_OUT: Final = (
    "INSERT INTO search_news (event_id) SELECT unnest($1::UUID[]) ON CONFLICT DO NOTHING"
)
_OPEN_ROUND: Final = """
SELECT event_id, round FROM search_news
  WHERE round = (SELECT round FROM search_news WHERE round IS NOT NULL LIMIT 1)
"""
# Until then the index has heard of it.
_NEW_ROUND: Final = """
UPDATE search_news SET round = $1 WHERE event_id IN (
    SELECT event_id FROM search_news WHERE round IS NULL AND at < now() - INTERVAL '10 seconds'
    ORDER BY at LIMIT $2)
  RETURNING event_id, round
"""
_DISTINCT: Final = """
SELECT md5(query::TEXT) AS digest, min(query::TEXT) AS query FROM saved_searches
  WHERE md5(query::TEXT) > $1 GROUP BY 1 ORDER BY 1 LIMIT $2
"""
_SAVERS: Final = """
SELECT id, user_id, name FROM saved_searches
  WHERE md5(query::TEXT) = $1 AND id > $2 ORDER BY id LIMIT $3
"""
SAVED_OF: Final = """
SELECT id, name, query::TEXT, created_at FROM saved_searches
  WHERE user_id = $1 ORDER BY created_at DESC, id DESC
"""
SAVE: Final = """
WITH made AS (
  INSERT INTO saved_searches (id, user_id, name, query)
    SELECT $1, $2, $3, $4::TEXT::JSONB
    WHERE (SELECT count(*) FROM saved_searches WHERE user_id = $2) < $5
      OR EXISTS (SELECT 1 FROM saved_searches WHERE user_id = $2 AND query = $4::TEXT::JSONB)
  ON CONFLICT (user_id, query) DO UPDATE SET name = EXCLUDED.name
  RETURNING id, name, query::TEXT, created_at)
SELECT * FROM made
"""
DROP_SAVED: Final = (
    "DELETE FROM saved_searches WHERE user_id = $1 AND ($2::UUID IS NULL OR id = $2)"
)
