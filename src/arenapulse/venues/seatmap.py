"""Charts: the sections of a venue and the dense number that each seat has.

A chart is immutable: a change of sections makes a new one, and events keep theirs. So the dense
index of a seat (rows in order, seats from 1, counted from 0) never moves, and stock may keep one
bit a seat.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import msgspec

from arenapulse.core.errors import Detail
from arenapulse.core.ids import SectionId, VenueId
from arenapulse.core.names import key
from arenapulse.venues.geometry import Geometry, Numbering, Point
from arenapulse.venues.terms import VENUE_CAPACITY_MAX, GapKind, SectionKind

PROBLEMS_MAX = 50


class Gap(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Seats `after` and `after` + 1 are not side by side: `width` seats would fit between them."""

    after: int
    width: float = 2.0
    kind: GapKind = GapKind.AISLE


class Sight(msgspec.Struct, frozen=True, array_like=True):
    """Where a row's middle lies and how good it is, worked out once when the chart is made.

    `rank` counts rows from the best one of the house, in fractions; `middle` is the seat, from 0,
    that is best of the row.
    """

    x: float
    y: float
    rank: float
    middle: float


class Row(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`seats` is a count; the lists name seats by number, from 1.

    `numbering` is told with a venue alone: what a chart says of it stands in its geometry.
    """

    label: str
    seats: int
    accessible: tuple[int, ...] = ()
    restricted: tuple[int, ...] = ()
    companion: tuple[int, ...] = ()
    gaps: tuple[Gap, ...] = ()
    sight: Sight | None = None
    numbering: Numbering | None = None


class RowMasks(NamedTuple):
    """Bit n is seat n + 1; `gaps` has the last seat before each gap."""

    accessible: int
    restricted: int
    companion: int
    gaps: int


class Section(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, dict=True):
    """A part of a venue; its JSON is `Section` of the API."""

    id: SectionId
    name: str
    kind: SectionKind
    capacity: int
    rows: tuple[Row, ...] = ()
    shape: tuple[Point, ...] = ()
    gate: str | None = None

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The dense index of the first seat of each row."""
        found: list[int] = []
        total = 0
        for row in self.rows:
            found.append(total)
            total += row.seats
        return tuple(found)

    @cached_property
    def row_numbers(self) -> dict[str, int]:
        """By key and by label; of labels alike in an old chart the key finds the first."""
        numbered = list(enumerate(self.rows))
        by_key = {key(row.label): number for number, row in reversed(numbered)}
        return by_key | {row.label: number for number, row in numbered}

    @cached_property
    def row_masks(self) -> tuple[RowMasks, ...]:
        return tuple(
            RowMasks(
                _mask(row.accessible),
                _mask(row.restricted),
                _mask(row.companion),
                _mask(gap.after for gap in row.gaps),
            )
            for row in self.rows
        )

    @cached_property
    def sights(self) -> tuple[Sight, ...]:
        """Of each row; rows that were never drawn lie one behind the other."""
        return tuple(
            row.sight or Sight(0.0, number + 0.5, number, (row.seats - 1) / 2)
            for number, row in enumerate(self.rows)
        )

    @property
    def seats(self) -> int:
        """Numbered seats: the capacity of a SEATED section, 0 in a GENERAL one."""
        return self.capacity if self.kind is SectionKind.SEATED else 0


class Chart(msgspec.Struct, frozen=True, dict=True):
    chart_id: UUID
    venue_id: VenueId
    sections: tuple[Section, ...]
    geometry: Geometry | None = None
    name: str | None = None

    @cached_property
    def by_id(self) -> dict[SectionId, Section]:
        return {section.id: section for section in self.sections}

    @cached_property
    def numberings(self) -> dict[tuple[SectionId, str], Numbering]:
        """Of the rows whose seats bear other numbers than 1, 2, 3, by section and label."""
        parts = {} if self.geometry is None else self.geometry.parts
        return {
            (section.id, row.label): Numbering(path.numbering.start, path.numbering.step)
            for section in self.sections
            if section.id in parts
            for row, path in zip(section.rows, parts[section.id].rows, strict=False)
            if path.numbering is not None and (path.numbering.start, path.numbering.step) != (1, 1)
        }

    def printed(self, section_id: SectionId, *, row: str, seat: int) -> int:
        """The number that stands on a seat, which orders and tickets count from 1."""
        found = self.numberings.get((section_id, row))
        return seat if found is None else found.start + (seat - 1) * found.step

    def renumbered(self, section_id: SectionId, *, row: str | None, seat: int | None) -> int | None:
        """The same, where it is another number than its ticket says; None otherwise."""
        if row is None or seat is None or (section_id, row) not in self.numberings:
            return None
        found = self.printed(section_id, row=row, seat=seat)
        return None if found == seat else found


def numbered(chart: Chart) -> list[Section]:
    """Its sections with what stands on their seats, as a venue tells it."""
    return [
        section
        if not chart.numberings
        else msgspec.structs.replace(
            section,
            rows=tuple(
                msgspec.structs.replace(
                    row, numbering=chart.numberings.get((section.id, row.label))
                )
                for row in section.rows
            ),
        )
        for section in chart.sections
    ]


def seat_index(section: Section) -> dict[tuple[str, int], int]:
    """Every seat's dense index, in order."""
    return {
        (row.label, number): start + number - 1
        for row, start in zip(section.rows, section.starts, strict=True)
        for number in range(1, row.seats + 1)
    }


def index_of(section: Section, *, row: str, seat: int) -> int | None:
    """The dense index of one seat, None where there is no such seat."""
    number = section.row_numbers.get(row)
    if number is None:
        number = section.row_numbers.get(key(row))
    if number is None or not 1 <= seat <= section.rows[number].seats:
        return None
    return section.starts[number] + seat - 1


def seat_at(section: Section, *, index: int) -> tuple[str, int]:
    """Row label and seat number of a dense index: the reverse of `index_of`."""
    assert 0 <= index < section.seats, index
    number = bisect_right(section.starts, index) - 1
    return section.rows[number].label, index - section.starts[number] + 1


def places(sections: Iterable[Section]) -> int:
    return sum(section.capacity for section in sections)


def encode(sections: Sequence[Section]) -> bytes:
    return msgspec.json.encode(sections)


def decode(stored: str | bytes) -> tuple[Section, ...]:
    return msgspec.json.decode(stored, type=tuple[Section, ...])


def problems(sections: Sequence[Section]) -> list[Detail]:
    """What is wrong with these sections, as `{field, message}`; empty if nothing is."""
    found: list[Detail] = []
    ids: set[SectionId] = set()
    names: set[str] = set()
    for number, section in enumerate(sections):
        at = f"sections.{number}"
        if section.id in ids:
            found.append(_problem(f"{at}.id", "two sections have this id"))
        if section.name in names:
            found.append(_problem(f"{at}.name", "two sections have this name"))
        ids.add(section.id)
        names.add(section.name)
        found.extend(_kind_problems(section, at=at))
        found.extend(_row_problems(section, at=at))
    if places(sections) > VENUE_CAPACITY_MAX:
        found.append(_problem("sections", f"hold more than {VENUE_CAPACITY_MAX} places"))
    return found[:PROBLEMS_MAX]


def _kind_problems(section: Section, *, at: str) -> Iterable[Detail]:
    if section.kind is SectionKind.GENERAL:
        if section.rows:
            yield _problem(f"{at}.rows", "a GENERAL section has no rows")
        return
    seats = sum(row.seats for row in section.rows)
    if not section.rows:
        yield _problem(f"{at}.rows", "a SEATED section needs rows")
    elif section.capacity != seats:
        yield _problem(f"{at}.capacity", f"must be the number of seats, {seats}")


def _row_problems(section: Section, *, at: str) -> Iterable[Detail]:
    labels: set[str] = set()
    for number, row in enumerate(section.rows):
        where = f"{at}.rows.{number}"
        if key(row.label) in labels:
            yield _problem(f"{where}.label", "two rows of the section have this label")
        labels.add(key(row.label))
        yield from _seat_problems(row, at=where)


def _seat_problems(row: Row, *, at: str) -> Iterable[Detail]:
    lists = (
        ("accessible", row.accessible),
        ("restricted", row.restricted),
        ("companion", row.companion),
    )
    for name, seats in lists:
        if len(set(seats)) != len(seats):
            yield _problem(f"{at}.{name}", "names a seat twice")
        if any(not 1 <= seat <= row.seats for seat in seats):
            yield _problem(f"{at}.{name}", f"seats are numbered 1 to {row.seats}")
    if set(row.companion) & set(row.accessible):
        yield _problem(f"{at}.companion", "names a seat that is accessible itself")
    for number, gap in enumerate(row.gaps):
        if not 1 <= gap.after < row.seats:
            yield _problem(f"{at}.gaps.{number}.after", f"lies behind a seat 1 to {row.seats - 1}")
    if len({gap.after for gap in row.gaps}) != len(row.gaps):
        yield _problem(f"{at}.gaps", "names a place twice")


def _mask(numbers: Iterable[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << (number - 1)
    return found


def _problem(field: str, message: str) -> Detail:
    return {"field": field, "message": message}
