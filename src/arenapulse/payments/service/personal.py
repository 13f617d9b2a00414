"""A person's payments, for the erasure and the export of an account."""

from __future__ import annotations

from typing import Any

from arenapulse.core import clock
from arenapulse.core.ids import UserId
from arenapulse.payments.queries import personal
from arenapulse.runtime.db import Session


class PersonalPayments:
    """The books stay; a card's token and words about the person do not."""

    name = "payments"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        await personal.forget_words(session, user_id=user_id)

    async def export(self, session: Session, *, user_id: UserId) -> object:
        charges = await personal.charges_of(session, user_id=user_id)
        refunds = await personal.refunds_of(session, user_id=user_id)
        return {
            "charges": [_shown(row) | {"reference": row["reference"]} for row in charges],
            "refunds": [_shown(row) | {"reason": row["reason"]} for row in refunds],
        }


def _shown(row: Any) -> dict[str, object]:
    return {
        "orderId": str(row["order_id"]),
        "amount": row["amount"],
        "currency": row["currency"],
        "status": row["status"],
        "createdAt": clock.rfc3339(row["created_at"]),
    }
