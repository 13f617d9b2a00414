"""What an organizer sees and decides of a waiting room; every decision is in the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventRow, find
from arenapulse.events.service import get_to_change
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Database, Session
from arenapulse.waitingroom import queries
from arenapulse.waitingroom.control import ControlPatch, ControlView, PointView
from arenapulse.waitingroom.queries import RoomRow
from arenapulse.waitingroom.roombook import Room, RoomBook
from arenapulse.waitingroom.service import standing
from arenapulse.waitingroom.service.laning import lane_view
from arenapulse.waitingroom.terms import PASS_SECONDS

HISTORY_SECONDS: Final = 900


class Control:
    """One a process."""

    def __init__(self, database: Database, *, book: RoomBook) -> None:
        self._database = database
        self._book = book

    async def read(self, *, actor: Actor, event_id: EventId) -> ControlView:
        """ANALYST and up. Raises `EventNotFound`, `Forbidden` and `NoWaitingRoom`."""
        async with self._database.transaction() as session:
            await _require_to_look(session, actor=actor, event_id=event_id)
        return await self._view(event_id)

    async def change(self, *, actor: Actor, event_id: EventId, patch: ControlPatch) -> ControlView:
        """Changes the fields that were sent, from the next step on; MANAGER and up."""
        given = patch.model_dump(exclude_unset=True)
        async with self._database.transaction() as session:
            event = await get_to_change(session, actor=actor, event_id=event_id)
        await self._book.room(event_id)
        async with self._database.transaction() as session:
            before = await _lock(session, event_id=event_id)
            await queries.set_control(
                session, event_id=event_id, control=_merged(before, given, now=clock.now())
            )
            if given:
                details = {"before": _told(before, given), "after": given}
                await _note(session, event=event, what="changed", details=details)
        return await self._view(event_id)

    async def history(self, *, actor: Actor, event_id: EventId) -> list[PointView]:
        """The last quarter of an hour, a point a second while somebody waited; ANALYST and up."""
        async with self._database.transaction() as session:
            await _require_to_look(session, actor=actor, event_id=event_id)
            points = await queries.history(
                session,
                event_id=event_id,
                since=clock.now() - dt.timedelta(seconds=HISTORY_SECONDS),
            )
        return [PointView.model_validate(point) for point in points]

    async def _view(self, event_id: EventId) -> ControlView:
        room = await self._book.read_again(event_id)
        since = clock.now() - dt.timedelta(seconds=PASS_SECONDS)
        async with self._database.transaction() as session:
            connection = await session.driver()
            came = await queries.lately(connection, event_id=event_id, since=since)
            gone = await queries.gone_home(connection, event_id=event_id, since=since)
        return _view(room, inside=max(0, came - gone))


async def _require_to_look(session: Session, *, actor: Actor, event_id: EventId) -> None:
    row = await find(session, event_id=event_id)
    await require_role(
        session,
        actor=actor,
        organization_id=row.organization_id,
        at_least=Role.ANALYST,
        hidden=EventNotFound,
    )


async def _lock(session: Session, *, event_id: EventId) -> RoomRow:
    row = await queries.lock_room(session, event_id=event_id)
    assert row is not None
    return row


def _merged(before: RoomRow, given: dict[str, Any], *, now: dt.datetime) -> queries.Settings:
    message = given.get("message", before.message)
    return queries.Settings(
        asked_per_minute=given.get("admit_per_minute", before.asked_per_minute),
        inside_max=given.get("inside_max", before.inside_max),
        is_paused=given.get("paused", before.is_paused),
        is_closed=given.get("draining", before.is_closed),
        message=message,
        message_at=now if message and "message" in given else message and before.message_at,
    )


def _told(room: RoomRow, names: Collection[str]) -> dict[str, Any]:
    """What these of its rules are, as the contract calls them."""
    rules = {
        "admit_per_minute": room.asked_per_minute,
        "inside_max": room.inside_max,
        "paused": room.is_paused,
        "draining": room.is_closed,
        "message": room.message,
    }
    return {name: rules[name] for name in names}


async def _note(session: Session, *, event: EventRow, what: str, details: dict[str, Any]) -> None:
    await audit(
        session,
        organization_id=event.organization_id,
        action=f"waitingroom.{what}",
        subject_id=event.id,
        details=details,
    )


def _view(room: Room, *, inside: int) -> ControlView:
    row = room.row
    told = standing.serving(room)
    return ControlView(
        phase=told.phase,
        admit_per_minute=room.asked_per_minute,
        per_minute=told.per_minute,
        inside=inside,
        inside_max=row.inside_max,
        waiting=sum(lane.joined - lane.serving for lane in row.lanes),
        paused=row.is_paused,
        draining=row.is_closed,
        message=row.message,
        message_at=row.message_at,
        places_left=row.places_left,
        seal=row.seal.hex(),
        drawn_at=row.drawn_at,
        lanes=[lane_view(lane) for lane in row.lanes],
    )
