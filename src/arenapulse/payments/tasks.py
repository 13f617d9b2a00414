"""Work of the till and of the inbox."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.core import clock
from arenapulse.payments import queries, service
from arenapulse.payments.service.charging import Till
from arenapulse.payments.service.refunding import REFUND_TASK, Refunds
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry

SWEEP_SECONDS: Final = 1.0
KEEP: Final = dt.timedelta(days=30)
DRAIN: Final = Limits(seconds_max=300)


def registry(database: Database, *, till: Till, refunds: Refunds) -> Registry:
    made = Registry()

    @made.task("payments.charge_due", limits=DRAIN)
    async def charge_due(**_future: object) -> None:
        await till.drain()

    @made.loop("payments.sweep", seconds=SWEEP_SECONDS)
    async def sweep() -> None:
        # Whatever a dropped worker or a lost wake-up left behind.
        await till.drain()

    @made.task(REFUND_TASK, limits=DRAIN)
    async def refund_due(**_future: object) -> None:
        await refunds.drain()

    @made.loop("payments.sweep_refunds", seconds=SWEEP_SECONDS)
    async def sweep_refunds() -> None:
        await refunds.drain()

    @made.task("payments.apply_event", limits=DRAIN)
    async def apply_event(*, event_id: str, **_future: object) -> None:
        await service.apply_event(database, event_id=event_id, till=till, now=clock.now())

    @made.task("payments.forget_old", cron="43 3 * * *", limits=Limits(seconds_max=600))
    async def forget_old(**_future: object) -> None:
        async with database.transaction() as session:
            await queries.purge(session, before=clock.now() - KEEP)

    return made
