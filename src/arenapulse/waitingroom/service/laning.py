"""Lanes: opened for who has a code, shared out, given another code, ended; all of it audited."""

from __future__ import annotations

from functools import partial
from typing import Any

from arenapulse.core.ids import EventId
from arenapulse.core.names import key
from arenapulse.events.queries import EventRow
from arenapulse.events.service import get_to_change
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.waitingroom import queries
from arenapulse.waitingroom.control import LaneBody, LanePatch, LaneView
from arenapulse.waitingroom.errors import EverybodysLane, LaneNameTaken, LaneNotFound, TooManyLanes
from arenapulse.waitingroom.queries import LaneRow, RoomRow
from arenapulse.waitingroom.roombook import RoomBook
from arenapulse.waitingroom.terms import EVERYBODY, LANES_MAX


class Lanes:
    """One a process. Each call is for MANAGER and up."""

    def __init__(self, *, book: RoomBook) -> None:
        self._book = book

    async def require(self, session: Session, *, actor: Actor, event_id: EventId) -> EventRow:
        """Raises `EventNotFound` and `Forbidden`."""
        return await get_to_change(session, actor=actor, event_id=event_id)

    async def add(
        self, session: Session, *, actor: Actor, event_id: EventId, body: LaneBody
    ) -> LaneView:
        """A lane of its own for who has the code.

        Raises `NoWaitingRoom`, `LaneNameTaken` and `TooManyLanes`.
        """
        event = await self.require(session, actor=actor, event_id=event_id)
        # The first who asks makes the room.
        await self._book.room(event_id)
        room = await queries.lock_room(session, event_id=event_id)
        assert room is not None
        if len(room.lanes) >= LANES_MAX:
            raise TooManyLanes
        lane = LaneRow(
            lane=len(room.lanes),
            name=body.name,
            code_key=key(body.code),
            share=body.share,
            joined=0,
            # Of a lane that opens after the draw nobody is drawn.
            drawn=None if room.closed_at is None else 0,
            serving=0,
        )
        if not await queries.add_lane(
            session, event_id=event_id, lane=lane, name_key=key(body.name)
        ):
            raise LaneNameTaken
        details = {"lane": lane.lane, "name": body.name, "share": body.share}
        await self._note(session, event=event, what="lane_added", details=details)
        return lane_view(lane)

    async def change(
        self, session: Session, *, actor: Actor, event_id: EventId, lane: str, patch: LanePatch
    ) -> LaneView:
        """Its share of the inlet, its code; who is in there already keeps the place.

        A code opens a lane again that was ended. Raises `LaneNotFound`, `LaneNameTaken` where
        another lane has the code, and `EverybodysLane`.
        """
        event = await self.require(session, actor=actor, event_id=event_id)
        room, before = await _locked(session, event_id=event_id, lane=lane)
        number, share, code_key = before.lane, before.share, before.code_key
        if "code" in patch.model_fields_set:
            code_key = key(patch.code)
            _require_own_code(room, before, code_key=code_key)
            details = {"lane": number, "name": before.name, "opened": before.is_ended}
            await self._note(session, event=event, what="lane_code", details=details)
        if "share" in patch.model_fields_set:
            share = patch.share
            details = {"lane": number, "before": before.share, "after": share}
            await self._note(session, event=event, what="share", details=details)
        return await self._kept(session, event_id=event_id, lane=before, code=code_key, share=share)

    async def end(
        self, session: Session, *, actor: Actor, event_id: EventId, lane: str
    ) -> LaneView:
        """Nobody new joins by its code any more; who waits there goes in as before.

        Ended already it is the same answer. Raises `LaneNotFound` and `EverybodysLane`.
        """
        event = await self.require(session, actor=actor, event_id=event_id)
        _, before = await _locked(session, event_id=event_id, lane=lane)
        if before.lane == EVERYBODY:
            raise EverybodysLane
        if before.is_ended:
            return lane_view(before)
        details = {"lane": before.lane, "name": before.name, "people": before.joined}
        await self._note(session, event=event, what="lane_ended", details=details)
        return await self._kept(
            session, event_id=event_id, lane=before, code=None, share=before.share
        )

    async def _kept(
        self, session: Session, *, event_id: EventId, lane: LaneRow, code: str | None, share: int
    ) -> LaneView:
        kept = await queries.set_lane(
            session, event_id=event_id, lane=lane.lane, code_key=code, share=share
        )
        return lane_view(kept)

    async def _note(
        self, session: Session, *, event: EventRow, what: str, details: dict[str, Any]
    ) -> None:
        await audit(
            session,
            organization_id=event.organization_id,
            action=f"waitingroom.{what}",
            subject_id=event.id,
            details=details,
        )
        session.after_commit(partial(self._book.forget, EventId(event.id)))


async def _locked(session: Session, *, event_id: EventId, lane: str) -> tuple[RoomRow, LaneRow]:
    room = await queries.lock_room(session, event_id=event_id)
    found = room and next((each for each in room.lanes if str(each.lane) == lane), None)
    if room is None or found is None:
        raise LaneNotFound
    return room, found


def _require_own_code(room: RoomRow, lane: LaneRow, *, code_key: str) -> None:
    if lane.lane == EVERYBODY:
        raise EverybodysLane
    if any(each.code_key == code_key and each is not lane for each in room.lanes):
        raise LaneNameTaken


def lane_view(lane: LaneRow) -> LaneView:
    return LaneView(
        lane=lane.lane,
        name=lane.name,
        share=lane.share,
        has_code=lane.code_key is not None,
        ended=lane.is_ended,
        people=lane.joined,
        serving=lane.serving,
    )
