"""What has been sold of the demo when it begins: real orders of parties that sit together.

Some sections are gone, some nearly, others have hardly begun; the same at every seeding.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from itertools import pairwise

from arenapulse.core.ids import UserId, new_order_id
from arenapulse.entrypoints.demo.programme import Show
from arenapulse.orders.placing import BOX_OFFICE, PlaceOrder, PlannedLine
from arenapulse.venues.seatmap import Chart, Row, Section

ADULT, CHILD = "ADULT", "CHILD"
FAN_TICKETS = 2
PARTIES = (1, 2, 2, 2, 3, 4, 4, 5, 6)
STANDING_PARTY = 8
SOLD_OUT_PERCENT, FEW_LEFT_PERCENT = 14, 14
FEW_LEFT = 24


def everything(show: Show, *, chart: Chart, buyer: UserId) -> Iterator[PlaceOrder]:
    """Orders for every place of an event."""
    for section in chart.sections:
        yield from _section(show, section, share=1.0, buyer=buyer)


def unevenly(show: Show, *, chart: Chart, buyer: UserId) -> Iterator[PlaceOrder]:
    """Orders for about the share of the house that the show has sold, more here and less there."""
    assert show.sold is not None
    for section in chart.sections:
        yield from _section(show, section, share=_share(show, section), buyer=buyer)


def for_fan(show: Show, *, chart: Chart, buyer: UserId) -> PlaceOrder:
    """Two seats amid a row."""
    section = next(section for section in chart.sections if section.rows)
    first = section.rows[3].seats // 2
    seats = range(first, first + FAN_TICKETS)
    line = _line(section, 3, seats, level=ADULT)
    return _order(show, (line,), buyer=buyer, key="seed-fan")


def _share(show: Show, section: Section) -> float:
    spread = zlib.crc32(f"{show.key}/{section.name}".encode()) % 100
    if spread < SOLD_OUT_PERCENT:
        return 1.0
    if spread < SOLD_OUT_PERCENT + FEW_LEFT_PERCENT:
        return 1.0 - FEW_LEFT / max(section.capacity, 2 * FEW_LEFT)
    # What is left of the scale lies evenly about what the house has sold.
    evenly = (spread - SOLD_OUT_PERCENT - FEW_LEFT_PERCENT) / 72
    return min(0.95, max(0.05, (show.sold or 0.0) * (0.45 + 1.1 * evenly)))


def _section(show: Show, section: Section, *, share: float, buyer: UserId) -> Iterator[PlaceOrder]:
    chance = random.Random(zlib.crc32(f"{show.key}:{section.name}".encode()))  # noqa: S311 - a demo
    lines = (
        _seated(show, section, share=share, chance=chance)
        if section.rows
        else _standing(show, section, share=share)
    )
    for number, party in enumerate(lines):
        yield _order(show, party, buyer=buyer, key=f"seed-{section.name}-{number}")


def _standing(show: Show, section: Section, *, share: float) -> Iterator[tuple[PlannedLine, ...]]:
    left = int(section.capacity * share)
    most = min(STANDING_PARTY, show.limits.get("maxTicketsPerOrder", STANDING_PARTY))
    while left:
        quantity = min(left, most)
        yield (PlannedLine(section.id, ADULT, quantity),)
        left -= quantity


def _seated(
    show: Show, section: Section, *, share: float, chance: random.Random
) -> Iterator[tuple[PlannedLine, ...]]:
    for number, row in enumerate(section.rows):
        for seats in _parties(row, chance=chance):
            if chance.random() >= share:
                continue
            children = len(seats) // 2 if show.has_child_price and chance.random() < 0.2 else 0
            adults = len(seats) - children
            party = [_line(section, number, seats[:adults], level=ADULT)]
            if children:
                party.append(_line(section, number, seats[adults:], level=CHILD))
            yield tuple(party)


def _parties(row: Row, *, chance: random.Random) -> Iterator[range]:
    """The row in parties, none of them across an aisle; numbers from 0."""
    for start, end in pairwise([0, *(gap.after for gap in row.gaps), row.seats]):
        at = start
        while at < end:
            size = min(chance.choice(PARTIES), end - at)
            yield range(at, at + size)
            at += size


def _line(section: Section, row: int, seats: range, *, level: str) -> PlannedLine:
    label, start = section.rows[row].label, section.starts[row]
    return PlannedLine(
        section.id,
        level,
        len(seats),
        tuple((label, seat + 1) for seat in seats),
        tuple(start + seat for seat in seats),
    )


def _order(show: Show, lines: tuple[PlannedLine, ...], *, buyer: UserId, key: str) -> PlaceOrder:
    return PlaceOrder(
        order_id=new_order_id(),
        event_id=show.event_id,
        user_id=buyer,
        lines=lines,
        pay=BOX_OFFICE,
        token=None,
        key=f"{key}-{show.key}",
        request_hash=0,
    )
