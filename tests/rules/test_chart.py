"""Charts as documents and as drawings: each seat in its place, each mistake at its own."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import SectionId
from arenapulse.venues import chartfile, drawing, layout, rowlist, seatmap, survey
from arenapulse.venues.document import ChartDocument
from arenapulse.venues.geometry import Arc, Numbering, RowPath
from arenapulse.venues.schemas import ChartView
from arenapulse.venues.seatmap import Chart, Gap, Row, Section
from arenapulse.venues.terms import SectionKind
from tests.charts import CHART_ID, VENUE_ID, answer_of, chart_of, ids, unpacked

VECTOR = Path("web/src/shared/map/chart-vector.json")


def test_the_vector_is_what_is_drawn() -> None:
    vector = json.loads(VECTOR.read_text())
    chart = chart_of(vector["document"])
    assert answer_of(chart) == vector["chart"]
    flat = [seat for section in drawing.places(chart) for row in section for seat in row]
    assert [[round(x, 4), round(y, 4)] for x, y in flat] == vector["places"]


def test_seats_survive_being_packed() -> None:
    vector = json.loads(VECTOR.read_text())
    seats = vector["chart"]["seats"]
    for found, exact in zip(unpacked(seats), vector["places"], strict=True):
        assert math.dist(found, exact) <= seats["scale"]


def test_the_answer_is_what_its_schema_says() -> None:
    vector = json.loads(VECTOR.read_text())
    view = ChartView.model_validate(vector["chart"])
    assert view.sections[0].rows[0].numbering is not None


def test_paper_says_the_number_that_stands_on_the_seat() -> None:
    vector = json.loads(VECTOR.read_text())
    chart = chart_of(vector["document"])
    for section in chart.sections:
        rows = next(s for s in vector["chart"]["sections"] if s["id"] == str(section.id))
        for row in rows.get("rows", []):
            told = {"start": 1, "step": 1} | row.get("numbering", {})
            for seat in (1, row["seats"]):
                expected = told["start"] + (seat - 1) * told["step"]
                assert chart.printed(section.id, row=row["label"], seat=seat) == expected
                other = chart.renumbered(section.id, row=row["label"], seat=seat)
                assert other == (None if expected == seat else expected)
    assert chart.numberings
    nowhere = SectionId(UUID(int=99))
    assert chart.printed(nowhere, row="A", seat=7) == 7
    assert chart.renumbered(nowhere, row="A", seat=7) is None
    assert chart.renumbered(next(iter(chart.numberings))[0], row=None, seat=None) is None


def test_a_document_comes_back_as_it_went_in() -> None:
    vector = json.loads(VECTOR.read_text())
    chart = chart_of(vector["document"])
    again = ChartDocument.model_validate(chartfile.document_of(chart))
    sections, geometry = chartfile.parts_of(again, known=chart.sections, fresh=ids(900))
    assert (sections, geometry) == (chart.sections, chart.geometry)
    assert again.name == chart.name


@pytest.mark.parametrize(
    ("row", "path", "expected"),
    [
        # Without a pitch the row fills its line, half a seat free at each end.
        (Row("A", 2), RowPath(line=((0, 0), (4, 0))), [(1, 0), (3, 0)]),
        # With one it is centred.
        (Row("A", 2), RowPath(line=((0, 0), (4, 0)), pitch=1), [(1.5, 0), (2.5, 0)]),
        # A gap is as wide as the seats it leaves out.
        (
            Row("A", 2, gaps=(Gap(1, 2.0),)),
            RowPath(line=((0, 0), (4, 0)), pitch=1),
            [(0.5, 0), (3.5, 0)],
        ),
        # Around a corner the way counts, not the distance.
        (
            Row("A", 3),
            RowPath(line=((0, 0), (2, 0), (2, 2)), pitch=2),
            [(0, 0), (2, 0), (2, 2)],
        ),
        # Backwards, seat 1 is the last of the path.
        (
            Row("A", 2),
            RowPath(line=((0, 0), (4, 0)), pitch=2, numbering=Numbering(backwards=True)),
            [(3, 0), (1, 0)],
        ),
        # Degrees go clockwise on a map whose y points down: from the right to the bottom.
        (Row("A", 2), RowPath(arc=Arc((5, 5), 4, 0, 90), pitch=math.pi * 2), [(9, 5), (5, 9)]),
        (Row("A", 1), RowPath(arc=Arc((5, 5), 4, 0, -180)), [(5, 1)]),
    ],
)
def test_a_row_lies_along_its_path(
    row: Row, path: RowPath, expected: list[tuple[float, float]]
) -> None:
    assert drawing.row_places(row, path) == [pytest.approx(place) for place in expected]


def block(
    name: str, *, x: float, y: float, seats: int = 4, rows: int = 2, width: float = 40
) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "SEATED",
        "shape": [[x, y], [x + width, y], [x + width, y + 20], [x, y + 20]],
        "rows": [{"label": label, "seats": seats} for label in "ABCDEF"[:rows]],
    }


def test_rows_without_a_line_face_what_is_looked_at() -> None:
    stage = {"kind": "stage", "focus": [50, 0], "shape": [[40, -5], [60, -5], [60, 0]]}
    behind = block("Behind", x=30, y=-60)
    document = {"version": 1, "field": stage, "sections": [block("Front", x=30, y=20), behind]}
    front, back = drawing.places(chart_of(document))
    # Before the stage row A is uppermost and seat 1 left; behind it, it is the other way around.
    assert front == [
        [pytest.approx((x, 25.0)) for x in (35, 45, 55, 65)],
        [pytest.approx((x, 35.0)) for x in (35, 45, 55, 65)],
    ]
    assert back == [
        [pytest.approx((x, -45.0)) for x in (65, 55, 45, 35)],
        [pytest.approx((x, -55.0)) for x in (65, 55, 45, 35)],
    ]


def test_an_old_bowl_looks_at_its_empty_middle() -> None:
    sides = [
        block("Top", x=30, y=0),
        block("Bottom", x=30, y=80),
        block("Left", x=0, y=40, width=20),
        block("Right", x=80, y=40, width=20),
    ]
    shapes = [side["shape"] for side in sides]
    assert layout.empty_middle(shapes) == (50, 50)
    top, bottom, left, right = drawing.places(chart_of({"version": 1, "sections": sides}))
    assert [row[0][1] for row in top] == [15, 5]
    assert [row[0][1] for row in bottom] == [85, 95]
    assert [row[0][0] for row in left] == [15, 5]
    assert [row[0][0] for row in right] == [85, 95]


def test_a_hall_without_a_stage_looks_up() -> None:
    assert layout.empty_middle([block("Front", x=30, y=20)["shape"]]) is None


def test_sections_without_a_shape_stand_beside_each_other() -> None:
    bare = [block(name, x=0, y=0) | {"shape": []} for name in ("One", "Two")]
    data = answer_of(chart_of({"version": 1, "sections": [*bare, block("Drawn", x=0, y=0)]}))
    one, two, drawn = (section["shape"] for section in data["sections"])
    for shape, other in itertools.permutations((one, two, drawn), 2):
        assert not any(layout.inside(other, layout.centre(shape)) for _ in (0,))
    assert len(unpacked(data["seats"])) == 24


def test_a_hollow_section_is_named_where_there_is_room() -> None:
    hook = [(0, 0), (30, 0), (30, 30), (20, 30), (20, 5), (0, 5)]
    assert layout.inside(hook, layout.label_point(hook))


def test_views_are_judged_by_the_focal_point() -> None:
    stage = {"kind": "stage", "focus": [50, 0], "shape": [[40, -5], [60, -5], [60, 0]]}
    near, far = block("Near", x=15, y=20), block("Far", x=60, y=20)
    chart = chart_of({"version": 1, "field": stage, "sections": [far, near]})
    side, front = drawing.draw(chart).sections
    assert [sight.rank for sight in front.sights] == [0.0, 1.0]
    assert 0 < side.sights[0].rank < 1
    # The best seat of a row is the one nearest to the stage.
    assert side.sights[0].middle == 0
    assert front.sights[0].middle == 3


def test_without_a_focal_point_rows_count_from_their_front() -> None:
    chart = chart_of({"version": 1, "sections": [block("Near", x=30, y=20)]})
    (section,) = drawing.draw(chart).sections
    assert [(s.rank, s.middle) for s in section.sights] == [(0, 1.5), (1, 1.5)]


def test_an_old_chart_is_put_in_place_when_it_is_read() -> None:
    section = Section(
        id=SectionId(UUID(int=1)),
        name="Club",
        kind=SectionKind.SEATED,
        capacity=8,
        rows=(Row("A", 4), Row("B", 4)),
        shape=((0, 0), (40, 0), (40, 20), (0, 20)),
    )
    old = Chart(CHART_ID, VENUE_ID, seatmap.decode(seatmap.encode([section])))
    (read,) = drawing.with_sights(old).sections
    assert [(s.x, s.y) for s in read.sights] == [(20, 5), (20, 15)]
    assert seatmap.decode(seatmap.encode([read])) == (read,)


def problems_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    chart = chart_of(document)
    assert chart.geometry is not None
    found = seatmap.problems(chart.sections) + survey.problems(chart.sections, chart.geometry)
    return [(str(p["field"]), str(p["message"])) for p in found]


def test_each_mistake_is_named_at_its_place() -> None:
    rows = [
        {"label": "A", "seats": 4, "line": [[0, 0], [0, 0]]},
        {"label": "B", "seats": 4, "line": [[0, 0], [2, 0]], "pitch": 1.5},
        {
            "label": "C",
            "seats": 4,
            "line": [[0, 0], [4, 0]],
            "arc": {"centre": [0, 0], "radius": 1, "start": 0, "end": 90},
        },
        {"label": "D", "seats": 4, "pitch": 1},
        {"label": "E", "seats": 4, "numbering": {"start": 99_999}},
        {"label": "F", "seats": 4, "gaps": [{"after": 4}, {"after": 1}, {"after": 1}]},
        {"label": "G", "seats": 4, "accessible": [1], "companion": [1, 5]},
        {"label": "A", "seats": 4},
    ]
    document = {
        "version": 1,
        "field": {"kind": "pitch"},
        "levels": ["Lower", "LOWER"],
        "gates": [{"name": "Ä", "at": [0, 0]}, {"name": "a\u0308", "at": [1, 1]}],
        "sections": [
            block("One", x=0, y=0) | {"rows": rows, "gate": "B", "level": "Upper"},
        ],
    }
    assert problems_of(document) == [
        ("sections.0.rows.5.gaps.2.after", "lies behind a seat 1 to 3"),
        ("sections.0.rows.5.gaps", "names a place twice"),
        ("sections.0.rows.6.companion", "seats are numbered 1 to 4"),
        ("sections.0.rows.6.companion", "names a seat that is accessible itself"),
        ("sections.0.rows.7.label", "two rows of the section have this label"),
        ("field.focus", "a pitch needs the point that one looks at"),
        ("field.shape", "a pitch needs an outline"),
        ("levels.1", "two levels have this name"),
        ("gates.1.name", "two gates have this name"),
        ("sections.0.gate", "there is no gate B in gates"),
        ("sections.0.level", "there is no level Upper in levels"),
        ("sections.0.rows.0.line", "has no length"),
        ("sections.0.rows.1.line", "is 2.00 long: 4 seats with their gaps need 4.50"),
        ("sections.0.rows.2.arc", "a row has a line or an arc, not both"),
        ("sections.0.rows.3.pitch", "says nothing without a line or an arc"),
        ("sections.0.rows.4.numbering", "goes past 99999"),
    ]


LIST = """section,row,seats,level,gate,accessible,companion,restricted
Stalls,A,4,Ground,N,1,2,
Stalls,B,5,Ground,N,,,4-5
Floor,,300,Ground,S,,,
"""


def test_a_list_of_rows_is_a_chart_and_comes_back() -> None:
    chart = chart_of(rowlist.parse(LIST))
    assert [(s.name, s.kind, s.capacity, s.gate) for s in chart.sections] == [
        ("Stalls", "SEATED", 9, "N"),
        ("Floor", "GENERAL", 300, "S"),
    ]
    assert chart.sections[0].rows == (Row("A", 4, (1,), (), (2,)), Row("B", 5, (), (4, 5)))
    again = chart_of(rowlist.parse(rowlist.write(chart)))
    assert (again.sections, again.geometry) == (chart.sections, chart.geometry)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("section,row\nA,B\n", "csv.1"),
        ("section,row,seats,colour\n", "csv.1"),
        ("section,row,seats\nStalls,A\n", "csv.2"),
        ("section,row,seats\nStalls,A,4,5\n", "csv.2"),
        ("section,row,seats\nStalls,A,4\nStalls,B,none\n", "csv.3.seats"),
        ("section,row,seats\nStalls,A,1001\n", "csv.2.seats"),
        ("section,row,seats\n,A,4\n", "csv.2.section"),
        ("section,row,seats\nStalls,A,4\nStalls,A,4\n", "csv.3.row"),
        ("section,row,seats\nStalls,A,4\nStalls,,4\n", "csv.3.row"),
        ("section,row,seats,accessible\nStalls,A,4,5\n", "csv.2.accessible"),
        ("section,row,seats,accessible\nStalls,A,4,3-1\n", "csv.2.accessible"),
        ("section,row,seats,restricted\nStalls,A,4,x\n", "csv.2.restricted"),
        ('section,row,seats\n"Stalls,A,4\n', "csv.2"),
    ],
)
def test_a_mistake_in_a_list_is_told_by_line_and_column(text: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rowlist.parse(text)
    assert isinstance(refused.value.details, list)
    assert [detail["field"] for detail in refused.value.details] == [field]


def test_a_cell_is_no_formula() -> None:
    general = {"name": "=1+1", "kind": "GENERAL", "capacity": 5}
    assert "'=1+1" in rowlist.write(chart_of({"version": 1, "sections": [general]}))
