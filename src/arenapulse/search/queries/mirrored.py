"""SQL of what a cluster has heard of the index and what it is yet to hear."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse.runtime.db import Session
from arenapulse.search.indexed import Document
from arenapulse.search.queries import SHOWN, document_of

_REFUSED_SECONDS_MAX: Final = 3_600


@dataclass(frozen=True, kw_only=True)
class Due:
    """What a cluster has not heard: a document in its newest revision, or that it is gone."""

    document: Document
    revision: int
    is_gone: bool


async def due(session: Session, *, limit: int) -> list[Due]:
    """What a cluster is to hear, the longest due first."""
    connection = await session.driver()
    return [
        Due(document=document_of(row), revision=row["revision"], is_gone=row["is_gone"])
        for row in await connection.fetch(_DUE, limit)
    ]


async def settle(session: Session, *, heard: Sequence[Due]) -> None:
    """The cluster has these revisions; what was written since stays due."""
    connection = await session.driver()
    pairs = [each.document.id for each in heard], [each.revision for each in heard]
    await connection.execute(_FORGET_GONE, *pairs)
    await connection.execute(_SETTLE, *pairs)


async def put_off(session: Session, *, refused: Sequence[Due]) -> None:
    """The cluster will not have these as they are: each is tried again later and later."""
    connection = await session.driver()
    pairs = [each.document.id for each in refused], [each.revision for each in refused]
    await connection.execute(_PUT_OFF, *pairs, _REFUSED_SECONDS_MAX)


async def make_due(session: Session, *, ids: Collection[UUID] | None) -> None:
    """The cluster is to hear of these again, of all if that is None; as newer than it has."""
    connection = await session.driver()
    await connection.execute(_MAKE_DUE, None if ids is None else list(ids))


async def revisions(session: Session, *, after: UUID, limit: int) -> dict[UUID, int]:
    """By id, in order, what the cluster should have; without what it is yet to hear."""
    connection = await session.driver()
    rows = await connection.fetch(_REVISIONS, after, limit)
    return {row["id"]: -1 if row["is_due"] else row["revision"] for row in rows}


async def there(session: Session, *, ids: Collection[UUID]) -> set[UUID]:
    """Those of them that there are documents of, or were until the cluster has heard."""
    connection = await session.driver()
    return {row["id"] for row in await connection.fetch(_THERE, list(ids))}


async def page(session: Session, *, after: UUID, limit: int) -> list[Due]:
    """Documents in the order of their ids, for who builds an index from nothing."""
    connection = await session.driver()
    return [
        Due(document=document_of(row), revision=row["revision"], is_gone=False)
        for row in await connection.fetch(_PAGE, after, limit)
    ]


_DUE: Final = f"""
SELECT {SHOWN}, d.revision, d.is_gone FROM search_documents d
  WHERE d.due_at <= now() ORDER BY d.due_at LIMIT $1
"""
_HEARD: Final = "(d.id, d.revision) IN (SELECT * FROM unnest($1::UUID[], $2::BIGINT[]))"
_FORGET_GONE: Final = f"DELETE FROM search_documents d WHERE d.is_gone AND {_HEARD}"
_SETTLE: Final = f"UPDATE search_documents d SET due_at = NULL, tries = 0 WHERE {_HEARD}"
_PUT_OFF: Final = f"""
UPDATE search_documents d
  SET tries = tries + 1, due_at = now() + least($3, 2 ^ least(tries, 20)) * INTERVAL '1 second'
  WHERE {_HEARD}
"""
_MAKE_DUE: Final = """
UPDATE search_documents SET due_at = now(), revision = nextval('search_revision')
  WHERE due_at IS NULL AND ($1::UUID[] IS NULL OR id = ANY ($1))
"""
_REVISIONS: Final = """
SELECT id, revision, due_at IS NOT NULL AS is_due FROM search_documents
  WHERE id > $1 ORDER BY id LIMIT $2
"""
_THERE: Final = "SELECT id FROM search_documents WHERE id = ANY ($1::UUID[])"
_PAGE: Final = f"""
SELECT {SHOWN}, d.revision FROM search_documents d
  WHERE NOT d.is_gone AND d.id > $1 ORDER BY d.id LIMIT $2
"""
