"""Bowls: tiers of sections about a field, with aisles, vomitories, gates and wheelchair places.

The seats are set as close as the wanted number needs, and the rest is taken from the longest rows,
so a bowl of 60,000 has 60,000.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from arenapulse.entrypoints.charts.rings import (
    Point,
    Rings,
    Wedge,
    length,
    rounded,
    row_labels,
    turn,
)

AISLE_SEATS, VOMITORY_SEATS = 2.0, 6.0
LINE_POINTS, SHAPE_POINTS = 9, 15
SECTION_AISLE = 3.5
GATE_DISTANCE = 21.0
GATES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "A": -2.2,
        "B": -1.57,
        "C": -0.94,
        "D": 0.0,
        "E": 0.94,
        "F": 1.57,
        "G": 2.2,
        "H": 3.14,
    }
)
ROWS_MIN, ROWS_MAX = 4, 60
RAIL: Final = "A rail runs across the view"
PITCH_TRIES = 40


@dataclass(frozen=True)
class Tier:
    """A ring of `count` sections from distance `inner` to `outer`, numbered from `first`.

    `width` is that of a seat against the others'. With `vomitory`, the rows by number that one
    enters between, an aisle runs through the middle of each section.
    """

    name: str
    count: int
    inner: float
    outer: float
    rows: int
    first: int
    prefix: str = ""
    width: float = 1.0
    vomitory: tuple[int, int] | None = None
    is_step_free: bool = False

    @property
    def middle(self) -> float:
        return (self.inner + self.outer) / 2

    def at(self, row: float) -> float:
        """The distance of a row, or of the edge before it."""
        return self.inner + (self.outer - self.inner) * row / self.rows


def sized(tiers: Sequence[Tier], *, by: float) -> list[Tier]:
    """The same tiers with so many times as many rows, as deep as before, moved together."""
    made: list[Tier] = []
    moved = 0.0
    for tier in tiers:
        rows = min(max(round(tier.rows * by), ROWS_MIN), ROWS_MAX)
        depth = (tier.outer - tier.inner) * rows / tier.rows
        inner = tier.inner + moved
        hole = tier.vomitory if tier.vomitory is not None and tier.vomitory[1] < rows else None
        made.append(replace(tier, rows=rows, inner=inner, outer=inner + depth, vomitory=hole))
        moved += depth - (tier.outer - tier.inner)
    return made


@dataclass(frozen=True)
class Stand:
    """One section as it is planned: where it lies and which gate is its nearest."""

    name: str
    tier: Tier
    wedge: Wedge
    gate: str

    @property
    def centre(self) -> Point:
        return self.wedge.middle(self.tier.middle)


@dataclass(frozen=True)
class Bowl:
    rings: Rings
    tiers: Sequence[Tier]
    places: int
    gates: Mapping[str, float] = field(default_factory=lambda: GATES)

    def stands(self) -> list[Stand]:
        """Every section, tier by tier, each tier clockwise from the top."""
        return [
            Stand(
                name=f"{tier.prefix}{tier.first + number}",
                tier=tier,
                wedge=Wedge(self.rings, start, end, SECTION_AISLE),
                gate=min(self.gates, key=lambda g: turn(self.gates[g], (start + end) / 2)),
            )
            for tier in self.tiers
            for number, (start, end) in enumerate(
                self.rings.pieces(tier.count, distance=tier.middle)
            )
        ]

    def document(self, *, name: str, look: Mapping[str, Any]) -> dict[str, Any]:
        """The chart; `look` is its `field`."""
        stands = self.stands()
        rows = [_Row(stand, n) for stand in stands for n in range(stand.tier.rows)]
        seats = _seats(rows, places=self.places)
        sections: dict[str, dict[str, Any]] = {s.name: _section(s) for s in stands}
        for (row, pitch), count in zip(_pitched(rows, seats.pitch), seats.counts, strict=True):
            sections[row.stand.name]["rows"].append(row.written(count, pitch=pitch))
        outer = max(tier.outer for tier in self.tiers) + GATE_DISTANCE
        return {
            "version": 1,
            "name": name,
            "field": dict(look),
            "levels": [tier.name for tier in self.tiers],
            "gates": [
                {"name": gate, "at": rounded([self.rings.point(outer, t)], 1)[0]}
                for gate, t in self.gates.items()
            ],
            "obstacles": [
                hole for stand in stands if (hole := _vomitory(stand, pitch=seats.pitch))
            ],
            "sections": list(sections.values()),
        }


def _section(stand: Stand) -> dict[str, Any]:
    tier = stand.tier
    outline = stand.wedge.outline(tier.inner, tier.outer, points=SHAPE_POINTS)
    return {
        "name": stand.name,
        "kind": "SEATED",
        "level": tier.name,
        "gate": stand.gate,
        "shape": rounded(outline, 1),
        "rows": [],
    }


class _Row:
    """A row to be filled; `length` is the way along it, `gap` the seats that its aisle takes."""

    def __init__(self, stand: Stand, number: int) -> None:
        self.stand = stand
        self.number = number
        self.line = stand.wedge.line(stand.tier.at(number + 0.5), points=LINE_POINTS)
        self.length = length(self.line)
        hole = stand.tier.vomitory
        is_cut = hole is not None and hole[0] <= number < hole[1]
        self.kind = "vomitory" if is_cut else "aisle"
        self.gap = 0.0 if hole is None else VOMITORY_SEATS if is_cut else AISLE_SEATS

    @property
    def step(self) -> int:
        """As many seats on both sides of an aisle: it runs straight."""
        return 2 if self.gap else 1

    def fits(self, pitch: float) -> int:
        room = math.floor(self.length / (pitch * self.stand.tier.width) - self.gap)
        return max(self.step, room // self.step * self.step)

    def written(self, seats: int, *, pitch: float) -> dict[str, Any]:
        made: dict[str, Any] = {
            "label": next(islice(row_labels(), self.number, None)),
            "seats": seats,
            "line": rounded(self.line),
            "pitch": round(pitch, 4),
        }
        half = seats // 2
        tier = self.stand.tier
        if self.gap and half:
            made["gaps"] = [{"after": half, "width": self.gap, "kind": self.kind}]
        if tier.is_step_free and self.number in {0, tier.rows - 1} and seats >= 12:
            made |= _step_free(seats, by_aisle=half if self.gap else None)
        elif tier.vomitory is not None and self.number == tier.vomitory[1] and half > 1:
            made |= {"restricted": [half - 1, half, half + 1, half + 2], "view": RAIL}
        return made


def _step_free(seats: int, *, by_aisle: int | None) -> dict[str, list[int]]:
    """Wheelchairs at the ends of a row and beside its aisle, each with a companion."""
    accessible, companion = [1, seats], [2, seats - 1]
    if by_aisle is not None:
        accessible += [by_aisle, by_aisle + 1]
        companion += [by_aisle - 1, by_aisle + 2]
    return {"accessible": sorted(accessible), "companion": sorted(companion)}


@dataclass(frozen=True)
class _Seats:
    pitch: float
    counts: Sequence[int]


def _seats(rows: Sequence[_Row], *, places: int) -> _Seats:
    """The widest pitch at which the places fit, and each row's seats."""
    narrow, wide = 0.01, max(row.length for row in rows)
    for _ in range(PITCH_TRIES):
        pitch = (narrow + wide) / 2
        if sum(row.fits(pitch) for row in rows) >= places:
            narrow = pitch
        else:
            wide = pitch
    counts = [row.fits(narrow) for row in rows]
    surplus = sum(counts) - places
    for number in sorted(range(len(rows)), key=lambda n: -counts[n]):
        step = rows[number].step
        if step <= surplus and step < counts[number]:
            counts[number] -= step
            surplus -= step
    return _Seats(narrow, counts)


def _pitched(rows: Sequence[_Row], pitch: float) -> list[tuple[_Row, float]]:
    return [(row, pitch * row.stand.tier.width) for row in rows]


def _vomitory(stand: Stand, *, pitch: float) -> dict[str, Any] | None:
    rows = stand.tier.vomitory
    if rows is None:
        return None
    inner, outer = stand.tier.at(rows[0]), stand.tier.at(rows[1])
    width = (VOMITORY_SEATS - 2) * pitch * stand.tier.width
    return {"shape": rounded(stand.wedge.hole(inner, outer, width=width), 1)}
