"""A chart as people write it down and carry it about: the body of an import, and its schema."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from arenapulse.runtime.web.envelope import NO_NUL, Body, Label, Name
from arenapulse.venues.schemas import (
    COORDINATE_MAX,
    PlainSection,
    Point,
    RowBody,
    Shape,
)
from arenapulse.venues.terms import (
    GATES_MAX,
    LEVELS_MAX,
    LINE_POINTS_MAX,
    OBSTACLES_MAX,
    ROWS_MAX,
    SECTIONS_MAX,
    TEXTS_MAX,
    FieldKind,
)

VERSION: Final = 1
CSV_MAX: Final = 900_000
SCHEMA_TITLE: Final = "A chart of ArenaPulse"

Angle = Annotated[float, Field(ge=-3600, le=3600, allow_inf_nan=False, strict=True)]
Length = Annotated[float, Field(gt=0, le=COORDINATE_MAX, allow_inf_nan=False, strict=True)]


class FieldBody(Body):
    """What is looked at. All but `none` have a focal point, by which a view is judged."""

    kind: FieldKind = FieldKind.NONE
    focus: Point | None = None
    shape: Shape = Field(default=[])


class GateBody(Body):
    name: Label
    at: Point


class CaptionBody(Body):
    """Words on the map; `size` in the chart's unit, `angle` in degrees clockwise."""

    text: Name
    at: Point
    size: Length = 12.0
    angle: Angle = 0.0


class ObstacleBody(Body):
    """What stands where nobody sits."""

    shape: Shape
    name: Label | None = None


class ArcBody(Body):
    """From angle `start` to angle `end`, degrees clockwise from the right; y points down."""

    centre: Point
    radius: Length
    start: Angle
    end: Angle


class RowDocument(RowBody):
    """A row lies along `line` or `arc`; with neither it runs through its section's shape.

    `pitch` is the way from seat to seat, the row centred on its path; without it the row fills it.
    `view` says what is in the way of its restricted seats.
    """

    line: Annotated[list[Point], Field(max_length=LINE_POINTS_MAX)] = Field(default=[])
    arc: ArcBody | None = None
    pitch: Length | None = None
    view: Name | None = None


class SectionDocument(PlainSection):
    """An `id` that the venue knows keeps its section, else one of the same name does."""

    rows: Annotated[list[RowDocument], Field(max_length=ROWS_MAX)] = Field(default=[])
    level: Label | None = None
    view: Name | None = None


class ChartDocument(Body):
    """Coordinates: x to the right, y down, in any unit. docs/reference/chart.md tells more."""

    json_schema: Annotated[str, Field(max_length=200), NO_NUL] | None = Field(
        default=None, alias="$schema"
    )
    version: Literal[1]
    name: Name | None = None
    field: FieldBody = FieldBody()
    levels: Annotated[list[Label], Field(max_length=LEVELS_MAX)] = Field(default=[])
    gates: Annotated[list[GateBody], Field(max_length=GATES_MAX)] = Field(default=[])
    texts: Annotated[list[CaptionBody], Field(max_length=TEXTS_MAX)] = Field(default=[])
    obstacles: Annotated[list[ObstacleBody], Field(max_length=OBSTACLES_MAX)] = Field(default=[])
    sections: Annotated[list[SectionDocument], Field(max_length=SECTIONS_MAX)]


class RowList(Body):
    """Rows as CSV, a line each; see docs/reference/chart.md for its columns."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=CSV_MAX), NO_NUL]
    name: Name | None = None


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the document."""
    made = ChartDocument.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": SCHEMA_TITLE,
    }
