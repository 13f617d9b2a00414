"""The best available and the orphan rule, over vectors and over made-up rows."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenapulse.core.ids import SectionId
from arenapulse.inventory import bitmap
from arenapulse.inventory.bestseats import (
    TOP_FEW,
    Chosen,
    FreeSection,
    Near,
    Wish,
    choose,
    options,
)
from arenapulse.inventory.orphans import clean_starts, orphans, starts
from arenapulse.inventory.schemas import SeatBits
from arenapulse.venues.seatmap import Gap, Row, Section, seat_at
from arenapulse.venues.terms import SectionKind
from tests.architecture.tree import ROOT

VECTORS: list[dict[str, Any]] = json.loads(
    (ROOT / "web/src/shared/map/orphan-vectors.json").read_text()
)


def mask(row: str, letters: str = "F") -> int:
    return sum(1 << n for n, letter in enumerate(row) if letter in letters)


def numbered(bits: int) -> list[int]:
    return [n + 1 for n in range(bits.bit_length()) if bits >> n & 1]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_orphan_rule_says_what_the_vectors_say(vector: dict[str, Any]) -> None:
    taking = sum(1 << number - 1 for number in vector["taking"])
    found = orphans(mask(vector["row"]), taking=taking)
    assert numbered(found.left) == vector["left"]
    assert numbered(found.avoidable) == vector["avoidable"]


@given(st.text("FS", min_size=1, max_size=40), st.integers(1, 8))
def test_starts_are_the_blocks_that_fit_and_the_clean_ones_those_without_orphans(
    row: str, quantity: int
) -> None:
    free = mask(row)
    blocks = {
        start
        for start in range(len(row) - quantity + 1)
        if row[start : start + quantity] == "F" * quantity
    }
    clean = {
        start for start in blocks if not orphans(free, taking=((1 << quantity) - 1) << start).left
    }
    assert numbered(starts(free, seats=quantity)) == [start + 1 for start in sorted(blocks)]
    assert numbered(clean_starts(free, seats=quantity)) == [start + 1 for start in sorted(clean)]


@given(st.text("FS", min_size=1, max_size=12), st.data())
def test_an_avoidable_orphan_is_one_that_another_choice_of_as_many_avoids(
    row: str, data: st.DataObject
) -> None:
    free = mask(row)
    taking = free & data.draw(st.integers(0, (1 << len(row)) - 1))
    found = orphans(free, taking=taking)
    assert found.avoidable & ~found.left == 0
    for stretch in stretches(row):
        left = found.left & stretch
        if left:
            count = (taking & stretch).bit_count()
            others = [
                part
                for part in range(1, 1 << len(row))
                if part & ~stretch == 0 and part.bit_count() == count
            ]
            best = min(orphans(free, taking=part).left.bit_count() for part in others)
            assert bool(found.avoidable & stretch) == (best == 0)


def stretches(row: str) -> list[int]:
    found: list[int] = []
    for n, letter in enumerate(row):
        if letter == "F":
            if n and row[n - 1] == "F":
                found[-1] |= 1 << n
            else:
                found.append(1 << n)
    return found


def house(*rows: str, number: int = 1) -> FreeSection:
    """F free, S taken; aA accessible, cC companion, rR restricted, free in small letters.

    A bar is a gap between two seats.
    """
    gaps = [
        [n - row[:n].count("|") for n, letter in enumerate(row) if letter == "|"] for row in rows
    ]
    rows = tuple(row.replace("|", "") for row in rows)
    section = Section(
        id=SectionId(UUID(int=number)),
        name=f"Section {number}",
        kind=SectionKind.SEATED,
        capacity=sum(map(len, rows)),
        rows=tuple(
            Row(
                chr(65 + n),
                len(row),
                tuple(numbered(mask(row, "aA"))),
                tuple(numbered(mask(row, "rR"))),
                tuple(numbered(mask(row, "cC"))),
                tuple(Gap(after) for after in gaps[n]),
            )
            for n, row in enumerate(rows)
        ),
    )
    gone = (n for n, letter in enumerate("".join(rows)) if letter in "SARC")
    blank = bitmap.empty(section.capacity)
    taken = bitmap.of(gone, seats=section.capacity)
    available = section.capacity - sum(byte.bit_count() for byte in taken)
    bits = SeatBits(section.id, section.capacity, taken, blank, blank, available, 1)
    SECTIONS[section.id] = section
    return FreeSection.of(section, bits=bits)


SECTIONS: dict[SectionId, Section] = {}


def told(chosen: Chosen | None) -> list[str]:
    assert chosen is not None
    return [
        f"{row}{seat}"
        for section_id, indices in chosen.seats.items()
        for row, seat in (seat_at(SECTIONS[section_id], index=index) for index in indices)
    ]


def best(sections: Sequence[FreeSection], quantity: int, **asked: Any) -> list[str]:
    """The first of the options: without chance."""
    found = options(sections, wish=Wish(quantity, **asked))
    return told(found[0]) if found else []


def test_the_middle_of_the_front_row_is_best() -> None:
    assert best([house("FFFFFFFFF", "FFFFFFFFF")], 3) == ["A4", "A5", "A6"]


def test_a_clean_block_further_back_is_better_than_an_orphan_in_front() -> None:
    assert best([house("SFFFSSS", "SSSSFFS")], 2) == ["B5", "B6"]
    assert best([house("SFFFSSS", "SSSSSSS")], 2) in (["A2", "A3"], ["A3", "A4"])


def test_neighbouring_rows_come_before_scattered_seats() -> None:
    found = options([house("FSSSFS", "SSSSSS", "FFSSSS", "SFFSSS")], wish=Wish(4))
    assert [told(chosen) for chosen in found] == [["C1", "C2", "D2", "D3"]]
    assert not found[0].adjacent
    assert best([house("FSFSS", "SSSSS", "SSFSF")], 4) == ["A1", "A3", "C3", "C5"]


def test_a_group_goes_to_another_section_before_it_is_torn_apart() -> None:
    assert best([house("FSFSF"), house("SFFFS", number=2)], 3) == ["A2", "A3", "A4"]
    chosen = choose([house("FSF"), house("SF", number=2)], wish=Wish(3), chance=random.Random(1))
    assert chosen is not None
    assert {len(indices) for indices in chosen.seats.values()} == {1, 2}


def test_restricted_seats_come_last() -> None:
    assert best([house("rrrr", "SSSS", "SFFS")], 2) == ["C2", "C3"]
    assert best([house("rrFFSS")], 2) == ["A3", "A4"]
    # Even where the one in full view leaves an orphan and the other does not.
    assert best([house("rF", "rrrS")], 1) == ["A2"]
    assert best([house("SSSF", "FSrr")], 2) == ["B3", "B4"]


def test_accessible_seats_are_for_those_who_ask() -> None:
    assert best([house("aaFF")], 2) == ["A3", "A4"]
    assert best([house("aaFF")], 3) == []
    assert best([house("FFaa")], 2, accessible=True) == ["A3", "A4"]
    # A companion sits beside.
    assert best([house("FFFF", "FFaS")], 2, accessible=True) == ["B2", "B3"]
    assert best([house("FFFF", "FFAS")], 2, accessible=True) == []


def test_companion_seats_go_with_an_accessible_place() -> None:
    room = house("caSSSac", "FFFFFFF")
    assert best([room], 2) == ["B3", "B4"]
    assert best([room], 2, accessible=True) in (["A1", "A2"], ["A6", "A7"])
    # Nobody is offered a companion's seat who did not ask, even as the last one.
    assert choose([house("cS")], wish=Wish(1), chance=random.Random(1)) is None


def test_across_a_gap_nobody_sits_side_by_side() -> None:
    assert best([house("SF|FS", "FFFFFF")], 2) == ["B3", "B4"]
    torn = choose([house("SF|FS")], wish=Wish(2), chance=random.Random(1))
    assert (told(torn), torn is not None and torn.adjacent) == (["A2", "A3"], False)
    # One may sit on either side, and four on one.
    assert best([house("FFFF|FFFF")], 4) in (["A1", "A2", "A3", "A4"], ["A5", "A6", "A7", "A8"])


def test_around_a_place_near_is_best() -> None:
    near = Near(1, 2.5)
    assert best([house("FFFFFF", "FFSSFF", "FFFFFF")], 2, near=near) in (
        ["B1", "B2"],
        ["B5", "B6"],
        ["A3", "A4"],
        ["C3", "C4"],
    )


def test_chance_spreads_a_crowd_over_the_best_few() -> None:
    section = house(*["F" * 30] * 20)
    chance = random.Random(7)
    seen = {tuple(told(choose([section], wish=Wish(2), chance=chance))) for _ in range(200)}
    assert len(seen) == TOP_FEW
    wide = {
        tuple(told(choose([section], wish=Wish(2, width=1_000), chance=chance))) for _ in range(200)
    }
    assert len(wide) > 100


ROW = st.text("FSaArR", min_size=1, max_size=12)


@given(st.lists(st.lists(ROW, min_size=1, max_size=4), min_size=1, max_size=3), st.integers(1, 9))
def test_whatever_is_chosen_is_free_and_as_many_as_asked_and_found_wherever_there_are(
    rows: list[list[str]], quantity: int
) -> None:
    sections = [house(*some, number=n) for n, some in enumerate(rows, 1)]
    ordinary = sum(row.count("F") + row.count("r") for some in rows for row in some)
    found = options(sections, wish=Wish(quantity))
    assert bool(found) == (ordinary >= quantity)
    assert len(found) <= TOP_FEW
    for chosen in found:
        letters = [rows[n][r][s] for n, r, s in seats(chosen)]
        assert len(letters) == len(set(seats(chosen))) == quantity
        assert set(letters) <= {"F", "r"}
        places = [(n, r) for n, r, _ in seats(chosen)]
        assert not chosen.adjacent or len(set(places)) == 1
    if any("F" * quantity in row for some in rows for row in some):
        assert all(chosen.adjacent for chosen in found)
        assert all(rows[n][r][s] == "F" for chosen in found for n, r, s in seats(chosen))
        clean = any(
            row[start - 1 : start - 1 + quantity] == "F" * quantity
            for some in rows
            for row in some
            for start in numbered(clean_starts(mask(row, "Fr"), seats=quantity))
        )
        assert all(leaves_none(rows, chosen) for chosen in found) == clean


def seats(chosen: Chosen) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for section_id, indices in chosen.seats.items():
        for index in indices:
            row, seat = seat_at(SECTIONS[section_id], index=index)
            found.append((section_id.int - 1, ord(row) - 65, seat - 1))
    return found


def leaves_none(rows: list[list[str]], chosen: Chosen) -> bool:
    n, r, _ = seats(chosen)[0]
    taking = sum(1 << s for _, _, s in seats(chosen))
    return not orphans(mask(rows[n][r], "Fr"), taking=taking).left


@given(st.lists(ROW, min_size=1, max_size=4), st.integers(1, 5))
def test_who_asks_for_accessible_places_gets_one_at_least_or_none_at_all(
    rows: list[str], quantity: int
) -> None:
    found = options([house(*rows)], wish=Wish(quantity, accessible=True))
    there = any("a" in row for row in rows)
    free = sum(letter in "Fra" for row in rows for letter in row)
    assert bool(found) == (there and free >= quantity)
    for chosen in found:
        letters = [rows[r][s] for _, r, s in seats(chosen)]
        assert len(letters) == quantity
        assert "a" in letters
        assert set(letters) <= set("Fra")
