"""News that cannot wait for a fact: counts after a commit. `wiring` fills it with realtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from arenapulse.inventory.schemas import ChangedCounts


class CountsListener(Protocol):
    def counts_changed(self, changes: Sequence[ChangedCounts]) -> None:
        """Called after the commit; must return at once and never raise."""
        ...
