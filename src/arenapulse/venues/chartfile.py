"""Between a chart and the document it is written down in. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from pydantic import ValidationError

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import SectionId
from arenapulse.venues import rowlist
from arenapulse.venues.document import (
    VERSION,
    ArcBody,
    ChartDocument,
    RowDocument,
    RowList,
    SectionDocument,
)
from arenapulse.venues.geometry import (
    NOWHERE,
    Arc,
    Caption,
    Field,
    Gate,
    Geometry,
    Numbering,
    Obstacle,
    Part,
    RowPath,
)
from arenapulse.venues.schemas import NumberingBody, PlainSection, RowBody
from arenapulse.venues.seatmap import PROBLEMS_MAX, Chart, Gap, Row, Section
from arenapulse.venues.terms import SectionKind

MakeId = Callable[[], SectionId]


def parts_of(
    document: ChartDocument, *, known: Sequence[Section], fresh: MakeId
) -> tuple[tuple[Section, ...], Geometry]:
    """The sections and the geometry of a document.

    A section that the venue knows keeps its id, by its id or by its name; another gets a new one.
    """
    ids = _ids(document, known=known, fresh=fresh)
    sections = tuple(
        section_of(given, rows=given.rows, section_id=section_id, at=f"sections.{number}")
        for number, (given, section_id) in enumerate(zip(document.sections, ids, strict=True))
    )
    geometry = Geometry(
        field=Field(document.field.kind, document.field.focus, tuple(document.field.shape)),
        levels=tuple(document.levels),
        gates=tuple(Gate(gate.name, gate.at) for gate in document.gates),
        texts=tuple(Caption(t.text, t.at, t.size, t.angle) for t in document.texts),
        obstacles=tuple(Obstacle(tuple(o.shape), o.name) for o in document.obstacles),
        parts={
            section_id: part
            for section_id, given in zip(ids, document.sections, strict=True)
            if (part := _part(given)) != Part()
        },
    )
    return sections, geometry


def _ids(document: ChartDocument, *, known: Sequence[Section], fresh: MakeId) -> list[SectionId]:
    by_name = {section.name: section.id for section in known}
    its = {section.id for section in known}
    given = [s.id if s.id in its else None for s in document.sections]
    taken = {section_id for section_id in given if section_id is not None}
    found: list[SectionId] = []
    for section_id, section in zip(given, document.sections, strict=True):
        named = by_name.get(section.name)
        if section_id is not None:
            found.append(SectionId(section_id))
        elif named is not None and named not in taken:
            found.append(named)
        else:
            found.append(fresh())
    return found


def section_of(
    given: PlainSection,
    *,
    rows: Sequence[RowBody] | None,
    section_id: SectionId,
    at: str,
) -> Section:
    """A section with its places counted; raises `Invalid` for a GENERAL one without capacity."""
    if given.capacity is None and given.kind is SectionKind.GENERAL:
        raise Invalid.on(f"{at}.capacity", "a GENERAL section needs one")
    made = tuple(map(_row, rows or ()))
    seats = sum(row.seats for row in made)
    return Section(
        id=section_id,
        name=given.name,
        kind=given.kind,
        capacity=seats if given.capacity is None else given.capacity,
        rows=made,
        shape=tuple(given.shape),
        gate=given.gate,
    )


def _row(given: RowBody) -> Row:
    return Row(
        label=given.label,
        seats=given.seats,
        accessible=tuple(sorted(given.accessible)),
        restricted=tuple(sorted(given.restricted)),
        companion=tuple(sorted(given.companion)),
        gaps=tuple(
            sorted(
                (Gap(gap.after, gap.width, gap.kind) for gap in given.gaps),
                key=lambda gap: gap.after,
            )
        ),
    )


def _part(given: SectionDocument) -> Part:
    paths = tuple(map(_path, given.rows))
    return Part(given.level, given.view, paths if any(p != RowPath() for p in paths) else ())


def _path(given: RowDocument) -> RowPath:
    return RowPath(
        line=tuple(given.line),
        arc=None if given.arc is None else _arc(given.arc),
        pitch=given.pitch,
        numbering=None if given.numbering is None else _numbering(given.numbering),
        view=given.view,
    )


def _arc(given: ArcBody) -> Arc:
    return Arc(given.centre, given.radius, given.start, given.end)


def _numbering(given: NumberingBody) -> Numbering:
    return Numbering(given.start, given.step, given.backwards)


def document_of(chart: Chart) -> Mapping[str, Any]:
    """What an import would make the same chart of."""
    geometry = chart.geometry or NOWHERE
    made: dict[str, Any] = {"version": VERSION}
    if chart.name is not None:
        made["name"] = chart.name
    made |= msgspec.to_builtins(geometry)
    made.pop("parts", None)
    made["sections"] = [
        _written(section, part=geometry.parts.get(section.id, Part())) for section in chart.sections
    ]
    return made


def _written(section: Section, *, part: Part) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(section)
    rows: list[dict[str, Any]] = made.pop("rows", [])
    paths: list[dict[str, Any]] = msgspec.to_builtins(part.rows) or [{} for _ in rows]
    for row, path in zip(rows, paths, strict=True):
        row.pop("sight", None)
        row.update(path)
    if part.level is not None:
        made["level"] = part.level
    if part.view is not None:
        made["view"] = part.view
    return made | ({"rows": rows} if rows else {})


def carried(
    geometry: Geometry | None, *, before: Mapping[SectionId, Section], after: Iterable[Section]
) -> Geometry | None:
    """The geometry for changed sections: rows that are as they were stay where they are."""
    if geometry is None:
        return None
    parts: dict[SectionId, Part] = {}
    for section in after:
        part, was = geometry.parts.get(section.id), before.get(section.id)
        if part is None or was is None:
            continue
        stays = [(r.label, r.seats, r.gaps) for r in was.rows] == [
            (r.label, r.seats, r.gaps) for r in section.rows
        ]
        parts[section.id] = part if stays else Part(part.level, part.view)
    return msgspec.structs.replace(geometry, parts=parts)


def from_list(rows: RowList) -> ChartDocument:
    """The document of a list of rows; raises `Invalid`, `field` like `csv.14.seats`."""
    try:
        return ChartDocument.model_validate({**rowlist.parse(rows.csv), "name": rows.name})
    except ValidationError as error:
        # The list reads, and yet a name is too long: it is told by its place in the document.
        raise Invalid(
            details=[
                {"field": "csv", "message": f"{'.'.join(map(str, each['loc']))}: {each['msg']}"}
                for each in error.errors()[:PROBLEMS_MAX]
            ]
        ) from None
