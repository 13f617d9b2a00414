"""Campaigns that were approved are told, a round a transaction."""

from __future__ import annotations

from uuid import UUID

from arenapulse.outreach.service import RUN_TASK, Office, run_campaign
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry


def registry(database: Database, *, office: Office) -> Registry:
    made = Registry()

    @made.task(RUN_TASK, limits=Limits(seconds_max=600))
    async def run(*, campaign_id: UUID, **_future: object) -> None:
        await run_campaign(database, campaign_id=campaign_id, office=office)

    return made
