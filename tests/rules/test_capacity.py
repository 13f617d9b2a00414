"""Capacity configs: what of a chart is for sale."""

from __future__ import annotations

from uuid import UUID

from arenapulse.core.ids import SectionId, VenueId
from arenapulse.events.capacity import (
    CapacityConfig,
    SeatName,
    SectionPlan,
    problems,
    stock_of,
)
from arenapulse.inventory.schemas import SectionStock
from arenapulse.venues.seatmap import Chart, Row, Section
from arenapulse.venues.terms import SectionKind

FLOOR, BALCONY, UNKNOWN = (SectionId(UUID(int=n)) for n in (1, 2, 3))
CHART = Chart(
    UUID(int=9),
    VenueId(UUID(int=8)),
    (
        Section(id=FLOOR, name="Floor", kind=SectionKind.GENERAL, capacity=500),
        Section(
            id=BALCONY,
            name="Balcony",
            kind=SectionKind.SEATED,
            capacity=5,
            rows=(Row("A", 2), Row("B", 3)),
        ),
    ),
)


def config(**plans: SectionPlan) -> CapacityConfig:
    ids = {"floor": FLOOR, "balcony": BALCONY, "unknown": UNKNOWN}
    return CapacityConfig(sections={ids[name]: plan for name, plan in plans.items()})


def test_without_a_word_every_section_is_sold_whole() -> None:
    assert stock_of(CHART, config=config()) == [
        SectionStock(FLOOR, 500),
        SectionStock(BALCONY, 5, seats=5),
    ]


def test_less_of_the_floor_and_two_seats_of_the_balcony() -> None:
    wanted = config(
        floor=SectionPlan(300, 20),
        balcony=SectionPlan(blocked=(SeatName("A", 2), SeatName("B", 3))),
    )
    assert problems(CHART, config=wanted) == []
    assert stock_of(CHART, config=wanted) == [
        SectionStock(FLOOR, 300, blocked=20),
        SectionStock(BALCONY, 5, blocked=2, seats=5, blocked_seats=frozenset({1, 4})),
    ]


def test_each_mistake_is_named_at_its_field() -> None:
    wanted = config(
        floor=SectionPlan(501, (SeatName("A", 1),)),
        balcony=SectionPlan(4, 1),
        unknown=SectionPlan(1),
    )
    at = "capacityConfig.sections."
    assert [p["field"] for p in problems(CHART, config=wanted)] == [
        f"{at}{FLOOR}.capacity",
        f"{at}{FLOOR}.blocked",
        f"{at}{BALCONY}.capacity",
        f"{at}{BALCONY}.blocked",
        f"{at}{UNKNOWN}",
    ]


def test_more_blocked_than_there_is_and_seats_that_are_not() -> None:
    wanted = config(
        floor=SectionPlan(10, 11),
        balcony=SectionPlan(blocked=(SeatName("A", 1), SeatName("A", 1), SeatName("Z", 1))),
    )
    assert [p["message"] for p in problems(CHART, config=wanted)] == [
        "is more than the capacity, 10",
        "names a seat twice",
        "there is no seat 1 in row Z",
    ]
