"""SQL of campaigns and of who agreed to news."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import EventId, OrganizationId, UserId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.outreach.errors import CampaignNotFound
from arenapulse.outreach.terms import CampaignStatus
from arenapulse.runtime.db import Session

Row = asyncpg.Record


async def add(session: Session, *, values: Sequence[object]) -> None:
    """A new campaign, its values in the order of `_COLUMNS`."""
    connection = await session.driver()
    await connection.execute(_ADD, *values)


async def find(
    session: Session, *, event_id: EventId, campaign_id: UUID, lock: bool = False
) -> Row:
    """Where it stands; locked, nobody moves it meanwhile. Raises `CampaignNotFound`."""
    connection = await session.driver()
    locked = " FOR NO KEY UPDATE" if lock else ""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE id = $1 AND event_id = $2{locked}", campaign_id, event_id
    )
    if row is None:
        raise CampaignNotFound
    return row


async def by_id(session: Session, *, campaign_id: UUID) -> Row | None:
    connection = await session.driver()
    return await connection.fetchrow(f"{_SELECT} WHERE id = $1", campaign_id)


async def of_event(session: Session, *, event_id: EventId, page: PageRequest) -> Page[Row]:
    """Newest first."""
    connection = await session.driver()
    rows = await connection.fetch(
        f"{_SELECT} WHERE event_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3",
        event_id,
        page.limit,
        page.offset,
    )
    total = await connection.fetchval(
        "SELECT count(*) FROM campaigns WHERE event_id = $1", event_id
    )
    return Page(list(rows), page, int(total))


async def move(
    session: Session,
    *,
    campaign_id: UUID,
    to: CampaignStatus,
    now: dt.datetime,
    actor_id: UUID | None = None,
) -> bool:
    """Moves it as the table of moves allows; False where it stands elsewhere."""
    connection = await session.driver()
    done = await connection.execute(
        _MOVE,
        campaign_id,
        to.value,
        [before.value for before, after in MOVES.items() if to in after],
        now,
        actor_id,
    )
    return done != "UPDATE 0"


async def advance(
    session: Session, *, campaign_id: UUID, before: UUID | None, after: UUID, people: int
) -> bool:
    """Notes how far it got; False where it was stopped, or another worker got there first."""
    connection = await session.driver()
    done = await connection.execute(_ADVANCE, campaign_id, before, after, people)
    return done != "UPDATE 0"


async def set_consent(
    session: Session,
    *,
    organization_id: OrganizationId,
    user_id: UserId,
    agreed: bool,
    now: dt.datetime,
) -> None:
    connection = await session.driver()
    await connection.execute(_CONSENT, organization_id, user_id, agreed, now)


async def agreed_among(
    session: Session, *, organization_id: OrganizationId, user_ids: Sequence[UserId]
) -> set[UserId]:
    """Those who agreed to the organization's news and did not take it back."""
    connection = await session.driver()
    rows = await connection.fetch(
        "SELECT user_id FROM news_consents "
        "WHERE organization_id = $1 AND user_id = ANY ($2) AND agreed",
        organization_id,
        user_ids,
    )
    return {UserId(row["user_id"]) for row in rows}


async def consents_of(session: Session, *, user_id: UserId) -> list[dict[str, Any]]:
    connection = await session.driver()
    rows = await connection.fetch(
        "SELECT organization_id, agreed FROM news_consents WHERE user_id = $1 "
        "ORDER BY organization_id",
        user_id,
    )
    return [dict(row) for row in rows]


async def news_of(session: Session, *, user_id: UserId) -> list[dict[str, Any]]:
    """The organizations whose news the person was asked about, or from whom they ordered."""
    connection = await session.driver()
    return [dict(row) for row in await connection.fetch(_NEWS_OF, user_id, ORGANIZATIONS_MAX)]


async def forget_person(session: Session, *, user_id: UserId) -> None:
    connection = await session.driver()
    await connection.execute("DELETE FROM news_consents WHERE user_id = $1", user_id)


# The one table of moves. SENT is told to everybody: what of it waits can be stopped yet.
MOVES: Final = {
    CampaignStatus.PENDING: frozenset({CampaignStatus.SENDING, CampaignStatus.STOPPED}),
    CampaignStatus.SENDING: frozenset({CampaignStatus.SENT, CampaignStatus.STOPPED}),
    CampaignStatus.SENT: frozenset({CampaignStatus.STOPPED}),
}
_COLUMNS: Final = (
    "id, event_id, organization_id, template, content, segment, channels, per_minute, people, "
    "emails, texts, asked_by, created_at"
)
_ADD: Final = (
    f"INSERT INTO campaigns ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5::TEXT::JSONB, "
    "$6::TEXT::JSONB, $7, $8, $9, $10, $11, $12, $13)"
)
_SELECT: Final = (
    "SELECT id, event_id, organization_id, template, content::TEXT AS content, "
    "segment::TEXT AS segment, channels, per_minute, people, emails, texts, status, reached, "
    "told, started_at, created_at, ended_at FROM campaigns"
)
_MOVE: Final = """
UPDATE campaigns SET status = $2,
    started_at = CASE $2 WHEN 'SENDING' THEN $4 ELSE started_at END,
    approved_by = CASE $2 WHEN 'SENDING' THEN $5 ELSE approved_by END,
    ended_at = CASE WHEN $2 IN ('SENT', 'STOPPED') THEN $4 END
  WHERE id = $1 AND status = ANY ($3)
"""
_ADVANCE: Final = """
UPDATE campaigns SET reached = $3, told = told + $4
  WHERE id = $1 AND status = 'SENDING' AND reached IS NOT DISTINCT FROM $2
"""
ORGANIZATIONS_MAX: Final = 200
_NEWS_OF: Final = """
SELECT o.id AS organization_id, o.name AS organization_name, coalesce(c.agreed, false) AS agreed
FROM (
  SELECT organization_id FROM news_consents WHERE user_id = $1
  UNION
  SELECT e.organization_id FROM orders r JOIN events e ON e.id = r.event_id WHERE r.user_id = $1
) known
JOIN organizations o ON o.id = known.organization_id
LEFT JOIN news_consents c ON c.organization_id = o.id AND c.user_id = $1
ORDER BY o.name, o.id LIMIT $2
"""
_CONSENT: Final = """
INSERT INTO news_consents (organization_id, user_id, agreed, changed_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (organization_id, user_id) DO UPDATE SET agreed = excluded.agreed,
    changed_at = excluded.changed_at
"""
