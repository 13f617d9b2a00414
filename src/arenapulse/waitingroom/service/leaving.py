"""Going before one's turn, or before one's time is over."""

from __future__ import annotations

from arenapulse.core import clock
from arenapulse.core.ids import EventId, UserId
from arenapulse.events.salebook import Salebook
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.db import Database, Session
from arenapulse.waitingroom import queries
from arenapulse.waitingroom.control import LeftView
from arenapulse.waitingroom.errors import NoWaitingRoom, PlaceNotFound
from arenapulse.waitingroom.roombook import RoomBook
from arenapulse.waitingroom.service import standing


class Doorman:
    """One a process."""

    def __init__(
        self, database: Database, *, access: Access, salebook: Salebook, book: RoomBook
    ) -> None:
        self._database = database
        self._access = access
        self._salebook = salebook
        self._book = book

    async def leave(self, *, actor: Actor, event_id: EventId, token: str) -> LeftView:
        """Gives one's own place up. Raises `EventNotFound`, and `PlaceNotFound` for another's."""
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
        async with self._database.transaction() as session:
            left = await queries.leave(
                session,
                event_id=event_id,
                lane=place.lane,
                number=place.number,
                user_id=actor.user_id,
            )
            if left and is_inside:
                await queries.go_home(session, event_id=event_id, now=clock.now())
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
