"""The sweep: expired holds go back every second. Nothing right depends on it."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.orders import service
from arenapulse.orders.news import SaleNews
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry

SWEEP_SECONDS = 1.0
ROUNDS_MAX = 100


def registry(database: Database, *, news: SaleNews) -> Registry:
    made = Registry()

    @made.loop("orders.sweep", seconds=SWEEP_SECONDS)
    async def sweep() -> None:
        for _ in range(ROUNDS_MAX):
            expired = await service.reclaim(database, news=news, now=clock.now())
            if expired < service.SWEEP_MAX:
                return

    return made
