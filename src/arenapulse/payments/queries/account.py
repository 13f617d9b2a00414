"""The SQL of our account at the vendor: what moved it, what was paid out, what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from arenapulse.core.ids import OrganizationId
from arenapulse.payments.gateway import Movement, Payout
from arenapulse.payments.schemas import PayoutStanding, PayoutView
from arenapulse.runtime.db import Session


class Books(msgspec.Struct, frozen=True):
    """Movements are read up to `since`, and of those up to `until` down to `after`."""

    since: dt.datetime
    until: dt.datetime | None
    after: str | None


class Unlisted(msgspec.Struct, frozen=True):
    """A payout whose movements were read down to `after`."""

    payout_id: str
    after: str | None


async def books(session: Session, *, now: dt.datetime) -> Books:
    """How far they are read, locked; a first look begins with our first charge."""
    connection = await session.driver()
    await connection.execute(_BEGIN, now)
    row = await connection.fetchrow("SELECT since, until, after FROM vendor_books FOR UPDATE")
    assert row is not None
    return Books(*row)


async def turn_page(session: Session, *, until: dt.datetime, after: str | None) -> None:
    """Read down to `after`; where nothing is left of that time the next begins with its end."""
    connection = await session.driver()
    await connection.execute(_TURN, until, after)


async def keep(session: Session, *, movements: Sequence[Movement]) -> None:
    """Writes movements down, each once, and what they come to."""
    connection = await session.driver()
    await connection.execute(
        _KEEP,
        [one.movement_id for one in movements],
        [one.kind for one in movements],
        [one.intent_id for one in movements],
        [one.amount_minor for one in movements],
        [one.fee_minor for one in movements],
        [one.currency for one in movements],
        [one.created_at for one in movements],
    )


async def judge(
    session: Session, *, since: dt.datetime, until: dt.datetime, now: dt.datetime
) -> int:
    """How many payments the ledger and the vendor's balance say differently."""
    connection = await session.driver()
    return int(await connection.fetchval("SELECT judge_balance($1, $2, $3)", since, until, now))


async def judge_balances(session: Session, *, held: Mapping[str, int], now: dt.datetime) -> None:
    """What the vendor has of ours beside what its movements come to."""
    connection = await session.driver()
    await connection.execute(_HELD, list(held), list(held.values()))
    await connection.execute(_BALANCES_DIFFER, list(held), list(held.values()), now)
    await connection.execute(_BALANCES_AGREE, list(held), list(held.values()))


async def keep_payouts(session: Session, *, payouts: Sequence[Payout]) -> None:
    """As the vendor tells them now."""
    connection = await session.driver()
    await connection.execute(
        _KEEP_PAYOUTS,
        [one.payout_id for one in payouts],
        [one.amount_minor for one in payouts],
        [one.currency for one in payouts],
        [one.status for one in payouts],
        [one.is_automatic for one in payouts],
        [one.created_at for one in payouts],
        [one.arrives_at for one in payouts],
        [one.failure_code for one in payouts],
    )


async def unlisted(session: Session) -> Unlisted | None:
    """The oldest payout whose movements we have and have not read for it, locked."""
    connection = await session.driver()
    row = await connection.fetchrow(_UNLISTED)
    return None if row is None else Unlisted(*row)


async def count_in(
    session: Session, *, payout_id: str, movements: Sequence[Movement], after: str | None
) -> None:
    """Movements that a payout has in it; after the last of them, whose they are."""
    connection = await session.driver()
    within = [one for one in movements if one.kind != "payout"]
    net = sum(one.amount_minor - one.fee_minor for one in within)
    await connection.execute(_IN_PAYOUT, payout_id, [one.movement_id for one in within])
    await connection.execute(_COUNT, payout_id, net, after)
    if after is None:
        await connection.execute(_SHARE, payout_id)


async def judge_payouts(session: Session, *, now: dt.datetime) -> None:
    """Payouts whose movements come to another sum, and those that no bank took."""
    connection = await session.driver()
    await connection.execute(_PAYOUTS_DIFFER, now)
    await connection.execute(_PAYOUTS_AGREE)


async def of_organization(
    session: Session,
    *,
    organization_id: OrganizationId,
    before: tuple[dt.datetime, str] | None,
    limit: int,
) -> list[PayoutView]:
    """Its shares, the newest payouts first."""
    connection = await session.driver()
    at, name = before or (None, None)
    rows = await connection.fetch(_SHARES, organization_id, at, name, limit)
    return [PayoutView(**dict(row)) for row in rows]


async def of_platform(
    session: Session, *, before: tuple[dt.datetime, str] | None, limit: int
) -> list[PayoutStanding]:
    """Newest first."""
    connection = await session.driver()
    at, name = before or (None, None)
    return [PayoutStanding(**dict(row)) for row in await connection.fetch(_ALL, at, name, limit)]


_BEGIN: Final = """
INSERT INTO vendor_books (since)
  SELECT date_trunc('second', coalesce(min(created_at), $1::TIMESTAMPTZ)) FROM charges
ON CONFLICT DO NOTHING
"""
_TURN: Final = """
UPDATE vendor_books SET after = $2,
    until = CASE WHEN $2::TEXT IS NULL THEN NULL ELSE $1::TIMESTAMPTZ END,
    since = CASE WHEN $2::TEXT IS NULL THEN $1::TIMESTAMPTZ ELSE since END
"""
_KEEP: Final = """
WITH new AS (
  INSERT INTO vendor_movements (id, kind, intent_id, amount, fee, currency, created_at)
    SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::BIGINT[], $5::BIGINT[],
      $6::TEXT[], $7::TIMESTAMPTZ[])
  ON CONFLICT DO NOTHING RETURNING currency, amount - fee AS net
)
INSERT INTO vendor_balances AS b (currency, moved) SELECT currency, sum(net) FROM new GROUP BY 1
ON CONFLICT (currency) DO UPDATE SET moved = b.moved + EXCLUDED.moved
"""
# What was there before is known from the first quiet moment on.
_HELD: Final = """
INSERT INTO vendor_balances AS b (currency, moved, before)
  SELECT currency, 0, held FROM unnest($1::TEXT[], $2::BIGINT[]) x(currency, held)
ON CONFLICT (currency) DO UPDATE SET before = EXCLUDED.before - b.moved WHERE b.before IS NULL
"""
_BALANCES: Final = """
  SELECT b.currency, b.before + b.moved AS ours, coalesce(x.held, 0) AS theirs
    FROM vendor_balances b
    LEFT JOIN unnest($1::TEXT[], $2::BIGINT[]) x(currency, held) ON x.currency = b.currency
"""
_BALANCES_DIFFER: Final = f"""
INSERT INTO payment_differences (intent_id, kind, ours, theirs, found_at)
  SELECT currency, 'balance_differs', 'movements ' || ours, 'balance ' || theirs, $3
    FROM ({_BALANCES}) x WHERE ours <> theirs
ON CONFLICT (intent_id, kind) DO UPDATE SET ours = EXCLUDED.ours, theirs = EXCLUDED.theirs
"""
_BALANCES_AGREE: Final = f"""
DELETE FROM payment_differences d USING ({_BALANCES}) x
  WHERE d.kind = 'balance_differs' AND d.intent_id = x.currency AND x.ours = x.theirs
"""
_KEEP_PAYOUTS: Final = """
INSERT INTO payouts AS p (id, amount, currency, status, is_automatic, created_at, arrives_at,
    failure_code)
  SELECT * FROM unnest($1::TEXT[], $2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::BOOLEAN[],
    $6::TIMESTAMPTZ[], $7::TIMESTAMPTZ[], $8::TEXT[])
ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status, arrives_at = EXCLUDED.arrives_at,
    failure_code = EXCLUDED.failure_code
  WHERE (p.status, p.arrives_at) IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.arrives_at)
"""
_UNLISTED: Final = """
SELECT p.id, p.after FROM payouts p, vendor_books b
WHERE p.is_automatic AND p.listed_at IS NULL AND p.created_at < b.since
ORDER BY p.created_at, p.id LIMIT 1 FOR UPDATE OF p
"""
_IN_PAYOUT: Final = "UPDATE vendor_movements SET payout_id = $1 WHERE id = ANY ($2::TEXT[])"
_COUNT: Final = """
UPDATE payouts SET counted = counted + $2::BIGINT, after = $3,
    listed_at = CASE WHEN $3::TEXT IS NULL THEN now() END
  WHERE id = $1 AND listed_at IS NULL
"""
_SHARE: Final = """
INSERT INTO payout_shares (organization_id, payout_id, gross, fees, payments, created_at)
  SELECT c.organization_id, p.id, sum(m.amount), sum(m.fee), count(DISTINCT m.intent_id),
      p.created_at
    FROM payouts p JOIN vendor_movements m ON m.payout_id = p.id
    JOIN charges c ON c.intent_id = m.intent_id
    WHERE p.id = $1 GROUP BY c.organization_id, p.id
ON CONFLICT DO NOTHING
"""
# A failed one is over when a later one of its currency went.
_BAD: Final = """
  SELECT p.id, CASE WHEN p.status = 'failed' THEN 'payout_failed' ELSE 'payout_differs' END AS kind,
      p.counted, p.amount, p.failure_code
    FROM payouts p
    WHERE (p.status = 'failed' AND NOT EXISTS (SELECT 1 FROM payouts o
        WHERE o.currency = p.currency AND o.created_at > p.created_at AND o.status = 'paid'))
      OR (p.listed_at IS NOT NULL AND p.counted <> p.amount AND p.status <> 'failed')
"""
_PAYOUTS_DIFFER: Final = f"""
INSERT INTO payment_differences (intent_id, kind, ours, theirs, found_at)
  SELECT id, kind, 'movements ' || counted,
      'payout ' || amount || coalesce(' ' || failure_code, ''), $1
    FROM ({_BAD}) x
ON CONFLICT (intent_id, kind) DO UPDATE SET ours = EXCLUDED.ours, theirs = EXCLUDED.theirs
"""
_PAYOUTS_AGREE: Final = f"""
DELETE FROM payment_differences d
  WHERE d.kind IN ('payout_failed', 'payout_differs')
    AND NOT EXISTS (SELECT 1 FROM ({_BAD}) x WHERE x.id = d.intent_id AND x.kind = d.kind)
"""
_SHARES: Final = """
SELECT p.id AS payout_id, p.currency, p.status, p.created_at, p.arrives_at,
    s.gross - s.fees AS amount, s.gross, s.fees, s.payments
FROM payout_shares s JOIN payouts p ON p.id = s.payout_id
WHERE s.organization_id = $1
  AND ($2::TIMESTAMPTZ IS NULL OR (s.created_at, s.payout_id) < ($2, $3::TEXT))
ORDER BY s.created_at DESC, s.payout_id DESC LIMIT $4
"""
_ALL: Final = """
SELECT p.id AS payout_id, p.status, p.amount, p.currency, p.is_automatic, p.failure_code,
    p.created_at, p.arrives_at,
    CASE WHEN NOT p.is_automatic THEN 'UNTOLD' WHEN p.listed_at IS NULL THEN 'WAITING'
      WHEN p.counted = p.amount THEN 'AGREES' ELSE 'DIFFERS' END AS check
FROM payouts p WHERE $1::TIMESTAMPTZ IS NULL OR (p.created_at, p.id) < ($1, $2::TEXT)
ORDER BY p.created_at DESC, p.id DESC LIMIT $3
"""
