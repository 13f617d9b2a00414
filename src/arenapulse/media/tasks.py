"""Collects the files that nobody uses."""

from __future__ import annotations

from typing import Final

from arenapulse.core import clock
from arenapulse.media.service.developing import COLLECTED_MAX, Studio
from arenapulse.runtime.jobs import Limits, Registry

ROUNDS_MAX: Final = 20


def registry(studio: Studio) -> Registry:
    made = Registry()

    @made.task("media.collect", cron="*/10 * * * *", limits=Limits(seconds_max=300))
    async def collect(**_future: object) -> None:
        for _ in range(ROUNDS_MAX):
            if await studio.collect(now=clock.now()) < COLLECTED_MAX:
                return

    assert collect
    return made
