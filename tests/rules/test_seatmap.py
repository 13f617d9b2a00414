"""Dense seat numbers: every seat has one, and each number is one seat."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from arenapulse.core.ids import SectionId
from arenapulse.venues import seatmap
from arenapulse.venues.seatmap import Row, Section, index_of, problems, seat_at, seat_index
from arenapulse.venues.terms import SectionKind


def seated(*rows: Row, number: int = 1, name: str | None = None) -> Section:
    return Section(
        id=SectionId(UUID(int=number)),
        name=name or f"Block {number}",
        kind=SectionKind.SEATED,
        capacity=sum(row.seats for row in rows),
        rows=rows,
    )


def general(capacity: int, *, number: int = 1, name: str | None = None) -> Section:
    return Section(
        id=SectionId(UUID(int=number)),
        name=name or f"Stand {number}",
        kind=SectionKind.GENERAL,
        capacity=capacity,
    )


def test_seats_are_numbered_by_row_and_then_from_one() -> None:
    section = seated(Row("B", 2), Row("A", 3))
    assert seat_index(section) == {
        ("B", 1): 0,
        ("B", 2): 1,
        ("A", 1): 2,
        ("A", 2): 3,
        ("A", 3): 4,
    }


def test_one_seat_is_found_without_the_whole_index() -> None:
    section = seated(Row("B", 2), Row("A", 3))
    assert index_of(section, row="A", seat=3) == 4
    assert index_of(section, row="A", seat=4) is None
    assert index_of(section, row="A", seat=0) is None
    assert index_of(section, row="C", seat=1) is None
    assert seat_at(section, index=2) == ("A", 1)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_index_and_seat_are_each_other_s_reverse(lengths: list[int]) -> None:
    section = seated(*(Row(f"R{n}", seats) for n, seats in enumerate(lengths)))
    index = seat_index(section)
    assert sorted(index.values()) == list(range(section.capacity))
    for (row, seat), number in index.items():
        assert seat_at(section, index=number) == (row, seat)
        assert index_of(section, row=row, seat=seat) == number


def test_a_general_section_has_no_numbered_seats() -> None:
    assert general(800).seats == 0
    assert seat_index(general(800)) == {}


def test_sections_survive_being_stored() -> None:
    sections = (
        seated(Row("A", 3, (1,), (3,))),
        general(7, number=2),
    )
    assert seatmap.decode(seatmap.encode(sections)) == sections


def test_good_sections_have_no_problems() -> None:
    assert problems([seated(Row("A", 2), Row("B", 2)), general(5, number=2)]) == []


def test_each_mistake_is_named_at_its_field() -> None:
    general_with_rows = Section(
        id=SectionId(UUID(int=3)),
        name="G",
        kind=SectionKind.GENERAL,
        capacity=1,
        rows=(Row("A", 1),),
    )
    miscounted = Section(
        id=SectionId(UUID(int=4)),
        name="H",
        kind=SectionKind.SEATED,
        capacity=9,
        rows=(Row("A", 4),),
    )
    without_rows = Section(id=SectionId(UUID(int=5)), name="I", kind=SectionKind.SEATED, capacity=0)
    found = problems(
        [
            seated(Row("A", 2, (3,), (1, 1)), Row("A", 2)),
            general(5, name="Block 1"),
            general_with_rows,
            miscounted,
            without_rows,
        ]
    )
    assert [(p["field"], p["message"]) for p in found] == [
        ("sections.0.rows.0.accessible", "seats are numbered 1 to 2"),
        ("sections.0.rows.0.restricted", "names a seat twice"),
        ("sections.0.rows.1.label", "two rows of the section have this label"),
        ("sections.1.id", "two sections have this id"),
        ("sections.1.name", "two sections have this name"),
        ("sections.2.rows", "a GENERAL section has no rows"),
        ("sections.3.capacity", "must be the number of seats, 4"),
        ("sections.4.rows", "a SEATED section needs rows"),
    ]


def test_a_venue_has_a_largest_size() -> None:
    found = problems([general(400_000), general(100_001, number=2)])
    assert [p["field"] for p in found] == ["sections"]
