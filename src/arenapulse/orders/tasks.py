"""The sweep: expired holds go back every second. Nothing right depends on it.

And what batches sold, spread to who reacts when the machine has time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arenapulse.core import clock
from arenapulse.orders import service
from arenapulse.orders.facts import PlacedBatch
from arenapulse.orders.news import SaleNews
from arenapulse.orders.terms import SPREAD_TASK
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import GIVING_WAY, Courtesy, Registry

SWEEP_SECONDS = 1.0
ROUNDS_MAX = 100
BUSY_ORDERS_PER_SECOND: Final = 300.0


def registry(database: Database, *, news: SaleNews) -> Registry:
    made = Registry()
    courtesy = Courtesy(per_second=BUSY_ORDERS_PER_SECOND)

    @made.task_many(SPREAD_TASK, of=PlacedBatch, limits=GIVING_WAY)
    async def spread(batches: Sequence[PlacedBatch]) -> None:
        async with (
            courtesy.turn(sum(len(batch.orders) for batch in batches)),
            database.transaction() as session,
        ):
            await service.spread(session, batches)

    @made.loop("orders.sweep", seconds=SWEEP_SECONDS)
    async def sweep() -> None:
        for _ in range(ROUNDS_MAX):
            expired = await service.reclaim(database, news=news, now=clock.now())
            if expired < service.SWEEP_MAX:
                return

    assert spread
    return made
