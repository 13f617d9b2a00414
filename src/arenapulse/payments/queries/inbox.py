"""The SQL of the inbox of the vendor's events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from arenapulse.payments.schemas import Heard
from arenapulse.runtime.db import Session


async def keep_events(
    session: Session, *, events: Sequence[tuple[Heard, bytes]], now: dt.datetime
) -> set[str]:
    """Stores webhooks' events with their bodies; which of them are new, by their ids."""
    connection = await session.driver()
    told = [event for event, _ in events]
    rows = await connection.fetch(
        _KEEP,
        [event.event_id for event in told],
        [event.kind for event in told],
        [event.intent_id for event in told],
        [event.object_id for event in told],
        [body for _, body in events],
        now,
    )
    return {str(row["event_id"]) for row in rows}


async def waiting_event(session: Session, *, event_id: str) -> Heard | None:
    """An event of the inbox, None where it was handled."""
    connection = await session.driver()
    row = await connection.fetchrow(
        "SELECT type, intent_id, object_id FROM webhook_inbox "
        "WHERE event_id = $1 AND handled_at IS NULL",
        event_id,
    )
    return None if row is None else Heard(event_id, *row)


async def hear_of_intents(session: Session, *, event_ids: Sequence[str], now: dt.datetime) -> int:
    """Marks them, once; how many charges that wait for such news fall due by it."""
    connection = await session.driver()
    done = await connection.execute(_HEAR, list(event_ids), now)
    return int(done.rsplit(" ", 1)[-1])


async def event_handled(session: Session, *, event_id: str, now: dt.datetime) -> bool:
    """Marks it, once."""
    connection = await session.driver()
    done = await connection.execute(
        "UPDATE webhook_inbox SET handled_at = $2 WHERE event_id = $1 AND handled_at IS NULL",
        event_id,
        now,
    )
    return done != "UPDATE 0"


_KEEP: Final = """
INSERT INTO webhook_inbox (event_id, type, intent_id, object_id, body, received_at)
  SELECT x.*, $6 FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BYTEA[]) x
  ON CONFLICT DO NOTHING RETURNING event_id
"""
_HEAR: Final = """
WITH handled AS (
  UPDATE webhook_inbox SET handled_at = $2
    WHERE event_id = ANY ($1::TEXT[]) AND handled_at IS NULL RETURNING intent_id
)
UPDATE charges SET due_at = $2
  WHERE intent_id IN (SELECT h.intent_id FROM handled h)
  AND status IN ('PROCESSING', 'REQUIRES_ACTION')
"""
