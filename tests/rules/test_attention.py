"""What needs a hand, judged from signs: what presses most is first."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from arenapulse.analytics.schemas import SectionFigures, Signs
from arenapulse.analytics.service.judging import worries
from arenapulse.analytics.terms import Level, WorryKind

CALM: dict[str, Any] = {
    "tried": 0,
    "declined": 0,
    "paying_long": 0,
    "refunds_failed": 0,
    "gates": None,
    "gate_lately": None,
    "devices_silent": 0,
    "device_gate": None,
    "waiting": 0,
    "waiting_rate": None,
    "waiting_places": None,
    "webhooks_paused": 0,
    "webhooks_trying": 0,
}


def section(*, capacity: int = 100, sold: int = 0, held: int = 0, blocked: int = 0) -> Any:
    return SectionFigures(
        section_id=uuid4(),
        name="North",
        capacity=capacity,
        sold=sold,
        held=held,
        available=capacity - sold - held - blocked,
        checked_in=0,
        revenue=0,
    )


def told(*sections: SectionFigures, **signs: object) -> list[tuple[str, int, int | None]]:
    found = worries(Signs(**(CALM | signs)), sections=sections)
    return [(each.kind, each.count, each.of) for each in found]


def test_nothing_is_told_of_a_calm_event() -> None:
    assert told(section(), section(sold=50, held=10)) == []


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({"tried": 10, "declined": 3}, [("PAYMENTS_FAILING", 3, 10)]),
        ({"tried": 10, "declined": 2}, []),
        ({"tried": 9, "declined": 9}, []),
        ({"waiting": 301, "waiting_rate": 10.0}, [("LINE_LONG", 301, 10)]),
        ({"waiting": 300, "waiting_rate": 10.0}, []),
        ({"waiting": 1, "waiting_rate": 0.0}, [("LINE_LONG", 1, 0)]),
        ({"waiting": 8, "waiting_places": 7}, [("LINE_OVER_PLACES", 8, 7)]),
        ({"gates": ["A", "B", "C"], "gate_lately": [39, 5, 10]}, []),
        ({"gates": ["A", "B", "C"], "gate_lately": [40, 5, 12]}, [("GATE_SLOW", 5, 26)]),
        ({"gates": ["A"], "gate_lately": [0]}, []),
        ({"devices_silent": 2, "device_gate": "C"}, [("DEVICES_SILENT", 2, None)]),
    ],
)
def test_signs_speak_from_their_bound_on(
    signs: dict[str, object], expected: list[tuple[str, int, int | None]]
) -> None:
    assert told(**signs) == expected


def test_sections_that_are_as_good_as_gone_come_by_what_is_left() -> None:
    gone = section(sold=90, blocked=10)
    sections = [section(sold=95), section(sold=94), section(sold=90, held=9), gone]
    assert told(*sections) == [
        ("SECTION_NEARLY_SOLD", 1, 100),
        ("SECTION_NEARLY_SOLD", 5, 100),
        ("SECTION_HAS_BLOCKED", 10, 100),
    ]


def test_what_presses_most_is_first() -> None:
    found = worries(
        Signs(**(CALM | {"webhooks_trying": 1, "webhooks_paused": 1, "refunds_failed": 1})),
        sections=[section(sold=99)],
    )
    assert [(each.kind, each.level) for each in found] == [
        (WorryKind.REFUNDS_FAILED, Level.NO),
        (WorryKind.WEBHOOKS_PAUSED, Level.WARN),
        (WorryKind.SECTION_NEARLY_SOLD, Level.INFO),
        (WorryKind.WEBHOOKS_TRYING, Level.INFO),
    ]
