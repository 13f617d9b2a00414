"""How it stands with a place, and with the line: what those who wait are told."""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache
from typing import Final

from msgspec import UNSET, structs

from arenapulse.core import clock
from arenapulse.events.terms import EventStatus
from arenapulse.waitingroom.queries import LaneRow
from arenapulse.waitingroom.roombook import Room, RoomBook
from arenapulse.waitingroom.schemas import LaneServing, Place, QueueAnswer, Serving
from arenapulse.waitingroom.terms import EVERYBODY, PASS_SECONDS, Phase
from arenapulse.waitingroom.tokens import Passes

POLL_SECONDS_LEAST: Final = 3
POLL_SECONDS_MOST: Final = 20
POLL_SHARE: Final = 20
"""Who waits asks so often over their whole wait."""
WAIT_SECONDS_MOST: Final = 7 * 24 * 3600
# Before Python 3.12 a member looked up on its class costs a sixth of a microsecond; a poll asks
# five times.
_WAITING: Final = Phase.WAITING
_TURN: Final = Phase.TURN
_WAITS: Final = (_WAITING, Phase.LOBBY, Phase.DRAWING)
JOINABLE: Final = frozenset(
    {
        EventStatus.DRAFT,
        EventStatus.SCHEDULED,
        EventStatus.ON_SALE,
        EventStatus.SOLD_OUT,
        EventStatus.PAUSED,
        EventStatus.LIVE,
    }
)


class Standing:
    """One a process."""

    def __init__(self, book: RoomBook, *, passes: Passes) -> None:
        self._book = book
        self._passes = passes

    async def of(self, room: Room, place: Place, *, lane: LaneRow) -> QueueAnswer:
        """The answer of the queue calls; with a pass where it is this place's turn."""
        position = await self._book.position(room, lane=lane, number=place.number)
        return self._at(room, place, lane=lane, position=position, token=room.tokens.mint(place))

    def at_once(self, room: Room, place: Place, *, lane: LaneRow, token: str) -> QueueAnswer:
        """The same, by the token it has; raises `LookupError` where the draw has to be read."""
        position = self._book.position_at_once(room, lane=lane, number=place.number)
        return self._at(room, place, lane=lane, position=position, token=token)

    def _at(
        self, room: Room, place: Place, *, lane: LaneRow, position: int | None, token: str
    ) -> QueueAnswer:
        now = clock.now()
        turn_at = None if position is None else _turn_at(room, lane=lane, position=position)
        phase = _phase(room, lane=lane, position=position, turn_at=turn_at, now=now)
        shown = place.number if position is None else position
        ahead = max(0, shown - lane.serving - 1)
        wait = 0
        if phase in _WAITS:
            wait = wait_seconds(room, lane=lane, ahead=ahead)
        left = room.row.places_left
        answer = QueueAnswer(
            token=token,
            position=shown,
            ahead=ahead,
            estimated_wait_seconds=wait,
            phase=phase,
            lane=place.lane,
            ticket=room.tickets.of(place.user_id.bytes).hex(),
            poll_after_seconds=_poll_after(wait),
            places_left=UNSET if left is None else left,
            server_time=now,
        )
        if phase is not _TURN:
            return answer
        assert position is not None
        assert turn_at is not None
        return self._with_pass(room, answer, place=place, position=position, turn_at=turn_at)

    def _with_pass(
        self, room: Room, answer: QueueAnswer, *, place: Place, position: int, turn_at: float
    ) -> QueueAnswer:
        expires = int(turn_at) + PASS_SECONDS
        return structs.replace(
            answer,
            ahead=0,
            pass_=self._passes.mint(
                room.event_id, place=place, position=position, expires_at=expires
            ),
            pass_expires_at=dt.datetime.fromtimestamp(expires, dt.UTC),
        )


def serving(room: Room) -> Serving:
    """The same for all who wait."""
    row, first = room.row, room.row.lanes[EVERYBODY]
    left = row.places_left
    return Serving(
        phase=_phase_of_room(room),
        serving=first.serving,
        people=first.joined,
        per_minute=per_minute(room),
        paused=is_paused(room),
        closed=row.is_closed,
        places_left=UNSET if left is None else left,
        lanes=tuple(
            LaneServing(
                lane=lane.lane,
                name=lane.name,
                serving=lane.serving,
                people=lane.joined,
                ended=lane.is_ended,
                per_minute=lane_per_minute(room, lane.lane),
            )
            for lane in row.lanes
        ),
        message=UNSET if row.message is None else row.message,
        message_at=UNSET if row.message_at is None else row.message_at,
        at=clock.now(),
    )


def per_minute(room: Room) -> int:
    """How many go in a minute now."""
    if is_paused(room):
        return 0
    inlet = room.row.inlet
    asked = room.asked_per_minute
    return asked if inlet is None else min(asked, max(1, round(inlet.rate)))


def lane_per_minute(room: Room, number: int) -> float:
    """How many of a lane go in a minute, or would while nobody does; what its waits are told by."""
    pace = _pace(room, number)
    return 0.0 if pace is None else round(60 / pace, 3)


def is_paused(room: Room) -> bool:
    return room.row.is_paused or room.status is EventStatus.PAUSED


def wait_seconds(room: Room, *, lane: LaneRow, ahead: int) -> int:
    """By what goes in now, or what was asked for while nobody does."""
    pace = _pace(room, lane.lane)
    return (
        WAIT_SECONDS_MOST if pace is None else min(WAIT_SECONDS_MOST, math.ceil((ahead + 1) * pace))
    )


@lru_cache(maxsize=64)
def _pace(room: Room, number: int) -> float | None:
    """Seconds a place, the same for all who wait in the lane; None where nobody will go in."""
    # By its number: a row's hash is of all that it says.
    lane = room.lane(number)
    if lane is None:
        return None
    rate = per_minute(room) or room.asked_per_minute
    shares = sum(each.share for each in room.row.lanes if each.joined > each.serving) or 1
    share = lane.share / shares if lane.joined > lane.serving else 1.0
    return 60 / (rate * share) if rate * share > 0 else None


def is_over(room: Room, *, lane: LaneRow, position: int, now: float) -> bool:
    """Whether the time of this position to go in is over."""
    turn_at = _turn_at(room, lane=lane, position=position)
    return turn_at is not None and turn_at + PASS_SECONDS <= now


def is_inside(room: Room, *, lane: LaneRow, position: int, now: float) -> bool:
    """Whether this position was let in and still may order."""
    turn_at = _turn_at(room, lane=lane, position=position)
    return turn_at is not None and turn_at + PASS_SECONDS > now


def _turn_at(room: Room, *, lane: LaneRow, position: int) -> float | None:
    if position > lane.serving:
        return None
    turns = room.turns.get(lane.lane)
    return None if turns is None else turns.of(position)


def _phase(
    room: Room, *, lane: LaneRow, position: int | None, turn_at: float | None, now: dt.datetime
) -> Phase:
    if room.admit_per_minute is None:
        return Phase.OPEN
    if position is None:
        return Phase.LOBBY if lane.drawn is None else Phase.DRAWING
    if turn_at is None:
        return _WAITING
    return _TURN if int(turn_at) + PASS_SECONDS > now.timestamp() else Phase.MISSED


def _phase_of_room(room: Room) -> Phase:
    if room.admit_per_minute is None:
        return Phase.OPEN
    if room.row.drawn_at is not None:
        return Phase.WAITING
    return Phase.LOBBY if room.row.closed_at is None else Phase.DRAWING


def _poll_after(wait: int) -> int:
    return min(POLL_SECONDS_MOST, max(POLL_SECONDS_LEAST, wait // POLL_SHARE))
