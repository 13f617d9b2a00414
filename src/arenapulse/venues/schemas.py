"""Bodies and answers about venues, as the API's contract has them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from arenapulse.core.timezones import TIMEZONES
from arenapulse.media.schemas import PictureView
from arenapulse.runtime.web.envelope import Body, Label, Name, OneLine, Text, View
from arenapulse.venues.terms import (
    GAP_WIDTH_MAX,
    GAPS_A_ROW_MAX,
    PRINTED_MAX,
    ROWS_MAX,
    SEATS_A_ROW_MAX,
    SECTIONS_MAX,
    SHAPE_POINTS_MAX,
    VENUE_CAPACITY_MAX,
    FieldKind,
    GapKind,
    SectionKind,
)

AMENITIES_MAX = 50
COORDINATE_MAX = 1_000_000
# Of a patch's fields that were not sent, which is not null: null is refused.
ABSENT: Any = None


def _known_timezone(name: str) -> str:
    if name not in TIMEZONES:
        raise ValueError("is no time zone of the IANA database that browsers know")
    return name


def _is_none(value: object) -> bool:
    return value is None


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
    address: Annotated[str, OneLine(300, length_min=0)]
    city: Name
    country: Name
    timezone: Annotated[Text, StringConstraints(max_length=64), AfterValidator(_known_timezone)]


class GapBody(Body):
    """Behind seat `after` a gap of `width` seats: those beside it are not side by side."""

    after: SeatNumber
    width: Annotated[float, Field(strict=True, gt=0, le=GAP_WIDTH_MAX, allow_inf_nan=False)] = 2.0
    kind: GapKind = GapKind.AISLE


class NumberingBody(Body):
    """Seat n bears the number `start` + (n - 1) × `step`; `backwards` from the path's end."""

    start: Annotated[int, Field(strict=True, ge=0, le=PRINTED_MAX)] = 1
    step: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    backwards: Annotated[bool, Field(strict=True)] = False


class RowBody(Body):
    """`companion` seats belong to an accessible place and are offered with it.

    `numbering` is a chart's: a venue that is changed keeps that of the rows that stay.
    """

    label: Label
    seats: SeatNumber
    accessible: SeatNumbers = Field(default=[])
    restricted: SeatNumbers = Field(default=[])
    companion: SeatNumbers = Field(default=[])
    gaps: Annotated[list[GapBody], Field(max_length=GAPS_A_ROW_MAX)] = Field(default=[])
    numbering: NumberingBody | None = None


Shape = Annotated[list[Point], Field(max_length=SHAPE_POINTS_MAX)]


class PlainSection(Body):
    """Without `id` one is made; without `capacity` a SEATED section has that of its rows."""

    id: UUID | None = None
    name: Name
    kind: SectionKind
    capacity: Places | None = None
    shape: Shape = Field(default=[])
    gate: Label | None = None


class SectionBody(PlainSection):
    __doc__ = PlainSection.__doc__

    rows: Annotated[list[RowBody], Field(max_length=ROWS_MAX)] | None = None


Sections = Annotated[list[SectionBody], Field(max_length=SECTIONS_MAX)]
Amenities = Annotated[list[Label], Field(max_length=AMENITIES_MAX)]


class VenueBody(Body):
    """Without `capacity` the venue holds what its sections hold.

    `chartId`, which a venue that was read has, says nothing: sections make a chart of their own.
    """

    organization_id: UUID
    chart_id: UUID | None = None
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


class GapView(View):
    after: int
    width: float = 2.0
    kind: GapKind = GapKind.AISLE


class NumberingView(View):
    """Seat n bears the number `start` + (n - 1) × `step`."""

    start: int = 1
    step: int = 1


class RowView(View):
    label: str
    seats: int
    accessible: list[int] | None = Field(default=None, exclude_if=_is_none)
    restricted: list[int] | None = Field(default=None, exclude_if=_is_none)
    companion: list[int] | None = Field(default=None, exclude_if=_is_none)
    gaps: list[GapView] | None = Field(default=None, exclude_if=_is_none)
    numbering: NumberingView | None = Field(default=None, exclude_if=_is_none)


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
    media: list[PictureView] = Field(default=[])
    chart_id: UUID
    version: int


class PlaceCard(View):
    """What a list of venues, or a card of an event, says of a venue."""

    id: UUID
    name: str
    city: str
    country: str
    timezone: str
    capacity: int


class DrawnRowView(RowView):
    """`view` says what is in the way of its restricted seats."""

    view: str | None = None


class DrawnSectionView(View):
    """`first` is the number of its first seat in `seats`, `label` the place of its name."""

    id: UUID
    name: str
    kind: SectionKind
    capacity: int
    shape: list[tuple[float, float]]
    label: tuple[float, float]
    first: int | None = None
    rows: list[DrawnRowView] = Field(default=[])
    gate: str | None = None
    level: str | None = None
    view: str | None = None


class FieldView(View):
    kind: FieldKind = FieldKind.NONE
    focus: tuple[float, float] | None = None
    shape: list[tuple[float, float]] = Field(default=[])


class GateView(View):
    name: str
    at: tuple[float, float]


class CaptionView(View):
    text: str
    at: tuple[float, float]
    size: float = 12.0
    angle: float = 0.0


class ObstacleView(View):
    shape: list[tuple[float, float]]
    name: str | None = None


class DrawnSeatsView(View):
    """The place of every seat of the house, in the order of sections, rows and seats.

    `x` and `y` are base64 of unsigned 16-bit numbers, the lowest byte first: what is added,
    modulo 65,536, to the number before, from 0 on. The place is `left` + x × `scale`.
    """

    count: int
    left: float
    top: float
    scale: float
    x: str
    y: str


class ChartView(View):
    """A chart as it was drawn when it was made; docs/reference/chart.md tells it whole."""

    id: UUID
    venue_id: UUID
    name: str | None
    format: int
    bounds: tuple[float, float, float, float]
    field: FieldView
    levels: list[str]
    gates: list[GateView]
    texts: list[CaptionView]
    obstacles: list[ObstacleView]
    sections: list[DrawnSectionView]
    seats: DrawnSeatsView


class ChartCard(View):
    """A chart in a list. The current one is that of new events which name none."""

    id: UUID
    venue_id: UUID
    name: str | None
    capacity: int
    seats: int
    is_current: bool
    created_at: dt.datetime
