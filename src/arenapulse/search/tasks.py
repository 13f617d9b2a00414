"""The index by the clock: what sold out by itself, what nobody told of, what nobody spells."""

from __future__ import annotations

from typing import Final

from arenapulse.core.ids import EventId
from arenapulse.runtime import log
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.search import queries
from arenapulse.search.service.indexing import Index
from arenapulse.search.service.mending import Mender

MEND_SECONDS: Final = 20.0
SPELLINGS_MAX: Final = 5_000

_log = log.logger("search")


def registry(database: Database, *, index: Index) -> Registry:
    made = Registry()
    mender = Mender(database, index)

    @made.task("search.index_event")
    async def index_event(*, event_id: EventId, **_future: object) -> None:
        """Enqueued by the database where selling flips an event to SOLD_OUT and back."""
        await index.events([event_id])

    @made.loop("search.mend", seconds=MEND_SECONDS)
    async def mend() -> None:
        mended = await mender.walk()
        if mended:
            _log.info("the index was mended", documents=mended)

    @made.task("search.forget_words", cron="17 4 * * *", limits=Limits(seconds_max=60))
    async def forget_words(**_future: object) -> None:
        async with database.transaction() as session:
            await queries.forget_words(session, most=SPELLINGS_MAX)

    assert index_event
    assert mend
    assert forget_words
    return made
