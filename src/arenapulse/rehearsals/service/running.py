"""Plays a rehearsal on a shadow of its event, once, and leaves nothing behind but the report."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.events import queries as event_queries
from arenapulse.events.capacity import CapacityConfig
from arenapulse.events.queries import EventRow
from arenapulse.rehearsals import queries
from arenapulse.rehearsals.schemas import Asked, Report
from arenapulse.rehearsals.service.playing import BrokenOff, Play, Stage
from arenapulse.rehearsals.terms import SELLING
from arenapulse.runtime import log
from arenapulse.runtime.db import PASSING_ERRORS, SERVICE, Database
from arenapulse.venues import queries as venue_queries

CONNECTIONS: Final = 4
SCHEMA: Final = "rehearsal"


class Rehearsing:
    """One a worker."""

    def __init__(self, database: Database, *, is_off: Callable[[], bool] = lambda: False) -> None:
        """`is_off` is asked each second of a rehearsal: it breaks off."""
        self._database = database
        self._is_off = is_off

    async def run(self, rehearsal_id: UUID) -> None:
        """What was begun and not ended is not played again: `add` gives it up after a while."""
        async with self._database.transaction() as session:
            asked = await queries.begin(session, rehearsal_id=rehearsal_id, now=clock.now())
        if asked is None:
            return
        report: Report | None = None
        why: str | None = None
        try:
            report = await self._play(asked)
        except PASSING_ERRORS as error:
            why = f"the database did not go along ({log.name_of(error)})"
        except BrokenOff as error:
            why = str(error)
        finally:
            async with self._database.transaction() as session:
                await queries.finish(
                    session,
                    rehearsal_id=rehearsal_id,
                    report=report,
                    why=why if report or why else "it broke off",
                    now=clock.now(),
                )

    async def _play(self, asked: Asked) -> Report:
        async with self._database.transaction() as session:
            event = await event_queries.find(session, event_id=asked.event_id)
            chart = await venue_queries.chart(session, chart_id=event.chart_id)
        going = partial(self._require_to_go_on, asked.event_id)
        await going()
        async with self._shadow(asked.event_id) as shadow:
            stage = Stage(event=event, chart=chart, admit_per_minute=_admitted(asked, event))
            play = Play(shadow, stage=stage, people=asked.people, seconds=asked.seconds)
            return await play.run(going=going)

    async def _require_to_go_on(self, event_id: EventId) -> None:
        """Raises `BrokenOff`: who buys in earnest has the database for themselves."""
        if self._is_off():
            raise BrokenOff("rehearsals were switched off")
        facts = await event_queries.sale_facts(self._database, event_id=event_id)
        if facts is None or facts.status in SELLING:
            raise BrokenOff("the event went on sale")

    @contextlib.asynccontextmanager
    async def _shadow(self, event_id: EventId) -> AsyncGenerator[Database, None]:
        shadow = Database(
            self._database.url,
            pool_size=CONNECTIONS,
            application="rehearsal",
            actor=SERVICE,
            schema=SCHEMA,
        )
        try:
            await queries.make_shadow(self._database, event_id=event_id)
            await shadow.open()
            yield shadow
        finally:
            await shadow.close()
            with contextlib.suppress(*PASSING_ERRORS):
                await queries.drop_shadow(self._database)


def _admitted(asked: Asked, event: EventRow) -> int | None:
    if asked.admit_per_minute is not None:
        return asked.admit_per_minute
    room = msgspec.convert(event.capacity_config, type=CapacityConfig).waiting_room
    return room.admit_per_minute if room is not None and room.enabled else None
