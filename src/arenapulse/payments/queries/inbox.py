"""The SQL of the inbox of the vendor's events."""

from __future__ import annotations

import datetime as dt

from arenapulse.payments.schemas import Heard
from arenapulse.runtime.db import Session


async def keep_event(session: Session, *, event: Heard, body: bytes, now: dt.datetime) -> bool:
    """Stores a webhook's event; False when it is there already."""
    connection = await session.driver()
    return (
        await connection.fetchval(
            "INSERT INTO webhook_inbox (event_id, type, intent_id, received_at, object_id, body) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING event_id",
            event.event_id,
            event.kind,
            event.intent_id,
            now,
            event.object_id,
            body,
        )
        is not None
    )


async def waiting_event(session: Session, *, event_id: str) -> Heard | None:
    """An event of the inbox, None where it was handled."""
    connection = await session.driver()
    row = await connection.fetchrow(
        "SELECT type, intent_id, object_id FROM webhook_inbox "
        "WHERE event_id = $1 AND handled_at IS NULL",
        event_id,
    )
    return None if row is None else Heard(event_id, *row)


async def event_handled(session: Session, *, event_id: str, now: dt.datetime) -> bool:
    """Marks it, once."""
    connection = await session.driver()
    done = await connection.execute(
        "UPDATE webhook_inbox SET handled_at = $2 WHERE event_id = $1 AND handled_at IS NULL",
        event_id,
        now,
    )
    return done != "UPDATE 0"
