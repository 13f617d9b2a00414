"""All SQL of wait-lists, by the driver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import EventId, OrderId, OrganizationId, SectionId, UserId
from arenapulse.runtime.db import Database, Session


async def join(
    session: Session,
    *,
    entry_id: UUID,
    event_id: EventId,
    organization_id: OrganizationId,
    user_id: UserId,
    section_id: UUID | None,
    quantity: int,
    now: dt.datetime,
) -> None:
    """Once a person and event; asked again only what is wished for changes, not the place."""
    await (await session.driver()).execute(
        _JOIN, *(entry_id, event_id, organization_id, user_id, section_id, quantity, now)
    )


async def own(session: Session, *, event_id: EventId, user_id: UserId) -> asyncpg.Record | None:
    """The person's last entry. Columns: those of the table, and `ahead`."""
    return await (await session.driver()).fetchrow(_OWN, event_id, user_id)


async def leave(session: Session, *, event_id: EventId, user_id: UserId) -> bool:
    found = await (await session.driver()).fetchval(_LEAVE, event_id, user_id)
    return found is not None


async def counts(session: Session, *, event_id: EventId) -> asyncpg.Record:
    row = await (await session.driver()).fetchrow(_COUNTS, event_id)
    assert row is not None, "an aggregate has a row"
    return row


async def events_with_waiters(
    database: Database, *, after: EventId | None, limit: int
) -> list[EventId]:
    """Those on sale with a free place, for which somebody waits; by id, from `after` on."""
    rows = await database.pool.fetch(_EVENTS, after, limit)
    return [EventId(row["event_id"]) for row in rows]


async def first_in_line(
    database: Database, *, event_id: EventId, free: Mapping[SectionId, int], limit: int
) -> list[asyncpg.Record]:
    """Who has waited longest for what is `free`. Columns: those of the table.

    Who waits for a section that is full stands in nobody's way.
    """
    most = max(free.values(), default=0)
    return await database.pool.fetch(_FIRST, event_id, list(free), list(free.values()), most, limit)


async def is_given_up(session: Session, *, entry_id: UUID) -> bool:
    """Whether who waited has left, or is forgotten."""
    found = await (await session.driver()).fetchval(_IS_KEPT, entry_id)
    return found is None


async def offer(
    session: Session, *, entry_id: UUID, order_id: OrderId, until: dt.datetime, now: dt.datetime
) -> bool:
    """False where they left meanwhile, or another process offered it."""
    found = await (await session.driver()).fetchval(_OFFER, entry_id, order_id, until, now)
    return found is not None


async def close_offers(session: Session) -> int:
    """What became of the orders that were offered."""
    return len(await (await session.driver()).fetch(_CLOSE))


async def end(session: Session, *, entry_id: UUID) -> None:
    """Nothing can be offered to them: they hold or own as much as they may."""
    await (await session.driver()).execute(_END, entry_id)


async def of_person(session: Session, *, user_id: UserId) -> Sequence[asyncpg.Record]:
    return await (await session.driver()).fetch(_OF_PERSON, user_id)


async def forget(session: Session, *, user_id: UserId) -> None:
    await (await session.driver()).execute(_FORGET, user_id)


_JOIN: Final = """
INSERT INTO wait_list AS w (id, event_id, organization_id, user_id, section_id, quantity, status,
    joined_at)
  VALUES ($1, $2, $3, $4, $5, $6, 'WAITING', $7)
  ON CONFLICT (event_id, user_id) WHERE status IN ('WAITING', 'OFFERED')
  DO UPDATE SET section_id = EXCLUDED.section_id, quantity = EXCLUDED.quantity
    WHERE w.status = 'WAITING'
"""
_OWN: Final = """
SELECT w.*, CASE WHEN w.status = 'WAITING'
    THEN waiters_ahead(w.event_id, w.joined_at, w.id) ELSE 0 END AS ahead
  FROM wait_list w WHERE w.event_id = $1 AND w.user_id = $2
  ORDER BY w.joined_at DESC, w.id DESC LIMIT 1
"""
_LEAVE: Final = (
    "UPDATE wait_list SET status = 'LEFT' "
    "WHERE event_id = $1 AND user_id = $2 AND status = 'WAITING' RETURNING id"
)
_COUNTS: Final = """
SELECT count(*) FILTER (WHERE status = 'WAITING')::INTEGER AS waiting,
    coalesce(sum(quantity) FILTER (WHERE status = 'WAITING'), 0)::INTEGER AS places,
    count(*) FILTER (WHERE status = 'OFFERED')::INTEGER AS offered
  FROM wait_list WHERE event_id = $1
"""
_EVENTS: Final = """
SELECT w.event_id FROM (
    SELECT DISTINCT event_id FROM wait_list
      WHERE status = 'WAITING' AND ($1::UUID IS NULL OR event_id > $1)) w
  JOIN events e ON e.id = w.event_id AND e.status = 'ON_SALE'
  WHERE EXISTS (SELECT 1 FROM stock s
    WHERE s.event_id = w.event_id AND s.held + s.sold + s.blocked < s.capacity)
  ORDER BY 1 LIMIT $2
"""
_FIRST: Final = """
SELECT w.* FROM wait_list w
  LEFT JOIN unnest($2::UUID[], $3::INTEGER[]) f(section_id, free) ON f.section_id = w.section_id
  WHERE w.event_id = $1 AND w.status = 'WAITING'
    AND w.quantity <= CASE WHEN w.section_id IS NULL THEN $4 ELSE f.free END
  ORDER BY w.joined_at, w.id LIMIT $5
"""
_IS_KEPT: Final = "SELECT 1 FROM wait_list WHERE id = $1 AND status <> 'LEFT'"
_OFFER: Final = """
UPDATE wait_list SET status = 'OFFERED', order_id = $2, offered_until = $3, offered_at = $4
  WHERE id = $1 AND status = 'WAITING' RETURNING id
"""
_CLOSE: Final = """
UPDATE wait_list w SET status = CASE
    WHEN o.status IN ('CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED') THEN 'TAKEN' ELSE 'OVER' END
  FROM orders o WHERE w.status = 'OFFERED' AND o.id = w.order_id AND o.status <> 'PENDING'
  RETURNING w.id
"""
_END: Final = "UPDATE wait_list SET status = 'OVER' WHERE id = $1 AND status = 'WAITING'"
_OF_PERSON: Final = "SELECT * FROM wait_list WHERE user_id = $1 ORDER BY joined_at LIMIT 1000"
_FORGET: Final = "DELETE FROM wait_list WHERE user_id = $1"
