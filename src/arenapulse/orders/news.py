"""News of a sale that cannot wait for a fact; `wiring` fills it with realtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from arenapulse.core.ids import EventId, OrderId
from arenapulse.inventory.counts import CountsListener
from arenapulse.inventory.schemas import ChangedCounts
from arenapulse.orders.schemas import OwnedOrder


class SaleNews(CountsListener, Protocol):
    """All called after the commit; each must return at once and never raise."""

    def events_flipped(self, flips: Sequence[tuple[EventId, str]]) -> None:
        """ON_SALE ⇄ SOLD_OUT happened by itself."""
        ...

    def orders_placed(self, placed: Sequence[OwnedOrder]) -> None:
        """New orders as they were answered, for the persons' other devices."""
        ...

    def orders_changed(self, order_ids: Sequence[OrderId]) -> None:
        """Their state is new to the person's other devices."""
        ...


class Unheard:
    """For programs without sockets: the seed, tests of one slice."""

    def counts_changed(self, changes: Sequence[ChangedCounts]) -> None:
        """Tells nobody."""

    def events_flipped(self, flips: Sequence[tuple[EventId, str]]) -> None:
        """Tells nobody."""

    def orders_changed(self, order_ids: Sequence[OrderId]) -> None:
        """Tells nobody."""

    def orders_placed(self, placed: Sequence[OwnedOrder]) -> None:
        """Tells nobody."""
