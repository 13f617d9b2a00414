"""Partitions of the days to come, and what is older than is kept."""

from __future__ import annotations

from typing import Final

from arenapulse.analytics.service import Keeping
from arenapulse.core import clock
from arenapulse.runtime.jobs import Limits, Registry

PARTITIONS_SECONDS: Final = 3_600.0


def registry(*, keeping: Keeping) -> Registry:
    made = Registry()

    @made.task("analytics.keep_days", cron="7 2 * * *", limits=Limits(seconds_max=1800))
    async def keep_days(**_future: object) -> None:
        await keeping.run(now=clock.now())

    @made.loop("analytics.partitions", seconds=PARTITIONS_SECONDS)
    async def partitions() -> None:
        """A first start has no partitions, and need not wait for the night."""
        await keeping.run(now=clock.now())

    assert keep_days
    return made
