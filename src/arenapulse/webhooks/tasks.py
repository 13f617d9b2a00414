"""Webhooks in a worker: what is due is delivered, what is old is forgotten."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.webhooks.service.delivering import Delivering
from arenapulse.webhooks.service.forgetting import forget
from arenapulse.webhooks.terms import KEEP


def registry(database: Database, *, delivering: Delivering) -> Registry:
    made = Registry()
    made.due(delivering)

    @made.task("webhooks.forget_old", cron="27 4 * * *", limits=Limits(seconds_max=1800))
    async def forget_old(**_future: object) -> None:
        await forget(database, before=clock.now() - KEEP)

    assert forget_old
    return made
