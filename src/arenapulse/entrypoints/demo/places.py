"""Three invented places: a stadium, a hall and a festival ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from arenapulse.core.ids import OrganizationId, VenueId
from arenapulse.entrypoints.demo.bowl import CENTRE_X, CENTRE_Y, Point, Tier, Wedge, wedges
from arenapulse.venues.schemas import VenueBody

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "https://arenapulse.example/demo")


def demo_id(*names: str) -> UUID:
    """The same id at every seeding."""
    return uuid5(_NAMESPACE, "/".join(names))


@dataclass(frozen=True)
class Place:
    """A venue of the demo. `groups` sorts its sections by what they cost."""

    key: str
    name: str
    location: Mapping[str, object]
    sections: Sequence[Mapping[str, Any]]
    groups: Mapping[str, Sequence[UUID]]
    amenities: Sequence[str]

    @property
    def venue_id(self) -> VenueId:
        return VenueId(demo_id(self.key))

    def body(self, organization_id: OrganizationId) -> VenueBody:
        return VenueBody.model_validate(
            {
                "organizationId": organization_id,
                "name": self.name,
                "location": self.location,
                "sections": self.sections,
                "amenities": self.amenities,
            }
        )


LOWER = Tier(count=20, inner=12, outer=92, first=101)
CLUB = Tier(count=14, inner=101, outer=131, first=1, prefix="C")
UPPER = Tier(count=26, inner=140, outer=226, first=301)
LOWER_PLACES, UPPER_PLACES = 1_100, 1_300
CLUB_ROWS, CLUB_SEATS = "ABCDEFGHJK", 30


def stadium() -> Place:
    """60,000 places in 60 sections: two standing-priced tiers and a seated club tier between."""
    groups: dict[str, list[UUID]] = {}
    sections: list[Mapping[str, Any]] = []
    for wedge in [*wedges(LOWER), *wedges(CLUB), *wedges(UPPER)]:
        made = _stadium_section(wedge)
        sections.append(made)
        groups.setdefault(_stadium_group(wedge), []).append(made["id"])
    return Place(
        key="lantern-park",
        name="Lantern Park",
        location={
            "lat": 53.5653,
            "lng": 10.0014,
            "address": "Lantern Way 1",
            "city": "Havenbrook",
            "country": "DE",
            "timezone": "Europe/Berlin",
        },
        sections=sections,
        groups=groups,
        amenities=["parking", "step-free access", "hearing loop", "cashless", "family area"],
    )


def _stadium_section(wedge: Wedge) -> Mapping[str, Any]:
    base = {
        "id": demo_id("lantern-park", wedge.name),
        "name": wedge.name,
        "shape": wedge.shape,
        "gate": wedge.gate,
    }
    if wedge.tier is not CLUB:
        places = LOWER_PLACES if wedge.tier is LOWER else UPPER_PLACES
        return base | {"kind": "GENERAL", "capacity": places}
    return base | {"kind": "SEATED", "rows": _rows(CLUB_ROWS, CLUB_SEATS)}


def _stadium_group(wedge: Wedge) -> str:
    off_centre = abs(wedge.centre[0] - CENTRE_X)
    is_long_side = wedge.across > 0.62
    if wedge.tier is CLUB:
        return "club"
    if wedge.tier is LOWER:
        if is_long_side:
            return "lower centre" if off_centre < 150 else "lower side"
        is_behind_goal = abs(wedge.centre[1] - CENTRE_Y) < 90
        return "ends" if is_behind_goal else "lower side"
    if is_long_side:
        return "lower side" if off_centre < 190 else "ends"
    return "upper"


def _rows(labels: Sequence[str], seats: int) -> list[dict[str, object]]:
    """Equal rows: the first has wheelchair places, behind the last row's ends stands a pillar."""
    rows: list[dict[str, object]] = [{"label": label, "seats": seats} for label in labels]
    rows[0]["accessible"] = [1, 2, seats - 1, seats]
    rows[-1]["restricted"] = [1, seats]
    return rows


def hall() -> Place:
    """2,000 places: a standing floor before the stage, stalls and a balcony."""
    key = "ember-hall"
    floor = _section(key, "Floor", _box(260, 170, 480, 170), capacity=800, gate="A")
    stalls = [
        _seated(key, f"Stalls {side}", _box(x, 360, 190, 160), gate="A")
        for side, x in (("left", 205), ("centre", 405), ("right", 605))
    ]
    balcony = [
        _seated(key, f"Balcony {side}", _box(x, 545, 230, 150), gate="B")
        for side, x in (("left", 145), ("centre", 385), ("right", 625))
    ]
    return Place(
        key=key,
        name="Ember Hall",
        location={
            "lat": 48.2105,
            "lng": 16.3622,
            "address": "Kiln Yard 7",
            "city": "Northmere",
            "country": "AT",
            "timezone": "Europe/Vienna",
        },
        sections=[floor, *stalls, *balcony],
        groups={
            "floor": [floor["id"]],
            "stalls": [section["id"] for section in stalls],
            "balcony": [section["id"] for section in balcony],
        },
        amenities=["cloakroom", "bar", "step-free access"],
    )


def festival_ground() -> Place:
    """25,000 places on a meadow, all of them standing."""
    key = "tidewater-meadows"
    front = _section(key, "Front of stage", _box(330, 160, 340, 110), capacity=4_000, gate="A")
    field = _section(key, "Main field", _box(230, 285, 540, 240), capacity=14_000, gate="B")
    river = _section(key, "Riverside", _box(790, 220, 140, 320), capacity=4_500, gate="C")
    garden = _section(key, "Garden stage", _box(70, 300, 140, 240), capacity=2_000, gate="D")
    terrace = _section(key, "Sunset terrace", _box(340, 545, 320, 90), capacity=500, gate="B")
    return Place(
        key=key,
        name="Tidewater Meadows",
        location={
            "lat": 39.4561,
            "lng": -0.3545,
            "address": "Old Ferry Road",
            "city": "Port Alder",
            "country": "ES",
            "timezone": "Europe/Madrid",
        },
        sections=[front, field, river, garden, terrace],
        groups={
            "front": [front["id"]],
            "field": [field["id"], river["id"], garden["id"]],
            "terrace": [terrace["id"]],
        },
        amenities=["camping", "free water", "step-free platform", "lockers"],
    )


def _section(
    key: str, name: str, shape: Sequence[Point], *, capacity: int, gate: str
) -> dict[str, Any]:
    return {
        "id": demo_id(key, name),
        "name": name,
        "kind": "GENERAL",
        "capacity": capacity,
        "shape": shape,
        "gate": gate,
    }


def _seated(key: str, name: str, shape: Sequence[Point], *, gate: str) -> dict[str, Any]:
    return {
        "id": demo_id(key, name),
        "name": name,
        "kind": "SEATED",
        "rows": _rows("ABCDEFGHJK", 20),
        "shape": shape,
        "gate": gate,
    }


def _box(x: float, y: float, width: float, height: float) -> list[Point]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
