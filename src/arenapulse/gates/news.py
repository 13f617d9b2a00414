"""News of gates that cannot wait for a fact; `wiring` fills it with realtime."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from arenapulse.core.ids import EventId
from arenapulse.tickets.news import TicketNews


class GateNews(TicketNews, Protocol):
    """Called after the commit; must return at once and never raise."""

    def gates_changed(self, event_ids: Collection[EventId]) -> None:
        """Somebody came in or went out, for those who follow the gates."""
        ...
