"""What the hot path said in one row, told to each who reacts to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from arenapulse.orders.facts import OrdersPlaced, PlacedBatch
from arenapulse.orders.queries.spreading import placed_orders
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import heard_by, record_all

ORDERS_PER_FACT: Final = 100


async def spread(session: Session, batches: Sequence[PlacedBatch]) -> None:
    """Where batches are small, many of them are one fact: a job costs more than what it tells.

    Told twice it is the same orders twice, as any fact may be.
    """
    if not heard_by(session, OrdersPlaced):
        return
    connection = await session.driver()
    facts: list[OrdersPlaced] = []
    for bundle in bundles(batches):
        orders = await placed_orders(connection, bundle)
        facts.append(OrdersPlaced(fact_id=bundle[0].fact_id, at=bundle[0].at, orders=orders))
    await record_all(session, facts)


def bundles(batches: Sequence[PlacedBatch]) -> Iterable[Sequence[PlacedBatch]]:
    """In their order, with `ORDERS_PER_FACT` each or one larger batch."""
    bundle: list[PlacedBatch] = []
    orders = 0
    for batch in batches:
        if bundle and orders + len(batch.orders) > ORDERS_PER_FACT:
            yield bundle
            bundle, orders = [], 0
        bundle.append(batch)
        orders += len(batch.orders)
    if bundle:
        yield bundle
