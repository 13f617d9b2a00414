"""The index by the clock: what sold out by itself, what nobody told of, what nobody spells."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from arenapulse.core.ids import EventId
from arenapulse.runtime import log
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry
from arenapulse.search import queries
from arenapulse.search.engine import EngineAway
from arenapulse.search.service.indexing import Index
from arenapulse.search.service.mending import Mender
from arenapulse.search.service.mirroring import Mirror
from arenapulse.search.service.saving import Herald

MEND_SECONDS: Final = 20.0
SEND_SECONDS: Final = 0.3
COMPARE_SECONDS: Final = 5.0
TELLING: Final = Limits(seconds_max=600, concurrency=1)
SPELLINGS_MAX: Final = 5_000

_log = log.logger("search")


def registry(database: Database, *, index: Index, herald: Herald) -> Registry:
    made = Registry()
    mender = Mender(database, index)

    @made.task("search.index_event", limits=Limits(concurrency=1))
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

    @made.task("search.tell_saved", cron="* * * * *", limits=TELLING)
    async def tell_saved(**_future: object) -> None:
        """What came out is told to who looks for such."""
        told = await herald.tell()
        if told:
            _log.info("saved searches found something", messages=told)

    assert index_event
    assert tell_saved
    assert mend
    assert forget_words
    return made


def mirroring(mirror: Mirror) -> Registry:
    """What only an installation with a cluster does."""
    made = Registry()

    @made.loop("search.send_due", seconds=SEND_SECONDS)
    async def send_due() -> None:
        with suppress(EngineAway):
            await mirror.send_due()

    @made.loop("search.compare", seconds=COMPARE_SECONDS)
    async def compare() -> None:
        with suppress(EngineAway):
            wrong = await mirror.compare()
            if wrong:
                _log.info("the cluster differed", documents=wrong)

    @made.task("search.rebuild", limits=Limits(seconds_max=3_600, concurrency=1))
    async def rebuild(**_future: object) -> None:
        _log.info("a new index serves", index=await mirror.rebuild())

    assert send_due
    assert compare
    assert rebuild
    return made
