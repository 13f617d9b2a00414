"""The twin's account with us: what moved our balance, and what it paid out of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import asyncpg

from arenapulse.payments import stripe_wire as wire
from arenapulse.payments.stripe_wire import WireError

# About what Stripe takes of a European card, and for a dispute.
FEE_PER_MILLE: Final = 15
FEE_FIXED: Final = 25
DISPUTE_FEE: Final = 2_000
PAGE_MAX: Final = 100

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Row: TypeAlias = dict[str, Any]


async def note_all(
    connection: Connection, movements: Sequence[tuple[str, str, str, int, int]]
) -> None:
    """Money of payments came to the balance, or left it: kind, source, intent, amount and fee."""
    if movements:
        ids = [f"txn_{secrets.token_hex(12)}" for _ in movements]
        await connection.execute(_NOTE, ids, *map(list, zip(*movements, strict=True)))


def fee_of(amount: int) -> int:
    return amount * FEE_PER_MILLE // 1000 + FEE_FIXED


async def pay_out(connection: Connection) -> Sequence[Row]:
    """All that is available goes to the bank, a payout for each currency."""
    made: list[Row] = []
    for row in await connection.fetch(_AVAILABLE):
        payout_id, movement_id = f"po_{secrets.token_hex(12)}", f"txn_{secrets.token_hex(12)}"
        paid = await connection.fetchrow(_PAY_OUT, payout_id, row["currency"], movement_id)
        assert paid is not None
        made.append(dict(paid))
    return made


async def fail(connection: Connection, *, payout_id: str) -> None:
    """The bank did not take it: the money is back in the balance."""
    await connection.execute(_FAIL, payout_id, f"txn_{secrets.token_hex(12)}")


async def movements(connection: Connection, form: Mapping[str, str]) -> tuple[list[Row], bool]:
    limit = _limit(form)
    rows = await connection.fetch(
        _MOVEMENTS,
        wire.number(form, "created[gte]") or 0,
        wire.number(form, "created[lt]") or 2**40,
        form.get("payout"),
        form.get("starting_after"),
        limit + 1,
    )
    return [dict(row) for row in rows[:limit]], len(rows) > limit


async def payouts(connection: Connection, form: Mapping[str, str]) -> tuple[list[Row], bool]:
    limit = _limit(form)
    rows = await connection.fetch(
        _PAYOUTS,
        wire.number(form, "created[gte]") or 0,
        form.get("status"),
        form.get("starting_after"),
        limit + 1,
    )
    return [dict(row) for row in rows[:limit]], len(rows) > limit


async def balance(connection: Connection) -> dict[str, Any]:
    told: dict[str, Any] = {"object": "balance", "livemode": False}
    rows = await connection.fetch(_BALANCE)
    for name, column in (("available", "available"), ("pending", "pending")):
        told[name] = [{"amount": row[column], "currency": row["currency"].lower()} for row in rows]
    return told


def _limit(form: Mapping[str, str]) -> int:
    limit = wire.number(form, "limit") or 10
    if not 1 <= limit <= PAGE_MAX:
        raise WireError(400, "parameter_invalid_integer", "Invalid limit", param="limit")
    return limit


_NOTE: Final = """
INSERT INTO sandbox_movements (id, kind, source, intent_id, amount, fee, currency, created_at,
    available_at)
  SELECT x.id, x.kind, x.source, i.id, x.amount, x.fee, i.currency, now(), now() + interval '1 day'
  FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[])
    x(id, kind, source, intent_id, amount, fee)
  JOIN sandbox_intents i ON i.id = x.intent_id
"""
_AVAILABLE: Final = """
SELECT currency FROM sandbox_movements WHERE payout_id IS NULL AND available_at <= now()
GROUP BY currency HAVING sum(amount - fee) > 0 ORDER BY currency
"""
_PAY_OUT: Final = """
WITH paid AS (
  UPDATE sandbox_movements SET payout_id = $1
    WHERE currency = $2 AND payout_id IS NULL AND available_at <= now()
    RETURNING amount - fee AS net
), made AS (
  INSERT INTO sandbox_payouts (id, amount, currency, status, created_at)
    SELECT $1, sum(net), $2, 'paid', now() FROM paid RETURNING *
), moved AS (
  INSERT INTO sandbox_movements (id, kind, source, amount, fee, currency, created_at, available_at,
      payout_id)
    SELECT $3, 'payout', id, -amount, 0, currency, created_at, created_at, id FROM made
)
SELECT * FROM made
"""
_FAIL: Final = """
WITH failed AS (
  UPDATE sandbox_payouts SET status = 'failed' WHERE id = $1 AND status <> 'failed' RETURNING *
)
INSERT INTO sandbox_movements (id, kind, source, amount, fee, currency, created_at, available_at)
  SELECT $2, 'payout_failure', id, amount, 0, currency, now(), now() FROM failed
"""
_MOVEMENTS: Final = """
SELECT *, available_at <= now() AS is_available FROM sandbox_movements
WHERE created_at >= to_timestamp($1) AND created_at < to_timestamp($2)
  AND ($3::TEXT IS NULL OR payout_id = $3) AND ($4::TEXT IS NULL
  OR (created_at, id) < (SELECT x.created_at, x.id FROM sandbox_movements x WHERE x.id = $4))
ORDER BY created_at DESC, id DESC LIMIT $5
"""
_PAYOUTS: Final = """
SELECT * FROM sandbox_payouts
WHERE created_at >= to_timestamp($1) AND ($2::TEXT IS NULL OR status = $2)
  AND ($3::TEXT IS NULL
  OR (created_at, id) < (SELECT x.created_at, x.id FROM sandbox_payouts x WHERE x.id = $3))
ORDER BY created_at DESC, id DESC LIMIT $4
"""
_BALANCE: Final = """
SELECT currency,
    coalesce(sum(amount - fee) FILTER (WHERE available_at <= now()), 0)::BIGINT AS available,
    coalesce(sum(amount - fee) FILTER (WHERE available_at > now()), 0)::BIGINT AS pending
FROM sandbox_movements GROUP BY currency ORDER BY currency
"""
