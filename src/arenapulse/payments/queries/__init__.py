"""All SQL of charges, refunds and the inbox; each change of state is one guarded statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias
from uuid import UUID

import asyncpg

from arenapulse.core.ids import OrderId, OrganizationId
from arenapulse.payments.schemas import Charge, DueRefund, PaidCharge
from arenapulse.payments.terms import ChargeStatus
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.due import DueTable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

Key = tuple[OrderId, int]

CHARGES: Final = DueTable(
    name="charges",
    key={"order_id": "UUID", "attempt": "SMALLINT"},
    columns="d.organization_id, d.amount + d.carried AS amount, d.currency, d.token, "
    "d.status::TEXT AS status, d.intent_id, d.hold_until, d.retries",
    on_take="updated_at = $2, "
    "status = CASE d.status WHEN 'DUE' THEN 'PROCESSING' ELSE d.status END",
)
REFUNDS: Final = DueTable(
    name="refunds",
    key={"id": "UUID"},
    columns="d.organization_id, d.order_id, d.attempt, d.amount, d.currency, d.numbers, "
    "(SELECT coalesce(c.intent_id, p.intent_id) FROM charges c "
    "LEFT JOIN charges p ON p.order_id = c.carrier_id AND p.attempt = c.attempt "
    "WHERE c.order_id = d.order_id AND c.attempt = d.attempt) AS intent_id",
    on_take="updated_at = $2",
    # What is not captured yet cannot be given back; what never will be costs nothing.
    only="EXISTS (SELECT 1 FROM charges c WHERE c.order_id = d.order_id "
    "AND c.attempt = d.attempt AND c.status IN ('SUCCEEDED', 'OWED'))",
)


async def add_due(session: Session, *, order_id: OrderId, token: str, now: dt.datetime) -> bool:
    """A due charge for an order, with its wake-up; False when its attempts are used up."""
    connection = await session.driver()
    made = await connection.fetchval(_DUE_CHARGES, [order_id], [token], now)
    return bool(made)


async def add_paid_by_hand(
    session: Session,
    *,
    order_id: OrderId,
    organization_id: OrganizationId,
    reference: str,
    now: dt.datetime,
) -> None:
    """The charge of an invoice that was paid: no vendor knows it."""
    connection = await session.driver()
    await connection.execute(
        "SELECT paid_by_hand($1, $2, $3, $4)", order_id, organization_id, reference, now
    )


async def lock_open(session: Session, *, keys: Sequence[Key]) -> set[Key]:
    """Those whose end the order does not know yet, locked until the transaction's end."""
    connection = await session.driver()
    rows = await connection.fetch(_LOCK_OPEN, *split(keys))
    return {(OrderId(row["order_id"]), int(row["attempt"])) for row in rows}


async def move(
    session: Session,
    *,
    keys: Sequence[Key],
    to: ChargeStatus,
    now: dt.datetime,
    due_at: dt.datetime | None = None,
    error_code: str | None = None,
    intents: Mapping[Key, str] = MappingProxyType({}),
) -> int:
    """Moves those that the table of moves lets; a state with work left falls due at `due_at`.

    Nobody has them any more. `intents` are the vendor's names of those that had none.
    """
    if not keys:
        return 0
    connection = await session.driver()
    names = [intents.get(key) for key in keys]
    done = await connection.execute(_MOVE, *split(keys), names, to.value, due_at, error_code, now)
    return int(done.rsplit(" ", 1)[-1])


async def note_intents(session: Session, *, intents: Sequence[tuple[OrderId, int, str]]) -> None:
    """Remembers the vendor's names of intents, so that its events find their charges."""
    connection = await session.driver()
    await connection.execute(
        _NOTE_INTENTS,
        [order_id for order_id, _, _ in intents],
        [attempt for _, attempt, _ in intents],
        [intent_id for _, _, intent_id in intents],
    )


async def note_holds(session: Session, *, ends: Mapping[Key, dt.datetime]) -> None:
    """Remembers until when a person may answer their bank."""
    connection = await session.driver()
    await connection.execute(_NOTE_HOLDS, *split(list(ends)), list(ends.values()))


async def look_again(session: Session, *, at: Mapping[Key, dt.datetime]) -> None:
    """Charges that somebody must look at later."""
    connection = await session.driver()
    await connection.execute(_LOOK_AGAIN, *split(list(at)), list(at.values()))


async def poke(session: Session, *, intent_id: str, now: dt.datetime) -> bool:
    """News about an intent: its charge falls due at once, if it still waits for any."""
    connection = await session.driver()
    done = await connection.execute(_POKE, intent_id, now)
    return done != "UPDATE 0"


async def waiting_intent(session: Session, *, order_id: OrderId) -> str | None:
    """The intent that waits for the person's bank, None where there is none."""
    connection = await session.driver()
    found = await connection.fetchval(
        "SELECT intent_id FROM charges WHERE order_id = $1 AND status = 'REQUIRES_ACTION'", order_id
    )
    return None if found is None else str(found)


async def lock_paid(session: Session, *, order_id: OrderId) -> PaidCharge | None:
    """The charge that paid an order, locked: nobody else decides on its refunds meanwhile."""
    connection = await session.driver()
    row = await connection.fetchrow(_LOCK_PAID, order_id)
    if row is None:
        return None
    return PaidCharge(
        order_id=order_id,
        attempt=row["attempt"],
        amount_minor=row["amount"],
        refunded_minor=row["refunded"],
        currency=row["currency"],
        is_owed=row["is_owed"],
        disputed_minor=row["disputed"],
    )


async def refunded_numbers(session: Session, *, order_id: OrderId) -> set[int]:
    """Tickets that a refund waits for or has voided."""
    connection = await session.driver()
    rows = await connection.fetch("SELECT number FROM refund_tickets WHERE order_id = $1", order_id)
    return {int(row["number"]) for row in rows}


async def is_refunded(session: Session, *, order_id: OrderId, number: int) -> bool:
    """Whether a refund waits for a ticket or has voided it.

    Whoever asks: it looks behind the wall. Nobody asks for a refund before the transaction ends.
    """
    found: bool = await (await session.driver()).fetchval(_IS_REFUNDED, order_id, number)
    return found


async def add_refund(
    session: Session,
    *,
    refund_id: UUID,
    organization_id: OrganizationId,
    charge: PaidCharge,
    amount_minor: int,
    numbers: Sequence[int],
    reason: str,
    asked_by: UUID | None,
    now: dt.datetime,
) -> bool:
    """A due refund against a locked charge; False, and nothing written, where it is too much."""
    connection = await session.driver()
    return (
        await connection.fetchval(
            _ADD_REFUND,
            charge.order_id,
            charge.attempt,
            refund_id,
            amount_minor,
            list(numbers),
            reason,
            asked_by,
            now,
            organization_id,
        )
        is not None
    )


def refund_of(row: asyncpg.Record) -> DueRefund:
    return DueRefund(
        refund_id=row["id"],
        organization_id=row["organization_id"],
        order_id=OrderId(row["order_id"]),
        attempt=row["attempt"],
        amount_minor=row["amount"],
        currency=row["currency"],
        numbers=list(row["numbers"]),
        intent_id=row["intent_id"],
    )


async def lock_charges(session: Session, *, keys: Sequence[Key]) -> None:
    connection = await session.driver()
    await connection.execute(LOCK_CHARGES, *split(keys))


async def refund_succeeded(
    session: Session, *, refund: DueRefund, vendor_id: str | None, now: dt.datetime
) -> bool | None:
    """Notes that the money is back, once; says whether nothing is left, None if it was noted.

    The charge is locked.
    """
    connection = await session.driver()
    done = await connection.execute(_REFUND_SUCCEEDED, refund.refund_id, vendor_id, now)
    if done == "UPDATE 0":
        return None
    await connection.execute(_DEBT_DECIDED, refund.order_id, refund.attempt)
    return bool(await connection.fetchval(_IS_ALL_BACK, refund.order_id, refund.attempt))


async def refund_failed(
    session: Session, *, refund: DueRefund, error_code: str, now: dt.datetime
) -> bool:
    """Ends a refund that will never be; its money and its tickets may be asked for again.

    The charge is locked.
    """
    connection = await session.driver()
    done = await connection.execute(_REFUND_FAILED, refund.refund_id, error_code, now)
    if done == "UPDATE 0":
        return False
    await connection.execute("DELETE FROM refund_tickets WHERE refund_id = $1", refund.refund_id)
    return True


def split(keys: Sequence[Key]) -> tuple[list[OrderId], list[int]]:
    return [order_id for order_id, _ in keys], [attempt for _, attempt in keys]


def charge_of(row: asyncpg.Record) -> Charge:
    return Charge(
        order_id=OrderId(row["order_id"]),
        organization_id=row["organization_id"],
        attempt=row["attempt"],
        amount_minor=row["amount"],
        currency=row["currency"],
        token=row["token"],
        status=ChargeStatus(row["status"]),
        tries=row["tries"],
        intent_id=row["intent_id"],
        hold_until=row["hold_until"],
        retries=row["retries"],
    )


KEYED: Final = "(c.order_id, c.attempt) IN (SELECT * FROM unnest($1::UUID[], $2::SMALLINT[]))"

_DUE_CHARGES: Final = "SELECT due_charges($1, $2, $3)"
_LOCK_OPEN: Final = f"""
SELECT c.order_id, c.attempt FROM charges c
WHERE {KEYED} AND c.status IN ('PROCESSING', 'REQUIRES_ACTION')
ORDER BY c.order_id, c.attempt FOR NO KEY UPDATE
"""
_MOVE: Final = """
UPDATE charges c SET status = $4::charge_status, due_at = $5, error_code = $6, tries = 0,
    updated_at = $7, taken_by = NULL, intent_id = coalesce(c.intent_id, x.intent_id)
  FROM unnest($1::UUID[], $2::SMALLINT[], $3::TEXT[]) x(order_id, attempt, intent_id)
  WHERE c.order_id = x.order_id AND c.attempt = x.attempt AND may_move(c.status, $4::charge_status)
"""
_NOTE_INTENTS: Final = """
UPDATE charges c SET intent_id = x.intent_id
  FROM unnest($1::UUID[], $2::SMALLINT[], $3::TEXT[]) x(order_id, attempt, intent_id)
  WHERE c.order_id = x.order_id AND c.attempt = x.attempt AND c.intent_id IS NULL
"""
_NOTE_HOLDS: Final = """
UPDATE charges c SET hold_until = x.hold_until
  FROM unnest($1::UUID[], $2::SMALLINT[], $3::TIMESTAMPTZ[]) x(order_id, attempt, hold_until)
  WHERE c.order_id = x.order_id AND c.attempt = x.attempt
"""
_LOOK_AGAIN: Final = """
UPDATE charges c SET due_at = x.at
  FROM unnest($1::UUID[], $2::SMALLINT[], $3::TIMESTAMPTZ[]) x(order_id, attempt, at)
  WHERE c.order_id = x.order_id AND c.attempt = x.attempt AND c.due_at IS NOT NULL
"""
LOCK_CHARGES: Final = f"""
SELECT 1 FROM charges c WHERE {KEYED} ORDER BY c.order_id, c.attempt FOR NO KEY UPDATE
"""
_POKE: Final = (
    "UPDATE charges SET due_at = $2 WHERE intent_id = $1 "
    "AND status IN ('PROCESSING', 'REQUIRES_ACTION')"
)
# A dispute may be of several orders that one card paid, and does not say of which: an order lacks
# of it what the others of that payment have not left.
_LOCK_PAID: Final = """
SELECT c.attempt, c.amount, c.refunded, c.currency, c.status = 'OWED' AS is_owed,
    least(c.amount, greatest(0, x.disputed - CASE WHEN x.disputed > 0 THEN (
      SELECT coalesce(sum(o.amount - o.refunded), 0)::BIGINT FROM charges o
        WHERE (o.carrier_id = x.carrier OR o.order_id = x.carrier) AND o.attempt = c.attempt
          AND o.order_id <> c.order_id AND o.status IN ('CAPTURING', 'SUCCEEDED')
    ) ELSE 0 END)) AS disputed
FROM charges c CROSS JOIN LATERAL (
  SELECT coalesce(c.carrier_id, c.order_id) AS carrier,
      coalesce(sum(d.amount), 0)::BIGINT AS disputed
    FROM disputes d
    WHERE d.order_id = coalesce(c.carrier_id, c.order_id) AND d.attempt = c.attempt
      AND d.status IN ('OPEN', 'LOST')) x
WHERE c.order_id = $1 AND c.status IN ('CAPTURING', 'SUCCEEDED', 'OWED') FOR NO KEY UPDATE OF c
"""
_IS_REFUNDED: Final = "SELECT is_refunded($1, $2)"
_ADD_REFUND: Final = """
WITH covered AS (
  UPDATE charges SET refunded = refunded + $4, updated_at = $8
    WHERE order_id = $1 AND attempt = $2 AND refunded + $4 <= amount
    RETURNING order_id, attempt, currency
), made AS (
  INSERT INTO refunds (id, organization_id, order_id, attempt, amount, currency, reason, numbers,
      status, due_at, asked_by, created_at, updated_at)
    SELECT $3::UUID, $9::UUID, order_id, attempt, $4::BIGINT, currency, $6, $5::SMALLINT[],
        'PENDING', $8::TIMESTAMPTZ, $7, $8, $8 FROM covered
    RETURNING id, order_id
), taken AS (
  INSERT INTO refund_tickets (order_id, number, refund_id)
    SELECT order_id, unnest($5::SMALLINT[]), id FROM made
)
SELECT id FROM made
"""
_REFUND_SUCCEEDED: Final = """
UPDATE refunds SET status = 'SUCCEEDED', due_at = NULL, vendor_id = $2, updated_at = $3
  WHERE id = $1 AND may_move(status, 'SUCCEEDED')
"""
_REFUND_FAILED: Final = """
WITH failed AS (
  UPDATE refunds SET status = 'FAILED', due_at = NULL, error_code = $2, updated_at = $3,
      stuck_at = $3, stuck_why = $2
    WHERE id = $1 AND may_move(status, 'FAILED') RETURNING order_id, attempt, amount
)
UPDATE charges c SET refunded = c.refunded - f.amount, updated_at = $3
  FROM failed f WHERE c.order_id = f.order_id AND c.attempt = f.attempt
"""
# Of what nobody paid all goes back at once; what was all back once stays so, whatever was undone.
_IS_ALL_BACK: Final = """
SELECT c.status = 'OWED'
  OR (SELECT o.status = 'REFUNDED' FROM orders o WHERE o.id = c.order_id)
  OR c.amount = (SELECT sum(r.amount) FROM refunds r
    WHERE r.order_id = c.order_id AND r.attempt = c.attempt AND r.status = 'SUCCEEDED'
      AND r.undone_at IS NULL)
FROM charges c WHERE c.order_id = $1 AND c.attempt = $2
"""
_DEBT_DECIDED: Final = """
UPDATE charges SET stuck_at = NULL, stuck_why = NULL
  WHERE order_id = $1 AND attempt = $2 AND status = 'OWED'
"""
