"""Going before one's turn, or before one's time is over."""

from __future__ import annotations

from typing import Final

from arenapulse.core import clock
from arenapulse.core.errors import TooManyRequests
from arenapulse.core.ids import EventId, UserId
from arenapulse.events.salebook import Salebook
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.ratelimit import OwnCounts
from arenapulse.waitingroom import queries
from arenapulse.waitingroom.control import LeftView
from arenapulse.waitingroom.errors import NoWaitingRoom, PlaceNotFound
from arenapulse.waitingroom.roombook import RoomBook
from arenapulse.waitingroom.service import standing

LEAVES_MAX: Final = 10
LEAVES_SECONDS: Final = 3_600
"""So often a person leaves one line in this time, at one process."""


class Doorman:
    """One a process."""

    def __init__(
        self, database: Database, *, access: Access, salebook: Salebook, book: RoomBook
    ) -> None:
        self._database = database
        self._access = access
        self._salebook = salebook
        self._book = book
        self._left = OwnCounts()

    async def leave(self, *, actor: Actor, event_id: EventId, token: str) -> LeftView:
        """Gives one's own place up.

        Raises `EventNotFound`, `PlaceNotFound` for another's, and `TooManyRequests` for who comes
        and goes: each place that is left is one more for others to wait behind.
        """
        await self._salebook.visible(event_id, actor=actor, access=self._access)
        try:
            room = await self._book.room(event_id)
        except NoWaitingRoom:
            raise PlaceNotFound from None
        place = room.tokens.read(token)
        lane = None if place is None else room.lane(place.lane)
        if place is None or lane is None or place.user_id != actor.user_id:
            raise PlaceNotFound
        position = await self._book.position(room, lane=lane, number=place.number)
        is_inside = position is not None and standing.is_inside(
            room, lane=lane, position=position, now=clock.unix_seconds()
        )
        window = int(clock.unix_seconds()) // LEAVES_SECONDS
        times = self._left.add(f"{event_id}:{actor.user_id}", window=window, most=LEAVES_MAX + 1)
        if times > LEAVES_MAX:
            raise TooManyRequests(retry_after_seconds=LEAVES_SECONDS)
        lane_number, number = place.lane, place.number
        async with self._database.transaction() as session:
            if is_inside:
                left = await queries.go_home(
                    session,
                    event_id=event_id,
                    lane=lane_number,
                    number=number,
                    user_id=actor.user_id,
                    now=clock.now(),
                )
            else:
                left = await queries.leave(
                    session,
                    event_id=event_id,
                    lane=lane_number,
                    number=number,
                    user_id=actor.user_id,
                )
        return LeftView(left=left)


class PersonalPlaces:
    """For the erasure and the export of an account."""

    name = "waitingPlaces"

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        """A ticket stays in its list, where it says nothing of the person."""
        await queries.forget(session, user_id=user_id)

    async def export(self, session: Session, *, user_id: UserId) -> object:
        """Where the person waits or waited, and with which number."""
        places = await queries.places_of(session, user_id=user_id)
        return [
            {"eventId": str(event_id), "lane": lane, "number": number}
            for event_id, lane, number in places
        ]
