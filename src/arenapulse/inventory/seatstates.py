"""What a seat map shows: free, held, sold or blocked, as letters or as two bits a seat. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from arenapulse.core.ids import SectionId
from arenapulse.inventory.schemas import SeatBits
from arenapulse.venues.seatmap import Section

FREE, HELD, SOLD, BLOCKED = range(4)
LETTERS: Final = "FHSB"


class RowStates(msgspec.Struct, frozen=True):
    """Letter n of `seats` is seat n: F free, H held, S sold, B blocked.

    `x` and `y` are the middle of the row, in the coordinates of the chart.
    """

    label: str
    x: float
    y: float
    seats: str


class SectionStates(msgspec.Struct, frozen=True, rename="camel"):
    """A seated section as GET …/seats gives it; `sequence` is null while Redis is away."""

    section_id: SectionId
    sequence: int | None
    rows: list[RowStates]
    epoch: str | None = None


class SectionStatesEnvelope(msgspec.Struct, frozen=True):
    data: SectionStates
    success: Literal[True] = True


def letters(bits: SeatBits) -> str:
    """A letter a seat, in the chart's order."""
    # Four letters a byte of the packed states, looked up, are a third of the time of four steps.
    return "".join(map(_FOUR.__getitem__, packed(bits)))[: bits.seats]


def packed(bits: SeatBits) -> bytes:
    """Two bits a seat, the first seat lowest; the last byte is filled up with zeros."""
    held_or_blocked = _spread(_both(bits.taken, bits.blocked, keep_off=bits.sold))
    sold_or_blocked = _spread(_or(bits.sold, bits.blocked))
    size = (bits.seats + 3) // 4
    value = held_or_blocked | sold_or_blocked << 1
    return value.to_bytes(max(size, 2 * len(bits.taken)), "little")[:size]


def packed_all(sections: Iterable[SeatBits]) -> bytes:
    """Every seated section in the order given, each from a byte of its own."""
    return b"".join(packed(bits) for bits in sections if bits.seats)


def view(
    section: Section, *, bits: SeatBits, sequence: int | None, epoch: str | None = None
) -> SectionStates:
    """The answer of GET …/seats, and of the socket's snapshot."""
    assert bits.seats == section.seats
    states = letters(bits)
    return SectionStates(
        section_id=section.id,
        sequence=sequence,
        epoch=epoch,
        rows=[
            RowStates(row.label, sight.x, sight.y, states[start : start + row.seats])
            for row, start, sight in zip(section.rows, section.starts, section.sights, strict=True)
        ],
    )


def _both(taken: bytes, blocked: bytes, *, keep_off: bytes) -> int:
    little = int.from_bytes
    held = little(taken, "little") & ~little(keep_off, "little")
    return held | little(blocked, "little")


def _or(left: bytes, right: bytes) -> int:
    return int.from_bytes(left, "little") | int.from_bytes(right, "little")


def _spread(bits: int) -> int:
    """Bit n moves to bit 2n: a table for each half of a byte, instead of a step a seat."""
    given = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    spread = bytearray(2 * len(given))
    spread[0::2] = given.translate(_LOW_HALF)
    spread[1::2] = given.translate(_HIGH_HALF)
    return int.from_bytes(spread, "little")


def _apart(half: int) -> int:
    return sum((half >> n & 1) << 2 * n for n in range(4))


_LOW_HALF: Final = bytes(_apart(byte & 15) for byte in range(256))
_HIGH_HALF: Final = bytes(_apart(byte >> 4) for byte in range(256))
_FOUR: Final = tuple("".join(LETTERS[byte >> 2 * n & 3] for n in range(4)) for byte in range(256))
