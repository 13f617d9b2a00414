"""Best available: which seats to offer. Pure; chance comes in as an argument.

The ladder: side by side without an orphan → side by side → neighbouring rows of one section →
anywhere in one section → across sections. Within a step the cheapest is best: a row further from
what is looked at (from the front, where a chart does not say) costs as much as `ROW_COST` seats
further from the row's best one, a block amid free seats more than one that fills its gap. A block
with a restricted view comes after every block without. Across an aisle nobody sits side by side.
Among the best few chance decides, for a crowd must not fight for one block.

Accessible and companion places are offered to those who ask for them alone: all of the group's
places accessible if there are as many, else one at least with the others' next to it.
"""

from __future__ import annotations

import random
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from operator import itemgetter
from typing import Final, NamedTuple

import msgspec

from arenapulse.core.ids import SectionId
from arenapulse.inventory.orphans import clean_starts, starts
from arenapulse.inventory.schemas import SeatBits
from arenapulse.venues.seatmap import Section

ROW_COST = 3
ORPHAN_COST = 2
RESTRICTED_COST = 1_000_000
TOP_FEW = 8
NEIGHBOURS_MAX = 6


class FreeRow(msgspec.Struct, frozen=True, gc=False):
    """A row of the chart with what is free in it: bit n is seat n + 1.

    `gaps` has the last seat before each gap; `rank` and `middle` are those of `Sight`.
    """

    number: int
    seats: int
    free: int
    accessible: int
    restricted: int
    companion: int
    gaps: int
    rank: float
    middle: float


@dataclass(frozen=True)
class FreeSection:
    section_id: SectionId
    rows: tuple[FreeRow, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, section: Section, *, bits: SeatBits, claimed: int = 0) -> FreeSection:
        """What is neither taken nor blocked, nor claimed (bits of dense indices)."""
        little = int.from_bytes
        gone = little(bits.taken, "little") | little(bits.blocked, "little") | claimed
        whole = gone.to_bytes(len(bits.taken), "little")
        rows: list[FreeRow] = []
        for number, (row, start) in enumerate(zip(section.rows, section.starts, strict=True)):
            # Only the bytes of this row: shifting the whole section for each row is quadratic.
            taken = little(whole[start >> 3 : (start + row.seats + 7) >> 3], "little")
            free = ~(taken >> (start & 7)) & ((1 << row.seats) - 1)
            sight = section.sights[number]
            masks = section.row_masks[number]
            rows.append(FreeRow(number, row.seats, free, *masks, sight.rank, sight.middle))
        return cls(section.id, tuple(rows), section.starts)


@dataclass(frozen=True)
class Chosen:
    """Dense indices by section, each in order; `adjacent` if all sit side by side."""

    seats: Mapping[SectionId, tuple[int, ...]]
    adjacent: bool


@dataclass(frozen=True, slots=True)
class Near:
    """Instead of the best rows: those around a place, in seats of the row from 0."""

    row: int
    middle: float


@dataclass(frozen=True, slots=True)
class Wish:
    """`width` is among how many of the best chance decides."""

    quantity: int
    accessible: bool = False
    width: int = TOP_FEW
    near: Near | None = None


@dataclass(slots=True)
class _Part:
    """A section as it is offered to one wish."""

    section: FreeSection
    rows: list[FreeRow] = field(default_factory=list[FreeRow])

    @property
    def places(self) -> int:
        return sum(row.free.bit_count() for row in self.rows)


def seats_together(section: FreeSection, *, quantity: int) -> bool:
    """Whether so many seats that anybody may buy are free side by side."""
    for row in section.rows:
        found = starts(row.free & ~(row.accessible | row.companion), seats=quantity)
        if found & ~_reaching(row.gaps, quantity=quantity - 1):
            return True
    return False


def choose(sections: Sequence[FreeSection], *, wish: Wish, chance: random.Random) -> Chosen | None:
    """Seats for a group, by chance among the best; None where there are not as many."""
    found = options(sections, wish=wish)
    return chance.choice(found) if found else None


def options(sections: Sequence[FreeSection], *, wish: Wish) -> list[Chosen]:
    """The best few choices for a group, any of them good; empty where there are not as many."""
    if wish.accessible:
        return _accessible_options(sections, wish)
    parts = [
        _Part(s, [_only(row, ~(row.accessible | row.companion)) for row in s.rows])
        for s in sections
    ]
    if sum(part.places for part in parts) < wish.quantity:
        return []
    return (
        _side_by_side(parts, wish)
        or _rows_together(parts, wish)
        or _in_one_section(parts, wish)
        or _anywhere(parts, wish)
    )


def _accessible_options(sections: Sequence[FreeSection], wish: Wish) -> list[Chosen]:
    having = [s for s in sections if any(row.free & row.accessible for row in s.rows)]
    pool = [_Part(s, [_only(row, row.accessible) for row in s.rows]) for s in having]
    rows = [_Part(s, [row for row in s.rows if row.free & row.accessible]) for s in having]
    whole = [_Part(s, list(s.rows)) for s in having]
    found = _side_by_side(pool, wish) or _side_by_side(rows, wish)
    if not found and sum(part.places for part in pool) >= wish.quantity:
        found = _rows_together(pool, wish) or _in_one_section(pool, wish) or _anywhere(pool, wish)
    return found or _in_one_section(whole, wish)


def _only(row: FreeRow, allowed: int) -> FreeRow:
    if row.free & ~allowed == 0:
        return row
    # Spelt out: `replace` takes three times as long, for thousands of rows a read.
    return FreeRow(
        row.number,
        row.seats,
        row.free & allowed,
        row.accessible,
        row.restricted,
        row.companion,
        row.gaps,
        row.rank,
        row.middle,
    )


class _Block(NamedTuple):
    cost: float
    section: int
    row: int
    start: int


def _side_by_side(parts: list[_Part], wish: Wish) -> list[Chosen]:
    # Rows of all sections where the group fits at all, the best first.
    rows = [
        (row.rank, number, row)
        for number, part in enumerate(parts)
        for row in part.rows
        if row.free and starts(row.free, seats=wish.quantity)
    ]
    rows.sort(key=itemgetter(0, 1))
    blocks: list[_Block] = []
    for find, extra, in_full_view in _STEPS:
        blocks += _blocks_of(rows, find, wish=wish, extra=extra, in_full_view=in_full_view)
        # Around a place an orphan is a cost among others: the clean block may be far away.
        if blocks and (wish.near is None or extra):
            break
    return [_block_of(parts, block, wish) for block in _best(blocks, wish)]


def _blocks_of(
    rows: Sequence[tuple[float, int, FreeRow]],
    find: Callable[..., int],
    *,
    wish: Wish,
    extra: int,
    in_full_view: bool,
) -> list[_Block]:
    """The blocks of a step, from the best row to where none can be among the best any more."""
    blocks: list[_Block] = []
    costs: list[float] = []
    for rank, number, row in rows:
        if wish.near is None and len(costs) >= wish.width and ROW_COST * rank > costs[-1]:
            break
        found = find(row.free, seats=wish.quantity)
        if found and row.gaps:
            found &= ~_reaching(row.gaps, quantity=wish.quantity - 1)
        if found and wish.accessible:
            found &= _reaching(row.accessible, quantity=wish.quantity)
        if found and in_full_view and row.restricted:
            found &= ~_reaching(row.restricted, quantity=wish.quantity)
        if found:
            for block in _blocks(row, found, section=number, wish=wish, extra=extra):
                blocks.append(block)
                insort(costs, block.cost)
            del costs[wish.width :]
    return blocks


def _block_of(parts: list[_Part], block: _Block, wish: Wish) -> Chosen:
    section = parts[block.section].section
    first = section.starts[block.row] + block.start
    indices = tuple(range(first, first + wish.quantity))
    return Chosen({section.section_id: indices}, adjacent=True)


def _reaching(seats: int, *, quantity: int) -> int:
    """The starts whose block has one of these seats."""
    reach = 0
    for back in range(quantity):
        reach |= seats >> back
    return reach


_STEPS: Final = (
    (clean_starts, 0, True),
    (starts, ORPHAN_COST, True),
    (clean_starts, 0, False),
    (starts, ORPHAN_COST, False),
)


def _best(blocks: list[_Block], wish: Wish) -> list[_Block]:
    """The cheapest few; a restricted view is never a matter of chance."""
    few = nsmallest(1 if wish.near else wish.width, blocks)
    return [block for block in few if block.cost < few[0].cost + RESTRICTED_COST / 2]


def _blocks(row: FreeRow, found: int, *, section: int, wish: Wish, extra: int) -> Iterator[_Block]:
    """The few starts of a row that may be its best: the nearest to its middle on either side."""
    quantity = wish.quantity
    middle = row.middle if wish.near is None else wish.near.middle
    ideal = min(max(int(middle - (quantity - 1) / 2), 0), row.seats)
    behind, before = found >> ideal, found & ((1 << ideal) - 1)
    seen: set[int] = set()
    if behind:
        seen.add(ideal + (behind & -behind).bit_length() - 1)
    if before:
        seen.add(before.bit_length() - 1)
    if wish.width > TOP_FEW:
        seen.update(_bits(found))
    for start in seen:
        cost = _cost(row, start, wish=wish, middle=middle) + extra
        yield _Block(cost, section, row.number, start)


def _cost(row: FreeRow, start: int, *, wish: Wish, middle: float) -> float:
    rows_off = _rows_off(row, wish)
    distance = abs(start + (wish.quantity - 1) / 2 - middle)
    ends = (row.free >> (start + wish.quantity) & 1) + (row.free << 1 >> start & 1)
    cost = ROW_COST * rows_off + distance + ends
    if row.restricted:
        block = ((1 << wish.quantity) - 1) << start
        cost += RESTRICTED_COST * (row.restricted & block).bit_count()
    return cost


def _rows_together(parts: list[_Part], wish: Wish) -> list[Chosen]:
    """The longest run of each of a few rows one behind the other, as few rows as will do."""
    longest = [[_longest(row) for row in part.rows] for part in parts]
    lengths = [[length for _, length in runs] for runs in longest]
    costs = [[_row_cost(row, wish) for row in part.rows] for part in parts]
    for depth in range(2, min(wish.quantity, NEIGHBOURS_MAX) + 1):
        blocks: list[_Block] = []
        for number, its in enumerate(lengths):
            for top in range(len(its) - depth + 1):
                if sum(its[top : top + depth]) >= wish.quantity:
                    cost = sum(costs[number][top : top + depth])
                    blocks.append(_Block(cost, number, top, depth))
        if blocks:
            return [_rows_of(parts, longest, block, wish) for block in _best(blocks, wish)]
    return []


def _rows_of(
    parts: list[_Part], longest: list[list[tuple[int, int]]], block: _Block, wish: Wish
) -> Chosen:
    part, runs = parts[block.section], longest[block.section]
    reach = range(block.row, block.row + block.start)
    return _filled(part, ((part.rows[n], *runs[n]) for n in reach), wish)


def _rows_off(row: FreeRow, wish: Wish) -> float:
    return row.rank if wish.near is None else abs(row.number - wish.near.row)


def _row_cost(row: FreeRow, wish: Wish) -> float:
    return (
        ROW_COST * _rows_off(row, wish) + RESTRICTED_COST * (row.free & row.restricted).bit_count()
    )


def _longest(row: FreeRow) -> tuple[int, int]:
    """Start and length of the longest run of a row, (0, 0) where nothing is free."""
    length, left = 0, row.free
    last = 0
    while left:
        last, length = left, length + 1
        left &= left >> 1
    return ((last & -last).bit_length() - 1, length) if last else (0, 0)


def _filled(part: _Part, runs: Iterable[tuple[FreeRow, int, int]], wish: Wish) -> Chosen:
    """The group spread over these runs, the longest first, so that nobody sits alone early."""
    indices: list[int] = []
    for row, start, length in sorted(runs, key=lambda run: -run[2]):
        count = min(length, wish.quantity - len(indices))
        first = part.section.starts[row.number] + start
        indices.extend(range(first, first + count))
    assert len(indices) == wish.quantity
    return Chosen({part.section.section_id: tuple(sorted(indices))}, adjacent=False)


def _in_one_section(parts: list[_Part], wish: Wish) -> list[Chosen]:
    for part in parts:
        if part.places >= wish.quantity:
            seats = _scattered(part, wish)
            return [Chosen({part.section.section_id: seats}, adjacent=False)]
    return []


def _anywhere(parts: list[_Part], wish: Wish) -> list[Chosen]:
    """From as few sections as will do."""
    seats: dict[SectionId, tuple[int, ...]] = {}
    missing = wish.quantity
    for part in sorted(parts, key=lambda part: -part.places):
        if missing and part.places:
            count = min(missing, part.places)
            some = Wish(count, accessible=wish.accessible, near=wish.near)
            seats[part.section.section_id] = _scattered(part, some)
            missing -= count
    return [] if missing else [Chosen(seats, adjacent=False)]


def _scattered(part: _Part, wish: Wish) -> tuple[int, ...]:
    """Single seats, in the order of what they cost; accessible ones first for who asked."""
    found: list[tuple[bool, float, int]] = []
    for row in part.rows:
        middle = row.middle if wish.near is None else wish.near.middle
        rows_off = _rows_off(row, wish)
        for n in _bits(row.free):
            cost = ROW_COST * rows_off + abs(n - middle)
            cost += RESTRICTED_COST * (row.restricted >> n & 1)
            later = wish.accessible and not row.accessible >> n & 1
            found.append((later, cost, part.section.starts[row.number] + n))
    return tuple(sorted(index for _, _, index in sorted(found)[: wish.quantity]))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
