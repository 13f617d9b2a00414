"""Orders as they were placed, for who reacts to that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arenapulse.orders.facts import PlacedBatch, PlacedOrder
from arenapulse.orders.queries import Connection
from arenapulse.orders.terms import OrderStatus, PaymentStatus

# One by one, each by its key: the orders of a rush are the newest of millions.
_PLACED: Final = (
    "SELECT x.i, o.event_id, e.organization_id, o.user_id, o.placed_status, "
    "o.placed_payment_status, o.payment_method, o.total, o.currency "
    "FROM unnest($1::uuid[]) WITH ORDINALITY x(id, i) "
    "CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = x.id LIMIT 1) o "
    "CROSS JOIN LATERAL (SELECT * FROM events WHERE id = o.event_id LIMIT 1) e ORDER BY x.i"
)


async def placed_orders(
    connection: Connection, batches: Sequence[PlacedBatch]
) -> tuple[PlacedOrder, ...]:
    """Each order of the batches; what became of them since is not in it."""
    told = [
        (order_id, places, batch.at)
        for batch in batches
        for order_id, places in zip(batch.orders, batch.places, strict=True)
    ]
    rows = await connection.fetch(_PLACED, [order_id for order_id, *_ in told])
    return tuple(
        PlacedOrder(
            order_id=order_id,
            event_id=row["event_id"],
            organization_id=row["organization_id"],
            user_id=row["user_id"],
            status=OrderStatus(row["placed_status"]),
            payment_status=PaymentStatus(row["placed_payment_status"]),
            payment_method=row["payment_method"],
            places=places,
            total=row["total"],
            currency=row["currency"],
            at=at,
        )
        for row in rows
        for order_id, places, at in [told[int(row["i"]) - 1]]
    )
