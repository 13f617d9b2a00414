"""All SQL of pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from arenapulse.core.ids import OrganizationId
from arenapulse.media.schemas import PictureView, SourceView, ThumbView
from arenapulse.media.terms import ENDINGS, THUMB_WIDTH_MAX
from arenapulse.runtime.db import Database, Session

FILES_PATH: Final = "/media/"
_BASE_KEY: Final = "arenapulse.media.base"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One size as it is kept; its file is `<width>.<ending>`."""

    ending: str
    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.width}.{self.ending}"


class _Row(msgspec.Struct, frozen=True, array_like=True):
    id: UUID
    blur: str
    sizes: list[Made]


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """What somebody said they would upload, or has."""

    media_id: UUID
    content_type: str
    size: int
    is_ready: bool


def hold_base_url(database: Database, base_url: str) -> None:
    """Lets what is read in a session of this database say where pictures are."""
    database.session_info[_BASE_KEY] = base_url


async def add(
    session: Session,
    *,
    media_id: UUID,
    subject_id: UUID,
    organization_id: OrganizationId,
    content_type: str,
    size: int,
    most: int,
) -> bool:
    """False where the subject has as many already."""
    connection = await session.driver()
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", str(subject_id))
    done = await connection.execute(
        _ADD, media_id, subject_id, organization_id, content_type, size, most
    )
    return done == "INSERT 0 1"


async def find(session: Session, *, media_id: UUID, subject_id: UUID | None) -> Awaited | None:
    """One that is not gone; of this subject, if one is named."""
    connection = await session.driver()
    row = await connection.fetchrow(_FIND, media_id, subject_id)
    if row is None:
        return None
    return Awaited(
        media_id=row["id"],
        content_type=row["content_type"],
        size=row["size"],
        is_ready=row["ready_at"] is not None,
    )


async def make_ready(session: Session, *, media_id: UUID, blur: str, made: Sequence[Made]) -> bool:
    """False where it is ready already, or gone."""
    connection = await session.driver()
    done = await connection.execute(_READY, media_id, blur, msgspec.json.encode(made).decode())
    return done == "UPDATE 1"


async def remove(session: Session, *, subject_id: UUID, media_id: UUID | None = None) -> bool:
    """Nobody sees it any more; its files are collected later. All of the subject without an id."""
    connection = await session.driver()
    return await connection.execute(_REMOVE, subject_id, media_id) != "UPDATE 0"


async def pictures(
    session: Session, *, subject_ids: Collection[UUID]
) -> dict[UUID, list[PictureView]]:
    """By subject its pictures, the oldest first."""
    if not subject_ids:
        return {}
    connection = await session.driver()
    base = str(session.info.get(_BASE_KEY, ""))
    found: dict[UUID, list[PictureView]] = {}
    for row in await connection.fetch(_OF, list(subject_ids)):
        shown = _view(row["id"], row["blur"], made=_made(row["sizes"]), base=base)
        found.setdefault(row["subject_id"], []).append(shown)
    return found


async def thumbs(session: Session, *, subject_ids: Collection[UUID]) -> dict[UUID, ThumbView]:
    """By subject its first picture in the sizes that a card needs."""
    if not subject_ids:
        return {}
    connection = await session.driver()
    rows = await connection.fetch(_FIRST_OF, list(subject_ids))
    return {
        row["subject_id"]: thumb(
            session.info, media_id=row["id"], blur=row["blur"], sizes=row["sizes"]
        )
        for row in rows
    }


def thumb(info: Mapping[str, object], *, media_id: UUID, blur: str, sizes: str) -> ThumbView:
    """A picture as a card shows it, from its row; `info` is what sessions carry."""
    return ThumbView(
        path=f"{info.get(_BASE_KEY, '')}{FILES_PATH}{media_id}/",
        widths=_thumb_widths(_made(sizes)),
        blur=blur,
    )


def _thumb_widths(made: Sequence[Made]) -> list[int]:
    widths = sorted({each.width for each in made})
    return [width for width in widths if width <= THUMB_WIDTH_MAX] or widths[:1]


async def unused(session: Session, *, before: dt.datetime, limit: int) -> list[UUID]:
    """Pictures that are gone, and uploads that nobody completed."""
    connection = await session.driver()
    return [row["id"] for row in await connection.fetch(_UNUSED, before, limit)]


async def forget(session: Session, *, media_ids: Collection[UUID]) -> None:
    connection = await session.driver()
    await connection.execute("DELETE FROM media WHERE id = ANY ($1::UUID[])", list(media_ids))


def pictures_in(info: Mapping[str, object], *, told: str | None) -> list[PictureView]:
    """What `PICTURES_OF` told of a subject; `info` is what sessions carry."""
    rows = () if told is None else msgspec.json.decode(told, type=list[_Row])
    base = str(info.get(_BASE_KEY, ""))
    return [_view(row.id, row.blur, made=row.sizes, base=base) for row in rows]


def _made(stored: str) -> list[Made]:
    return msgspec.json.decode(stored, type=list[Made])


def _view(media_id: UUID, blur: str, *, made: Sequence[Made], base: str) -> PictureView:
    sources = [
        SourceView(
            url=f"{base}{FILES_PATH}{media_id}/{each.name}",
            content_type=ENDINGS[each.ending],
            width=each.width,
            height=each.height,
        )
        for each in made
    ]
    plain = max(
        (each for each in sources if each.content_type == ENDINGS["jpg"]),
        key=lambda each: each.width,
    )
    return PictureView(media_id=media_id, blur=blur, sources=sources, **plain.model_dump())


PICTURES_OF: Final = """
(SELECT jsonb_agg(jsonb_build_array(id, blur, sizes) ORDER BY created_at, id)::TEXT FROM media
  WHERE subject_id = e.id AND ready_at IS NOT NULL AND gone_at IS NULL)
"""
"""In a statement of somebody else about subjects `e`: the pictures of each, for `pictures_in`."""


_ADD: Final = """
INSERT INTO media (id, subject_id, organization_id, content_type, size)
  SELECT $1, $2, $3, $4, $5
  WHERE (SELECT count(*) FROM media WHERE subject_id = $2 AND gone_at IS NULL) < $6
"""
_FIND: Final = """
SELECT id, content_type, size, ready_at FROM media
  WHERE id = $1 AND ($2::UUID IS NULL OR subject_id = $2) AND gone_at IS NULL
"""
_READY: Final = """
UPDATE media SET ready_at = now(), blur = $2, sizes = $3::TEXT::JSONB
  WHERE id = $1 AND ready_at IS NULL AND gone_at IS NULL
"""
_REMOVE: Final = """
UPDATE media SET gone_at = now()
  WHERE subject_id = $1 AND ($2::UUID IS NULL OR id = $2) AND gone_at IS NULL
"""
_OF: Final = """
SELECT id, subject_id, blur, sizes::TEXT FROM media
  WHERE subject_id = ANY ($1::UUID[]) AND ready_at IS NOT NULL AND gone_at IS NULL
  ORDER BY created_at, id
"""
_FIRST_OF: Final = """
SELECT DISTINCT ON (subject_id) id, subject_id, blur, sizes::TEXT FROM media
  WHERE subject_id = ANY ($1::UUID[]) AND ready_at IS NOT NULL AND gone_at IS NULL
  ORDER BY subject_id, created_at, id
"""
_UNUSED: Final = """
SELECT id FROM media
  WHERE gone_at < $1 OR ready_at IS NULL AND created_at < $1
  ORDER BY created_at LIMIT $2
"""
