"""Leaving the line, and the organizer's control of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.core.ids import EventId
from arenapulse.identity.access import SignedIn, SignedInPerson
from arenapulse.runtime.web.deps import Db
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided
from arenapulse.waitingroom.control import (
    ControlPatch,
    ControlView,
    LaneBody,
    LanePatch,
    LaneView,
    LeftView,
    PointView,
)
from arenapulse.waitingroom.service.laning import Lanes
from arenapulse.waitingroom.service.leaving import Doorman
from arenapulse.waitingroom.service.ruling import Control

router = APIRouter(prefix="/api/v1/events/{event_id}", tags=["waiting room"])

LanesDep = Annotated[Lanes, Depends(provided(Lanes))]
ControlDep = Annotated[Control, Depends(provided(Control))]
DoormanDep = Annotated[Doorman, Depends(provided(Doorman))]


@router.post("/queue/{token}/leave")
async def leave_line(
    *, event_id: UUID, token: str, actor: SignedInPerson, doorman: DoormanDep
) -> Envelope[LeftView]:
    """Gives one's place up; who had been let in makes room for the next."""
    return ok(await doorman.leave(actor=actor, event_id=EventId(event_id), token=token))


@router.get("/waiting-room")
async def read_control(
    *, event_id: UUID, actor: SignedIn, control: ControlDep
) -> Envelope[ControlView]:
    """How the waiting room stands, for its organizer; ANALYST and up."""
    return ok(await control.read(actor=actor, event_id=EventId(event_id)))


@router.patch("/waiting-room")
async def change_control(
    *, event_id: UUID, body: ControlPatch, actor: SignedIn, control: ControlDep
) -> Envelope[ControlView]:
    """The rate, a pause, the drain, a word to those who wait; MANAGER and up, and audited."""
    return ok(await control.change(actor=actor, event_id=EventId(event_id), patch=body))


@router.post("/waiting-room/lanes", status_code=201, response_model=Envelope[LaneView])
async def add_lane(
    *,
    event_id: UUID,
    body: LaneBody,
    actor: SignedIn,
    session: Db,
    lanes: LanesDep,
    once: OnceDep,
) -> Response:
    """A lane for who has its code: members, sponsors; MANAGER and up.

    Its name is its key: the same again is CONFLICT003.
    """

    async def work() -> Envelope[LaneView]:
        return ok(await lanes.add(session, actor=actor, event_id=EventId(event_id), body=body))

    rights = partial(lanes.require, session, actor=actor, event_id=EventId(event_id))
    return await once(actor.user_id, work, rights=rights, status=201)


@router.patch("/waiting-room/lanes/{lane}")
async def change_lane(
    *, event_id: UUID, lane: str, body: LanePatch, actor: SignedIn, session: Db, lanes: LanesDep
) -> Envelope[LaneView]:
    """How much of the inlet is the lane's, and its code; MANAGER and up.

    With another code nobody joins by the one of before; a lane that was ended is open again.
    """
    return ok(
        await lanes.change(session, actor=actor, event_id=EventId(event_id), lane=lane, patch=body)
    )


@router.delete("/waiting-room/lanes/{lane}")
async def end_lane(
    *, event_id: UUID, lane: str, actor: SignedIn, session: Db, lanes: LanesDep
) -> Envelope[LaneView]:
    """Nobody new joins the lane; who waits there keeps the place and goes in. MANAGER and up."""
    return ok(await lanes.end(session, actor=actor, event_id=EventId(event_id), lane=lane))


@router.get("/waiting-room/history")
async def read_history(
    *, event_id: UUID, actor: SignedIn, control: ControlDep
) -> Envelope[list[PointView]]:
    """The last quarter of an hour, second by second; ANALYST and up."""
    return ok(await control.history(actor=actor, event_id=EventId(event_id)))
