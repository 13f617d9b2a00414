"""The packed states of a whole house, packed and compressed once for each state that it is in."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from arenapulse.core.ids import EventId, SectionId
from arenapulse.inventory.schemas import SeatBits
from arenapulse.inventory.seatstates import packed_all
from arenapulse.venues.seatmap import Chart

EVENTS_MAX = 200
LEVEL = 6


@dataclass(frozen=True)
class Packed:
    """`etag` is weak: the same states, in whichever encoding."""

    etag: bytes
    plain: bytes

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.plain, LEVEL, mtime=0)

    @cached_property
    def deflated(self) -> bytes:
        """As HTTP means it, which is zlib's format."""
        return zlib.compress(self.plain, LEVEL)


class SeatPacker:
    """One a process; remembers the last state of each event."""

    def __init__(self) -> None:
        self._known: dict[EventId, Packed] = {}

    def pack(
        self, event_id: EventId, *, chart: Chart, bits: Mapping[SectionId, SeatBits]
    ) -> Packed:
        """The seated sections of the chart, in its order."""
        there = [bits[section.id] for section in chart.sections if section.id in bits]
        seated = [section for section in there if section.seats]
        revs = ",".join(str(section.rev) for section in seated)
        digest = hashlib.blake2b(f"{chart.chart_id}:{revs}".encode(), digest_size=12).hexdigest()
        etag = f'W/"{digest}"'.encode()
        known = self._known.get(event_id)
        if known is not None and known.etag == etag:
            return known
        if len(self._known) >= EVENTS_MAX:
            self._known.clear()
        made = self._known[event_id] = Packed(etag, packed_all(seated))
        return made
