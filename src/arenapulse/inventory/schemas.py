"""What inventory is told and what it tells: ids and numbers, no event rules."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from arenapulse.core.ids import EventId, SectionId


@dataclass(frozen=True)
class SectionStock:
    """What is for sale of one section. `seats` is 0 in a GENERAL section.

    `blocked_seats` are dense seat indices of the event's chart; `blocked` counts them, or the
    places taken off sale in a GENERAL section.
    """

    section_id: SectionId
    capacity: int
    blocked: int = 0
    seats: int = 0
    blocked_seats: frozenset[int] = frozenset()


class SectionCounts(msgspec.Struct, frozen=True, rename="camel"):
    """The numbers of one section at revision `rev` of its stock row."""

    section_id: SectionId
    capacity: int
    available: int
    held: int
    sold: int
    rev: int

    @classmethod
    def of(
        cls, section_id: UUID, *, capacity: int, held: int, sold: int, blocked: int, rev: int
    ) -> SectionCounts:
        return cls(
            section_id=SectionId(section_id),
            capacity=capacity,
            available=capacity - held - sold - blocked,
            held=held,
            sold=sold,
            rev=rev,
        )


@dataclass(frozen=True)
class Totals:
    """The sums over an event's sections."""

    capacity: int
    held: int
    sold: int
    blocked: int

    @property
    def available(self) -> int:
        return self.capacity - self.held - self.sold - self.blocked


@dataclass(frozen=True)
class ChangedCounts:
    """Counts of an event after a commit, for whoever publishes them."""

    event_id: EventId
    sections: tuple[SectionCounts, ...]


class SeatBits(msgspec.Struct, frozen=True):
    """The seats of one section at revision `rev`: bit n is the seat of dense index n.

    `taken` is held or sold. A standing section has `seats` 0 and no bits. `available` is the
    number of places left.
    """

    section_id: SectionId
    seats: int
    taken: bytes
    sold: bytes
    blocked: bytes
    available: int
    rev: int
