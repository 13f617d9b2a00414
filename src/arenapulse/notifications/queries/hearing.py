"""SQL of what vendors tell: kept once, and a message only ever goes up by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from arenapulse.notifications.delivery import below
from arenapulse.notifications.schemas import (
    Heard,
)
from arenapulse.notifications.terms import MessageStatus, Why
from arenapulse.runtime.db import Session


async def keep_news(session: Session, *, news: Sequence[Heard], now: dt.datetime) -> list[Heard]:
    """Stores what is new and about a message of ours; that is what is given back."""
    connection = await session.driver()
    rows = await connection.fetch(
        _KEEP_NEWS,
        [heard.vendor for heard in news],
        [heard.event_key for heard in news],
        [heard.message_id for heard in news],
        [heard.vendor_id for heard in news],
        [heard.status.value for heard in news],
        [heard.at for heard in news],
        now,
    )
    found = {row["event_key"]: row["message_id"] for row in rows}
    fresh: dict[str, Heard] = {}
    for heard in news:
        if heard.event_key in found:
            fresh[heard.event_key] = heard
    return [
        Heard(
            vendor=heard.vendor,
            event_key=key,
            message_id=found[key],
            vendor_id=heard.vendor_id,
            status=heard.status,
            at=heard.at,
            error_code=heard.error_code,
            suppresses=heard.suppresses,
        )
        for key, heard in fresh.items()
    ]


async def rise(session: Session, *, news: Sequence[Heard], now: dt.datetime) -> None:
    """Moves each message up to the highest of what was heard of it, never down."""
    connection = await session.driver()
    for status in MessageStatus:
        heard = [one for one in news if one.status is status]
        if heard:
            await connection.execute(
                _RISE,
                [one.message_id for one in heard],
                [one.vendor_id for one in heard],
                [one.error_code for one in heard],
                status.value,
                [before.value for before in below(status)],
                now,
            )


async def suppress(
    session: Session, *, reasons: Mapping[UUID, Why], ids: Sequence[UUID], now: dt.datetime
) -> None:
    """Nothing more goes to the addresses of these messages; the first reason stays."""
    connection = await session.driver()
    messages = list(reasons)
    await connection.execute(
        _SUPPRESS, list(ids), messages, [reasons[message].value for message in messages], now
    )


async def purge(session: Session, *, before: dt.datetime) -> None:
    """Forgets old news of vendors; the messages and where they stand stay."""
    connection = await session.driver()
    await connection.execute("DELETE FROM message_news WHERE received_at < $1", before)


def uuid_of(text: str) -> UUID | None:
    """What somebody else sent as an id of ours."""
    try:
        return UUID(text)
    except ValueError:
        return None


_KEEP_NEWS: Final = """
INSERT INTO message_news (vendor, event_key, message_id, status, at, received_at)
SELECT DISTINCT ON (x.vendor, x.event_key) x.vendor, x.event_key, m.id, x.status, x.at, $7
  FROM unnest($1::TEXT[], $2::TEXT[], $3::UUID[], $4::TEXT[], $5::message_status[],
      $6::TIMESTAMPTZ[]) x(vendor, event_key, message_id, vendor_id, status, at)
  JOIN messages m ON m.id = x.message_id
ON CONFLICT DO NOTHING RETURNING event_key, message_id
"""
_RISE: Final = """
UPDATE messages m SET status = $4::message_status, due_at = NULL, doubt_at = NULL, sealed = NULL,
    vendor_id = coalesce(m.vendor_id, x.vendor_id), error_code = x.code,
    sent_at = coalesce(m.sent_at, $6), updated_at = $6
  FROM (SELECT DISTINCT ON (id) id, vendor_id, code
    FROM unnest($1::UUID[], $2::TEXT[], $3::TEXT[]) y(id, vendor_id, code)) x
  WHERE m.id = x.id AND m.status = ANY ($5::message_status[])
"""
_SUPPRESS: Final = """
INSERT INTO suppressions (id, channel, address, reason, message_id, created_at)
SELECT DISTINCT ON (m.channel, m.recipient) x.id, m.channel, m.recipient, x.reason, m.id, $4
  FROM unnest($1::UUID[], $2::UUID[], $3::TEXT[]) x(id, message_id, reason)
  JOIN messages m ON m.id = x.message_id AND m.recipient <> ''
ON CONFLICT (channel, address) DO UPDATE SET reason = excluded.reason,
    message_id = excluded.message_id, created_at = excluded.created_at, lifted_at = NULL
  WHERE suppressions.lifted_at IS NOT NULL
"""
