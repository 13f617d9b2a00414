"""The demo's bowl: sections of equal size around the pitch, none over another."""

from __future__ import annotations

from itertools import pairwise

import pytest

from arenapulse.entrypoints.demo.bowl import CENTRE_X, CENTRE_Y, Point, Tier, wedges
from arenapulse.entrypoints.demo.places import CLUB, LOWER, UPPER, festival_ground, hall, stadium


def area(shape: tuple[Point, ...]) -> float:
    closed = [*shape, shape[0]]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(closed))) / 2


def cross(left: Point, right: Point) -> float:
    """Positive where `right` follows `left` clockwise, seen from the pitch's centre."""
    (x1, y1), (x2, y2) = left, right
    return (x1 - CENTRE_X) * (y2 - CENTRE_Y) - (y1 - CENTRE_Y) * (x2 - CENTRE_X)


def holds(shape: tuple[Point, ...], point: Point) -> bool:
    """Whether a point lies inside: a ray from it crosses the outline an odd number of times."""
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise([*shape, shape[0]]):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize("tier", [LOWER, CLUB, UPPER])
def test_sections_go_once_around_without_overlap(tier: Tier) -> None:
    ring = wedges(tier)
    assert [wedge.name for wedge in ring] == [
        f"{tier.prefix}{tier.first + n}" for n in range(tier.count)
    ]
    # The first lies at the top, the next ones follow clockwise.
    assert ring[0].centre == pytest.approx((CENTRE_X, CENTRE_Y - 150 - tier.middle))
    for left, right in pairwise([*ring, ring[0]]):
        assert holds(left.shape, left.centre)
        assert not any(holds(right.shape, corner) for corner in left.shape)
        assert not any(holds(left.shape, corner) for corner in right.shape)
        # Clockwise on a screen, whose y points down.
        assert cross(left.centre, right.centre) > 0
    areas = [area(wedge.shape) for wedge in ring]
    assert max(areas) < 1.2 * min(areas)


def test_the_places_are_as_large_as_promised() -> None:
    def places(sections: object) -> int:
        assert isinstance(sections, list)
        return sum(
            section.get("capacity") or sum(row["seats"] for row in section["rows"])
            for section in sections
        )

    assert places(stadium().sections) == 60_000
    assert places(hall().sections) == 2_000
    assert places(festival_ground().sections) == 25_000
    assert len(stadium().sections) == 60
