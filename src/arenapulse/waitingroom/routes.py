"""Leaving the line, and the organizer's control of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from arenapulse.core.ids import EventId
from arenapulse.identity.access import SignedIn, SignedInPerson
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.provided import provided
from arenapulse.waitingroom.control import (
    ControlPatch,
    ControlView,
    LaneBody,
    LaneView,
    LeftView,
    PointView,
    ShareBody,
)
from arenapulse.waitingroom.service.leaving import Doorman
from arenapulse.waitingroom.service.ruling import Control

router = APIRouter(prefix="/api/v1/events/{event_id}", tags=["waiting room"])

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


@router.post("/waiting-room/lanes", status_code=201)
async def add_lane(
    *, event_id: UUID, body: LaneBody, actor: SignedIn, control: ControlDep
) -> Envelope[LaneView]:
    """A lane for who has its code: members, sponsors; MANAGER and up.

    Its name is its key: the same again is CONFLICT003.
    """
    return ok(await control.add_lane(actor=actor, event_id=EventId(event_id), body=body))


@router.patch("/waiting-room/lanes/{lane}")
async def set_share(
    *, event_id: UUID, lane: str, body: ShareBody, actor: SignedIn, control: ControlDep
) -> Envelope[LaneView]:
    """How much of the inlet is the lane's; MANAGER and up."""
    return ok(
        await control.set_share(
            actor=actor, event_id=EventId(event_id), lane=lane, share=body.share
        )
    )


@router.get("/waiting-room/history")
async def read_history(
    *, event_id: UUID, actor: SignedIn, control: ControlDep
) -> Envelope[list[PointView]]:
    """The last quarter of an hour, second by second; ANALYST and up."""
    return ok(await control.history(actor=actor, event_id=EventId(event_id)))
