"""Orders for seats: the best available where none are named, the nearest free where one is gone.

Chosen seats go into the batch as if they had been named. When another process was faster, one
chooses again from a fresh read; each time somebody else has won a seat, so the last place of a
section is sold and not one twice. After a few losses chance decides among all blocks and no longer
among the best few.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from arenapulse.core import clock
from arenapulse.core.ids import EventId, SectionId
from arenapulse.inventory.bestseats import TOP_FEW, Wish
from arenapulse.inventory.service.choosing import Claim, SeatDesk, Want
from arenapulse.orders import service
from arenapulse.orders.batcher import Batcher, Placed
from arenapulse.orders.errors import CapacityExceeded, NamedSeat, SeatsDoNotFit, SeatTaken
from arenapulse.orders.news import SaleNews
from arenapulse.orders.placing import PlaceOrder, PlannedLine
from arenapulse.runtime.db import Database
from arenapulse.runtime.sharing import SharedReads
from arenapulse.venues.seatmap import Section, seat_at

NARROW_ATTEMPTS = 4
"""The first choice and three more among the best few."""
ATTEMPTS_MAX = 40
EXHAUSTIVE_WIDTH = 1_000
RECLAIMS_MAX = 3

Sections = Mapping[SectionId, Section]


class SeatOrder(msgspec.Struct, frozen=True):
    """An order with the sections that its lines lie in, and which lines ask for the best seats.

    `best` gives, by the line's position, whether it asks for accessible places.
    """

    order: PlaceOrder
    sections: Sections
    best: Mapping[int, bool]


class Seating:
    """One a process."""

    def __init__(
        self, database: Database, *, batcher: Batcher, desk: SeatDesk, news: SaleNews
    ) -> None:
        self._database = database
        self._batcher = batcher
        self._desk = desk
        self._news = news
        self._reclaims = SharedReads(self._reclaim)

    def is_plain(self, asked: SeatOrder) -> bool:
        """Whether `put` may take it: no seats are chosen, and nobody waits under its key."""
        return not asked.best and self._batcher.is_first(asked.order)

    def put(self, asked: SeatOrder) -> asyncio.Future[Placed]:
        """A plain order on its way into a batch; `with_nearest` is for a `SeatTaken` of it."""
        return self._batcher.put(asked.order)

    async def place(self, asked: SeatOrder) -> Placed:
        """The order as placed, or as it was placed before under the same key.

        Raises what the batcher raises: `CapacityExceeded` where there are not as many seats,
        `SeatTaken` where a named one is gone, with the nearest that are free.
        """
        if not asked.best:
            try:
                return await self._batcher.place(asked.order)
            except SeatTaken as refusal:
                raise await self.with_nearest(asked, refusal) from None
        for attempt in range(ATTEMPTS_MAX):
            width = TOP_FEW if attempt < NARROW_ATTEMPTS else EXHAUSTIVE_WIDTH
            claim = await self._claim(asked, width=width)
            if claim is None:
                return await self._place_without(asked.order)
            order = _seated(asked, claim)
            won = False
            try:
                placed = await self._batcher.place(order)
                won = not placed.is_replay
            except SeatTaken as refusal:
                if refusal.gone & _named(asked.order):
                    raise await self.with_nearest(asked, refusal) from None
            else:
                return placed
            finally:
                claim.release(won=won)
        raise CapacityExceeded

    async def _claim(self, asked: SeatOrder, *, width: int) -> Claim | None:
        """None where there are not as many, those of expired holds included."""
        event_id = asked.order.event_id
        wants = _wants(asked, width=width)
        for _ in range(RECLAIMS_MAX):
            claim = await self._desk.claim(event_id, wants=wants)
            if claim is not None or await self._reclaims.get(event_id) == 0:
                return claim
        return await self._desk.claim(event_id, wants=wants)

    async def _reclaim(self, event_id: EventId) -> int:
        return await service.reclaim(
            self._database, news=self._news, now=clock.now(), event_ids=[event_id]
        )

    async def _place_without(self, order: PlaceOrder) -> Placed:
        """An order for seats that are not there: a replay, or refused for whatever comes first.

        Only under the stock's lock is it sure that its key was not used a moment ago.
        """
        try:
            return await self._batcher.place(order)
        except SeatsDoNotFit:
            raise CapacityExceeded from None

    async def with_nearest(self, asked: SeatOrder, refusal: SeatTaken) -> SeatTaken:
        """The refusal with as many free seats as were asked where one is gone."""
        nearest: list[NamedSeat] = []
        spoken_for = _indices_by_section(asked.order.lines)
        for line in asked.order.lines:
            if refusal.gone.isdisjoint(_named_in(line)):
                continue
            section = asked.sections[SectionId(line.section_id)]
            found = await self._desk.nearest(
                asked.order.event_id,
                section=section,
                seats=line.seat_indices,
                avoid=frozenset(spoken_for[section.id] - set(line.seat_indices)),
            )
            spoken_for[section.id] |= set(found)
            nearest += [NamedSeat(section.id, *seat_at(section, index=index)) for index in found]
        return refusal.beside(nearest)


def _wants(asked: SeatOrder, *, width: int) -> list[Want]:
    named = _indices_by_section(asked.order.lines)
    wants: list[Want] = []
    for position, accessible in asked.best.items():
        line = asked.order.lines[position]
        section = asked.sections[SectionId(line.section_id)]
        wish = Wish(line.quantity, accessible=accessible, width=width)
        wants.append(Want(section, wish, frozenset(named.get(section.id, ()))))
    return wants


def _indices_by_section(lines: Sequence[PlannedLine]) -> dict[SectionId, set[int]]:
    found: dict[SectionId, set[int]] = {}
    for line in lines:
        if line.seat_indices:
            found.setdefault(SectionId(line.section_id), set()).update(line.seat_indices)
    return found


def _seated(asked: SeatOrder, claim: Claim) -> PlaceOrder:
    lines = list(asked.order.lines)
    for position, (section_id, indices) in zip(asked.best, claim.chosen, strict=True):
        section = asked.sections[section_id]
        lines[position] = replace(
            lines[position],
            seats=tuple(seat_at(section, index=index) for index in indices),
            seat_indices=indices,
        )
    return replace(asked.order, lines=tuple(lines))


def _named(order: PlaceOrder) -> set[NamedSeat]:
    return {seat for line in order.lines for seat in _named_in(line)}


def _named_in(line: PlannedLine) -> set[NamedSeat]:
    return {NamedSeat(line.section_id, row, seat) for row, seat in line.seats}
