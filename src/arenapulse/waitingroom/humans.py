"""Who says that somebody is no machine, as far as a line uses them."""

from __future__ import annotations

from typing import Protocol


class HumansAway(Exception):
    """Nobody can be asked now: who joins works for the place instead."""


class Humans(Protocol):
    @property
    def site_key(self) -> str:
        """What the widget of browsers is shown with."""
        ...

    async def vouches(self, token: str, *, address: str) -> bool:
        """Whether this answer of the widget is good; each is, once. Raises `HumansAway`."""
        ...
