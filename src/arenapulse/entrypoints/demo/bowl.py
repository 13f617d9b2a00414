"""A stadium's bowl: sections along superellipse rings, as the design draws them.

Coordinates are those of the design's map: the pitch's centre at (500, 400), x to the right, y down.
A ring is named by its distance from the innermost one; the parameter t runs once around it in
[0, 2π), t = 0 at the right end, π/2 at the bottom.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

Point = tuple[float, float]

CENTRE_X, CENTRE_Y = 500.0, 400.0
INNER_WIDTH, INNER_HEIGHT = 218.0, 150.0
FULL_TURN = 2 * math.pi
TOP = -math.pi / 2
STEPS = 1440
ARC_STEPS = 14
GAP = 3.5
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


@dataclass(frozen=True)
class Tier:
    """A ring of `count` sections from distance `inner` to `outer`, numbered from `first`."""

    count: int
    inner: float
    outer: float
    first: int
    prefix: str = ""

    @property
    def middle(self) -> float:
        return (self.inner + self.outer) / 2


@dataclass(frozen=True)
class Wedge:
    """One section of a ring: its name, its outline, its nearest gate, where its centre lies."""

    name: str
    shape: tuple[Point, ...]
    gate: str
    centre: Point
    tier: Tier

    @property
    def across(self) -> float:
        """How far the centre is off the long axis, from 0 to 1: above .62 it is a long side."""
        return abs(self.centre[1] - CENTRE_Y) / (INNER_HEIGHT + self.tier.outer)


def point(distance: float, t: float) -> Point:
    """The point of a ring at parameter t."""
    power = 2 / (2.75 - distance * 0.0016)
    cosine, sine = math.cos(t), math.sin(t)
    x = (INNER_WIDTH + distance) * math.copysign(abs(cosine) ** power, cosine)
    y = (INNER_HEIGHT + distance) * math.copysign(abs(sine) ** power, sine)
    return CENTRE_X + x, CENTRE_Y + y


def wedges(tier: Tier) -> list[Wedge]:
    """The sections of a ring, of equal length along its middle, the first one at the top."""
    return [
        _wedge(tier, number=number, start=start, end=end)
        for number, (start, end) in enumerate(_split(tier.count, tier.middle))
    ]


def _wedge(tier: Tier, *, number: int, start: float, end: float) -> Wedge:
    middle = (start + end) / 2
    outer = _arc(tier.outer, *_trimmed(tier.outer, start, end))
    inner = _arc(tier.inner, *_trimmed(tier.inner, start, end))
    return Wedge(
        name=f"{tier.prefix}{tier.first + number}",
        shape=tuple((round(x, 1), round(y, 1)) for x, y in [*outer, *reversed(inner)]),
        gate=min(GATES, key=lambda gate: _turn(GATES[gate], middle)),
        centre=point(tier.middle, middle),
        tier=tier,
    )


def _split(count: int, distance: float) -> list[tuple[float, float]]:
    """Parameters of `count` pieces of equal arc length; half a piece lies left of the top."""
    points = [point(distance, TOP + step / STEPS * FULL_TURN) for step in range(STEPS + 1)]
    lengths = [0.0]
    for here, there in pairwise(points):
        lengths.append(lengths[-1] + math.dist(here, there))

    def at(share: float) -> float:
        turns = math.floor(share)
        wanted = (share - turns) * lengths[-1]
        step = min(bisect_right(lengths, wanted) - 1, STEPS - 1)
        within = (wanted - lengths[step]) / (lengths[step + 1] - lengths[step])
        return TOP + (step + within) / STEPS * FULL_TURN + turns * FULL_TURN

    edges = [at((number - 0.5) / count) for number in range(count + 1)]
    return list(pairwise(edges))


def _trimmed(distance: float, start: float, end: float) -> tuple[float, float]:
    """The piece without the aisle at each end, which is as wide on every ring."""

    def speed(t: float) -> float:
        return math.dist(point(distance, t), point(distance, t + 0.01)) / 0.01

    return start + GAP / speed(start), end - GAP / speed(end)


def _arc(distance: float, start: float, end: float) -> Sequence[Point]:
    return [
        point(distance, start + (end - start) * step / ARC_STEPS) for step in range(ARC_STEPS + 1)
    ]


def _turn(left: float, right: float) -> float:
    """The smaller angle between two directions."""
    apart = abs(left - right) % FULL_TURN
    return min(apart, FULL_TURN - apart)
