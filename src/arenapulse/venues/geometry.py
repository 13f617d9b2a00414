"""What a chart says of places beside what it sells: field, gates, where each row runs. Pure.

Coordinates are the chart's own: x to the right, y down, any unit. Angles are degrees clockwise
from the right. A chart without geometry is a chart all the same: `layout` finds places for it.
"""

from __future__ import annotations

import math

import msgspec

from arenapulse.core.ids import SectionId
from arenapulse.venues.terms import FieldKind

Point = tuple[float, float]


class Field(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is looked at; `focus` is the point that a view is judged by."""

    kind: FieldKind = FieldKind.NONE
    focus: Point | None = None
    shape: tuple[Point, ...] = ()


class Gate(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    name: str
    at: Point


class Caption(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Words on the map; `size` is the height of its letters in the chart's unit."""

    text: str
    at: Point
    size: float = 12.0
    angle: float = 0.0


class Obstacle(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What stands where nobody sits: a vomitory, a mixing desk, a pillar."""

    shape: tuple[Point, ...]
    name: str | None = None


class Arc(msgspec.Struct, frozen=True, rename="camel"):
    """A piece of a circle, from angle `start` to angle `end`; backwards where `end` is less."""

    centre: Point
    radius: float
    start: float
    end: float


class Numbering(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What stands on the seats: seat n bears `start` + (n - 1) × `step`.

    Seat 1 is the first along the path, the last where it is `backwards`.
    """

    start: int = 1
    step: int = 1
    backwards: bool = False


class RowPath(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Where the seats of a row lie: along a line of points or an arc, from its start to its end.

    `pitch` is the way from seat to seat; the row is then centred on its path. Without it the row
    fills the path.
    """

    line: tuple[Point, ...] = ()
    arc: Arc | None = None
    pitch: float | None = None
    numbering: Numbering | None = None
    view: str | None = None

    @property
    def is_backwards(self) -> bool:
        return self.numbering is not None and self.numbering.backwards

    @property
    def is_drawn(self) -> bool:
        return bool(self.line) or self.arc is not None

    @property
    def length(self) -> float:
        if self.arc is not None:
            return abs(math.radians(self.arc.end - self.arc.start)) * self.arc.radius
        return sum(map(math.dist, self.line, self.line[1:]))


class Part(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a chart says of one section; `rows` are those of the section, or none."""

    level: str | None = None
    view: str | None = None
    rows: tuple[RowPath, ...] = ()


class Geometry(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    field: Field = Field()
    levels: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    texts: tuple[Caption, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    parts: dict[SectionId, Part] = {}


NOWHERE = Geometry()


def encode(geometry: Geometry) -> bytes:
    return msgspec.json.encode(geometry)


def decode(stored: str | bytes) -> Geometry:
    return msgspec.json.decode(stored, type=Geometry)
