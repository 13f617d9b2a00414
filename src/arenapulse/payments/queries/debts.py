"""The SQL of what was sold and cannot be taken, and of refunds that will not be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import asyncpg

from arenapulse.core.ids import OrderId
from arenapulse.payments.queries import KEYED, LOCK_CHARGES, Key, split
from arenapulse.payments.schemas import LostRefund
from arenapulse.runtime.db import Session

LOST: Final = "authorisation_lost"


async def owe(
    session: Session, *, keys: Sequence[Key], now: dt.datetime
) -> tuple[list[Key], list[LostRefund]]:
    """Notes that what was sold cannot be taken; which, and their refunds that come to nothing."""
    connection = await session.driver()
    carried = await connection.fetch(_CARRIED, *split(keys))
    keys = [*keys, *((OrderId(row["order_id"]), int(row["attempt"])) for row in carried)]
    await connection.execute(LOCK_CHARGES, *split(keys))
    lost = await connection.fetch(_FAIL_UNCAPTURED, *split(keys), now, LOST)
    rows = await connection.fetch(_OWE, *split(keys), now, LOST)
    owed = [(OrderId(row["order_id"]), int(row["attempt"])) for row in rows]
    return owed, [lost_of(row) for row in lost]


def lost_of(row: asyncpg.Record) -> LostRefund:
    return LostRefund(
        refund_id=row["id"],
        order_id=OrderId(row["order_id"]),
        organization_id=row["organization_id"],
        amount_minor=row["amount"],
        currency=row["currency"],
        numbers=tuple(row["numbers"]),
    )


_CARRIED: Final = """
SELECT c.order_id, c.attempt FROM charges c WHERE c.carrier_id = ANY ($1)
  AND (c.carrier_id, c.attempt) IN (SELECT * FROM unnest($1::UUID[], $2::SMALLINT[]))
"""
# What was never taken cannot be given back.
_FAIL_UNCAPTURED: Final = f"""
WITH failed AS (
  UPDATE refunds c SET status = 'FAILED', due_at = NULL, error_code = $4, updated_at = $3,
      stuck_at = $3, stuck_why = $4
    WHERE {KEYED} AND may_move(c.status, 'FAILED') RETURNING c.*
), open AS (
  DELETE FROM refund_tickets t USING failed f WHERE t.refund_id = f.id
)
SELECT id, order_id, organization_id, amount, currency, numbers FROM failed
"""
_OWE: Final = f"""
UPDATE charges c SET status = 'OWED', due_at = NULL, error_code = $4, refunded = 0,
    stuck_at = $3, stuck_why = $4, updated_at = $3
  WHERE {KEYED} AND may_move(c.status, 'OWED') RETURNING c.order_id, c.attempt
"""
