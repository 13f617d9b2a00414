"""Snapshots that never lie.

The sequence is read before the rows, so what the rows say is at least as new, and the frames after
that sequence lead from there to now.
"""

from __future__ import annotations

from functools import partial

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.events.salebook import Salebook
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.inventory.queries import read_counts
from arenapulse.inventory.schemas import SectionCounts
from arenapulse.realtime.schemas import CapacityUpdate
from arenapulse.realtime.streams import Position, Streams, shown
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.sharing import SharedReads


class Snapshots:
    def __init__(
        self, database: Database, *, access: Access, streams: Streams, salebook: Salebook
    ) -> None:
        self._access = access
        self._streams = streams
        self._salebook = salebook
        self._counts: SharedReads[EventId, list[SectionCounts]] = SharedReads(
            partial(_read, database)
        )

    async def require_visible(self, event_id: EventId, *, actor: Actor | None) -> None:
        """Raises `EventNotFound` for a missing event, and for a draft of which one is no member."""
        await self._salebook.visible(event_id, actor=actor, access=self._access)

    async def position(self, event_id: EventId) -> Position | None:
        """None while Redis is away."""
        try:
            return await self._streams.position(event_id)
        except REDIS_ERRORS:
            return None

    async def take(self, event_id: EventId, *, position: Position | None = None) -> CapacityUpdate:
        """All sections, exact; `position` was read before, or is read now."""
        at = position or await self.position(event_id)
        counts = await self._counts.get(event_id)
        return CapacityUpdate(
            event_id=event_id,
            sequence=None if at is None else at.sequences["capacity"],
            epoch=None if at is None else at.epoch,
            current_capacity=sum(section.available for section in counts),
            sections=[shown(section) for section in counts],
            timestamp=clock.now(),
        )


async def _read(database: Database, event_id: EventId) -> list[SectionCounts]:
    return await read_counts(database, event_id=event_id)
