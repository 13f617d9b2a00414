"""All SQL of the activity of orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from arenapulse.activity.schemas import ActivityKind, Noted
from arenapulse.core.ids import OrderId
from arenapulse.runtime.db import Session


async def add(session: Session, *, lines: Sequence[Noted]) -> None:
    """Writes the lines that are not there yet."""
    connection = await session.driver()
    await connection.execute(_ADD, msgspec.json.encode(lines).decode())


async def of_order(session: Session, *, order_id: OrderId, limit: int) -> list[Noted]:
    """The first lines of an order, in the order in which they became true."""
    connection = await session.driver()
    return [
        Noted(
            order_id=order_id,
            fact_id=row["fact_id"],
            at=row["at"],
            kind=ActivityKind(row["kind"]),
            code=row["code"],
            amount=row["amount"],
            numbers=tuple(row["numbers"]),
        )
        for row in await connection.fetch(_OF_ORDER, order_id, limit)
    ]


_ADD: Final = """
INSERT INTO order_activity (order_id, fact_id, at, kind, code, amount, numbers)
  SELECT x.order_id, x.fact_id, x.at, x.kind, x.code, x.amount, x.numbers
    FROM json_populate_recordset(NULL::order_activity, $1::TEXT::JSON) x
  ON CONFLICT DO NOTHING
"""
_OF_ORDER: Final = (
    "SELECT fact_id, at, kind, code, amount, numbers FROM order_activity "
    "WHERE order_id = $1 ORDER BY at, fact_id LIMIT $2"
)
