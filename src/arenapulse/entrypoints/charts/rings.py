"""Lines to put seats along: rings about a field, as a stand bows, and fans before a stage.

A ring is named by its distance from the innermost one; the parameter t runs once around it in
[0, 2π), t = 0 at the right end, π/2 at the bottom, for y points down.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

FULL_TURN = 2 * math.pi
TOP = -math.pi / 2
STEPS = 1440


@dataclass(frozen=True)
class Rings:
    """Superellipses |x/a|ⁿ + |y/b|ⁿ = 1, bowed as real stands are: n falls outwards."""

    centre: Point
    half_width: float
    half_height: float
    power: float = 2.75
    power_lost: float = 0.0016

    def point(self, distance: float, t: float) -> Point:
        share = 2 / (self.power - distance * self.power_lost)
        cosine, sine = math.cos(t), math.sin(t)
        x = (self.half_width + distance) * math.copysign(abs(cosine) ** share, cosine)
        y = (self.half_height + distance) * math.copysign(abs(sine) ** share, sine)
        return self.centre[0] + x, self.centre[1] + y

    def pieces(self, count: int, *, distance: float) -> list[tuple[float, float]]:
        """Parameters of `count` pieces of equal length; half a piece lies left of the top."""
        points = [self.point(distance, TOP + n / STEPS * FULL_TURN) for n in range(STEPS + 1)]
        ways = [0.0]
        for here, there in pairwise(points):
            ways.append(ways[-1] + math.dist(here, there))

        def at(share: float) -> float:
            turns = math.floor(share)
            wanted = (share - turns) * ways[-1]
            step = min(bisect_right(ways, wanted) - 1, STEPS - 1)
            within = (wanted - ways[step]) / (ways[step + 1] - ways[step])
            return TOP + (step + within) / STEPS * FULL_TURN + turns * FULL_TURN

        return list(pairwise([at((n - 0.5) / count) for n in range(count + 1)]))


@dataclass(frozen=True)
class Wedge:
    """A piece of the rings between two parameters, with an aisle left free at either end."""

    rings: Rings
    start: float
    end: float
    aisle: float

    def line(self, distance: float, *, points: int) -> list[Point]:
        """Along the ring at a distance, clockwise."""
        start, end = self._trimmed(distance)
        steps = points - 1
        return [
            self.rings.point(distance, start + (end - start) * n / steps) for n in range(points)
        ]

    def outline(self, inner: float, outer: float, *, points: int) -> list[Point]:
        return [*self.line(outer, points=points), *reversed(self.line(inner, points=points))]

    def middle(self, distance: float) -> Point:
        return self.rings.point(distance, (self.start + self.end) / 2)

    def hole(self, inner: float, outer: float, *, width: float) -> list[Point]:
        """A rectangle of the wedge about its middle, `width` wide."""
        t = (self.start + self.end) / 2
        found: list[Point] = []
        for distance, sign in ((outer, -1), (outer, 1), (inner, 1), (inner, -1)):
            found.append(
                self.rings.point(distance, t + sign * width / 2 / self._speed(distance, t))
            )
        return found

    def _trimmed(self, distance: float) -> tuple[float, float]:
        """Without the aisles, which are as wide on every ring."""
        return (
            self.start + self.aisle / self._speed(distance, self.start),
            self.end - self.aisle / self._speed(distance, self.end),
        )

    def _speed(self, distance: float, t: float) -> float:
        here, there = self.rings.point(distance, t), self.rings.point(distance, t + 0.01)
        return math.dist(here, there) / 0.01


def rounded(points: Sequence[Point], digits: int = 2) -> list[list[float]]:
    return [[round(x, digits) + 0.0, round(y, digits) + 0.0] for x, y in points]


def length(points: Sequence[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def row_labels() -> Iterator[str]:
    """A to Z without I and O, which look like numbers; then AA, BB and so on."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    times = 1
    while True:
        for letter in letters:
            yield letter * times
        times += 1


def turn(left: float, right: float) -> float:
    """The smaller angle between two directions."""
    apart = abs(left - right) % FULL_TURN
    return min(apart, FULL_TURN - apart)
