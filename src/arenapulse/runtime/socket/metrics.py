"""Counters of the socket server, plain integers that telemetry reads when it is asked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial

from arenapulse.runtime.telemetry import SOCKETS, SOCKETS_OPEN


@dataclass(slots=True)
class Counters:
    """Totals since the start, but `connections`, which is the number open now."""

    connections: int = 0
    handshakes: int = 0
    refused: int = 0
    upgrades: int = 0
    frames_in: int = 0
    frames_out: int = 0
    bytes_out: int = 0
    emits: int = 0
    partial_writes: int = 0
    slow_dropped: int = 0
    slow_resynced: int = 0
    slow_closed: int = 0
    rate_closed: int = 0
    malformed: int = 0
    handler_errors: int = 0

    def snapshot(self) -> dict[str, int]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


def show(counters: Counters) -> None:
    """Makes `/metrics` read these; the last server made in a process is the one that is shown."""
    SOCKETS_OPEN.set_function(partial(getattr, counters, "connections"))
    for name in counters.snapshot():
        if name != "connections":
            SOCKETS.labels(name).set_function(partial(getattr, counters, name))
