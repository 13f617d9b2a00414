"""SQL of what vendors tell: kept once, and a message only ever goes up by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from arenapulse.notifications.delivery import RANK, RANKED
from arenapulse.notifications.queries import numbers
from arenapulse.notifications.schemas import (
    Heard,
)
from arenapulse.notifications.terms import Channel, Why, address_place
from arenapulse.runtime.db import Session


async def keep_news(session: Session, *, news: Sequence[Heard], now: dt.datetime) -> list[Heard]:
    """Stores what is new, of messages that are locked; that is what is given back."""
    connection = await session.driver()
    pieces = {(heard.vendor, heard.event_key): heard for heard in news}
    rows = await connection.fetch(
        _KEEP_NEWS,
        [heard.vendor for heard in pieces.values()],
        [heard.event_key for heard in pieces.values()],
        [heard.message_id for heard in pieces.values()],
        [heard.status.value for heard in pieces.values()],
        [heard.at for heard in pieces.values()],
        now,
    )
    return [pieces[row["vendor"], row["event_key"]] for row in rows]


async def rise(session: Session, *, news: Sequence[Heard], now: dt.datetime) -> None:
    """Moves each message up to the highest of what was heard of it, never down."""
    connection = await session.driver()
    highest: dict[UUID, Heard] = {}
    for heard in sorted(news, key=lambda one: RANK[one.status]):
        if heard.message_id is not None:
            highest[heard.message_id] = heard
    await connection.execute(
        _RISE,
        list(highest),
        [one.vendor_id for one in highest.values()],
        [one.error_code for one in highest.values()],
        [one.status.value for one in highest.values()],
        now,
    )


async def suppress(
    session: Session, *, reasons: Mapping[UUID, Why], ids: Sequence[UUID], now: dt.datetime
) -> None:
    """Nothing more goes to the addresses of these messages; the first reason stays."""
    connection = await session.driver()
    new_ids = dict(zip(reasons, ids, strict=True))
    rows: dict[tuple[str, str], tuple[object, ...]] = {}
    for row in await connection.fetch(_TOLD, list(reasons)):
        message_id, channel = row["id"], row["channel"]
        suppression_id, envelope = new_ids[message_id], row["recipient_sealed"]
        address = numbers.recipient_of(
            session, message_id=message_id, recipient=row["recipient"], envelope=envelope
        )
        if not address:
            continue
        if channel == Channel.SMS:
            await _told_of_now(session, number=address)
            address, envelope = numbers.sealed(
                session, number=address, place=address_place(suppression_id)
            )
        reason = reasons[message_id].value
        rows.setdefault(
            (channel, address), (suppression_id, channel, address, envelope, reason, message_id)
        )
    if rows:
        await connection.execute(_SUPPRESS, *map(list, zip(*rows.values(), strict=True)), now)


async def _told_of_now(session: Session, *, number: str) -> None:
    """A row that has the number by a former key or in clear has it by the present one."""
    connection = await session.driver()
    index, *others = numbers.spellings(session, number=number)
    for row in await connection.fetch(_ELSEWHERE, others, index):
        place = address_place(row["id"])
        _, envelope = numbers.sealed(session, number=number, place=place)
        await connection.execute(_BY_INDEX, row["id"], index, envelope)


def uuid_of(text: str) -> UUID | None:
    """What somebody else sent as an id of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None


_KEEP_NEWS: Final = """
INSERT INTO message_news (vendor, event_key, message_id, status, at, received_at)
SELECT vendor, event_key, message_id, status, at, $6
  FROM unnest($1::TEXT[], $2::TEXT[], $3::UUID[], $4::message_status[], $5::TIMESTAMPTZ[])
    x(vendor, event_key, message_id, status, at)
ON CONFLICT DO NOTHING RETURNING vendor, event_key
"""
_UP: Final = f"'{{{','.join(RANKED)}}}'::message_status[]"
_RISE: Final = f"""
UPDATE messages m SET status = x.status, due_at = NULL, doubt_at = NULL, sealed = NULL,
    vendor_id = coalesce(m.vendor_id, x.vendor_id), error_code = x.code,
    sent_at = coalesce(m.sent_at, $5), updated_at = $5
  FROM unnest($1::UUID[], $2::TEXT[], $3::TEXT[], $4::message_status[])
    x(id, vendor_id, code, status)
  WHERE m.id = x.id AND array_position({_UP}, m.status) < array_position({_UP}, x.status)
"""
_TOLD: Final = """
SELECT id, channel::TEXT AS channel, recipient, recipient_sealed FROM messages
  WHERE id = ANY ($1::UUID[]) AND recipient <> '' ORDER BY id
"""
_ELSEWHERE: Final = """
SELECT id FROM suppressions s WHERE channel = 'SMS' AND address = ANY ($1)
  AND NOT EXISTS (SELECT 1 FROM suppressions o WHERE o.channel = 'SMS' AND o.address = $2)
  ORDER BY created_at LIMIT 1 FOR UPDATE
"""
_BY_INDEX: Final = "UPDATE suppressions SET address = $2, address_sealed = $3 WHERE id = $1"
_SUPPRESS: Final = """
INSERT INTO suppressions (id, channel, address, address_sealed, reason, message_id, created_at)
SELECT x.*, $7
  FROM unnest($1::UUID[], $2::message_channel[], $3::TEXT[], $4::BYTEA[], $5::TEXT[], $6::UUID[]) x
ON CONFLICT (channel, address) DO UPDATE SET reason = excluded.reason,
    message_id = excluded.message_id, created_at = excluded.created_at, lifted_at = NULL
  WHERE suppressions.lifted_at IS NOT NULL
"""
