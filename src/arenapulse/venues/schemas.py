"""Bodies and answers about venues, as the API's contract has them."""

from __future__ import annotations

import functools
import zoneinfo
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from arenapulse.runtime.web.envelope import NO_NUL, Body, Text, View
from arenapulse.venues.terms import (
    ROWS_MAX,
    SEATS_A_ROW_MAX,
    SECTIONS_MAX,
    SHAPE_POINTS_MAX,
    VENUE_CAPACITY_MAX,
    SectionKind,
)

AMENITIES_MAX = 50
COORDINATE_MAX = 1_000_000
# Of a patch's fields that were not sent, which is not null: null is refused.
ABSENT: Any = None


@functools.cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _known_timezone(name: str) -> str:
    if name not in _timezones():
        raise ValueError("is no time zone of the IANA database")
    return name


def _is_none(value: object) -> bool:
    return value is None


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), NO_NUL
]
Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), NO_NUL
]
Coordinate = Annotated[
    float, Field(ge=-COORDINATE_MAX, le=COORDINATE_MAX, allow_inf_nan=False, strict=True)
]
Point = tuple[Coordinate, Coordinate]
Places = Annotated[int, Field(strict=True, ge=0, le=VENUE_CAPACITY_MAX)]
SeatNumber = Annotated[int, Field(strict=True, ge=1, le=SEATS_A_ROW_MAX)]
SeatNumbers = Annotated[list[SeatNumber], Field(max_length=SEATS_A_ROW_MAX)]
Degrees = Field(allow_inf_nan=False, strict=True)


class Location(Body):
    lat: Annotated[float, Degrees, Field(ge=-90, le=90)]
    lng: Annotated[float, Degrees, Field(ge=-180, le=180)]
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), NO_NUL]
    city: Name
    country: Name
    timezone: Annotated[Text, StringConstraints(max_length=64), AfterValidator(_known_timezone)]


class RowBody(Body):
    label: Label
    seats: SeatNumber
    accessible: SeatNumbers = Field(default=[])
    restricted: SeatNumbers = Field(default=[])


class SectionBody(Body):
    """Without `id` one is made; without `capacity` a SEATED section has that of its rows."""

    id: UUID | None = None
    name: Name
    kind: SectionKind
    capacity: Places | None = None
    rows: Annotated[list[RowBody], Field(max_length=ROWS_MAX)] | None = None
    shape: Annotated[list[Point], Field(max_length=SHAPE_POINTS_MAX)] = Field(default=[])
    gate: Label | None = None


Sections = Annotated[list[SectionBody], Field(max_length=SECTIONS_MAX)]
Amenities = Annotated[list[Label], Field(max_length=AMENITIES_MAX)]


class VenueBody(Body):
    """Without `capacity` the venue holds what its sections hold."""

    organization_id: UUID
    name: Name
    location: Location
    capacity: Places | None = None
    sections: Sections
    amenities: Amenities = Field(default=[])


class VenuePatch(Body):
    """Only the fields that are sent change; none of them may be null."""

    name: Name = ABSENT
    location: Location = ABSENT
    capacity: Places = ABSENT
    sections: Sections = ABSENT
    amenities: Amenities = ABSENT


class LocationView(View):
    lat: float
    lng: float
    address: str
    city: str
    country: str
    timezone: str


class RowView(View):
    label: str
    seats: int
    accessible: list[int] | None = Field(default=None, exclude_if=_is_none)
    restricted: list[int] | None = Field(default=None, exclude_if=_is_none)


class SectionView(View):
    id: UUID
    name: str
    kind: SectionKind
    capacity: int
    rows: list[RowView] | None = Field(default=None, exclude_if=_is_none)
    shape: list[tuple[float, float]] = Field(default=[])
    gate: str | None = Field(default=None, exclude_if=_is_none)


class VenueView(View):
    """`chartId` names the version of the sections; an event keeps the one it was made with."""

    id: UUID
    organization_id: UUID
    name: str
    location: LocationView
    capacity: int
    sections: list[SectionView]
    amenities: list[str]
    media: list[Any] = Field(default=[])
    chart_id: UUID
    version: int


class ChartView(View):
    id: UUID
    venue_id: UUID
    sections: list[SectionView]
