"""What payments keep about a person, by the orders that are theirs."""

from __future__ import annotations

from typing import Any, Final

from arenapulse.core.ids import UserId
from arenapulse.core.paging import EXPORTED_MAX
from arenapulse.runtime.db import Session


async def charges_of(session: Session, *, user_id: UserId) -> list[Any]:
    return await (await session.driver()).fetch(_CHARGES, user_id, EXPORTED_MAX)


async def refunds_of(session: Session, *, user_id: UserId) -> list[Any]:
    return await (await session.driver()).fetch(_REFUNDS, user_id, EXPORTED_MAX)


async def forget_words(session: Session, *, user_id: UserId) -> None:
    """The card's token, and what was written of them; amounts and times are the ledger's."""
    connection = await session.driver()
    for statement in (_FORGET_CARDS, _FORGET_REASONS):
        await connection.execute(statement, user_id)


_OF_ORDERS: Final = "order_id IN (SELECT id FROM orders WHERE user_id = $1)"
_CHARGES: Final = (
    "SELECT order_id, amount, currency, status::TEXT, reference, created_at "
    f"FROM charges WHERE {_OF_ORDERS} ORDER BY created_at, order_id, attempt LIMIT $2"
)
_REFUNDS: Final = (
    "SELECT order_id, amount, currency, status::TEXT, reason, created_at "
    f"FROM refunds WHERE {_OF_ORDERS} ORDER BY created_at, id LIMIT $2"
)
# That one was paid by hand is no card's, and its refund goes the same way.
# While a call is under way the vendor is asked by it; what is due of a forgotten one is cancelled.
_FORGET_CARDS: Final = f"""
UPDATE charges SET token = CASE token WHEN 'invoice' THEN token ELSE '' END, reference = NULL
WHERE {_OF_ORDERS} AND (token NOT IN ('', 'invoice') OR reference IS NOT NULL)
  AND status NOT IN ('DUE', 'PROCESSING')
"""
_FORGET_REASONS: Final = f"UPDATE refunds SET reason = '' WHERE {_OF_ORDERS} AND reason <> ''"
