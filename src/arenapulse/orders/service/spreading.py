"""What the hot path said in one row, told to each who reacts to it."""

from __future__ import annotations

from collections.abc import Sequence

from arenapulse.orders import queries
from arenapulse.orders.facts import OrdersPlaced, PlacedBatch
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import heard_by, wake_for


async def spread(session: Session, batches: Sequence[PlacedBatch]) -> None:
    """Told twice it is the same fact twice, as any may be."""
    reactions = heard_by(session, OrdersPlaced)
    if reactions:
        await queries.spread_placed(await session.driver(), batches, reactions=reactions)
        wake_for(session, OrdersPlaced)
