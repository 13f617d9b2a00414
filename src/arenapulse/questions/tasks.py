"""Answers by the clock: those to holds that came to nothing go."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.questions import service
from arenapulse.runtime import log
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry

_log = log.logger("questions")


def registry(database: Database) -> Registry:
    made = Registry()

    @made.task("questions.forget_unsold", cron="23 * * * *", limits=Limits(seconds_max=300))
    async def forget_unsold(**_future: object) -> None:
        forgotten = await service.forget_unsold(database, now=clock.now())
        if forgotten:
            _log.info("answers to holds that were not bought are gone", subjects=forgotten)

    assert forget_unsold
    return made
