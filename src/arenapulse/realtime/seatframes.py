"""Seats of a section as frames and snapshots: the stock row's bits against what was last told."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from arenapulse.core.errors import NotFound
from arenapulse.core.ids import EventId, SectionId
from arenapulse.events.salebook import Salebook
from arenapulse.inventory import seatstates
from arenapulse.inventory.queries import read_section_seats
from arenapulse.inventory.schemas import SeatBits
from arenapulse.inventory.seatstates import SectionStates
from arenapulse.realtime.schemas import SeatChange, SeatsUpdate
from arenapulse.realtime.seatstreams import Published, SeatBase, SeatMark, SeatStreams
from arenapulse.realtime.streams import Frame
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.sharing import SharedReads
from arenapulse.venues.seatmap import Section, SectionKind, seat_at

BASES_MAX: Final = 2_000
TRIES_MAX: Final = 5

_ENCODER: Final = msgspec.json.Encoder()
_Slot = tuple[EventId, SectionId]


@dataclass(frozen=True, slots=True)
class Seats:
    """Exactly the states after the frame `mark.sequence`; no mark while Redis is away."""

    section: Section
    bits: SeatBits
    mark: SeatMark | None

    def view(self) -> SectionStates:
        """The answer of GET …/seats."""
        return seatstates.view(
            self.section,
            bits=self.bits,
            sequence=None if self.mark is None else self.mark.sequence,
            epoch=None if self.mark is None else self.mark.epoch,
        )

    def whole(self, event_id: EventId) -> SeatsUpdate:
        """Every seat, as one frame would tell it."""
        states = seatstates.letters(self.bits)
        return SeatsUpdate(
            event_id=event_id,
            section_id=self.section.id,
            sequence=None if self.mark is None else self.mark.sequence,
            epoch=None if self.mark is None else self.mark.epoch,
            changes=_named(self.section, range(len(states)), states),
        )


class SeatFrames:
    """One a process; `SeatPositions` of the events slice."""

    def __init__(self, database: Database, *, seats: SeatStreams, salebook: Salebook) -> None:
        self._database = database
        self._seats = seats
        self._salebook = salebook
        self._bases: OrderedDict[_Slot, SeatBase] = OrderedDict()
        self._syncs = SharedReads(self._sync)

    async def seat_position(
        self, event_id: EventId, *, section_id: SectionId
    ) -> tuple[int, str] | None:
        """The last sequence and its epoch, None while Redis is away."""
        try:
            mark = await self._seats.position(event_id, section_id=section_id)
        except REDIS_ERRORS:
            return None
        return mark.sequence, mark.epoch

    async def current(self, event_id: EventId, *, section_id: SectionId) -> Seats:
        """Publishes what is new, and gives the states with the very sequence they have.

        Shared by all who ask at once. Raises `NotFound` for what is no section with seats.
        """
        return await self._syncs.get((event_id, section_id))

    async def missed(self, seats: Seats, *, since: int, event_id: EventId) -> list[Frame] | None:
        """The frames from `since` to these seats, None where they are gone or Redis is away."""
        if seats.mark is None:
            return None
        try:
            return await self._seats.since(
                event_id, section_id=seats.section.id, sequence=since, mark=seats.mark
            )
        except REDIS_ERRORS:
            return None

    async def publish(self, event_id: EventId, *, revs: Sequence[tuple[SectionId, int]]) -> None:
        """Frames for those whose stock row has another rev than this process told last.

        What is said to be watched and has no seats keeps nobody else's back. Raises errors of Redis
        and the database.
        """
        for section_id, rev in revs:
            base = self._bases.get((event_id, section_id))
            if base is None or base.rev != rev:
                with contextlib.suppress(NotFound):
                    section = await self._section(event_id, section_id)
                    await self._publish(event_id, section)

    async def require(self, event_id: EventId, *, section_id: SectionId) -> None:
        """Raises `NotFound` for what is no section with seats."""
        await self._section(event_id, section_id)

    async def _sync(self, slot: _Slot) -> Seats:
        event_id, section_id = slot
        section = await self._section(event_id, section_id)
        try:
            return await self._publish(event_id, section)
        except REDIS_ERRORS:
            return Seats(section, await self._read(event_id, section_id), None)

    async def _publish(self, event_id: EventId, section: Section) -> Seats:
        slot = (event_id, section.id)
        for _ in range(TRIES_MAX):
            bits = await self._read(event_id, section.id)
            state = SeatBase(bits.rev, seatstates.letters(bits))
            base = self._bases.get(slot)
            told = await self._tell(slot, section, base=base, state=state)
            if told.base is not None and told.base.rev < state.rev:
                told = await self._tell(slot, section, base=told.base, state=state)
            if told.base is None:
                self._remember(slot, state)
                return Seats(section, bits, told.mark)
            # Somebody read newer rows meanwhile: so shall we.
            self._remember(slot, told.base)
        return Seats(section, await self._read(event_id, section.id), None)

    async def _tell(
        self, slot: _Slot, section: Section, *, base: SeatBase | None, state: SeatBase
    ) -> Published:
        event_id, section_id = slot
        changes = [] if base is None else _changes(section, before=base, after=state)
        return await self._seats.publish(
            event_id,
            section_id=section_id,
            state=state,
            since_rev=None if base is None else base.rev,
            changes=_ENCODER.encode(changes),
        )

    def _remember(self, slot: _Slot, state: SeatBase) -> None:
        self._bases[slot] = state
        self._bases.move_to_end(slot)
        if len(self._bases) > BASES_MAX:
            self._bases.popitem(last=False)

    async def _section(self, event_id: EventId, section_id: SectionId) -> Section:
        facts = await self._salebook.facts(event_id)
        section = facts.chart.by_id.get(section_id)
        if section is None or section.kind is not SectionKind.SEATED:
            raise NotFound("There is no such section with seats.")
        return section

    async def _read(self, event_id: EventId, section_id: SectionId) -> SeatBits:
        found = await read_section_seats(self._database, [(event_id, section_id)])
        if not found:
            raise NotFound("There is no such section with seats.")
        return found[event_id, section_id]


def _changes(section: Section, *, before: SeatBase, after: SeatBase) -> list[SeatChange]:
    if len(before.letters) != len(after.letters):
        return _named(section, range(len(after.letters)), after.letters)
    pairs = zip(before.letters, after.letters, strict=True)
    different = [index for index, (old, new) in enumerate(pairs) if old != new]
    return _named(section, different, after.letters)


def _named(section: Section, indices: Sequence[int], states: str) -> list[SeatChange]:
    return [(*seat_at(section, index=index), states[index]) for index in indices]
