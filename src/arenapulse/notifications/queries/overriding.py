"""SQL of an organization's own words: versions, of which one at most is in use."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import OrganizationId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.notifications.schemas import OverrideView
from arenapulse.notifications.terms import VERSIONS_KEPT_MAX
from arenapulse.runtime.db import Session


async def lock_overrides(
    session: Session, *, organization_id: OrganizationId, template: str, locale: str
) -> None:
    """Who writes the same words waits until the other is done."""
    connection = await session.driver()
    await connection.execute(_LOCK, f"words {organization_id} {template} {locale}")


async def active_overrides(
    session: Session, *, organization_id: OrganizationId
) -> list[tuple[str, str, OverrideView]]:
    """Template, language and the words in use."""
    connection = await session.driver()
    rows = await connection.fetch(_ACTIVE, organization_id)
    return [(row["template"], row["locale"], _view(row)) for row in rows]


async def active_override(
    session: Session, *, organization_id: OrganizationId, template: str, locale: str
) -> OverrideView | None:
    connection = await session.driver()
    where = f"{_ACTIVE} AND template = $2 AND locale = $3"
    row = await connection.fetchrow(where, organization_id, template, locale)
    return None if row is None else _view(row)


async def page_overrides(
    session: Session,
    *,
    organization_id: OrganizationId,
    template: str,
    locale: str,
    page: PageRequest,
) -> Page[OverrideView]:
    """Newest first."""
    connection = await session.driver()
    of = (organization_id, template, locale)
    rows = await connection.fetch(_VERSIONS, *of, page.limit, page.offset)
    total = await connection.fetchval(_COUNT, *of)
    return Page([_view(row) for row in rows], page, int(total))


async def end_override(
    session: Session, *, organization_id: OrganizationId, template: str, locale: str
) -> int | None:
    """Which version was in use until now."""
    connection = await session.driver()
    ended: int | None = await connection.fetchval(_END, organization_id, template, locale)
    return ended


async def add_override(
    session: Session,
    *,
    organization_id: OrganizationId,
    template: str,
    locale: str,
    subject: str | None,
    paragraphs: list[str] | None,
    written_by: UUID,
    now: dt.datetime,
) -> int:
    """The next version, in use from now on; the oldest beyond `VERSIONS_KEPT_MAX` go."""
    connection = await session.driver()
    of = (organization_id, template, locale)
    version: int = await connection.fetchval(_ADD, *of, subject, paragraphs, written_by, now)
    await connection.execute(_TRIM, *of, version - VERSIONS_KEPT_MAX)
    return version


def _view(row: asyncpg.Record) -> OverrideView:
    return OverrideView.model_validate(dict(row))


_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_COLUMNS: Final = "template, locale, version, subject, paragraphs, is_active, created_at"
_OF: Final = "organization_id = $1 AND template = $2 AND locale = $3"
_ACTIVE: Final = (
    f"SELECT {_COLUMNS} FROM template_overrides WHERE organization_id = $1 AND is_active"
)
_VERSIONS: Final = (
    f"SELECT {_COLUMNS} FROM template_overrides WHERE {_OF} "
    "ORDER BY version DESC LIMIT $4 OFFSET $5"
)
_COUNT: Final = f"SELECT count(*) FROM template_overrides WHERE {_OF}"
_END: Final = (
    f"UPDATE template_overrides SET is_active = FALSE WHERE {_OF} AND is_active RETURNING version"
)
_ADD: Final = f"""
INSERT INTO template_overrides (organization_id, template, locale, version, subject, paragraphs,
    is_active, written_by, created_at)
  SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, TRUE, $6, $7
  FROM template_overrides WHERE {_OF}
RETURNING version
"""
_TRIM: Final = f"DELETE FROM template_overrides WHERE {_OF} AND version <= $4 AND NOT is_active"
