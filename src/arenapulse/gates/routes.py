"""The rules of an event's gates, and the devices that scan there. Scans are in `hot`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.gates.schemas import (
    DeviceBody,
    DeviceMade,
    DeviceRegistered,
    DeviceView,
    FlaggedScan,
    RegisterBody,
    RulesBody,
    RulesView,
)
from arenapulse.gates.service import devices, rules, watching
from arenapulse.identity.access import SignedIn, Visitor
from arenapulse.runtime.web.answer import answer, documented
from arenapulse.runtime.web.deps import Db, RuntimeDep, ServiceDb
from arenapulse.runtime.web.envelope import Envelope, ok
from arenapulse.runtime.web.idempotency import OnceDep
from arenapulse.runtime.web.provided import provided
from arenapulse.tickets.service import Keyrack

router = APIRouter(prefix="/api/v1", tags=["gates"])

Rack = Annotated[Keyrack, Depends(provided(Keyrack))]


@router.get("/events/{event_id}/gates/rules")
async def read_rules(
    event_id: UUID, actor: SignedIn, session: Db, rack: Rack
) -> Envelope[RulesView]:
    """Which tickets go in at which gate, paper, re-entry and zones; STAFF and up."""
    return ok(await rules.rules(session, actor=actor, event_id=EventId(event_id), rack=rack))


@router.put("/events/{event_id}/gates/rules")
async def set_rules(
    event_id: UUID, body: RulesBody, actor: SignedIn, session: Db, rack: Rack
) -> Envelope[RulesView]:
    """New rules, whole; MANAGER and up."""
    return ok(
        await rules.set_rules(
            session, actor=actor, event_id=EventId(event_id), body=body, rack=rack
        )
    )


@router.get("/events/{event_id}/gates/live", responses=documented("GateUpdate"))
async def read_live(event_id: UUID, actor: SignedIn, session: Db, runtime: RuntimeDep) -> Response:
    """How it goes at the gates, as `gate:update` says it while it moves; STAFF and up."""
    await watching.require_staff(session, actor=actor, event_id=EventId(event_id))
    return answer(
        await watching.counts(runtime.database, event_id=EventId(event_id), now=clock.now())
    )


@router.get("/events/{event_id}/gates/conflicts")
async def list_conflicts(
    event_id: UUID, actor: SignedIn, session: Db
) -> Envelope[list[FlaggedScan]]:
    """The last 100 scans that devices let in alone and the server flagged; STAFF and up."""
    return ok(await watching.flagged(session, actor=actor, event_id=EventId(event_id)))


@router.get("/events/{event_id}/gates/devices")
async def list_devices(event_id: UUID, actor: SignedIn, session: Db) -> Envelope[list[DeviceView]]:
    """The event's devices, newest first; STAFF and up."""
    return ok(await devices.devices(session, actor=actor, event_id=EventId(event_id)))


@router.post(
    "/events/{event_id}/gates/devices", status_code=201, response_model=Envelope[DeviceMade]
)
async def make_device(
    *,
    event_id: UUID,
    body: DeviceBody,
    actor: SignedIn,
    session: Db,
    runtime: RuntimeDep,
    once: OnceDep,
) -> Response:
    """The code that registers a device, once, in half an hour; MANAGER and up."""

    async def work() -> Envelope[DeviceMade]:
        return ok(
            await devices.make(
                session,
                actor=actor,
                event_id=EventId(event_id),
                body=body,
                base_url=runtime.settings.base_url,
                now=clock.now(),
            )
        )

    async def rights() -> None:
        await devices.require_manager(session, actor=actor, event_id=EventId(event_id))

    return await once(actor.user_id, work, rights=rights, status=201)


@router.delete("/events/{event_id}/gates/devices/{device_id}")
async def lock_out_device(
    *, event_id: UUID, device_id: UUID, actor: SignedIn, session: Db, rack: Rack
) -> Envelope[None]:
    """Locks a lost device out and changes the gate key it knows; MANAGER and up."""
    await devices.lock_out(
        session,
        actor=actor,
        event_id=EventId(event_id),
        device_id=device_id,
        rack=rack,
        now=clock.now(),
    )
    return ok(None)


@router.post("/gate-devices")
async def register_device(
    body: RegisterBody, actor: Visitor, session: ServiceDb
) -> Envelope[DeviceRegistered]:
    """Registers the device that read the code; the answer alone holds its secret."""
    return ok(await devices.register(session, code=body.code, actor=actor, now=clock.now()))
