"""Counters of the socket server, plain integers that telemetry reads when it is asked."""

from __future__ import annotations

from dataclasses import dataclass, fields


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
