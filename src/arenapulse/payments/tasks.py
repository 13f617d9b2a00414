"""What payments does in a worker: due charges and refunds, and the inbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec

from arenapulse.core import clock
from arenapulse.orders.news import SaleNews
from arenapulse.payments import service
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.service import Charging, Giving
from arenapulse.payments.service.hearing import APPLY_TASK, NEWS_TASK
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.runtime.purging import purge

KEEP: Final = dt.timedelta(days=30)
TELL_SECONDS: Final = 30.0


class _Named(msgspec.Struct, frozen=True):
    event_id: str
    event_ids: list[str] = []


def registry(
    database: Database, *, charging: Charging, giving: Giving, gateway: Gateway, news: SaleNews
) -> Registry:
    made = comparing(database, gateway=gateway)
    charges = made.due(charging)
    made.due(giving)

    @made.task(APPLY_TASK)
    async def apply_event(*, event_id: str, **_future: object) -> None:
        if await service.apply_event(
            database, event_id=event_id, gateway=gateway, now=clock.now(), news=news
        ):
            charges.ring()

    @made.task_many(NEWS_TASK, of=_Named)
    async def hear_of_intents(news_of: Sequence[_Named]) -> None:
        ids = [name for each in news_of for name in each.event_ids or [each.event_id]]
        if await service.hear_of_intents(database, event_ids=ids, now=clock.now()):
            charges.ring()

    assert hear_of_intents

    @made.task("payments.ask_after_disputes", cron="4-59/5 * * * *", limits=Limits(seconds_max=280))
    async def ask_after_disputes(**_future: object) -> None:
        now = clock.now()
        try:
            await service.ask_after_disputes(database, gateway=gateway, now=now, news=news)
        finally:
            await service.ask_after_warnings(database, gateway=gateway, now=now)

    @made.task("payments.forget_old", cron="43 3 * * *", limits=Limits(seconds_max=1800))
    async def forget_old(**_future: object) -> None:
        # Handled events and the twin's answers: by then nobody repeats them.
        before = {"before": clock.now() - KEEP}
        for table, at in (("webhook_inbox", "received_at"), ("sandbox_idempotency", "created_at")):
            await purge(database, table=table, over=f"{at} < :before", values=before)

    return made


def comparing(database: Database, *, gateway: Gateway) -> Registry:
    """The vendor's books beside ours, and who is told of it."""
    made = Registry()

    @made.task("payments.reconcile", cron="*/5 * * * *", limits=Limits(seconds_max=280))
    async def reconcile(**_future: object) -> None:
        await service.reconcile(database, gateway=gateway, now=clock.now())

    # Apart: what stops one of the two leaves the other alone.
    @made.task("payments.compare_account", cron="2-59/5 * * * *", limits=Limits(seconds_max=280))
    async def compare_account(**_future: object) -> None:
        await service.compare_account(database, gateway=gateway, now=clock.now())

    # Each worker by itself: whoever saw a difference once and never compared again would go on
    # waking people for it.
    @made.loop("payments.tell_differences", seconds=TELL_SECONDS)
    async def tell_differences() -> None:
        await service.tell_differences(database)

    return made
