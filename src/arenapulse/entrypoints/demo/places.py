"""Three invented places: a stadium that is a concert's house too, a hall and a festival ground."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from arenapulse.core.ids import OrganizationId, VenueId
from arenapulse.entrypoints.charts.bowl import Stand
from arenapulse.entrypoints.charts.houses import CENTRE, box, concert, football, hall, stadium_bowl
from arenapulse.venues.document import ChartDocument
from arenapulse.venues.schemas import RowBody, SectionBody, VenueBody

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "https://arenapulse.example/demo")
STAGE_CHART: Final = "Concert"


def demo_id(*names: str) -> UUID:
    """The same id at every seeding."""
    return uuid5(_NAMESPACE, "/".join(names))


@dataclass(frozen=True)
class House:
    """A chart of a place. `groups` sorts the names of its sections by what they cost."""

    document: ChartDocument
    groups: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Place:
    """A venue of the demo; the first of `houses` is its current chart."""

    key: str
    name: str
    location: Mapping[str, object]
    houses: Sequence[House]
    amenities: Sequence[str]

    @property
    def venue_id(self) -> VenueId:
        return VenueId(demo_id(self.key))

    def house(self, name: str | None) -> House:
        """The chart of this name, or the current one."""
        return next(h for h in self.houses if name in {None, h.document.name})

    def body(self, organization_id: OrganizationId) -> VenueBody:
        return VenueBody.model_validate(
            {
                "organizationId": organization_id,
                "name": self.name,
                "location": self.location,
                "sections": [_plain(section) for section in self.houses[0].document.sections],
                "amenities": self.amenities,
            }
        )


def _plain(section: Any) -> dict[str, Any]:
    """A section of the document without its geometry."""
    made = section.model_dump(include=set(SectionBody.model_fields), by_alias=True)
    fields = set(RowBody.model_fields)
    made["rows"] = [row.model_dump(include=fields, by_alias=True) for row in section.rows]
    return made


def _house(key: str, document: dict[str, Any], *, group: Callable[[str], str]) -> House:
    groups: dict[str, list[str]] = {}
    for section in document["sections"]:
        section["id"] = demo_id(key, section["name"])
        groups.setdefault(group(section["name"]), []).append(section["name"])
    return House(ChartDocument.model_validate(document), groups)


def stadium() -> Place:
    """60,000 seats in three tiers; for concerts a stage stands at one end and the pitch is sold."""
    key = "lantern-park"
    stands = {stand.name: stand for stand in stadium_bowl().stands()}

    def group(name: str) -> str:
        stand = stands.get(name)
        return name.lower() if stand is None else _stadium_group(stand)

    return Place(
        key=key,
        name="Lantern Park",
        location={
            "lat": 53.5653,
            "lng": 10.0014,
            "address": "Lantern Way 1",
            "city": "Havenbrook",
            "country": "DE",
            "timezone": "Europe/Berlin",
        },
        houses=[
            _house(key, football(), group=group),
            _house(key, concert(name=STAGE_CHART), group=group),
        ],
        amenities=["parking", "step-free access", "hearing loop", "cashless", "family area"],
    )


def _stadium_group(stand: Stand) -> str:
    (x, y), tier = stand.centre, stand.tier
    across = abs(y - CENTRE[1]) / (150 + tier.outer)
    off_centre, is_long_side = abs(x - CENTRE[0]), across > 0.62
    if tier.name == "Club":
        return "club"
    if tier.name == "Lower":
        if is_long_side:
            return "lower centre" if off_centre < 150 else "lower side"
        is_behind_goal = abs(y - CENTRE[1]) < 90
        return "ends" if is_behind_goal else "lower side"
    if is_long_side:
        return "lower side" if off_centre < 190 else "ends"
    return "upper"


def ember_hall() -> Place:
    """2,000 places: a standing floor before the stage, stalls and a balcony."""
    key = "ember-hall"
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
        houses=[
            _house(
                key, hall(name="Ember Hall", floor=800), group=lambda name: name.split()[0].lower()
            )
        ],
        amenities=["cloakroom", "bar", "step-free access"],
    )


_MEADOWS: Final = (
    # Name, price group, places, gate, outline.
    ("Front of stage", "front", 4_000, "A", (330, 160, 670, 270)),
    ("Main field", "field", 14_000, "B", (230, 285, 770, 525)),
    ("Riverside", "field", 4_500, "C", (790, 220, 930, 540)),
    ("Garden stage", "field", 2_000, "D", (70, 300, 210, 540)),
    ("Sunset terrace", "terrace", 500, "B", (340, 545, 660, 635)),
)
_MEADOW_GATES: Final = {
    "A": (300.0, 210.0),
    "B": (500.0, 660.0),
    "C": (955.0, 380.0),
    "D": (45.0, 420.0),
}


def festival_ground() -> Place:
    """25,000 places on a meadow before a stage, all of them standing."""
    key = "tidewater-meadows"
    groups = {name: group for name, group, *_ in _MEADOWS}
    document = {
        "version": 1,
        "name": "Tidewater Meadows",
        "field": {"kind": "stage", "focus": [500.0, 140.0], "shape": box(390, 60, 610, 140)},
        "gates": [{"name": name, "at": list(at)} for name, at in _MEADOW_GATES.items()],
        "texts": [
            {"text": "Main stage", "at": [500.0, 100.0], "size": 16.0},
            {"text": "Garden stage", "at": [140.0, 285.0], "size": 10.0},
        ],
        "sections": [
            {
                "name": name,
                "kind": "GENERAL",
                "capacity": places,
                "gate": gate,
                "shape": box(*map(float, outline)),
            }
            for name, _, places, gate, outline in _MEADOWS
        ],
    }
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
        houses=[_house(key, document, group=groups.__getitem__)],
        amenities=["camping", "free water", "step-free platform", "lockers"],
    )
