"""The SQL of disputes, warnings and refunds that come back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import OrderId, OrganizationId
from arenapulse.payments.gateway import Dispute, Refund
from arenapulse.payments.queries.debts import lost_of
from arenapulse.payments.schemas import DisputeView, LostRefund
from arenapulse.payments.terms import FRAUD_WARNED, DisputeStatus
from arenapulse.runtime.db import Session


async def note(
    session: Session, *, dispute: Dispute, status: DisputeStatus, now: dt.datetime
) -> OrderId | None:
    """The order of a dispute that is new or moved; None where nothing is new, or it is not ours."""
    connection = await session.driver()
    found = await connection.fetchval(
        "SELECT note_dispute($1, $2, $3, $4, $5, $6, $7)",
        dispute.dispute_id,
        dispute.intent_id,
        dispute.amount_minor,
        dispute.reason,
        status.value,
        dispute.due_by,
        now,
    )
    return None if found is None else OrderId(found)


async def warned_order(
    session: Session, *, intent_id: str
) -> tuple[OrderId, OrganizationId] | None:
    """The order that an intent paid, where its organization wishes refunds on warnings.

    None where one was made for it: a warning is told, and listed for days besides.
    """
    connection = await session.driver()
    row = await connection.fetchrow(_WARNED, intent_id, FRAUD_WARNED)
    return None if row is None else (OrderId(row[0]), OrganizationId(row[1]))


async def undo_refund(
    session: Session, *, vendor_id: str, why: str, now: dt.datetime
) -> LostRefund | None:
    """Notes that its money is with us again, and may be given another way; None if it was noted."""
    connection = await session.driver()
    await connection.execute(_LOCK_REFUNDED, vendor_id)
    row = await connection.fetchrow(_UNDO, vendor_id, why, now)
    return None if row is None else lost_of(row)


async def least_looked_at(
    session: Session, *, besides: Sequence[str], limit: int, now: dt.datetime
) -> list[str]:
    """Open ones that were not asked after for longest, and are from now on."""
    connection = await session.driver()
    rows = await connection.fetch(_LOOK_AT, list(besides), limit, now)
    return [str(row["id"]) for row in rows]


async def is_unnamed(session: Session, *, refund: Refund) -> bool:
    """Whether it may be one that is on its way, and whose name at the vendor we do not know yet."""
    connection = await session.driver()
    found = await connection.fetchval(_IS_UNNAMED, refund.intent_id, refund.refund_id)
    return bool(found)


async def of_organization(
    session: Session,
    *,
    organization_id: OrganizationId,
    before: tuple[dt.datetime, str] | None,
    limit: int,
) -> list[DisputeView]:
    """Newest first."""
    connection = await session.driver()
    at, name = before or (None, None)
    return [_view(row) for row in await connection.fetch(_LIST, organization_id, at, name, limit)]


async def newest_of(session: Session, *, order_ids: Sequence[OrderId]) -> DisputeView | None:
    connection = await session.driver()
    row = await connection.fetchrow(
        "SELECT * FROM disputes WHERE order_id = ANY ($1) ORDER BY opened_at DESC, id LIMIT 1",
        order_ids,
    )
    return None if row is None else _view(row)


async def set_wish(
    session: Session, *, organization_id: OrganizationId, refund_on_warning: bool
) -> None:
    connection = await session.driver()
    await connection.execute(_SET_WISH, organization_id, refund_on_warning)


async def wish(session: Session, *, organization_id: UUID) -> bool:
    connection = await session.driver()
    found = await connection.fetchval(
        "SELECT refund_on_warning FROM payment_wishes WHERE organization_id = $1", organization_id
    )
    return bool(found)


def _view(row: asyncpg.Record) -> DisputeView:
    return DisputeView(
        dispute_id=row["id"],
        order_id=row["order_id"],
        event_id=row["event_id"],
        amount=row["amount"],
        currency=row["currency"],
        reason=row["reason"],
        status=DisputeStatus(row["status"]),
        due_by=row["due_by"],
        opened_at=row["opened_at"],
    )


_WARNED: Final = """
SELECT c.order_id, w.organization_id FROM charges c
JOIN payment_wishes w ON w.organization_id = c.organization_id AND w.refund_on_warning
WHERE c.intent_id = $1 AND NOT EXISTS (
  SELECT 1 FROM refunds r WHERE r.order_id = c.order_id AND r.reason = $2)
"""
_LOOK_AT: Final = """
UPDATE disputes SET looked_at = $3 WHERE id IN (
  SELECT id FROM disputes WHERE status = 'OPEN' AND id <> ALL ($1) ORDER BY looked_at, id LIMIT $2)
RETURNING id
"""
_IS_UNNAMED: Final = """
SELECT NOT EXISTS (SELECT 1 FROM refunds WHERE vendor_id = $2) AND EXISTS (
  SELECT 1 FROM charges p
    JOIN charges c ON c.attempt = p.attempt AND p.order_id IN (c.order_id, c.carrier_id)
    JOIN refunds r ON r.order_id = c.order_id AND r.attempt = c.attempt
    WHERE p.intent_id = $1 AND r.status = 'PENDING' AND r.amount > 0)
"""
# Charges first, as everybody locks them.
_LOCK_REFUNDED: Final = """
SELECT 1 FROM charges c JOIN refunds r ON r.order_id = c.order_id AND r.attempt = c.attempt
WHERE r.vendor_id = $1 FOR NO KEY UPDATE OF c
"""
_UNDO: Final = """
WITH undone AS (
  UPDATE refunds SET undone_at = $3, error_code = $2, stuck_at = $3, stuck_why = 'undone_by_bank',
      updated_at = $3
    WHERE vendor_id = $1 AND status = 'SUCCEEDED' AND undone_at IS NULL RETURNING *
), freed AS (
  UPDATE charges c SET refunded = c.refunded - u.amount, updated_at = $3
    FROM undone u WHERE c.order_id = u.order_id AND c.attempt = u.attempt
)
SELECT id, order_id, organization_id, amount, currency, numbers FROM undone
"""
_LIST: Final = """
SELECT * FROM disputes WHERE organization_id = $1
  AND ($2::TIMESTAMPTZ IS NULL OR (opened_at, id) < ($2, $3))
ORDER BY opened_at DESC, id DESC LIMIT $4
"""
_SET_WISH: Final = """
INSERT INTO payment_wishes (organization_id, refund_on_warning) VALUES ($1, $2)
ON CONFLICT (organization_id) DO UPDATE SET refund_on_warning = $2
"""
