"""The SQL of what became of refunds, for who sees them."""

from __future__ import annotations

from typing import Final

import asyncpg

from arenapulse.core.ids import OrderId, UserId, ticket_id
from arenapulse.payments.schemas import RefundNote
from arenapulse.payments.terms import RefundBy, RefundStatus
from arenapulse.runtime.db import Session

SHOWN_MAX: Final = 500


async def of_order(
    session: Session, *, order_id: OrderId, buyer: UserId, is_buyer: bool
) -> list[RefundNote]:
    """The oldest first; to a buyer without what the organizer's people wrote."""
    connection = await session.driver()
    rows = await connection.fetch(_OF_ORDER, order_id, SHOWN_MAX)
    return [_note(row, buyer=buyer, is_buyer=is_buyer) for row in rows]


def _note(row: asyncpg.Record, *, buyer: UserId, is_buyer: bool) -> RefundNote:
    by = RefundBy.PLATFORM
    if row["asked_by"] is not None:
        by = RefundBy.BUYER if row["asked_by"] == buyer else RefundBy.ORGANIZER
    status = RefundStatus(row["status"])
    is_theirs = not is_buyer or by is RefundBy.BUYER
    order_id = OrderId(row["order_id"])
    return RefundNote(
        refund_id=row["id"],
        amount=row["amount"],
        currency=row["currency"],
        status=status,
        ticket_ids=[ticket_id(order_id, number=number) for number in row["numbers"]],
        asked_by=by,
        reason=row["reason"] if is_theirs else None,
        code=None if is_buyer else row["error_code"],
        asked_at=row["created_at"],
        ended_at=None if status is RefundStatus.PENDING else row["ended_at"],
        undone_at=row["undone_at"],
    )


_OF_ORDER: Final = """
SELECT id, order_id, amount, currency, status::TEXT AS status, numbers, asked_by, reason,
    error_code, created_at, undone_at, coalesce(undone_at, updated_at) AS ended_at
FROM refunds WHERE order_id = $1 ORDER BY created_at, id LIMIT $2
"""
