"""What a process knows of a waiting room by heart: read once a second, however many wait.

With the database away the last that was known stands: places are shown by it, nobody gets a pass
whose turn was not known before.
"""

from __future__ import annotations

import array
import asyncio
import bisect
import contextvars
import datetime as dt
import os
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias, TypeVar

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.events.salebook import Salebook
from arenapulse.events.terms import EventStatus
from arenapulse.runtime import log
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import Database, as_unavailable
from arenapulse.waitingroom import draw, queries
from arenapulse.waitingroom.errors import NoWaitingRoom
from arenapulse.waitingroom.queries import Admission, LaneRow, RoomRow
from arenapulse.waitingroom.terms import EVERYBODY, PASS_SECONDS
from arenapulse.waitingroom.tokens import KEY_BYTES, PlaceTokens

AGE_SECONDS_MAX: Final = 1.0
AHEAD_SECONDS: Final = 0.7
"""From this age on it is read anew for those who come later: nobody of a crowd waits for it."""
ROOMS_MAX: Final = 500
DRAWS_MAX: Final = 32
"""Drawn lanes whose places are kept: four bytes a person."""
LONG_AGO: Final = 0.0
"""When turns came that are older than what is read: a time that can be counted with."""
SEED_PURPOSE: Final = "waiting room seeds"
KEY_PURPOSE: Final = "waiting room keys"

_log = log.logger("waitingroom.roombook")


_K = TypeVar("_K")
_T = TypeVar("_T")
_Drawn: TypeAlias = "OrderedDict[tuple[EventId, int], array.array[int]]"


@dataclass(frozen=True, slots=True)
class Turns:
    """When the turns of a lane came: positions up to `up_to[i]` at `at[i]`, growing."""

    up_to: tuple[int, ...] = ()
    at: tuple[float, ...] = ()

    def of(self, position: int) -> float | None:
        """When this position's turn came; None if it has not."""
        index = bisect.bisect_left(self.up_to, position)
        return None if index == len(self.up_to) else self.at[index]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """A room as it was when it was read; `admit_per_minute` None: it was taken away."""

    row: RoomRow
    status: EventStatus
    is_public: bool
    admit_per_minute: int | None
    key: bytes = field(repr=False)
    tokens: PlaceTokens
    tickets: draw.Tickets
    turns: dict[int, Turns]
    read_at: float

    @property
    def event_id(self) -> EventId:
        return self.row.event_id

    @property
    def asked_per_minute(self) -> int:
        given = self.row.asked_per_minute
        return (self.admit_per_minute or 0) if given is None else given

    def lane(self, number: int) -> LaneRow | None:
        # No generator: it is asked with every poll.
        for lane in self.row.lanes:
            if lane.lane == number:
                return lane
        return None

    def open_lane(self, number: int) -> int:
        """Where who had a place in this lane has a new one: an ended lane takes nobody."""
        lane = self.lane(number)
        return EVERYBODY if lane is None or lane.is_ended else number


class RoomBook:
    """One a process."""

    def __init__(self, database: Database, *, salebook: Salebook, keyring: Keyring) -> None:
        self._database = database
        self._salebook = salebook
        self._keyring = keyring
        self._known: OrderedDict[EventId, Room] = OrderedDict()
        self._by_text: dict[str, Room] = {}
        self._reading: dict[EventId, asyncio.Future[Room]] = {}
        self._drawn: _Drawn = OrderedDict()
        self._orders: _Drawn = OrderedDict()
        self._fetching: dict[tuple[EventId, int], asyncio.Future[array.array[int]]] = {}

    async def room(self, event_id: EventId) -> Room:
        """Raises `EventNotFound`, and `NoWaitingRoom` for an event that never had one."""
        known = self._known.get(event_id)
        if known is not None and clock.monotonic_seconds() - known.read_at < AGE_SECONDS_MAX:
            return known
        return await asyncio.shield(self._begin(event_id, known))

    def fresh(self, event_id: str) -> Room | None:
        """The room where it need not be read; its event may be a draft still."""
        known = self._by_text.get(event_id)
        if known is None:
            return None
        age = clock.monotonic_seconds() - known.read_at
        if age >= AGE_SECONDS_MAX:
            return None
        if age >= AHEAD_SECONDS and known.event_id not in self._reading:
            # In nobody's name: it is read for all.
            nobody = contextvars.Context()
            future = nobody.run(self._begin, known.event_id, known)
            # Who asks for it once it is too old is told what went wrong.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return known

    async def forget(self, event_id: EventId) -> None:
        """It was changed: who asks next reads it, and what is being read is of before."""
        self._known.pop(event_id, None)
        self._by_text.pop(str(event_id), None)
        self._reading.pop(event_id, None)

    async def read_again(self, event_id: EventId) -> Room:
        """The room as it is now, for who has just changed it."""
        await self.forget(event_id)
        return await self.room(event_id)

    async def numbers(self, room: Room, *, lane: LaneRow, first: int, last: int) -> list[int]:
        """Whose numbers these positions are; 0 for one that nobody was drawn to."""
        drawn = lane.drawn or 0
        later = list(range(max(first, drawn + 1), last + 1))
        if first > drawn:
            return later
        key = (room.event_id, lane.lane)
        order = self._orders.get(key)
        if order is None:
            ranks = await self._ranks(room.event_id, lane=lane.lane)
            order = array.array("I", bytes(4 * (drawn + 1)))
            for number, place in enumerate(ranks, 1):
                order[place] = number
            _keep(self._orders, key, order)
        return [*order[first : min(last, drawn) + 1], *later]

    async def position(self, room: Room, *, lane: LaneRow, number: int) -> int | None:
        """The place in line of who has this number; None until it is drawn."""
        if _is_drawn(room, lane=lane, number=number):
            return _rank(await self._ranks(room.event_id, lane=lane.lane), number=number)
        return _undrawn(lane, number=number)

    def position_at_once(self, room: Room, *, lane: LaneRow, number: int) -> int | None:
        """The same; raises `LookupError` where the draw has to be read first."""
        if _is_drawn(room, lane=lane, number=number):
            return _rank(self._drawn[room.event_id, lane.lane], number=number)
        return _undrawn(lane, number=number)

    def _begin(self, event_id: EventId, known: Room | None) -> asyncio.Future[Room]:
        return _begun(self._reading, event_id, lambda: self._read(event_id, known))

    async def _read(self, event_id: EventId, known: Room | None) -> Room:
        asked_at = clock.monotonic_seconds()
        try:
            made = await self._read_now(event_id, known, asked_at=asked_at)
        except Exception as error:
            if known is None or as_unavailable(error) is None:
                raise
            _log.warning("the last known number stands", error=log.name_of(error))
            made = replace(known, read_at=asked_at)
        if self._reading.get(event_id) is not asyncio.current_task():
            return made
        self._known[event_id] = self._by_text[str(event_id)] = made
        self._known.move_to_end(event_id)
        while len(self._known) > ROOMS_MAX:
            gone, _ = self._known.popitem(last=False)
            self._by_text.pop(str(gone), None)
        return made

    async def _read_now(self, event_id: EventId, known: Room | None, *, asked_at: float) -> Room:
        facts = await self._salebook.facts(event_id)
        row = await queries.room(self._database, event_id=event_id)
        if row is None:
            if facts.admit_per_minute is None:
                raise NoWaitingRoom
            row = await self._make(event_id, organization_id=facts.organization_id)
        if known is None:
            key = open_key(self._keyring, row=row)
            tokens, tickets = PlaceTokens(key, event_id=event_id), draw.Tickets(key)
        else:
            key, tokens, tickets = known.key, known.tokens, known.tickets
        since = clock.now() - dt.timedelta(seconds=2 * PASS_SECONDS)
        admitted = await queries.admissions(self._database, event_id=event_id, since=since)
        return Room(
            row=row,
            status=facts.status,
            is_public=facts.is_public,
            admit_per_minute=facts.admit_per_minute,
            key=key,
            tokens=tokens,
            tickets=tickets,
            turns=_turns(admitted, since=since),
            read_at=asked_at,
        )

    async def _make(self, event_id: EventId, *, organization_id: OrganizationId) -> RoomRow:
        seed, key = os.urandom(draw.SEED_BYTES), os.urandom(KEY_BYTES)
        sealed = (
            self._keyring.seal(seed, purpose=SEED_PURPOSE, bound_to=str(event_id)),
            self._keyring.seal(key, purpose=KEY_PURPOSE, bound_to=str(event_id)),
            draw.seal(seed),
        )
        await queries.make_room(
            self._database,
            event_id=event_id,
            organization_id=organization_id,
            secrets=sealed,
            now=clock.now(),
        )
        row = await queries.room(self._database, event_id=event_id)
        assert row is not None
        return row

    async def _ranks(self, event_id: EventId, *, lane: int) -> array.array[int]:
        key = (event_id, lane)
        found = self._drawn.get(key)
        if found is not None:
            return found
        # All who wait ask in the second of the draw, and it is megabytes.
        return await asyncio.shield(
            _begun(self._fetching, key, lambda: self._fetch(event_id, lane=lane))
        )

    async def _fetch(self, event_id: EventId, *, lane: int) -> array.array[int]:
        packed = await queries.ranks(self._database, event_id=event_id, lane=lane)
        found = draw.unpacked(packed or b"")
        _keep(self._drawn, (event_id, lane), found)
        return found


def _begun(
    running: dict[_K, asyncio.Future[_T]], key: _K, start: Callable[[], Coroutine[None, None, _T]]
) -> asyncio.Future[_T]:
    """What `start` finds, begun once however many want it meanwhile."""
    future = running.get(key)
    if future is None:
        future = running[key] = asyncio.ensure_future(start())
        future.add_done_callback(partial(_ended, running, key))
    return future


def _ended(running: dict[_K, asyncio.Future[_T]], key: _K, done: asyncio.Future[_T]) -> None:
    if running.get(key) is done:
        del running[key]


def _keep(drawn: _Drawn, key: tuple[EventId, int], made: array.array[int]) -> None:
    drawn[key] = made
    while len(drawn) > DRAWS_MAX:
        drawn.popitem(last=False)


def _is_drawn(room: Room, *, lane: LaneRow, number: int) -> bool:
    """Whether the draw says where this number stands."""
    return lane.drawn is not None and number <= lane.drawn and room.row.drawn_at is not None


def _undrawn(lane: LaneRow, *, number: int) -> int | None:
    return None if lane.drawn is None or number <= lane.drawn else number


def _rank(ranks: array.array[int], *, number: int) -> int | None:
    # Who left before the draw has none; nobody asks for them.
    return (ranks[number - 1] or None) if number <= len(ranks) else None


def open_key(keyring: Keyring, *, row: RoomRow) -> bytes:
    return keyring.open(row.sealed_key, purpose=KEY_PURPOSE, bound_to=str(row.event_id))


def _turns(admitted: Sequence[Admission], *, since: dt.datetime) -> dict[int, Turns]:
    """By lane; what was let in before `since` was long ago."""
    found: dict[int, tuple[list[int], list[float]]] = {}
    for one in admitted:
        up_to, at = found.setdefault(one.lane, ([], []))
        up_to.append(one.up_to)
        at.append(LONG_AGO if one.at < since else one.at.timestamp())
    return {lane: Turns(tuple(up_to), tuple(at)) for lane, (up_to, at) in found.items()}
