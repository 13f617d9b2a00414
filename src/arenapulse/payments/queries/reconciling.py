"""The SQL of comparing the vendor's books with ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from arenapulse.core.ids import OrderId
from arenapulse.payments.gateway import Intent
from arenapulse.payments.schemas import Difference, Over
from arenapulse.runtime.db import Session


async def judge(
    session: Session,
    *,
    intents: Sequence[Intent],
    known: Sequence[str],
    since: dt.datetime,
    until: dt.datetime,
    now: dt.datetime,
) -> tuple[int, int]:
    """How many charges are looked at again, and how many differ for a person to decide.

    `known` are intents of which the vendor knows as well, whatever it says of them.
    """
    connection = await session.driver()
    row = await connection.fetchrow(
        "SELECT * FROM judge_intents($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        # Of the last ones only the name is given: of these nothing else is judged.
        [*(intent.intent_id for intent in intents), *known],
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


async def unlisted(
    session: Session, *, intents: Sequence[Intent], since: dt.datetime, until: dt.datetime
) -> list[str]:
    """Intents of paid charges of that time that are not among these, the oldest first."""
    connection = await session.driver()
    rows = await connection.fetch(_UNLISTED, [intent.intent_id for intent in intents], since, until)
    return [str(row["intent_id"]) for row in rows]


async def refunds_in_doubt(session: Session, *, intents: Sequence[Intent], limit: int) -> list[str]:
    """The vendor's names of refunds that we gave, of intents of which less is back than we say."""
    connection = await session.driver()
    rows = await connection.fetch(
        _IN_DOUBT,
        [intent.intent_id for intent in intents],
        [intent.refunded_minor for intent in intents],
        limit,
    )
    return [str(row["vendor_id"]) for row in rows]


async def count(session: Session) -> int:
    """How many differences wait for a person."""
    connection = await session.driver()
    return int(await connection.fetchval(_COUNT))


async def differences(
    session: Session, *, before: tuple[dt.datetime, str] | None, limit: int
) -> list[Difference]:
    """Newest first."""
    connection = await session.driver()
    at, name = before or (None, None)
    return [Difference(**dict(row)) for row in await connection.fetch(_LIST, at, name, limit)]


async def least_looked_at(
    session: Session, *, besides: Sequence[str], limit: int, now: dt.datetime
) -> list[str]:
    """Intents of lines nobody mended that were not looked at for longest, and are from now on."""
    connection = await session.driver()
    rows = await connection.fetch(_LOOK_AT, list(besides), limit, now)
    return [str(row["intent_id"]) for row in rows]


async def dismiss(session: Session, *, intent_id: str, kind: str, now: dt.datetime) -> bool:
    """Takes a line off the list; False where none is on it."""
    connection = await session.driver()
    return await connection.execute(_DISMISS, intent_id, kind, now) != "UPDATE 0"


async def taken_for_nothing(session: Session, *, intents: Sequence[Intent]) -> list[Over]:
    """Those whose charge is over, and whose order it does not pay: their money is nobody's here."""
    if not intents:
        return []
    connection = await session.driver()
    rows = await connection.fetch(
        _FOR_NOTHING,
        [intent.intent_id for intent in intents],
        [intent.order_id for intent in intents],
        [intent.attempt for intent in intents],
    )
    return [
        Over(
            order_id=OrderId(row["order_id"]),
            attempt=row["attempt"],
            currency=row["currency"],
            intent_id=row["intent_id"],
        )
        for row in rows
    ]


_UNLISTED: Final = """
SELECT intent_id FROM charges
WHERE created_at >= $2 AND created_at < $3 AND status = 'SUCCEEDED'
  AND intent_id IS NOT NULL AND intent_id <> ALL ($1)
ORDER BY created_at, intent_id
"""
_IN_DOUBT: Final = """
SELECT r.vendor_id FROM (
  SELECT t.orders, c.attempt FROM unnest($1::TEXT[], $2::BIGINT[]) x(intent_id, refunded)
    JOIN charges c ON c.intent_id = x.intent_id
    CROSS JOIN LATERAL (SELECT array_append(array_agg(k.order_id), c.order_id) AS orders
      FROM charges k WHERE k.carrier_id = c.order_id AND k.attempt = c.attempt) t
    WHERE x.refunded < (SELECT sum(b.amount) FROM refunds b WHERE b.order_id = ANY (t.orders)
      AND b.attempt = c.attempt AND b.status = 'SUCCEEDED' AND b.undone_at IS NULL)) x
JOIN refunds r ON r.order_id = ANY (x.orders) AND r.attempt = x.attempt
WHERE r.status = 'SUCCEEDED' AND r.undone_at IS NULL AND r.vendor_id IS NOT NULL
ORDER BY r.id LIMIT $3
"""
_COUNT: Final = "SELECT count(*) FROM payment_differences WHERE dismissed_at IS NULL"
_LIST: Final = """
SELECT intent_id, kind, order_id, ours, theirs, found_at FROM payment_differences
WHERE dismissed_at IS NULL
  AND ($1::TIMESTAMPTZ IS NULL OR (found_at, intent_id || ' ' || kind) < ($1, $2::TEXT))
ORDER BY found_at DESC, intent_id || ' ' || kind DESC LIMIT $3
"""
# Balances and payouts have lines of their own, judged apart.
_LOOK_AT: Final = """
WITH least AS (
  SELECT intent_id FROM payment_differences
    WHERE dismissed_at IS NULL AND intent_id <> ALL ($1) AND kind NOT IN
      ('not_in_the_balance', 'balance_differs', 'payout_failed', 'payout_differs')
    GROUP BY intent_id ORDER BY min(looked_at), min(found_at), intent_id LIMIT $2
), looked AS (
  UPDATE payment_differences SET looked_at = $3 WHERE intent_id IN (SELECT intent_id FROM least)
)
SELECT intent_id FROM least
"""
_DISMISS: Final = """
UPDATE payment_differences SET dismissed_at = $3
  WHERE intent_id = $1 AND kind = $2 AND dismissed_at IS NULL
"""
# An order that is sold without a charge that pays it is for a person.
_FOR_NOTHING: Final = """
SELECT c.order_id, c.attempt, c.currency, x.intent_id
FROM unnest($1::TEXT[], $2::UUID[], $3::SMALLINT[]) x(intent_id, order_id, attempt)
JOIN charges c ON c.order_id = x.order_id AND c.attempt = x.attempt
JOIN orders o ON o.id = c.order_id
WHERE c.status IN ('DECLINED', 'CANCELLED') AND c.token <> 'invoice'
  AND (o.status IN ('PENDING', 'CANCELLED', 'EXPIRED') OR EXISTS (
    SELECT 1 FROM charges p
    WHERE p.order_id = c.order_id AND p.status IN ('CAPTURING', 'SUCCEEDED')))
"""
