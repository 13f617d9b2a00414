"""What is wrong with a chart's geometry, each mistake at the place where it stands. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from arenapulse.core.errors import Detail
from arenapulse.core.names import key
from arenapulse.venues import drawing
from arenapulse.venues.geometry import Field, Geometry, Part, RowPath
from arenapulse.venues.seatmap import PROBLEMS_MAX, Row, Section
from arenapulse.venues.terms import PRINTED_MAX, FieldKind

OVERHANG_MAX = 1.0
"""A row may be so many seats longer than its path."""


def problems(sections: Sequence[Section], geometry: Geometry) -> list[Detail]:
    """As `{field, message}`, `field` a path like `sections.3.rows.2.line`; empty if all is well."""
    found = [*_field_problems(geometry.field), *_name_problems(geometry)]
    gates = {key(gate.name) for gate in geometry.gates}
    levels = {key(level) for level in geometry.levels}
    for number, section in enumerate(sections):
        at = f"sections.{number}"
        part = geometry.parts.get(section.id, Part())
        if gates and section.gate is not None and key(section.gate) not in gates:
            found.append(_problem(f"{at}.gate", f"there is no gate {section.gate} in gates"))
        if part.level is not None and key(part.level) not in levels:
            found.append(_problem(f"{at}.level", f"there is no level {part.level} in levels"))
        for row_number, (row, path) in enumerate(zip(section.rows, part.rows, strict=False)):
            found.extend(_path_problems(row, path, at=f"{at}.rows.{row_number}"))
    return found[:PROBLEMS_MAX]


def _field_problems(field: Field) -> Iterable[Detail]:
    if field.kind is FieldKind.NONE:
        return
    if field.focus is None:
        yield _problem("field.focus", f"a {field.kind} needs the point that one looks at")
    if len(field.shape) < 3:
        yield _problem("field.shape", f"a {field.kind} needs an outline")


def _name_problems(geometry: Geometry) -> Iterable[Detail]:
    seen: set[str] = set()
    for number, level in enumerate(geometry.levels):
        if key(level) in seen:
            yield _problem(f"levels.{number}", "two levels have this name")
        seen.add(key(level))
    seen = set()
    for number, gate in enumerate(geometry.gates):
        if key(gate.name) in seen:
            yield _problem(f"gates.{number}.name", "two gates have this name")
        seen.add(key(gate.name))


def _path_problems(row: Row, path: RowPath, *, at: str) -> Iterable[Detail]:
    numbering = path.numbering
    if numbering is not None and numbering.start + (row.seats - 1) * numbering.step > PRINTED_MAX:
        yield _problem(f"{at}.numbering", f"goes past {PRINTED_MAX}")
    if not path.is_drawn:
        if path.pitch is not None:
            yield _problem(f"{at}.pitch", "says nothing without a line or an arc")
        return
    if path.line and path.arc is not None:
        yield _problem(f"{at}.arc", "a row has a line or an arc, not both")
        return
    what = "line" if path.line else "arc"
    length = path.length
    if not length > 0 or not math.isfinite(length):
        yield _problem(f"{at}.{what}", "has no length")
    elif path.pitch is not None:
        needed = drawing.seats_across(row) * path.pitch
        if needed > length + OVERHANG_MAX * path.pitch:
            yield _problem(
                f"{at}.{what}",
                f"is {length:.2f} long: {row.seats} seats with their gaps need {needed:.2f}",
            )


def _problem(field: str, message: str) -> Detail:
    return {"field": field, "message": message}
