"""Snapshots that never lie.

The sequence is read before the rows, so what the rows say is at least as new, and the frames after
that sequence lead from there to now.
"""

from __future__ import annotations

import asyncio
from typing import Final

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import whose
from arenapulse.events.terms import EventStatus
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.inventory.queries import read_counts
from arenapulse.inventory.schemas import SectionCounts
from arenapulse.realtime.schemas import CapacityUpdate
from arenapulse.realtime.streams import Position, Streams, shown
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import REDIS_ERRORS

EVENTS_MAX: Final = 5_000
AGE_SECONDS_MAX: Final = 1.0


class SharedCounts:
    """Readers of one event share a query; whoever asks while one runs waits for the next.

    So an answer always shows what was committed before it was asked for.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running: dict[EventId, asyncio.Task[list[SectionCounts]]] = {}
        self._next: dict[EventId, asyncio.Task[list[SectionCounts]]] = {}

    async def read(self, event_id: EventId) -> list[SectionCounts]:
        running = self._running.get(event_id)
        if running is None:
            task = self._running[event_id] = asyncio.create_task(self._read(event_id))
        else:
            waiting = self._next.get(event_id)
            if waiting is None:
                waiting = asyncio.create_task(self._after(running, event_id))
                self._next[event_id] = waiting
            task = waiting
        return await asyncio.shield(task)

    async def _after(
        self, running: asyncio.Task[list[SectionCounts]], event_id: EventId
    ) -> list[SectionCounts]:
        await asyncio.wait({running})
        self._running[event_id] = self._next.pop(event_id)
        return await self._read(event_id)

    async def _read(self, event_id: EventId) -> list[SectionCounts]:
        try:
            return await read_counts(self._database, event_id=event_id)
        finally:
            if self._running.get(event_id) is asyncio.current_task():
                del self._running[event_id]


class Snapshots:
    def __init__(self, database: Database, *, access: Access, streams: Streams) -> None:
        self._database = database
        self._access = access
        self._streams = streams
        self._counts = SharedCounts(database)
        self._whose: dict[EventId, tuple[float, OrganizationId, EventStatus]] = {}

    async def require_visible(self, event_id: EventId, *, actor: Actor | None) -> None:
        """Raises `EventNotFound` for a missing event, and for a draft of which one is no member."""
        known = self._whose.get(event_id)
        now = clock.monotonic_seconds()
        if known is None or now - known[0] > AGE_SECONDS_MAX:
            found = await whose(self._database, event_id=event_id)
            if found is None:
                raise EventNotFound
            if len(self._whose) >= EVENTS_MAX:
                self._whose.clear()
            known = self._whose[event_id] = (now, *found)
        _, organization_id, status = known
        if status is EventStatus.DRAFT and (
            actor is None
            or await self._access.role_in(actor, organization_id=organization_id) is None
        ):
            raise EventNotFound

    async def position(self, event_id: EventId) -> Position | None:
        """None while Redis is away."""
        try:
            return await self._streams.position(event_id)
        except REDIS_ERRORS:
            return None

    async def take(self, event_id: EventId, *, position: Position | None = None) -> CapacityUpdate:
        """All sections, exact; `position` was read before, or is read now."""
        at = position or await self.position(event_id)
        counts = await self._counts.read(event_id)
        return CapacityUpdate(
            event_id=event_id,
            sequence=None if at is None else at.sequences["capacity"],
            epoch=None if at is None else at.epoch,
            current_capacity=sum(section.available for section in counts),
            sections=[shown(section) for section in counts],
            timestamp=clock.now(),
        )
