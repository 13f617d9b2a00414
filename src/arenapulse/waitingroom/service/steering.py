"""The inlet, moved once a second: closes the lists, lets people in, tells them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import EventId, UserId
from arenapulse.events.queries import EventFacts, sale_facts
from arenapulse.events.terms import EventStatus
from arenapulse.inventory.queries import totals
from arenapulse.runtime import log
from arenapulse.runtime.batching import Connection
from arenapulse.runtime.db import Database, Session, as_unavailable
from arenapulse.runtime.jobs import record_all
from arenapulse.waitingroom import inlet, queries
from arenapulse.waitingroom.facts import TurnsCame
from arenapulse.waitingroom.inlet import Inlet, Seen
from arenapulse.waitingroom.news import Tills, TurnNews
from arenapulse.waitingroom.queries import HistoryPoint, LaneRow, RoomRow
from arenapulse.waitingroom.roombook import Room, RoomBook
from arenapulse.waitingroom.schemas import Place
from arenapulse.waitingroom.service.standing import Standing
from arenapulse.waitingroom.terms import PASS_SECONDS
from arenapulse.waitingroom.vitals import VitalSigns

STEP_SECONDS: Final = 1.0
ROOMS_A_STEP_MAX: Final = 500
TOLD_A_STEP_MAX: Final = 2_000
LOOK_LEAST: Final = 256
LOOKS_MAX: Final = 32
"""So often a step looks further along a line that people have left."""
PEOPLE_A_FACT_MAX: Final = 500
_LEAST: Final = dt.timedelta(seconds=0.9 * STEP_SECONDS)
_SELLING: Final = frozenset({EventStatus.ON_SALE, EventStatus.SOLD_OUT, EventStatus.LIVE})
_LETTING_IN: Final = frozenset({EventStatus.ON_SALE, EventStatus.LIVE})
_OVER: Final = frozenset({EventStatus.COMPLETED, EventStatus.CANCELLED})
_ENCODER: Final = msgspec.json.Encoder()

_log = log.logger("waitingroom.steering")


@dataclass(frozen=True, slots=True)
class Advance:
    """The positions of a lane after `before` up to `serving` may go in now."""

    lane: int
    before: int
    serving: int
    skipped: int
    """So many of them are nobody's any more."""


class Steering:
    """One a worker; safe to run in several at once."""

    def __init__(
        self,
        database: Database,
        *,
        book: RoomBook,
        standing: Standing,
        vitals: VitalSigns,
        tills: Tills,
        news: TurnNews,
    ) -> None:
        self._database = database
        self._book = book
        self._standing = standing
        self._vitals = vitals
        self._tills = tills
        self._news = news

    async def step(self) -> None:
        """A step of every room that nobody has steered in this second."""
        async with self._database.transaction() as session:
            rooms = await queries.steerable(
                session, limit=ROOMS_A_STEP_MAX, before=clock.now() - _LEAST
            )
        if not rooms:
            return
        read = await self._vitals.read()
        seen = None if read is None else Seen(*read, await self._tills.error_share())
        for event_id in rooms:
            try:
                await self.steer(event_id, seen=seen)
            except Exception as error:
                if as_unavailable(error) is not None:
                    raise
                # It is asked again in a second; the other lines go on meanwhile.
                _log.error("a room could not be steered", event_id=str(event_id), exc_info=error)

    async def steer(self, event_id: EventId, *, seen: Seen | None) -> None:
        """One step of one room; without `seen` nobody goes in."""
        facts = await sale_facts(self._database, event_id=event_id)
        if facts is None:
            return
        advanced: list[Advance] = []
        async with self._database.transaction() as session:
            row = await queries.lock_room(session, event_id=event_id)
            now = clock.now()
            if row is None or (row.steered_at is not None and now - row.steered_at < _LEAST):
                return
            if facts.status in _OVER:
                await queries.end_room(session, event_id=event_id, now=now)
                return
            if row.closed_at is None and facts.status in _SELLING:
                await queries.close_list(session, event_id=event_id, now=now)
                return
            if row.closed_at is None or row.drawn_at is not None:
                advanced = await self._move(session, row=row, facts=facts, seen=seen, now=now)
        if advanced:
            await self._tell(event_id, advanced)

    async def _tell(self, event_id: EventId, advanced: list[Advance]) -> None:
        """Those whose turn came and who listen; the others see it when they ask."""
        room = await self._book.read_again(event_id)
        for one in advanced:
            lane = room.lane(one.lane)
            assert lane is not None
            last = min(one.serving, one.before + one.skipped + TOLD_A_STEP_MAX)
            numbers = await self._book.numbers(room, lane=lane, first=one.before + 1, last=last)
            people = await queries.people_at(
                self._database, event_id=event_id, lane=one.lane, numbers=numbers
            )
            listening = await self._news.listening(list(people.values()))
            for number, user_id in people.items():
                if user_id in listening:
                    place = Place(one.lane, number, user_id)
                    answer = await self._standing.of(room, place, lane=lane)
                    told = {"eventId": event_id} | msgspec.to_builtins(answer)
                    await self._news.turn_came(user_id, payload=_ENCODER.encode(told))
            away = [user_id for user_id in people.values() if user_id not in listening]
            await self._note(room, one, away=away)

    async def _note(self, room: Room, turn: Advance, *, away: Sequence[UserId]) -> None:
        """Who is not there is told by who tells people; the inlet has no time for it."""
        turns = room.turns.get(turn.lane)
        came_at = None if turns is None else turns.of(turn.serving)
        if came_at is None:
            return
        until = dt.datetime.fromtimestamp(int(came_at) + PASS_SECONDS, dt.UTC)
        groups = [
            tuple(away[start : start + PEOPLE_A_FACT_MAX])
            for start in range(0, len(away), PEOPLE_A_FACT_MAX)
        ]
        news = [TurnsCame(event_id=room.event_id, user_ids=some, until=until) for some in groups]
        if news:
            async with self._database.transaction() as session:
                await record_all(session, news)

    async def _move(
        self,
        session: Session,
        *,
        row: RoomRow,
        facts: EventFacts,
        seen: Seen | None,
        now: dt.datetime,
    ) -> list[Advance]:
        connection = await session.driver()
        event_id = row.event_id
        asked = row.asked_per_minute
        if asked is None or facts.admit_per_minute is None:
            asked = facts.admit_per_minute or 0
        counts = (await totals(session, event_ids=[event_id])).get(event_id)
        left = None if counts is None else counts.available
        waiting = [lane.joined - lane.serving for lane in row.lanes]
        state = row.inlet or Inlet(rate=float(asked))
        count = 0
        goes = facts.status in _LETTING_IN and not row.is_paused and row.drawn_at is not None
        if seen is not None and goes and asked:
            since = (
                STEP_SECONDS if row.steered_at is None else (now - row.steered_at).total_seconds()
            )
            state = inlet.steered(state, seen=seen, asked=asked, seconds=since)
            lately = await queries.lately(
                connection, event_id=event_id, since=now - dt.timedelta(seconds=inlet.MINUTE)
            )
            room = await _room_inside(session, row=row, places_left=left, now=now)
            state, count = inlet.let_in(
                state, waiting=sum(waiting), lately=lately, asked=asked, room=room
            )
        else:
            state = replace(state, credit=min(state.credit, 1.0))
        shares = inlet.shared_out(count, waiting=waiting, shares=[lane.share for lane in row.lanes])
        advanced = [
            await self._passed(connection, event_id=event_id, lane=lane, many=many)
            for lane, many in zip(row.lanes, shares, strict=True)
            if many
        ]
        for one in advanced:
            await queries.advance(
                connection,
                event_id=event_id,
                lane=one.lane,
                serving=one.serving,
                skipped=one.skipped,
                now=now,
            )
        await queries.note_step(
            connection, event_id=event_id, inlet=state, places_left=left, now=now
        )
        if count or (sum(waiting) and row.drawn_at is not None):
            point = HistoryPoint(
                now, sum(waiting) - count, count, state.rate, seen and seen.p95_ms, left
            )
            await queries.note_history(connection, event_id=event_id, point=point)
        return advanced

    async def _passed(
        self, connection: Connection, *, event_id: EventId, lane: LaneRow, many: int
    ) -> Advance:
        """How far so many people go; who gave their place up holds up nobody behind."""
        room = await self._book.room(event_id)
        at, skipped = lane.serving, 0
        for _ in range(LOOKS_MAX):
            last = min(lane.joined, at + max(many, LOOK_LEAST))
            numbers = await self._book.numbers(room, lane=lane, first=at + 1, last=last)
            there = await queries.present(
                connection, event_id=event_id, lane=lane.lane, numbers=numbers
            )
            for number in numbers:
                at += 1
                if number in there:
                    many -= 1
                else:
                    skipped += 1
                if many == 0:
                    break
            if many == 0 or at >= lane.joined:
                break
        return Advance(lane.lane, lane.serving, at, skipped)


async def _room_inside(
    session: Session, *, row: RoomRow, places_left: int | None, now: dt.datetime
) -> int | None:
    """How many more the shop takes: nobody while nothing is free; None where nobody counts."""
    if places_left == 0:
        return 0
    if row.inside_max is None:
        return None
    connection = await session.driver()
    since = now - dt.timedelta(seconds=PASS_SECONDS)
    came = await queries.lately(connection, event_id=row.event_id, since=since)
    gone = await queries.gone_home(connection, event_id=row.event_id, since=since)
    return row.inside_max - (came - gone)
