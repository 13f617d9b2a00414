"""Whom a worker tells that their turn came, and whom it asks about payments; `wiring` fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from arenapulse.core.ids import UserId


class TurnNews(Protocol):
    async def listening(self, user_ids: Sequence[UserId]) -> set[UserId]:
        """Those of them who have a socket open; nobody where that cannot be known."""
        ...

    async def turn_came(self, user_id: UserId, *, payload: bytes) -> None:
        """`queue:update` to every device of the person; never raises."""
        ...


class Tills(Protocol):
    async def error_share(self) -> float:
        """The share of payments under way that had to be tried again."""
        ...
