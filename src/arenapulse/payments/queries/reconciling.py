"""The SQL of comparing the vendor's books with ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from arenapulse.payments.gateway import Intent
from arenapulse.payments.schemas import Difference
from arenapulse.runtime.db import Session


async def judge(
    session: Session,
    *,
    intents: Sequence[Intent],
    since: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
) -> tuple[int, int]:
    """How many charges are looked at again, and how many differ for a person to decide."""
    connection = await session.driver()
    row = await connection.fetchrow(
        "SELECT * FROM judge_intents($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [intent.intent_id for intent in intents],
        [intent.order_id for intent in intents],
        [intent.attempt for intent in intents],
        [intent.status.value for intent in intents],
        [intent.captured_minor for intent in intents],
        [intent.refunded_minor for intent in intents],
        since,
        until,
        now,
    )
    assert row is not None
    return int(row["healed"]), int(row["differing"])


async def differences(session: Session, *, limit: int) -> list[Difference]:
    """Newest first."""
    connection = await session.driver()
    return [Difference(**dict(row)) for row in await connection.fetch(_LIST, limit)]


_LIST: Final = """
SELECT intent_id, kind, order_id, ours, theirs, found_at FROM payment_differences
ORDER BY found_at DESC, intent_id, kind LIMIT $1
"""
