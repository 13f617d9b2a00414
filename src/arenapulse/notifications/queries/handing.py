"""SQL of messages on their way: told, handed to a vendor, in doubt, sent or ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from arenapulse.notifications.queries import numbers
from arenapulse.notifications.schemas import (
    Outgoing,
)
from arenapulse.notifications.terms import LOCALE_DEFAULT, LOCALES, Channel, MessageStatus, Why
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.due import NOBODY

Row = tuple[object, ...]

# Whose turn a message is, as the indexes of due ones have it.
TENANT: Final = f"coalesce(d.organization_id, '{NOBODY}'::UUID)"


async def add(session: Session, *, rows: Sequence[Row]) -> int:
    """New messages, as `_COLUMNS` names their values; how many were not said before."""
    connection = await session.driver()
    done = await connection.execute(_ADD, *map(list, zip(*rows, strict=True)))
    return int(done.rsplit(" ", 1)[-1])


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is taken; `doubt_at` since when it is in doubt."""

    id: UUID
    doubt_at: dt.datetime | None


async def outgoing(session: Session, *, ids: Sequence[UUID]) -> dict[UUID, Outgoing]:
    """Messages just taken, with what else must be known of them."""
    connection = await session.driver()
    rows = await connection.fetch(_OUTGOING, list(ids))
    found = {row["id"]: _outgoing(session, row) for row in rows}
    texts = [one for one in found.values() if one.channel is Channel.SMS and not one.suppressed]
    stopped = await _stopped(session, texts=texts)
    return {name: stopped.get(name, one) for name, one in found.items()}


async def _stopped(session: Session, *, texts: Sequence[Outgoing]) -> dict[UUID, Outgoing]:
    """Those whose number gets nothing, under whichever key that was written down."""
    if not texts:
        return {}
    known = {one.id: numbers.spellings(session, number=one.recipient) for one in texts}
    rows = await (await session.driver()).fetch(
        "SELECT address, reason FROM suppressions WHERE channel = 'SMS' AND lifted_at IS NULL "
        "AND address = ANY ($1)",
        [spelling for each in known.values() for spelling in each],
    )
    why = {row["address"]: Why(row["reason"]) for row in rows}
    return {
        one.id: replace(one, suppressed=why[spelling])
        for one in texts
        for spelling in known[one.id]
        if spelling in why
    }


async def lock(session: Session, *, ids: Collection[UUID]) -> set[UUID]:
    """First, and by id: workers settle messages while vendors tell of the same ones.

    Those that there are.
    """
    connection = await session.driver()
    return {row["id"] for row in await connection.fetch(_LOCK, list(ids))}


async def sent(
    session: Session, *, sent: Sequence[tuple[UUID, str, int | None]], now: dt.datetime
) -> None:
    """Taken by their vendors under these ids. A webhook may have said so, and more, before."""
    connection = await session.driver()
    await connection.execute(_SENT, *map(list, zip(*sent, strict=True)), now)


async def later(
    session: Session, *, put_off: Sequence[tuple[UUID, dt.datetime, bool, str]], now: dt.datetime
) -> None:
    """Due again at a time; the flag says whether the doubt stays."""
    connection = await session.driver()
    await connection.execute(_LATER, *map(list, zip(*put_off, strict=True)), now)


async def end(
    session: Session,
    *,
    ended: Sequence[tuple[UUID, MessageStatus, str | None]],
    now: dt.datetime,
) -> None:
    """Will never be sent: FAILED or SUPPRESSED, with the reason."""
    connection = await session.driver()
    await connection.execute(_END, *map(list, zip(*ended, strict=True)), now)


def _outgoing(session: Session, row: asyncpg.Record) -> Outgoing:
    override = row["override"]
    return Outgoing(
        id=row["id"],
        channel=Channel(row["channel"]),
        template=row["template"],
        locale=row["locale"],
        recipient=numbers.recipient_of(
            session,
            message_id=row["id"],
            recipient=row["recipient"],
            envelope=row["recipient_sealed"],
        ),
        name=row["name"],
        organization_id=row["organization_id"],
        values=msgspec.json.decode(row["content"]),
        sealed=row["sealed"],
        tries=row["tries"],
        vendor=row["vendor"],
        useful_from=row["useful_from"],
        suppressed=None if row["reason"] is None else Why(row["reason"]),
        override=None if override is None else msgspec.json.decode(override),
    )


_COLUMNS: Final = (
    ("id", "UUID"),
    ("key", "TEXT"),
    ("channel", "message_channel"),
    ("template", "TEXT"),
    ("locale", "TEXT"),
    ("recipient", "TEXT"),
    ("recipient_sealed", "BYTEA"),
    ("name", "TEXT"),
    ("user_id", "UUID"),
    ("organization_id", "UUID"),
    ("event_id", "UUID"),
    ("order_id", "UUID"),
    ("campaign_id", "UUID"),
    ("priority", "SMALLINT"),
    ("content", "TEXT"),
    ("sealed", "BYTEA"),
    ("due_at", "TIMESTAMPTZ"),
    ("first_due_at", "TIMESTAMPTZ"),
    ("created_at", "TIMESTAMPTZ"),
)
NAMES: Final = ", ".join(name for name, _ in _COLUMNS)
_ARRAYS: Final = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(_COLUMNS, 1))
# No key is named: who says it need not see what others were told.
_ADD: Final = f"""
INSERT INTO messages ({NAMES}, updated_at)
SELECT {NAMES.replace("content", "content::JSONB")}, created_at
  FROM unnest({_ARRAYS}) new ({NAMES})
ON CONFLICT DO NOTHING
"""
# As `wording.language_of` has it.
_LANGUAGE: Final = "lower(split_part(replace(t.locale, '_', '-'), '-', 1))"
LANGUAGE_OF: Final = (
    f"CASE WHEN {_LANGUAGE} = ANY ('{{{','.join(LOCALES)}}}') "
    f"THEN {_LANGUAGE} ELSE '{LOCALE_DEFAULT}' END"
)
# As text: SQLAlchemy's connections decode JSON, and we want it our way.
_OUTGOING: Final = f"""
SELECT t.id, t.channel::TEXT AS channel, t.template, t.locale, t.recipient,
    t.recipient_sealed, t.name,
    t.organization_id, t.content::TEXT AS content, t.sealed, t.tries, t.vendor,
    coalesce(t.first_due_at, t.created_at) AS useful_from, s.reason,
    CASE WHEN o.template IS NOT NULL THEN
      jsonb_build_object('subject', o.subject, 'paragraphs', o.paragraphs)::TEXT END AS override
  FROM messages t
  LEFT JOIN suppressions s ON s.channel = t.channel AND s.address = t.recipient
    AND s.lifted_at IS NULL
  LEFT JOIN template_overrides o ON o.organization_id = t.organization_id
    AND o.template = t.template AND o.locale = {LANGUAGE_OF} AND o.is_active
  WHERE t.id = ANY ($1::UUID[])
"""
_LOCK: Final = "SELECT id FROM messages WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE"
_SENT: Final = """
UPDATE messages m SET vendor_id = x.vendor_id, segments = x.segments, sealed = NULL,
    status = CASE m.status WHEN 'QUEUED' THEN 'SENT' ELSE m.status END,
    due_at = NULL, doubt_at = NULL, error_code = NULL, sent_at = coalesce(m.sent_at, $4),
    updated_at = $4
  FROM unnest($1::UUID[], $2::TEXT[], $3::SMALLINT[]) x(id, vendor_id, segments)
  WHERE m.id = x.id AND m.recipient <> ''
"""
_LATER: Final = """
UPDATE messages m SET due_at = x.at, error_code = x.code, updated_at = $5,
    doubt_at = CASE WHEN x.stays THEN m.doubt_at END
  FROM unnest($1::UUID[], $2::TIMESTAMPTZ[], $3::BOOLEAN[], $4::TEXT[]) x(id, at, stays, code)
  WHERE m.id = x.id AND m.status = 'QUEUED'
"""
_END: Final = """
UPDATE messages m SET status = x.status, error_code = x.code, due_at = NULL, doubt_at = NULL,
    sealed = NULL, updated_at = $4
  FROM unnest($1::UUID[], $2::message_status[], $3::TEXT[]) x(id, status, code)
  WHERE m.id = x.id AND m.status = 'QUEUED'
"""
