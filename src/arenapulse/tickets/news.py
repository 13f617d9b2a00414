"""News of tickets that cannot wait for a fact; `wiring` fills it with realtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from arenapulse.core.ids import UserId
from arenapulse.orders.schemas import TicketDetails


class TicketNews(Protocol):
    """Called after the commit; must return at once and never raise."""

    def tickets_changed(self, tickets: Sequence[tuple[UserId, TicketDetails]]) -> None:
        """Tickets as they are now, for the devices of who holds them."""
        ...
