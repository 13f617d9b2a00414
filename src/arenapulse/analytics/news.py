"""Who looks at dashboards; `wiring` fills it with realtime."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from arenapulse.core.ids import EventId


class DashboardRooms(Protocol):
    def watched(self) -> Collection[EventId]:
        """Events whose dashboard somebody has open at this process."""
        ...

    def show(self, event_id: EventId, *, payload: bytes) -> None:
        """To all who have it open here; `payload` is a JSON object."""
        ...
