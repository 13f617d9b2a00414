"""Choosing seats for a crowd: one read serves many, and no two of a process want the same seat.

What is chosen here is only wished for until `place_orders` has it: another process may be faster,
and then one chooses again. Each loss means that somebody else has won, so it ends.
"""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from arenapulse.core.ids import EventId, SectionId
from arenapulse.inventory import bestseats
from arenapulse.inventory.bestseats import Chosen, FreeSection, Near, Wish
from arenapulse.inventory.queries import read_seats, read_section_seats
from arenapulse.inventory.schemas import SeatBits
from arenapulse.runtime.db import Database
from arenapulse.runtime.sharing import GatheredReads, SharedReads
from arenapulse.venues.seatmap import Section

SLOTS_MAX = 50_000
"""Sections whose claims are remembered; none in use is forgotten."""

_Slot = tuple[EventId, SectionId]


@dataclass(frozen=True)
class Want:
    """Seats of one section that nobody named; `avoid` are dense indices that are spoken for."""

    section: Section
    wish: Wish
    avoid: frozenset[int] = frozenset()


@dataclass
class SeatRead:
    """The seats of an event, or of one section, as one read found them.

    `began` orders reads and claims of this process.
    """

    bits: Mapping[SectionId, SeatBits]
    began: int
    _free: dict[SectionId, FreeSection] = field(default_factory=dict[SectionId, FreeSection])
    _options: dict[object, list[Chosen]] = field(default_factory=dict[object, list[Chosen]])

    def options(self, sections: Sequence[Section], *, wish: Wish) -> list[Chosen]:
        """The best choices in these sections, worked out once for all who ask the same."""
        key = (wish, tuple(section.id for section in sections))
        known = self._options.get(key)
        if known is None:
            known = bestseats.options([self._section(s) for s in sections], wish=wish)
            self._options[key] = known
        return known

    def has_together(self, sections: Sequence[Section], *, quantity: int) -> bool:
        """Whether so many places of one section are free side by side, or where one stands."""
        for section in sections:
            bits = self.bits.get(section.id)
            if bits is None or bits.available < quantity:
                continue
            if not bits.seats or bestseats.seats_together(
                self._section(section), quantity=quantity
            ):
                return True
        return False

    def _section(self, section: Section) -> FreeSection:
        known = self._free.get(section.id)
        if known is None:
            known = FreeSection.of(section, bits=self.bits[section.id])
            self._free[section.id] = known
        return known


@dataclass
class _Claims:
    """Dense indices as bits: wished for now, and won so lately that a read may not show it yet."""

    active: int = 0
    won: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def at(self, read: SeatRead) -> int:
        found = self.active
        for moment, bits in self.won:
            if moment >= read.began:
                found |= bits
        return found


class Claim:
    """Seats chosen for one order, nobody else's in this process until it is given back."""

    def __init__(
        self,
        desk: SeatDesk,
        *,
        event_id: EventId,
        chosen: Sequence[tuple[SectionId, tuple[int, ...]]],
    ) -> None:
        self._desk = desk
        self._event_id = event_id
        self.chosen = chosen
        """The dense indices of each want, in their order."""

    def release(self, *, won: bool) -> None:
        """`won` says that the seats are the order's now."""
        self._desk.release(self._event_id, self.chosen, won=won)


class SeatDesk:
    """One a process."""

    def __init__(self, database: Database, *, chance: random.Random) -> None:
        self._database = database
        self._chance = chance
        self._moment = 0
        self._events = SharedReads(self._read_event)
        self._sections = GatheredReads(self._read_sections)
        self._claims: dict[_Slot, _Claims] = {}

    async def read(self, event_id: EventId, *, section_id: SectionId | None = None) -> SeatRead:
        """What was committed before this was asked for; shared by all who ask at once."""
        if section_id is None:
            return await self._events.get(event_id)
        return await self._sections.get((event_id, section_id))

    async def offer(
        self, event_id: EventId, *, sections: Sequence[Section], wish: Wish
    ) -> Chosen | None:
        """Seats for somebody who has not decided yet; None where there are not as many."""
        only = sections[0].id if len(sections) == 1 else None
        read = await self.read(event_id, section_id=only)
        there = [section for section in sections if section.id in read.bits]
        options = read.options(there, wish=wish)
        return self._chance.choice(options) if options else None

    async def claim(self, event_id: EventId, *, wants: Sequence[Want]) -> Claim | None:
        """Seats for every want, all or none; None where there are not as many.

        While others of this process have claimed what would be needed, it waits for how they fare.
        """
        while True:
            reads = {
                want.section.id: await self.read(event_id, section_id=want.section.id)
                for want in wants
            }
            chosen = self._choose(event_id, wants, reads)
            if chosen is not None:
                for section_id, indices in chosen:
                    self._slot(event_id, section_id).active |= _bits(indices)
                return Claim(self, event_id=event_id, chosen=chosen)
            slots = [self._slot(event_id, section_id) for section_id in reads]
            if any(slot.active for slot in slots):
                await _any_changed(slots)
            elif not any(
                slot.at(reads[section_id]) for section_id, slot in zip(reads, slots, strict=True)
            ):
                return None

    async def nearest(
        self, event_id: EventId, *, section: Section, seats: Sequence[int], avoid: frozenset[int]
    ) -> tuple[int, ...]:
        """As many free seats as these, or as there are, as near to them as can be."""
        read = await self.read(event_id, section_id=section.id)
        bits = read.bits.get(section.id)
        if bits is None:
            return ()
        rows = [bisect_right(section.starts, index) - 1 for index in seats]
        row = Counter(rows).most_common(1)[0][0]
        numbers = [
            index - section.starts[row]
            for index, its_row in zip(seats, rows, strict=True)
            if its_row == row
        ]
        free = FreeSection.of(section, bits=bits, claimed=_bits(avoid))
        named = _bits(seats)
        wish = Wish(
            min(len(seats), bits.available),
            accessible=any(
                named >> start & masks.accessible
                for start, masks in zip(section.starts, section.row_masks, strict=True)
            ),
            near=Near(row, sum(numbers) / len(numbers)),
        )
        while wish.quantity:
            found = bestseats.choose([free], wish=wish, chance=self._chance)
            if found is not None:
                return found.seats[section.id]
            wish = replace(wish, quantity=wish.quantity - 1)
        return ()

    def release(
        self,
        event_id: EventId,
        chosen: Sequence[tuple[SectionId, tuple[int, ...]]],
        *,
        won: bool,
    ) -> None:
        """See `Claim.release`."""
        self._moment += 1
        for section_id, indices in chosen:
            slot = self._slot(event_id, section_id)
            bits = _bits(indices)
            slot.active &= ~bits
            if won:
                slot.won.append((self._moment, bits))
            slot.changed.set()
            slot.changed = asyncio.Event()

    def _choose(
        self, event_id: EventId, wants: Sequence[Want], reads: Mapping[SectionId, SeatRead]
    ) -> list[tuple[SectionId, tuple[int, ...]]] | None:
        made: list[tuple[SectionId, tuple[int, ...]]] = []
        own: dict[SectionId, int] = {}
        for want in wants:
            section_id = want.section.id
            read = reads[section_id]
            bits = read.bits.get(section_id)
            if bits is None:
                return None
            claimed = self._slot(event_id, section_id).at(read) | own.get(section_id, 0)
            free = FreeSection.of(want.section, bits=bits, claimed=claimed | _bits(want.avoid))
            found = bestseats.choose([free], wish=want.wish, chance=self._chance)
            if found is None:
                return None
            indices = found.seats[section_id]
            own[section_id] = own.get(section_id, 0) | _bits(indices)
            made.append((section_id, indices))
        return made

    async def _read_event(self, event_id: EventId) -> SeatRead:
        began = self._begin()
        found = await read_seats(self._database, event_id=event_id)
        for bits in found:
            self._forget((event_id, bits.section_id), before=began)
        return SeatRead({bits.section_id: bits for bits in found}, began)

    async def _read_sections(self, slots: Collection[_Slot]) -> dict[_Slot, SeatRead]:
        began = self._begin()
        found = await read_section_seats(self._database, slots)
        made: dict[_Slot, SeatRead] = {}
        for slot in slots:
            self._forget(slot, before=began)
            bits = found.get(slot)
            made[slot] = SeatRead({} if bits is None else {slot[1]: bits}, began)
        return made

    def _begin(self) -> int:
        self._moment += 1
        return self._moment

    def _forget(self, slot: _Slot, *, before: int) -> None:
        """What was won before a read began, it shows."""
        claims = self._claims.get(slot)
        if claims is not None and claims.won:
            claims.won = [entry for entry in claims.won if entry[0] >= before]

    def _slot(self, event_id: EventId, section_id: SectionId) -> _Claims:
        slot = self._claims.get((event_id, section_id))
        if slot is None:
            if len(self._claims) >= SLOTS_MAX:
                self._claims = {key: s for key, s in self._claims.items() if s.active or s.won}
            slot = self._claims[event_id, section_id] = _Claims()
        return slot


async def _any_changed(slots: Sequence[_Claims]) -> None:
    waits = [asyncio.ensure_future(slot.changed.wait()) for slot in slots]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _bits(indices: Sequence[int] | frozenset[int]) -> int:
    found = 0
    for index in indices:
        found |= 1 << index
    return found
