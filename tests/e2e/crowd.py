"""What a crowd has bought and holds in the demo when the browser tests begin, always the same.

Seats are sold by the seed itself; here some free ones are held. Of the festival, where one stands,
a share is sold and held.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse import wiring
from arenapulse.core.errors import Refusal
from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.demo.places import demo_id
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import Unheard
from arenapulse.orders.placing import BARE_HOLD, BOX_OFFICE, PlaceOrder, PlannedLine
from arenapulse.runtime.db import Database

MATCH: Final = demo_id("lantern-park", "rovers-kestrels")
WEEKENDER: Final = demo_id("tidewater-meadows", "meadow-sound")
BUSY: Final = (MATCH, WEEKENDER)
BUYER: Final = "gate@demo.test"
TICKETS_AN_ORDER: Final = 6
PAIR: Final = 2
PAIRS_BETWEEN_HOLDS: Final = 12
SOLD_OUT_PERCENT, FEW_LEFT_PERCENT, HELD_PERCENT = 16, 16, 3


@dataclass(frozen=True)
class _Shelf:
    """What is free in one section; `rows` are names and sizes, none where one stands."""

    event_id: UUID
    section_id: UUID
    name: str
    free: int
    rows: tuple[tuple[str, int], ...]
    taken: int

    @property
    def spread(self) -> int:
        """From 0 to 99, the same at every run."""
        return zlib.crc32(f"{self.event_id}/{self.name}".encode()) % 100

    def sold(self) -> int:
        """A few sections are gone, a few nearly, the others half or more."""
        if self.spread < SOLD_OUT_PERCENT:
            return self.free
        if self.spread < SOLD_OUT_PERCENT + FEW_LEFT_PERCENT:
            return max(0, self.free - 6 - self.spread % 18)
        return self.free * (25 + self.spread * 6 // 10) // 100


async def sell_to_a_crowd(settings: Settings) -> None:
    """Sells and holds places of the busy events, before anybody listens."""
    async with wiring.opened(settings) as runtime:
        database = runtime.database
        rows = await database.pool.fetch(_SHELVES, list(BUSY))
        buyer = UserId(await database.pool.fetchval(_BUYER, BUYER))
        shelves = [_shelf(tuple(row)) for row in rows]
        await _place(database, [o for shelf in shelves for o in _orders(shelf, buyer=buyer)])


def _shelf(row: tuple[UUID, UUID, str, int, str | None, bytes | None]) -> _Shelf:
    event_id, section_id, name, free, made, taken = row
    rows = tuple((each["label"], each["seats"]) for each in json.loads(made or "null") or [])
    return _Shelf(event_id, section_id, name, free, rows, int.from_bytes(taken or b"", "little"))


def _orders(shelf: _Shelf, *, buyer: UserId) -> Iterator[PlaceOrder]:
    lines = _free_pairs(shelf) if shelf.rows else _places(shelf, shelf.sold())
    for number, line in enumerate(lines):
        is_hold = bool(shelf.rows) or number % (100 // HELD_PERCENT) == 1
        yield PlaceOrder(
            order_id=new_order_id(),
            event_id=EventId(shelf.event_id),
            user_id=buyer,
            lines=(line,),
            pay=BARE_HOLD if is_hold else BOX_OFFICE,
            token=None,
            key=None,
            request_hash=0,
        )


def _places(shelf: _Shelf, count: int) -> Iterator[PlannedLine]:
    for start in range(0, count, TICKETS_AN_ORDER):
        quantity = min(TICKETS_AN_ORDER, count - start)
        yield PlannedLine(shelf.section_id, "ADULT", quantity)


def _free_pairs(shelf: _Shelf) -> Iterator[PlannedLine]:
    """Every so many pairs that are still free, from the front row on."""
    before = 0
    seen = shelf.spread % PAIRS_BETWEEN_HOLDS
    for label, size in shelf.rows:
        for number in range(0, size - 1, PAIR):
            if shelf.taken >> (before + number) & 0b11:
                continue
            seen += 1
            if seen % PAIRS_BETWEEN_HOLDS == 0:
                named = ((label, number + 1), (label, number + 2))
                indices = (before + number, before + number + 1)
                yield PlannedLine(shelf.section_id, "ADULT", PAIR, named, indices)
        before += size


async def _place(database: Database, orders: list[PlaceOrder]) -> None:
    batcher = Batcher(database, news=Unheard(), queue_max=len(orders) + 1)
    try:
        answers = await asyncio.gather(
            *(batcher.place(order) for order in orders), return_exceptions=True
        )
    finally:
        await batcher.close()
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    broken = [answer for answer in refused if not isinstance(answer, Refusal)]
    assert not broken, broken[0]
    assert not refused, f"{len(refused)} of {len(orders)} orders were refused: {refused[0]!r}"


_BUYER = "SELECT id FROM users WHERE email = $1"
_SHELVES = """
    SELECT s.event_id, s.section_id, c.section ->> 'name',
           s.capacity - s.blocked - s.held - s.sold, c.section -> 'rows', s.taken_seats
    FROM stock s
    JOIN events e ON e.id = s.event_id
    JOIN LATERAL (
        SELECT section FROM venue_charts v, jsonb_array_elements(v.sections) AS section
        WHERE v.id = e.chart_id AND section ->> 'id' = s.section_id::text
    ) c ON true
    WHERE s.event_id = ANY($1)
    ORDER BY s.event_id, s.section_id
"""
