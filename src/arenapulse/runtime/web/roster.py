"""What a supervisor knows of its programs, in a memory that it shares with its servers.

Who is given up cannot tell of itself; those that live do, in `/metrics` and `/health/ready`.
"""

from __future__ import annotations

import enum
import mmap
import os
from functools import partial
from typing import Final

from arenapulse.runtime.telemetry import PROCESS_GIVEN_UP

PLACES: Final = 64
"""Servers by their index from the first on; whoever is beside them stands at the end."""
WORKER: Final = PLACES - 1


class Standing(enum.IntEnum):
    NOT_ITS_OWN = 0
    KEPT = 1
    GIVEN_UP = 2


class Roster:
    """A byte a place: written by the supervisor alone, read by every server."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, PLACES)

    @staticmethod
    def make(descriptor: int) -> None:
        """Makes an empty file such a memory."""
        os.ftruncate(descriptor, PLACES)

    def note(self, place: int, standing: Standing) -> None:
        self._memory[place] = standing

    def standings(self) -> dict[str, Standing]:
        """Of each that the supervisor keeps, by the name that its lines have."""
        found = {place: Standing(self._memory[place]) for place in range(PLACES)}
        return {
            "worker" if place == WORKER else f"server {place + 1}": standing
            for place, standing in found.items()
            if standing is not Standing.NOT_ITS_OWN
        }

    def given_up(self) -> list[str]:
        """Who dies at each start, and is merely tried now and then."""
        return [name for name, at in self.standings().items() if at is Standing.GIVEN_UP]

    def tell_metrics(self) -> None:
        """From now on `/metrics` tells of those that there are."""
        for name in self.standings():
            PROCESS_GIVEN_UP.labels(name).set_function(partial(self._is_given_up, name))

    def _is_given_up(self, name: str) -> float:
        return float(name in self.given_up())
