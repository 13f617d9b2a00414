"""Draws a chart, once, when it is made: a place for every seat, and the bytes that maps read. Pure.

The form of the bytes is told in docs/reference/chart.md, and held by
`web/src/shared/map/chart-vector.json` in Python and in TypeScript.
"""

from __future__ import annotations

import base64
import gzip
import math
import statistics
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import msgspec
from msgspec.structs import replace

from arenapulse.core.ids import VenueId
from arenapulse.venues import layout
from arenapulse.venues.geometry import (
    NOWHERE,
    Caption,
    Field,
    Gate,
    Geometry,
    Numbering,
    Obstacle,
    Part,
    Point,
    RowPath,
)
from arenapulse.venues.seatmap import Chart, Gap, Row, Section, Sight
from arenapulse.venues.terms import SectionKind

STEPS = 65_535
LEVEL = 9
_LINE = RowPath()
_PART = Part()


class DrawnRow(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    label: str
    seats: int
    accessible: tuple[int, ...] = ()
    restricted: tuple[int, ...] = ()
    companion: tuple[int, ...] = ()
    gaps: tuple[Gap, ...] = ()
    numbering: Numbering | None = None
    view: str | None = None


class DrawnSection(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`first` is the number of its first seat among those of the house."""

    id: UUID
    name: str
    kind: SectionKind
    capacity: int
    shape: tuple[Point, ...]
    label: Point
    first: int | None = None
    rows: tuple[DrawnRow, ...] = ()
    gate: str | None = None
    level: str | None = None
    view: str | None = None


class DrawnSeats(msgspec.Struct, frozen=True, rename="camel"):
    count: int
    left: float
    top: float
    scale: float
    x: str
    y: str


class DrawnChart(msgspec.Struct, frozen=True, rename="camel"):
    id: UUID
    venue_id: VenueId
    name: str | None
    format: int
    bounds: tuple[float, float, float, float]
    field: Field
    levels: tuple[str, ...]
    gates: tuple[Gate, ...]
    texts: tuple[Caption, ...]
    obstacles: tuple[Obstacle, ...]
    sections: tuple[DrawnSection, ...]
    seats: DrawnSeats


class _Envelope(msgspec.Struct, frozen=True):
    success: bool
    data: DrawnChart


FORMAT = 1


@dataclass(frozen=True)
class Drawing:
    """`sections` are the chart's with the sights of their rows; `packed` is the answer, gzipped."""

    sections: tuple[Section, ...]
    packed: bytes


def draw(chart: Chart) -> Drawing:
    """Both at once: nothing here is ever worked out again for this chart."""
    shapes = layout.outlines(chart.sections)
    rows = _places(chart, shapes)
    drawn = _drawn(chart, shapes, rows)
    packed = gzip.compress(msgspec.json.encode(_Envelope(success=True, data=drawn)), LEVEL, mtime=0)
    return Drawing(_sighted(chart, rows), packed)


def with_sights(chart: Chart) -> Chart:
    """The chart with its rows in place, for one that was made before charts were drawn."""
    if all(row.sight is not None for section in chart.sections for row in section.rows):
        return chart
    rows = _places(chart, layout.outlines(chart.sections))
    return replace(chart, sections=_sighted(chart, rows))


def places(chart: Chart) -> list[list[list[Point]]]:
    """Of every section every row's seats, in the chart's order."""
    return _places(chart, layout.outlines(chart.sections))


def _places(chart: Chart, shapes: Sequence[layout.Shape]) -> list[list[list[Point]]]:
    geometry = chart.geometry or NOWHERE
    focus = geometry.field.focus
    looks_at = layout.empty_middle(shapes) if focus is None else focus
    found: list[list[list[Point]]] = []
    for section, shape in zip(chart.sections, shapes, strict=True):
        part = geometry.parts.get(section.id, _PART)
        paths = part.rows or (_LINE,) * len(section.rows)
        free: list[tuple[Point, Point]] = []
        if not all(path.is_drawn for path in paths):
            free = layout.rows_in(shape, rows=len(section.rows), focus=looks_at)
        found.append(
            [
                row_places(row, path if path.is_drawn else replace(path, line=free[number]))
                for number, (row, path) in enumerate(zip(section.rows, paths, strict=True))
            ]
        )
    return found


def row_places(row: Row, path: RowPath) -> list[Point]:
    """The seats of a row along its path, seat 1 first."""
    offsets = _offsets(row)
    length = path.length
    pitch = path.pitch or length / (offsets[-1] + 1)
    before = (length - offsets[-1] * pitch) / 2
    ways = [before + offset * pitch for offset in offsets]
    points = list(_on_arc(path, ways) if path.arc is not None else _on_line(path.line, ways))
    return points[::-1] if path.is_backwards else points


def seats_across(row: Row) -> float:
    """The way from the first seat to the last, in seats."""
    return _offsets(row)[-1]


def _offsets(row: Row) -> list[float]:
    widths = {gap.after: gap.width for gap in row.gaps}
    found: list[float] = []
    at = 0.0
    for number in range(1, row.seats + 1):
        found.append(at)
        at += 1 + widths.get(number, 0.0)
    return found


def _on_arc(path: RowPath, ways: Sequence[float]) -> Iterator[Point]:
    arc = path.arc
    assert arc is not None
    sign = math.copysign(1.0, arc.end - arc.start)
    for way in ways:
        angle = math.radians(arc.start) + sign * way / arc.radius
        yield (
            arc.centre[0] + math.cos(angle) * arc.radius,
            arc.centre[1] + math.sin(angle) * arc.radius,
        )


def _on_line(line: Sequence[Point], ways: Sequence[float]) -> Iterator[Point]:
    """Ways rise; before the first point and past the last the line goes on straight."""
    pieces = [(a, b, math.dist(a, b)) for a, b in pairwise(line) if a != b]
    number, passed = 0, 0.0
    for way in ways:
        while number < len(pieces) - 1 and way > passed + pieces[number][2]:
            passed += pieces[number][2]
            number += 1
        (x1, y1), (x2, y2), length = pieces[number]
        share = (way - passed) / length
        yield x1 + (x2 - x1) * share, y1 + (y2 - y1) * share


def _sighted(chart: Chart, rows: Sequence[Sequence[Sequence[Point]]]) -> tuple[Section, ...]:
    focus = (chart.geometry or NOWHERE).field.focus
    if focus is None:
        sights = [[_plain(n, its) for n, its in enumerate(section)] for section in rows]
    else:
        sights = _ranked(rows, focus=focus)
    return tuple(
        replace(
            section,
            rows=tuple(
                replace(row, sight=sight) for row, sight in zip(section.rows, its, strict=True)
            ),
        )
        for section, its in zip(chart.sections, sights, strict=True)
    )


def _plain(number: int, seats: Sequence[Point]) -> Sight:
    """Without a focal point rows count from the front of their section."""
    return Sight(*_middle(seats), number, (len(seats) - 1) / 2)


def _middle(seats: Sequence[Point]) -> Point:
    left, right = seats[(len(seats) - 1) // 2], seats[len(seats) // 2]
    return round((left[0] + right[0]) / 2, 2), round((left[1] + right[1]) / 2, 2)


def _ranked(rows: Sequence[Sequence[Sequence[Point]]], *, focus: Point) -> list[list[Sight]]:
    """Rows by their distance from the focal point, counted in rows of the house."""
    steps = [
        math.dist(_middle(front), _middle(back))
        for section in rows
        for front, back in pairwise(section)
    ]
    step = (statistics.median(steps) if steps else 0.0) or 1.0
    nearest = [
        [min((math.dist(seat, focus), n) for n, seat in enumerate(row)) for row in section]
        for section in rows
    ]
    best = min((way for section in nearest for way, _ in section), default=0.0)
    return [
        [
            Sight(*_middle(row), round((way - best) / step, 2), float(seat))
            for row, (way, seat) in zip(section, ways, strict=True)
        ]
        for section, ways in zip(rows, nearest, strict=True)
    ]


def _drawn(
    chart: Chart, shapes: Sequence[layout.Shape], rows: Sequence[Sequence[Sequence[Point]]]
) -> DrawnChart:
    geometry = chart.geometry or NOWHERE
    seats = [seat for section in rows for row in section for seat in row]
    points = [point for shape in shapes for point in shape]
    others = [gate.at for gate in geometry.gates] + [text.at for text in geometry.texts]
    box = layout.bounds([*seats, *points, *geometry.field.shape, *others]) or (0.0, 0.0, 1.0, 1.0)
    left, top = math.floor(box[0]), math.floor(box[1])
    frame = (float(left), float(top), float(math.ceil(box[2])), float(math.ceil(box[3])))
    return DrawnChart(
        id=chart.chart_id,
        venue_id=chart.venue_id,
        name=chart.name,
        format=FORMAT,
        bounds=frame,
        field=geometry.field,
        levels=geometry.levels,
        gates=geometry.gates,
        texts=geometry.texts,
        obstacles=geometry.obstacles,
        sections=tuple(_sections(chart, geometry, shapes)),
        seats=_packed(seats, frame=frame),
    )


def _sections(
    chart: Chart, geometry: Geometry, shapes: Sequence[layout.Shape]
) -> Iterator[DrawnSection]:
    first = 0
    for section, shape in zip(chart.sections, shapes, strict=True):
        part = geometry.parts.get(section.id, _PART)
        paths = part.rows or (_LINE,) * len(section.rows)
        x, y = layout.label_point(shape)
        yield DrawnSection(
            id=section.id,
            name=section.name,
            kind=section.kind,
            capacity=section.capacity,
            shape=tuple(shape),
            label=(round(x, 1), round(y, 1)),
            first=first if section.seats else None,
            rows=tuple(map(_row, section.rows, paths)),
            gate=section.gate,
            level=part.level,
            view=part.view,
        )
        first += section.seats


def _row(row: Row, path: RowPath) -> DrawnRow:
    return DrawnRow(
        label=row.label,
        seats=row.seats,
        accessible=row.accessible,
        restricted=row.restricted,
        companion=row.companion,
        gaps=row.gaps,
        numbering=path.numbering,
        view=path.view,
    )


def _packed(seats: Sequence[Point], *, frame: tuple[float, float, float, float]) -> DrawnSeats:
    """Steps from seat to seat: in a row they are nearly the same, which packs well."""
    left, top, right, bottom = frame
    scale = max(right - left, bottom - top, 1.0) / STEPS
    return DrawnSeats(
        count=len(seats),
        left=left,
        top=top,
        scale=scale,
        x=_steps([round((x - left) / scale) for x, _ in seats]),
        y=_steps([round((y - top) / scale) for _, y in seats]),
    )


def _steps(values: Sequence[int]) -> str:
    steps = array("H", (b - a & STEPS for a, b in pairwise([0, *values])))
    if sys.byteorder == "big":
        steps.byteswap()
    return base64.b64encode(steps.tobytes()).decode()
