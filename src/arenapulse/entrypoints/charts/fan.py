"""Halls: blocks of rows that bend about a stage, each row an arc."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from arenapulse.entrypoints.charts.rings import Point, row_labels

SIDES = ("left", "centre", "right")
AISLE = 16.0
SHAPE_STEPS = 14
PITCH_TRIES = 40


@dataclass(frozen=True)
class Block:
    """Three sections side by side from radius `inner` to `outer`, `spread` degrees together."""

    name: str
    inner: float
    outer: float
    rows: int
    spread: float
    gate: str

    def radius(self, row: float) -> float:
        return self.inner + (self.outer - self.inner) * row / self.rows


@dataclass(frozen=True)
class _Arc:
    """A row: seat 1 at the left of who looks at the map."""

    block: Block
    side: int
    number: int

    @property
    def radius(self) -> float:
        return self.block.radius(self.number + 0.5)

    def angles(self, radius: float) -> tuple[float, float]:
        """From left to right, which on a map whose y points down is from more to fewer degrees."""
        width = self.block.spread / len(SIDES)
        trim = math.degrees(AISLE / 2 / radius)
        left = 90 + self.block.spread / 2 - self.side * width
        return left - trim, left - width + trim

    @property
    def length(self) -> float:
        left, right = self.angles(self.radius)
        return math.radians(left - right) * self.radius


def fan(
    *,
    name: str,
    stage: list[list[float]],
    focus: Point,
    centre: Point,
    blocks: Sequence[Block],
    gates: Mapping[str, Point],
    places: int,
) -> dict[str, Any]:
    """A chart whose rows all bend about `centre`."""
    arcs = [
        _Arc(block, side, row)
        for block in blocks
        for side in range(len(SIDES))
        for row in range(block.rows)
    ]
    pitch, counts = _fill(arcs, places=places)
    sections: dict[tuple[str, int], dict[str, Any]] = {}
    for arc, seats in zip(arcs, counts, strict=True):
        key = (arc.block.name, arc.side)
        if key not in sections:
            sections[key] = _section(arc, centre=centre)
        sections[key]["rows"].append(_row(arc, seats, pitch=pitch, centre=centre))
    return {
        "version": 1,
        "name": name,
        "field": {"kind": "stage", "focus": list(focus), "shape": stage},
        "levels": [block.name for block in blocks],
        "gates": [{"name": gate, "at": list(at)} for gate, at in gates.items()],
        "texts": [{"text": "Stage", "at": [focus[0], focus[1] - 45], "size": 18.0}],
        "sections": list(sections.values()),
    }


def _fill(arcs: Sequence[_Arc], *, places: int) -> tuple[float, list[int]]:
    narrow, wide = 0.01, max(arc.length for arc in arcs)
    for _ in range(PITCH_TRIES):
        pitch = (narrow + wide) / 2
        if sum(max(1, int(arc.length / pitch)) for arc in arcs) >= places:
            narrow = pitch
        else:
            wide = pitch
    counts = [max(1, int(arc.length / narrow)) for arc in arcs]
    surplus = max(0, sum(counts) - places)
    for number in sorted(range(len(arcs)), key=lambda n: -counts[n])[:surplus]:
        counts[number] -= 1
    return narrow, counts


def _section(arc: _Arc, *, centre: Point) -> dict[str, Any]:
    block = arc.block

    def edge(radius: float) -> list[list[float]]:
        left, right = arc.angles(radius)
        angles = [left + (right - left) * n / SHAPE_STEPS for n in range(SHAPE_STEPS + 1)]
        return [
            [
                round(centre[0] + radius * math.cos(math.radians(angle)), 1),
                round(centre[1] + radius * math.sin(math.radians(angle)), 1),
            ]
            for angle in angles
        ]

    return {
        "name": f"{block.name} {SIDES[arc.side]}",
        "kind": "SEATED",
        "level": block.name,
        "gate": block.gate,
        "shape": [*edge(block.outer), *reversed(edge(block.inner))],
        "rows": [],
    }


def _row(arc: _Arc, seats: int, *, pitch: float, centre: Point) -> dict[str, Any]:
    left, right = arc.angles(arc.radius)
    made: dict[str, Any] = {
        "label": next(islice(row_labels(), arc.number, None)),
        "seats": seats,
        "arc": {
            "centre": list(centre),
            "radius": round(arc.radius, 2),
            "start": round(left, 3),
            "end": round(right, 3),
        },
        "pitch": round(pitch, 3),
    }
    if arc.number == 0 and seats >= 8:
        made |= {"accessible": [1, seats], "companion": [2, seats - 1]}
    if arc.number == arc.block.rows - 1 and seats >= 4:
        made |= {"restricted": [1, seats], "view": "A pillar stands before it"}
    return made
