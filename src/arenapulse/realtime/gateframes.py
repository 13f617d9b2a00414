"""`gate:update`: who follows an event's gates sees the counts twice a second while they move."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import Refusal
from arenapulse.core.ids import EventId
from arenapulse.gates.service.watching import counts
from arenapulse.realtime.streams import Streams
from arenapulse.runtime import log
from arenapulse.runtime.db import PASSING_ERRORS, Database
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.siblings import survive

WINDOW_SECONDS: Final = 0.5
# The rate of the last minute falls while nobody comes.
SLOW_SECONDS: Final = 5.0
EVENTS_MAX: Final = 1_000

_ENCODER: Final = msgspec.json.Encoder()
_log = log.logger("realtime.gateframes")


class GateFrames:
    """One a process; each frame is read at that moment, so a late one is never an old one."""

    def __init__(self, database: Database, *, streams: Streams) -> None:
        self._database = database
        self._streams = streams
        self._dirty: set[EventId] = set()
        self._running: dict[EventId, asyncio.Task[bool]] = {}

    def touch(self, event_ids: Collection[EventId]) -> None:
        """Returns at once."""
        for event_id in event_ids:
            self._dirty.add(event_id)
            if event_id not in self._running and len(self._running) < EVENTS_MAX:
                work = survive("gateframes", self._publish_while_moving(event_id))
                self._running[event_id] = asyncio.create_task(work)

    async def close(self) -> None:
        """Ends what runs: the rows have it."""
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=2.0)

    async def _publish_while_moving(self, event_id: EventId) -> None:
        try:
            is_moving = True
            while is_moving:
                self._dirty.discard(event_id)
                is_moving = await self._publish(event_id)
                slept = 0.0
                while slept < SLOW_SECONDS and (slept == 0 or event_id not in self._dirty):
                    await asyncio.sleep(WINDOW_SECONDS)
                    slept += WINDOW_SECONDS
                is_moving = is_moving or event_id in self._dirty
        finally:
            self._running.pop(event_id, None)
            self._dirty.discard(event_id)

    async def _publish(self, event_id: EventId) -> bool:
        """Whether anybody came in the last minute."""
        try:
            found = await counts(self._database, event_id=event_id, now=clock.now())
            await self._streams.publish_staff(
                event_id, topic="gate", payload=_ENCODER.encode(found)
            )
        except (*REDIS_ERRORS, *PASSING_ERRORS, Refusal) as error:
            _log.warning("gates not published", error=type(error).__name__)
            return True
        return found.per_minute > 0
