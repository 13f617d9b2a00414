"""The SQL of orders that belong together as a season ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeVar

import asyncpg

from arenapulse.core.ids import EventId, OrderId

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
T = TypeVar("T")


class Members(NamedTuple):
    """A season ticket's orders by date; the first gives it its id."""

    series_id: EventId
    order_ids: list[OrderId]


async def join(
    connection: Connection,
    *,
    order_ids: Sequence[OrderId],
    series_id: EventId,
    amounts: Mapping[str, int],
    hold_seconds: int,
) -> None:
    """Makes holds that were just placed one: priced as a season's, and of one length."""
    await connection.execute(_PRICE, order_ids, list(amounts), list(amounts.values()), hold_seconds)
    await connection.execute(_JOIN, order_ids, series_id)


async def members(connection: Connection, *, season_id: OrderId) -> Members | None:
    """None where no season ticket has this id."""
    rows = await connection.fetch(_MEMBERS, season_id)
    if not rows:
        return None
    return Members(EventId(rows[0]["series_id"]), [OrderId(row["order_id"]) for row in rows])


async def seasons_of(connection: Connection, order_ids: Sequence[OrderId]) -> list[OrderId]:
    """The season tickets that these orders are of, by their ids."""
    rows = await connection.fetch(
        "SELECT DISTINCT season_id FROM season_orders WHERE order_id = ANY ($1) ORDER BY 1",
        order_ids,
    )
    return [OrderId(row["season_id"]) for row in rows]


async def with_all(connection: Connection, order_ids: Sequence[OrderId]) -> list[OrderId]:
    """The orders, and those that stand and fall with them; in order, each once."""
    return sorted({*order_ids, *await _others(connection, list(order_ids))})


async def for_all(connection: Connection, said: Mapping[OrderId, T]) -> dict[OrderId, T]:
    """What is said of some orders, of those too that stand and fall with them."""
    found = {other: said[one] for other, one in (await _others(connection, list(said))).items()}
    return {**found, **said}


async def _others(connection: Connection, order_ids: list[OrderId]) -> dict[OrderId, OrderId]:
    rows = await connection.fetch(_OTHERS, order_ids)
    return {OrderId(row["order_id"]): OrderId(row["one"]) for row in rows}


# What a place costs alone at a date is never raised.
_PRICE: Final = """
WITH priced AS (
  UPDATE tickets t SET discount = greatest(t.amount - x.amount, 0)
    FROM unnest($2::TEXT[], $3::INTEGER[]) x(level, amount)
    WHERE t.order_id = ANY ($1) AND t.price_level = x.level
    RETURNING t.order_id, t.discount
), off AS (SELECT order_id, sum(discount) AS amount FROM priced GROUP BY 1)
UPDATE orders o SET discount = off.amount, total = o.subtotal + o.fees - off.amount,
    tax = tax_inside((o.subtotal + o.fees - off.amount)::BIGINT, o.tax_rate),
    hold_seconds = $4::INTEGER, expires_at = o.created_at + make_interval(secs => $4::INTEGER)
  FROM off WHERE o.id = off.order_id AND o.status = 'PENDING'
"""
_JOIN: Final = """
INSERT INTO season_orders (order_id, season_id, series_id)
  SELECT x.id, ($1::UUID[])[1], $2 FROM unnest($1::UUID[]) x(id)
"""
_MEMBERS: Final = (
    "SELECT order_id, series_id FROM season_orders WHERE season_id = $1 ORDER BY order_id"
)
_OTHERS: Final = """
SELECT m.order_id, s.order_id AS one FROM season_orders s
JOIN season_orders m ON m.season_id = s.season_id WHERE s.order_id = ANY ($1)
"""
