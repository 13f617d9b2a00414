"""Where things lie that a chart does not say: rows in the outline of their section. Pure.

Rows run along the edge that faces what is looked at, evenly to the back. Without a focal point a
house whose sections surround an empty middle looks at that, any other one up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from arenapulse.venues.geometry import Point
from arenapulse.venues.seatmap import Section

UP: Point = (0.0, -1.0)
COLUMNS = 5
EMPTY_SIZE = 500.0
LABEL_STEPS = 12
SIDES_OF_A_BOWL = 3

Shape = Sequence[Point]


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom; None of no points."""
    found = list(points)
    if not found:
        return None
    across, down = [x for x, _ in found], [y for _, y in found]
    return min(across), min(down), max(across), max(down)


def outlines(sections: Sequence[Section]) -> list[Shape]:
    """The shape of each section; those that have none stand in squares below the others."""
    left, top, right, bottom = bounds(
        point for section in sections for point in section.shape if has_outline(section)
    ) or (0.0, 0.0, EMPTY_SIZE, -EMPTY_SIZE / COLUMNS / 4)
    cell = max(right - left, bottom - top) / COLUMNS
    made: list[Shape] = []
    number = 0
    for section in sections:
        if has_outline(section):
            made.append(section.shape)
            continue
        row, column = divmod(number, COLUMNS)
        x, y = left + column * cell, bottom + cell / 4 + row * cell
        size = cell * 0.9
        made.append([(x, y), (x + size, y), (x + size, y + size), (x, y + size)])
        number += 1
    return made


def has_outline(section: Section) -> bool:
    return len(section.shape) >= 3 and abs(_area(section.shape)) > 0


def empty_middle(shapes: Sequence[Shape]) -> Point | None:
    """The middle of a house, where sections lie around it and none upon it."""
    box = bounds(point for shape in shapes for point in shape)
    if box is None:
        return None
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    if any(inside(shape, middle) for shape in shapes):
        return None
    sides = {_side(centre(shape), seen_from=middle, box=box) for shape in shapes}
    return middle if len(sides) >= SIDES_OF_A_BOWL else None


def _side(point: Point, *, seen_from: Point, box: tuple[float, float, float, float]) -> str:
    across = (point[0] - seen_from[0]) / ((box[2] - box[0]) or 1)
    down = (point[1] - seen_from[1]) / ((box[3] - box[1]) or 1)
    if abs(across) > abs(down):
        return "right" if across > 0 else "left"
    return "bottom" if down > 0 else "top"


def rows_in(shape: Shape, *, rows: int, focus: Point | None) -> list[tuple[Point, Point]]:
    """A line for each row, the first one nearest to what is looked at, each from left to right."""
    away = _away(shape, focus=focus)
    along = (away[1], -away[0])
    depths = [_dot(point, away) for point in shape]
    front, back = min(depths), max(depths)
    found: list[tuple[Point, Point]] = []
    for number in range(rows):
        depth = front + (back - front) * (number + 0.5) / rows
        start, end = _chord(shape, depth=depth, away=away, along=along)
        found.append((_at(depth, start, away, along), _at(depth, end, away, along)))
    return found


def _away(shape: Shape, *, focus: Point | None) -> Point:
    """The direction from the edge that faces the focus to the back."""
    turn = math.copysign(1.0, _area(shape))
    best, away = -math.inf, (0.0, 1.0)
    for (x1, y1), (x2, y2) in _edges(shape):
        length = math.hypot(x2 - x1, y2 - y1)
        if not length:
            continue
        outward = (turn * (y2 - y1) / length, turn * (x1 - x2) / length)
        towards = UP if focus is None else _unit((x1 + x2) / 2, (y1 + y2) / 2, focus)
        facing = _dot(outward, towards)
        if facing > best:
            best, away = facing, (-outward[0] + 0.0, -outward[1] + 0.0)
    return away


def _unit(x: float, y: float, towards: Point) -> Point:
    length = math.hypot(towards[0] - x, towards[1] - y) or 1.0
    return (towards[0] - x) / length, (towards[1] - y) / length


def _chord(shape: Shape, *, depth: float, away: Point, along: Point) -> tuple[float, float]:
    """The longest stretch of the shape at this depth."""
    crossings: list[float] = []
    for left, right in _edges(shape):
        before, behind = _dot(left, away) - depth, _dot(right, away) - depth
        if (before > 0) != (behind > 0):
            share = before / (before - behind)
            crossings.append(_dot(left, along) * (1 - share) + _dot(right, along) * share)
    crossings.sort()
    stretches = list(zip(crossings[::2], crossings[1::2], strict=False))
    assert stretches, "a line between the front and the back of a shape crosses it"
    return max(stretches, key=lambda stretch: stretch[1] - stretch[0])


def _at(depth: float, along_by: float, away: Point, along: Point) -> Point:
    return (
        away[0] * depth + along[0] * along_by,
        away[1] * depth + along[1] * along_by,
    )


def label_point(shape: Shape) -> Point:
    """Where the section's name has room: its centre, or the roomiest point of a hollow shape."""
    middle = centre(shape)
    if inside(shape, middle):
        return middle
    box = bounds(shape)
    assert box is not None
    left, top, right, bottom = box
    steps = range(1, LABEL_STEPS)
    points = [
        (left + (right - left) * x / LABEL_STEPS, top + (bottom - top) * y / LABEL_STEPS)
        for x in steps
        for y in steps
    ]
    within = [point for point in points if inside(shape, point)] or [middle]
    return max(within, key=lambda point: _room(shape, point))


def _room(shape: Shape, point: Point) -> float:
    return min(_way_to(point, *edge) for edge in _edges(shape))


def _way_to(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    share = 0.0
    if square:
        share = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / square
    share = min(max(share, 0.0), 1.0)
    return math.dist(point, (start[0] + share * dx, start[1] + share * dy))


def centre(shape: Shape) -> Point:
    """The centre of its area."""
    area = _area(shape)
    if not area:
        return (
            sum(x for x, _ in shape) / len(shape),
            sum(y for _, y in shape) / len(shape),
        )
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in _edges(shape))
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in _edges(shape))
    return x / (6 * area), y / (6 * area)


def inside(shape: Shape, point: Point) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times."""
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in _edges(shape):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossings += 1
    return crossings % 2 == 1


def _area(shape: Shape) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in _edges(shape)) / 2


def _edges(shape: Shape) -> Iterator[tuple[Point, Point]]:
    return pairwise([*shape, shape[0]])


def _dot(left: Point, right: Point) -> float:
    return left[0] * right[0] + left[1] * right[1]
