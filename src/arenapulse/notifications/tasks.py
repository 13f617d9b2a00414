"""Work of the post: what is due is sent, what is old is forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.notifications import queries
from arenapulse.notifications.service import SEND_TASK
from arenapulse.notifications.service.repeating import LIFT_TASK, lift_at_vendor
from arenapulse.notifications.service.sending import Post
from arenapulse.notifications.terms import Channel
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry

SWEEP_SECONDS: Final = 1.0
KEEP: Final = dt.timedelta(days=90)
DRAIN: Final = Limits(seconds_max=120)


def registry(database: Database, *, post: Post) -> Registry:
    made = Registry()

    @made.task(SEND_TASK, limits=DRAIN)
    async def send_due(**_future: object) -> None:
        await post.drain(Channel.EMAIL)
        await post.drain(Channel.SMS)

    @made.task(LIFT_TASK)
    async def lift(*, suppression_id: UUID, **_future: object) -> None:
        await lift_at_vendor(database, suppression_id=suppression_id, carriers=post.carriers)

    @made.loop("notifications.sweep_mail", seconds=SWEEP_SECONDS)
    async def sweep_mail() -> None:
        # Whatever a dropped worker, a resting vendor or a lost wake-up left behind.
        await post.drain(Channel.EMAIL)

    @made.loop("notifications.sweep_sms", seconds=SWEEP_SECONDS)
    async def sweep_sms() -> None:
        await post.drain(Channel.SMS)

    @made.task("notifications.forget_old", cron="13 4 * * *", limits=Limits(seconds_max=600))
    async def forget_old(**_future: object) -> None:
        async with database.transaction() as session:
            await queries.purge(session, before=clock.now() - KEEP)

    return made
