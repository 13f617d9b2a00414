"""Generated houses: as many places as asked for, each seat in its section, none upon another."""

from __future__ import annotations

import gzip
import math
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from arenapulse.entrypoints.charts.houses import KINDS, PLACES, SIDE_VIEW, hall
from arenapulse.entrypoints.demo.places import ember_hall, festival_ground, stadium
from arenapulse.inventory.bestseats import FreeSection, Wish, options
from arenapulse.inventory.schemas import SeatBits
from arenapulse.inventory.seatstates import packed_all
from arenapulse.venues import drawing, layout, seatmap, survey
from arenapulse.venues.geometry import FieldKind
from arenapulse.venues.seatmap import Chart, Section, seat_at
from tests.charts import chart_of

CHART_BYTES_MAX, STATES_BYTES_MAX = 400_000, 20_000


@cache
def house(kind: str) -> Chart:
    return chart_of(KINDS[kind](PLACES[kind]))


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_generated_house_has_no_problems(kind: str) -> None:
    chart = house(kind)
    assert chart.geometry is not None
    assert seatmap.problems(chart.sections) == []
    assert survey.problems(chart.sections, chart.geometry) == []


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("stadium", 60_000),
        ("stadium", 20_002),
        ("arena", 12_000),
        ("hall", 1_200),
        ("hall", 333),
        ("arena", 3_000),
    ],
)
def test_it_has_as_many_places_as_asked_for(kind: str, places: int) -> None:
    assert seatmap.places(chart_of(KINDS[kind](places)).sections) == places


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_seat_is_within_its_section_and_by_itself(kind: str) -> None:
    chart = house(kind)
    shapes = layout.outlines(chart.sections)
    for section, shape, rows in zip(chart.sections, shapes, drawing.places(chart), strict=True):
        for row in rows:
            assert all(layout.inside(shape, seat) for seat in row[1:-1]), section.name
        # Seats of a row keep their pitch, and rows keep apart.
        pitches = [math.dist(a, b) for row in rows for a, b in pairwise(row)]
        if pitches:
            assert min(pitches) > 0.98 * max(min(pitches), sorted(pitches)[len(pitches) // 2])
        for front, back in pairwise(rows):
            assert min(math.dist(front[len(front) // 2], seat) for seat in back) > 1


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_section_lies_upon_another(kind: str) -> None:
    shapes = [list(shape) for shape in layout.outlines(house(kind).sections)]
    for number, shape in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert not any(layout.inside(other, corner) for corner in shape)
            assert not any(layout.inside(shape, corner) for corner in other)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_front_row_is_nearest_to_what_one_looks_at(kind: str) -> None:
    chart = house(kind)
    assert chart.geometry is not None
    focus = chart.geometry.field.focus
    assert focus is not None
    for rows in drawing.places(chart):
        ways = [math.dist(row[len(row) // 2], focus) for row in rows]
        assert ways == sorted(ways)


def test_wheelchair_places_have_a_companion_beside_them() -> None:
    found = 0
    for section in house("stadium").sections:
        for row in section.rows:
            assert len(row.accessible) == len(row.companion)
            for seat in row.accessible:
                assert {seat - 1, seat + 1} & set(row.companion)
                found += 1
    assert found >= 200


def test_nobody_sits_behind_the_stage_of_a_concert() -> None:
    chart = house("concert")
    assert chart.geometry is not None
    stage = chart.geometry.field
    assert stage.kind is FieldKind.STAGE
    back = min(x for x, _ in stage.shape)
    for section, rows in zip(chart.sections, drawing.places(chart), strict=True):
        middles = [row[len(row) // 2][0] for row in rows]
        assert all(x > back for x in middles), section.name
    beside = [part for part in chart.geometry.parts.values() if part.view == SIDE_VIEW]
    assert 4 <= len(beside) <= 12


def full(section: Section, *, taken: bytes) -> SeatBits:
    return SeatBits(section.id, section.seats, taken, taken, bytes(len(taken)), 0, 1)


def test_a_stadium_is_small_as_sent() -> None:
    chart = house("stadium")
    assert len(drawing.draw(chart).packed) <= CHART_BYTES_MAX
    # Every second seat sold is the worst that two bits a seat can be, short of noise.
    states = packed_all(
        full(section, taken=b"\x55" * ((section.seats + 7) // 8)) for section in chart.sections
    )
    assert len(states) <= STATES_BYTES_MAX
    assert len(gzip.compress(states)) <= STATES_BYTES_MAX


def best_rows(chart: Chart, *, wish: Wish) -> set[tuple[str, str]]:
    """Where the best few lie in the empty house: section and row."""
    sections = drawing.draw(chart).sections
    free = [FreeSection.of(s, bits=full(s, taken=bytes((s.seats + 7) // 8))) for s in sections]
    by_id = {section.id: section for section in sections}
    return {
        (by_id[section_id].name, seat_at(by_id[section_id], index=seats[0])[0])
        for found in options(free, wish=wish)
        for section_id, seats in found.seats.items()
    }


def test_the_best_of_a_stadium_is_by_the_halfway_line_and_of_a_hall_before_the_stage() -> None:
    assert {name for name, _ in best_rows(house("stadium"), wish=Wish(2))} == {"101", "111"}
    assert best_rows(house("hall"), wish=Wish(2, width=1)) == {("Stalls centre", "A")}
    assert {row for _, row in best_rows(house("hall"), wish=Wish(2))} == {"A", "B"}
    assert {name for name, _ in best_rows(house("concert"), wish=Wish(2))} <= {
        *("101", "102", "110", "111", "112", "120"),
    }


def test_nobody_sits_side_by_side_across_an_aisle() -> None:
    chart = house("stadium")
    sections = drawing.draw(chart).sections[:1]
    (row, *_) = sections[0].rows
    (gap,) = row.gaps
    # Only the seats on both sides of the front row's aisle are free.
    open_seats = 0b11 << (gap.after - 1)
    size = (sections[0].seats + 7) // 8
    taken = (((1 << sections[0].seats) - 1) & ~open_seats).to_bytes(size, "little")
    free = [FreeSection.of(sections[0], bits=full(sections[0], taken=taken))]
    (found,) = options(free, wish=Wish(2, accessible=True)) or [None]
    assert found is not None
    assert found.adjacent is False


def demo_documents() -> list[Any]:
    places = (stadium(), ember_hall(), festival_ground())
    return [house.document for place in places for house in place.houses]


def test_the_demo_s_places_are_as_large_as_promised() -> None:
    football, concert, ember, meadows = (
        chart_of(document.model_dump(by_alias=True, mode="json")) for document in demo_documents()
    )
    assert (football.name, len(football.sections)) == ("Football", 60)
    assert sum(section.seats for section in football.sections) == 60_000
    assert seatmap.places(concert.sections) <= 60_000
    assert seatmap.places(ember.sections) == 2_000
    assert seatmap.places(meadows.sections) == 25_000
    kinds = [c.geometry.field.kind for c in (football, concert, ember, meadows) if c.geometry]
    assert kinds == ["pitch", "stage", "stage", "stage"]


def test_a_hall_may_have_a_standing_floor() -> None:
    floor, *seated = chart_of(hall(300, floor=90)).sections
    assert (floor.name, floor.capacity, floor.seats) == ("Floor", 90, 0)
    assert sum(section.seats for section in seated) == 300
