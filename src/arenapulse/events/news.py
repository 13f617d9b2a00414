"""News about events that cannot wait for a fact; `wiring` fills it with realtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from arenapulse.core.ids import EventId
from arenapulse.inventory.schemas import ChangedCounts


class EventNews(Protocol):
    """Each is called after the commit and before the answer leaves; must not raise."""

    async def status_changed(self, *, event_id: EventId, status: str) -> None:
        """An event has another status; a DRAFT is never told, only what it becomes."""
        ...

    async def price_changed(
        self, *, event_id: EventId, pricing_tiers: Sequence[Mapping[str, object]]
    ) -> None:
        """New tiers, as the API shows them."""
        ...

    async def capacity_changed(self, *, changed: ChangedCounts, current_capacity: int) -> None:
        """The organizer changed what is for sale; the counts of all sections as they are now."""
        ...


class Unheard:
    """For programs without sockets: the seed, tests of one slice."""

    async def status_changed(self, *, event_id: EventId, status: str) -> None:
        """Tells nobody."""

    async def price_changed(
        self, *, event_id: EventId, pricing_tiers: Sequence[Mapping[str, object]]
    ) -> None:
        """Tells nobody."""

    async def capacity_changed(self, *, changed: ChangedCounts, current_capacity: int) -> None:
        """Tells nobody."""
