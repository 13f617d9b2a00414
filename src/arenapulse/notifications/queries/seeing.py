"""SQL of messages as people see them, have them again, or are forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import OrderId, OrganizationId, UserId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.notifications.queries import numbers
from arenapulse.notifications.queries.handing import NAMES
from arenapulse.notifications.schemas import (
    MessageView,
    SuppressionView,
)
from arenapulse.notifications.terms import SEALED_LANES, Channel, recipient_place
from arenapulse.runtime.db import Session


async def suppressions_of(
    session: Session, *, organization_id: OrganizationId, page: PageRequest
) -> Page[SuppressionView]:
    """Addresses that the organization wrote to and that get nothing any more, newest first.

    Wrote to, and was heard: who is suppressed is learned by nobody who only tries to write there.
    """
    connection = await session.driver()
    rows = await connection.fetch(_SUPPRESSIONS, organization_id, page.limit, page.offset)
    total = await connection.fetchval(_SUPPRESSIONS_COUNT, organization_id)
    return Page([_suppression(session, row) for row in rows], page, int(total))


async def is_suppressed_for(
    session: Session, *, organization_id: OrganizationId, suppression_id: UUID
) -> bool:
    """Whether the organization sees it."""
    connection = await session.driver()
    found = await connection.fetchval(_SEES, organization_id, suppression_id)
    return found is not None


async def lift(
    session: Session,
    *,
    organization_id: OrganizationId,
    suppression_id: UUID,
    for_all: bool,
    now: dt.datetime,
) -> Channel | None:
    """Lets an address be written to again; None where that is not the organization's to do.

    Whose message was complained about may lift it, and `for_all` the platform's people; a mailbox
    that is back is back for everybody who wrote to it.
    """
    connection = await session.driver()
    found = await connection.fetchval(_LIFT, organization_id, suppression_id, now, for_all)
    return None if found is None else Channel(found)


async def lifted(session: Session, *, suppression_id: UUID) -> tuple[Channel, str] | None:
    """An address that was let go here, for its vendor to let it go too."""
    connection = await session.driver()
    row = await connection.fetchrow(
        "SELECT channel::TEXT AS channel, address, address_sealed FROM suppressions "
        "WHERE id = $1 AND lifted_at IS NOT NULL",
        suppression_id,
    )
    if row is None:
        return None
    envelope = row["address_sealed"]
    address = numbers.address_of(
        session, suppression_id=suppression_id, address=row["address"], envelope=envelope
    )
    return Channel(row["channel"]), address


async def end_lifting(session: Session, *, suppression_id: UUID) -> None:
    connection = await session.driver()
    await connection.execute(
        "DELETE FROM suppressions WHERE id = $1 AND lifted_at IS NOT NULL", suppression_id
    )


async def is_of_order(session: Session, *, order_id: OrderId, message_id: UUID) -> bool:
    connection = await session.driver()
    found = await connection.fetchval(
        "SELECT 1 FROM messages WHERE id = $1 AND order_id = $2", message_id, order_id
    )
    return found is not None


async def outbox(
    session: Session, *, recipient: str | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """What the twins took, newest first, with the names of our templates."""
    connection = await session.driver()
    return [dict(row) for row in await connection.fetch(_OUTBOX, recipient, before, limit)]


async def messages_of_order(
    session: Session, *, order_id: OrderId, page: PageRequest
) -> Page[MessageView]:
    """What was told about an order, newest first."""
    connection = await session.driver()
    rows = await connection.fetch(_OF_ORDER, order_id, page.limit, page.offset)
    total = await connection.fetchval("SELECT count(*) FROM messages WHERE order_id = $1", order_id)
    return Page([_message(session, row) for row in rows], page, int(total))


async def repeat(
    session: Session,
    *,
    order_id: OrderId,
    message_id: UUID,
    new_id: UUID,
    key: str,
    now: dt.datetime,
) -> bool:
    """The same message once more, as a new one; False where there is none that may be repeated."""
    connection = await session.driver()
    row = await connection.fetchrow(_REPEATABLE, order_id, message_id)
    if row is None:
        return False
    recipient, envelope = row["recipient"], row["recipient_sealed"]
    if row["channel"] == Channel.SMS:
        number = numbers.recipient_of(
            session, message_id=message_id, recipient=recipient, envelope=envelope
        )
        recipient, envelope = numbers.sealed(session, number=number, place=recipient_place(new_id))
    found = await connection.fetchval(_REPEAT, message_id, new_id, key, now, recipient, envelope)
    return found is not None


async def forget_person(session: Session, *, user_id: UserId, now: dt.datetime) -> None:
    """What waits is not sent; what was sent stays without address, name and words."""
    connection = await session.driver()
    await connection.execute(_FORGET_SUPPRESSED, user_id)
    await connection.execute(_FORGET, user_id, now)


async def forget_address(session: Session, *, address: str, now: dt.datetime) -> None:
    """The same for what went to an address before anybody was known by it."""
    connection = await session.driver()
    await connection.execute(_FORGET_ADDRESS, address, now)


async def forget_recipients(
    session: Session, *, after: UUID, numbers_before: UUID, mails_before: UUID, rows: int
) -> tuple[UUID | None, int]:
    """A page of what is old, in the order of their ids; its last one, and how many it forgot."""
    connection = await session.driver()
    row = await connection.fetchrow(_FORGET_OLD, after, numbers_before, mails_before, rows)
    assert row is not None
    return row["last"], row["forgotten"]


async def stop_campaign(session: Session, *, campaign_id: UUID, now: dt.datetime) -> int:
    """What waits is not sent; how many that are. What a vendor may have in hand runs its way."""
    connection = await session.driver()
    done = await connection.execute(
        "UPDATE messages SET status = 'FAILED', error_code = 'stopped', due_at = NULL, "
        "updated_at = $2 WHERE campaign_id = $1 AND status = 'QUEUED' AND doubt_at IS NULL",
        campaign_id,
        now,
    )
    return int(done.rsplit(" ", 1)[-1])


async def campaign_progress(session: Session, *, campaign_id: UUID) -> dict[str, int]:
    """How many of its messages are where: queued, sent, delivered, failed."""
    connection = await session.driver()
    row = await connection.fetchrow(_PROGRESS, campaign_id)
    assert row is not None
    return dict(row)


async def told_to(session: Session, *, user_id: UserId, limit: int) -> list[dict[str, Any]]:
    """What a person was told, newest first, for the export of their data."""
    connection = await session.driver()
    rows = await connection.fetch(_TOLD_TO, user_id, limit)
    return [_said(session, row) for row in rows]


def _said(session: Session, row: asyncpg.Record) -> dict[str, Any]:
    """A message's row with who was told as people know them."""
    found = dict(row)
    envelope, message_id = found.pop("recipient_sealed"), found["message_id"]
    found["to"] = numbers.recipient_of(
        session, message_id=message_id, recipient=found["to"], envelope=envelope
    )
    return found


def _message(session: Session, row: asyncpg.Record) -> MessageView:
    return MessageView.model_validate(_said(session, row))


def _suppression(session: Session, row: asyncpg.Record) -> SuppressionView:
    found = dict(row)
    envelope, suppression_id = found.pop("address_sealed"), found["suppression_id"]
    found["address"] = numbers.address_of(
        session, suppression_id=suppression_id, address=found["address"], envelope=envelope
    )
    return SuppressionView.model_validate(found)


_CAUSED: Final = (
    "EXISTS (SELECT 1 FROM messages m WHERE m.id = s.message_id AND m.organization_id = $1)"
)
# Where a member or a buyer chose the address, the organization has nothing to do with who is there.
_WROTE: Final = (
    "EXISTS (SELECT 1 FROM messages m WHERE m.recipient = s.address AND m.organization_id = $1 "
    "AND m.sent_at IS NOT NULL AND m.template NOT IN ('invitation', 'transfer_offered'))"
)
_SEEN: Final = f"s.lifted_at IS NULL AND ({_CAUSED} OR {_WROTE})"
_SEES: Final = f"SELECT 1 FROM suppressions s WHERE s.id = $2 AND {_SEEN}"
_SUPPRESSIONS: Final = f"""
SELECT s.id AS suppression_id, s.channel::TEXT AS channel, s.address,
    s.address_sealed, s.reason, s.created_at
  FROM suppressions s WHERE {_SEEN} ORDER BY s.created_at DESC, s.id LIMIT $2 OFFSET $3
"""
_SUPPRESSIONS_COUNT: Final = f"SELECT count(*) FROM suppressions s WHERE {_SEEN}"
_LIFT: Final = f"""
UPDATE suppressions s SET lifted_at = $3 WHERE s.id = $2 AND s.lifted_at IS NULL
  AND ({_CAUSED} OR {_WROTE} AND (s.reason = 'BOUNCE' OR $4))
RETURNING s.channel::TEXT
"""
_OUTBOX: Final = """
SELECT s.number, s.id, s.vendor, s.recipient, coalesce(m.template, s.template) AS template,
    s.subject, s.body, s.html, s.taken_at
  FROM sandbox_messages s LEFT JOIN messages m ON m.id = s.message_id
  WHERE ($1::TEXT IS NULL OR s.recipient = $1) AND ($2::BIGINT IS NULL OR s.number < $2)
  ORDER BY s.number DESC LIMIT $3
"""
_OF_ORDER: Final = """
SELECT id AS message_id, channel::TEXT AS channel, template, locale, recipient AS "to",
    recipient_sealed, status::TEXT AS status, error_code, segments, created_at, sent_at, updated_at
  FROM messages WHERE order_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3
"""
# What had a token in it is spent or secret: whoever needs a new one asks for it.
_REPEATABLE: Final = """
SELECT channel::TEXT AS channel, recipient, recipient_sealed FROM messages
  WHERE order_id = $1 AND id = $2 AND recipient <> '' AND content <> '{}'
"""
_REPEAT: Final = f"""
INSERT INTO messages ({NAMES}, updated_at)
SELECT $2, $3, channel, template, locale, $5, $6, name, user_id, organization_id, event_id,
    order_id, campaign_id,
    CASE WHEN channel = 'SMS' THEN priority % {SEALED_LANES} + {SEALED_LANES} ELSE priority END,
    content, NULL, $4, NULL, $4, $4
  FROM messages WHERE id = $1
ON CONFLICT (key) DO NOTHING RETURNING id
"""
_FORGET_WHAT: Final = """
UPDATE messages SET recipient = '', recipient_sealed = NULL, name = '', content = '{}',
    sealed = NULL, due_at = NULL, doubt_at = NULL, updated_at = $2,
    error_code = CASE status WHEN 'QUEUED' THEN 'forgotten' ELSE error_code END,
    status = CASE status WHEN 'QUEUED' THEN 'FAILED' ELSE status END
"""
_FORGET: Final = _FORGET_WHAT + " WHERE user_id = $1"
# What was suppressed was an address of theirs; its vendor keeps a list of its own.
_FORGET_SUPPRESSED: Final = """
DELETE FROM suppressions WHERE id IN (
  SELECT s.id FROM messages m
    JOIN suppressions s ON s.channel = m.channel AND s.address = m.recipient
    WHERE m.user_id = $1 AND m.recipient <> ''
  UNION ALL
  SELECT s.id FROM messages m JOIN suppressions s ON s.message_id = m.id WHERE m.user_id = $1)
"""
_FORGET_ADDRESS: Final = _FORGET_WHAT + " WHERE user_id IS NULL AND recipient = $1"
# Each day all that is old, by its ids: an index of those that are not forgotten would be written
# with each message.
_FORGET_OLD: Final = """
WITH page AS MATERIALIZED (
  SELECT id FROM messages WHERE id > $1 AND id < $2 ORDER BY id LIMIT $4
), done AS (
  UPDATE messages m SET recipient = '', recipient_sealed = NULL, name = '', content = '{}'
    FROM page p WHERE m.id = p.id AND m.recipient <> '' AND m.status <> 'QUEUED'
      AND (m.channel = 'SMS' OR m.id < $3) RETURNING 1
)
SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS last,
    (SELECT count(*) FROM done) AS forgotten
"""
_TOLD_TO: Final = """
SELECT id AS message_id, channel::TEXT AS channel, template, recipient AS to, recipient_sealed,
    status::TEXT AS status, created_at
  FROM messages WHERE user_id = $1 ORDER BY id DESC LIMIT $2
"""
_PROGRESS: Final = """
SELECT count(*) FILTER (WHERE status = 'QUEUED') AS queued,
    count(*) FILTER (WHERE status = 'SENT') AS sent,
    count(*) FILTER (WHERE status IN ('DELIVERED', 'OPENED')) AS delivered,
    count(*) FILTER (WHERE status IN ('FAILED', 'BOUNCED', 'COMPLAINED', 'SUPPRESSED')) AS failed
  FROM messages WHERE campaign_id = $1
"""
