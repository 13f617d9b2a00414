"""Sales that open by themselves."""

from __future__ import annotations

from typing import Final

from arenapulse.core import clock
from arenapulse.events import service
from arenapulse.events.news import EventNews
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry

OPENINGS_SECONDS: Final = 0.5


def registry(database: Database, *, news: EventNews) -> Registry:
    made = Registry()

    @made.loop("events.openings", seconds=OPENINGS_SECONDS)
    async def openings() -> None:
        """By the clock of a worker: whoever comes first opens, and it is opened once."""
        await service.open_due(database, news=news, now=clock.now())

    assert openings
    return made
