"""Work of the post: what is due is sent, what is old is forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.notifications.service import SEND_TASK
from arenapulse.notifications.service.forgetting import forget_recipients
from arenapulse.notifications.service.posting import Post
from arenapulse.notifications.service.repeating import LIFT_TASK, lift_at_vendor
from arenapulse.notifications.service.sealing import seal_numbers
from arenapulse.notifications.service.sending import LANES
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.runtime.purging import purge

KEEP: Final = dt.timedelta(days=90)


def registry(database: Database, *, post: Post) -> Registry:
    made = Registry()

    lanes = [made.due(lane(post)) for lane in LANES]

    @made.task(SEND_TASK)
    async def send_due(**_future: object) -> None:
        # One wake-up a transaction, whatever it told.
        for lane in lanes:
            lane.ring()

    @made.task(LIFT_TASK)
    async def lift(*, suppression_id: UUID, **_future: object) -> None:
        await lift_at_vendor(database, suppression_id=suppression_id, carriers=post.carriers)

    @made.task("notifications.forget_old", cron="13 4 * * *", limits=Limits(seconds_max=1800))
    async def forget_old(**_future: object) -> None:
        # News of vendors; the messages and where they stand stay, without to whom after a time.
        await forget_recipients(database, now=clock.now())
        before = {"before": clock.now() - KEEP}
        await purge(database, table="message_news", over="received_at < :before", values=before)

    @made.task("notifications.seal_numbers", cron="*/10 * * * *", limits=Limits(seconds_max=1800))
    async def seal_clear_numbers(**_future: object) -> None:
        await seal_numbers(database)

    return made
