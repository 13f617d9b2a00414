"""A simulated crowd at a shadow's on-sale: it joins, is drawn and let in, chooses and buys.

It goes by the same code as the real one from the batch on: joins and orders share commits, seats
are the best available, the inlet follows what orders take. Half of the crowd is there before.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.errors import Refusal
from arenapulse.core.ids import SectionId, UserId, new_id, new_order_id
from arenapulse.events.queries import EventRow
from arenapulse.inventory.queries import read_counts
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.orders import placing
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import Unheard
from arenapulse.orders.placing import PlaceOrder, PlannedLine
from arenapulse.orders.seating import Seating, SeatOrder
from arenapulse.rehearsals.schemas import Report
from arenapulse.rehearsals.service.telling import Notes, report_of
from arenapulse.runtime.db import Database
from arenapulse.venues.seatmap import Chart, SectionKind
from arenapulse.waitingroom import draw, inlet
from arenapulse.waitingroom.batcher import Joiner, JoinLane
from arenapulse.waitingroom.inlet import Inlet, Seen

TICK_SECONDS: Final = 1.0
AT_ONCE_MAX: Final = 1_000
"""Joins, or orders, that are under way at one time."""
QUEUE_MAX: Final = 16_384
LAST_SECONDS: Final = 20.0
"""How long what is under way at the end may take."""
EARLY_SHARE: Final = 0.5
LATE_SHARE: Final = 0.5
"""Who comes after the start comes in this part of the time."""
LEAVE_SHARE: Final = 0.15
"""So many hold places and do not pay."""
TRIES: Final = 3
_PARTY: Final = ((1, 2, 3, 4), (20, 50, 10, 20))


class BrokenOff(Exception):
    """Nobody is to play on; says why."""


Going = Callable[[], Awaitable[None]]
"""Asked each second; raises `BrokenOff`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    event: EventRow
    chart: Chart
    admit_per_minute: int | None


@dataclass
class _Line:
    """Who waits, in order; the early ones are drawn."""

    people: list[UserId] = field(default_factory=list[UserId])
    served: int = 0
    lately: list[int] = field(default_factory=list[int])

    @property
    def waiting(self) -> int:
        return len(self.people) - self.served


class Play:
    """One rehearsal."""

    def __init__(self, shadow: Database, *, stage: Stage, people: int, seconds: int) -> None:
        self._shadow = shadow
        self._stage = stage
        self._people = people
        self._seconds = seconds
        # The same crowd again has the same wishes.
        self._chance = random.Random(people * 1_000 + seconds)  # noqa: S311 - nothing is kept secret by it
        self._notes = Notes()
        self._line = _Line()
        self._joiner = Joiner(shadow)
        news = Unheard()
        self._batcher = Batcher(shadow, news=news, queue_max=QUEUE_MAX)
        desk = SeatDesk(shadow, chance=self._chance)
        self._seating = Seating(shadow, batcher=self._batcher, desk=desk, news=news)
        self._doors = asyncio.Semaphore(AT_ONCE_MAX)
        self._under_way: set[asyncio.Task[None]] = set()
        self._offers = self._priced()
        self._gone: set[SectionId] = set()

    async def run(self, *, going: Going) -> Report:
        """Raises `BrokenOff`."""
        try:
            early = round(self._people * EARLY_SHARE) if self._stage.admit_per_minute else 0
            await self._gather(early)
            await self._on_sale(self._people - early, going=going)
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._joiner.close()
            await self._batcher.close()
        return report_of(
            self._notes,
            chart=self._stage.chart,
            currency=self._stage.event.currency,
            people=self._people,
            admit_per_minute=self._stage.admit_per_minute,
            still_waiting=self._line.waiting,
        )

    async def _gather(self, early: int) -> None:
        """The lobby, and the draw of all who are in it."""
        for _ in range(early):
            await self._start(self._join())
        await self._settled()
        tickets = [os.urandom(draw.TICKET_BYTES) for _ in self._line.people]
        if not tickets:
            return
        listed = b"".join(tickets)
        key = draw.draw_key(os.urandom(draw.SEED_BYTES), lane=0, tickets=listed)
        places = draw.places(listed, key=key)
        drawn = sorted(zip(places, self._line.people, strict=True))
        self._line.people = [person for _, person in drawn]

    async def _on_sale(self, late: int, *, going: Going) -> None:
        state = Inlet(rate=float(self._stage.admit_per_minute or 0))
        comes = self._arrivals(late)
        began = clock.monotonic_seconds()
        for second in range(self._seconds):
            await going()
            self._notes.open(second, waiting=self._line.waiting)
            for _ in range(comes[second]):
                is_first_come = self._stage.admit_per_minute is None
                await self._start(self._shop(UserId(new_id())) if is_first_come else self._join())
            state = await self._let_in(state)
            await asyncio.sleep(
                max(0.0, began + (second + 1) * TICK_SECONDS - clock.monotonic_seconds())
            )
            counts = await read_counts(self._shadow, event_id=self._stage.event.id)
            self._gone = self._notes.count(second, counts)
            if len(self._gone) == len(self._offers):
                break
        await self._settled()
        self._notes.count(
            len(self._notes.moments) - 1,
            await read_counts(self._shadow, event_id=self._stage.event.id),
        )

    async def _let_in(self, state: Inlet) -> Inlet:
        asked = self._stage.admit_per_minute
        if asked is None:
            return state
        seen = Seen(p95_ms=self._notes.p95_lately(), pool_use=0.0, payment_errors=0.0)
        state = inlet.steered(state, seen=seen, asked=asked, seconds=TICK_SECONDS)
        lately = sum(self._line.lately[-int(inlet.MINUTE) :])
        state, count = inlet.let_in(
            state, waiting=self._line.waiting, lately=lately, asked=asked, room=None
        )
        self._line.lately.append(count)
        self._notes.admit(count, rate=state.rate)
        first = self._line.served
        self._line.served += count
        for person in self._line.people[first : first + count]:
            await self._start(self._shop(person))
        return state

    async def _join(self) -> None:
        person = UserId(new_id())
        ticket = os.urandom(draw.TICKET_BYTES)
        command = JoinLane(self._stage.event.id, person, 0, ticket)
        if await self._timed(self._joiner.join(command), of="join") is not None:
            self._line.people.append(person)

    async def _shop(self, person: UserId) -> None:
        """Tries some sections; who finds nothing goes home."""
        quantity = min(
            self._chance.choices(*_PARTY)[0],
            int(self._stage.event.capacity_config.get("maxTicketsPerOrder", 4)),
        )
        pays = self._chance.random() >= LEAVE_SHARE
        for _ in range(TRIES):
            open_ = [offer for offer in self._offers if offer[0] not in self._gone]
            if not open_:
                self._notes.refuse("EVENT002")
                return
            weights = [weight for _, _, weight in open_]
            section_id, level, _ = self._chance.choices(open_, weights)[0]
            placed = await self._timed(
                self._seating.place(self._order(person, section_id, level, quantity, pays=pays)),
                of="order",
            )
            if placed is not None:
                self._notes.sell(placed.order, quantity=quantity)
                return

    def _order(
        self, person: UserId, section_id: SectionId, level: str, quantity: int, *, pays: bool
    ) -> SeatOrder:
        """Who pays pays at the box office: no card is charged, and the places are sold."""
        order = PlaceOrder(
            order_id=new_order_id(),
            event_id=self._stage.event.id,
            user_id=person,
            lines=(PlannedLine(section_id, level, quantity),),
            pay=placing.BOX_OFFICE if pays else placing.BARE_HOLD,
            token=None,
            key=None,
            request_hash=0,
        )
        sections = self._stage.chart.by_id
        is_seated = sections[section_id].kind is SectionKind.SEATED
        return SeatOrder(order, sections, best={0: False} if is_seated else {})

    async def _timed(self, call: Awaitable[Any], *, of: str) -> Any:
        """Its answer, and how long it took; None for a refusal, which is noted."""
        began = clock.monotonic_seconds()
        try:
            answer = await call
        except Refusal as refusal:
            self._notes.refuse(refusal.code)
            return None
        self._notes.took(of, milliseconds=1000 * (clock.monotonic_seconds() - began))
        return answer

    async def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Bounded: who makes the crowd waits while too many are under way."""
        await self._doors.acquire()
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._doors.release()
        if not task.cancelled() and task.exception() is not None:
            self._notes.refuse("SYS001")

    async def _settled(self) -> None:
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=LAST_SECONDS)

    def _arrivals(self, late: int) -> list[int]:
        """How many come in each second after the start: most at once, fewer and fewer."""
        span = max(1, round(self._seconds * LATE_SHARE))
        weights = [2.0 ** (-4 * n / span) for n in range(span)]
        whole = sum(weights)
        comes = [int(late * weight / whole) for weight in weights]
        comes[0] += late - sum(comes)
        return comes + [0] * (self._seconds - span)

    def _priced(self) -> list[tuple[SectionId, str, int]]:
        """Section, level and how many places: each section once, at its first price."""
        known: dict[SectionId, str] = {}
        for tier in self._stage.event.pricing_tiers:
            for section_id in tier["sectionIds"]:
                known.setdefault(SectionId(UUID(str(section_id))), tier["priceLevel"])
        sections = self._stage.chart.by_id
        return [
            (section.id, known[section.id], max(1, section.capacity))
            for section in sections.values()
            if section.id in known
        ]
