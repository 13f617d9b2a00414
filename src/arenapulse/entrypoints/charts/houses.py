"""Houses of the common kinds, of any size: what `arenapulse chart generate` writes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from arenapulse.entrypoints.charts.bowl import Bowl, Stand, Tier, sized
from arenapulse.entrypoints.charts.fan import Block, fan
from arenapulse.entrypoints.charts.rings import Point, Rings

CENTRE: Final[Point] = (500.0, 400.0)
PITCH_HALF: Final = (168.0, 106.0)
SIDE_VIEW: Final = "Side view of the stage"
BOWL_PLACES, ARENA_PLACES, HALL_PLACES = 60_000, 12_000, 1_200
HALL_ROWS, HALL_ROWS_MIN, HALL_ROWS_MAX, HALL_DEPTH = 10, 3, 40, 125.0
STAGE: Final = (340.0, 325.0, 400.0, 475.0)
FLOOR: Final = (("Front of stage", 408.0, 500.0), ("Pitch standing", 508.0, 668.0))
STADIUM: Final = (
    Tier("Lower", 20, 12, 92, rows=24, first=101, vomitory=(4, 8), is_step_free=True),
    Tier("Club", 14, 101, 131, rows=8, first=1, prefix="C", width=1.2, is_step_free=True),
    Tier("Upper", 26, 140, 226, rows=24, first=301, vomitory=(4, 8)),
)
ARENA: Final = (
    Tier("Lower", 16, 10, 70, rows=18, first=101, vomitory=(14, 18), is_step_free=True),
    Tier("Upper", 20, 84, 150, rows=16, first=201, vomitory=(2, 5)),
)


def box(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def stadium_bowl(places: int = BOWL_PLACES) -> Bowl:
    tiers = sized(STADIUM, by=places / BOWL_PLACES)
    return Bowl(Rings(CENTRE, 218, 150), tiers, places)


def football(places: int = BOWL_PLACES, *, name: str = "Football") -> dict[str, Any]:
    """A stadium about a pitch."""
    (x, y), (width, height) = CENTRE, PITCH_HALF
    outline = box(x - width, y - height, x + width, y + height)
    look = {"kind": "pitch", "focus": list(CENTRE), "shape": outline}
    return stadium_bowl(places).document(name=name, look=look)


def concert(
    places: int = BOWL_PLACES, *, name: str = "Concert", floor: Sequence[int] = (4_000, 10_000)
) -> dict[str, Any]:
    """The same stadium with a stage at its left end: nobody behind it, a standing pitch before."""
    front = (STAGE[2], CENTRE[1])
    look = {"kind": "stage", "focus": list(front), "shape": box(*STAGE)}
    bowl = stadium_bowl(places)
    made = bowl.document(name=name, look=look)
    behind = {stand.name for stand in bowl.stands() if _is_behind(stand, front=front)}
    beside = {stand.name for stand in bowl.stands() if _is_beside(stand, front=front)}
    seated = [section for section in made["sections"] if section["name"] not in behind]
    for section in seated:
        if section["name"] in beside:
            section["view"] = SIDE_VIEW
    standing: list[dict[str, Any]] = [
        {
            "name": label,
            "kind": "GENERAL",
            "capacity": capacity,
            "level": "Floor",
            "gate": "D",
            "shape": box(left, 294, right, 506),
        }
        for (label, left, right), capacity in zip(FLOOR, floor, strict=True)
    ]
    entered = [stand for stand in bowl.stands() if stand.tier.vomitory is not None]
    holes = zip(entered, made["obstacles"], strict=True)
    gates = [section["gate"] for section in (*standing, *seated)]
    return made | {
        "levels": ["Floor", *made["levels"]],
        "gates": [gate for gate in made["gates"] if gate["name"] in gates],
        "obstacles": [hole for stand, hole in holes if stand.name not in behind],
        "texts": [{"text": "Stage", "at": [370.0, 400.0], "size": 16.0}],
        "sections": [*standing, *seated],
    }


def _is_behind(stand: Stand, *, front: Point) -> bool:
    return stand.centre[0] < front[0] - 15


def _is_beside(stand: Stand, *, front: Point) -> bool:
    return stand.centre[0] < front[0] + 60


def arena(places: int = ARENA_PLACES, *, name: str = "Arena") -> dict[str, Any]:
    """A hall about a ring."""
    x, y = CENTRE
    rings = Rings(CENTRE, 100, 70, power=2.4)
    look = {"kind": "ring", "focus": list(CENTRE), "shape": box(x - 56, y - 40, x + 56, y + 40)}
    tiers = sized(ARENA, by=places / ARENA_PLACES)
    return Bowl(rings, tiers, places).document(name=name, look=look)


def hall(places: int = HALL_PLACES, *, name: str = "Hall", floor: int = 0) -> dict[str, Any]:
    """Stalls and a balcony that bend about a stage, before it a standing floor if one is wanted."""
    rows = min(max(round(HALL_ROWS * places / HALL_PLACES), HALL_ROWS_MIN), HALL_ROWS_MAX)
    depth = HALL_DEPTH * rows / HALL_ROWS
    made = fan(
        name=name,
        stage=box(380, 20, 620, 110),
        focus=(500.0, 110.0),
        centre=(500.0, -60.0),
        blocks=(
            Block("Stalls", inner=390, outer=390 + depth, rows=rows, spread=66, gate="A"),
            Block(
                "Balcony", inner=422 + depth, outer=422 + 2 * depth, rows=rows, spread=66, gate="B"
            ),
        ),
        gates={"A": (150.0, 230.0), "B": (850.0, 230.0)},
        places=places,
    )
    if floor:
        section = {
            "name": "Floor",
            "kind": "GENERAL",
            "capacity": floor,
            "level": "Stalls",
            "gate": "A",
            "shape": _standing((500.0, -60.0), inner=190, outer=376, spread=62),
        }
        made["sections"].insert(0, section)
    return made


def _standing(centre: Point, *, inner: float, outer: float, spread: float) -> list[list[float]]:
    angles = [90 + spread / 2 - spread * n / 14 for n in range(15)]

    def along(radius: float) -> list[list[float]]:
        return [
            [
                round(centre[0] + radius * math.cos(math.radians(angle)), 1),
                round(centre[1] + radius * math.sin(math.radians(angle)), 1),
            ]
            for angle in angles
        ]

    return [*along(outer), *reversed(along(inner))]


KINDS: Final[Mapping[str, Callable[[int], dict[str, Any]]]] = MappingProxyType(
    {"stadium": football, "concert": concert, "arena": arena, "hall": hall}
)
PLACES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "stadium": BOWL_PLACES,
        "concert": BOWL_PLACES,
        "arena": ARENA_PLACES,
        "hall": HALL_PLACES,
    }
)
SMALLEST, LARGEST = 0.25, 2.0
"""How many times its usual places a house of a kind may have."""
