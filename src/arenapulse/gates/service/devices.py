"""Devices at gates: registered by a QR code, handed the gate key, locked out."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Final
from uuid import UUID

from arenapulse.core.errors import StandsInTheWay
from arenapulse.core.ids import EventId, new_id
from arenapulse.gates import queries
from arenapulse.gates.errors import DeviceNotFound
from arenapulse.gates.schemas import DeviceBody, DeviceMade, DeviceRegistered, DeviceView
from arenapulse.gates.service.manifests import device_hash, session_of
from arenapulse.gates.service.rules import event_for
from arenapulse.gates.terms import DEVICES_MAX, REGISTRATION_MINUTES
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.tickets.service import Keyrack

_SECRET_BYTES: Final = 32


async def require_manager(session: Session, *, actor: Actor, event_id: EventId) -> None:
    """Raises `EventNotFound`, `Forbidden`."""
    await event_for(session, actor=actor, event_id=event_id, at_least=Role.MANAGER)


async def make(
    session: Session,
    *,
    actor: Actor,
    event_id: EventId,
    body: DeviceBody,
    base_url: str,
    now: dt.datetime,
) -> DeviceMade:
    """A device to be: its code registers it once; MANAGER and up.

    Raises `EventNotFound`, `Forbidden`, `StandsInTheWay` where the event has too many.
    """
    row = await event_for(session, actor=actor, event_id=event_id, at_least=Role.MANAGER)
    if len(await queries.devices(session, event_id=event_id, limit=DEVICES_MAX)) >= DEVICES_MAX:
        raise StandsInTheWay("An event has at most a thousand devices.")
    device_id, code = new_id(), secrets.token_urlsafe(_SECRET_BYTES)
    expires_at = now + dt.timedelta(minutes=REGISTRATION_MINUTES)
    await queries.add_device(
        session,
        device_id=device_id,
        event_id=event_id,
        organization_id=row.organization_id,
        name=body.name,
        gate=body.gate,
        code_hash=device_hash(code),
        made_by=actor.user_id,
        now=now,
        expires_at=expires_at,
    )
    await audit(
        session,
        organization_id=row.organization_id,
        action="gate_device.made",
        subject_id=event_id,
        details={"id": str(device_id), "name": body.name},
    )
    return DeviceMade(
        device_id=device_id,
        code=code,
        # After the #: no server and no log sees it.
        url=f"{base_url}/gate/{event_id}#device={code}",
        expires_at=expires_at,
    )


async def register(
    session: Session, *, code: str, actor: Actor | None, now: dt.datetime
) -> DeviceRegistered:
    """The device that read the code, with the secret it shows; `actor` is signed in there.

    Raises `DeviceNotFound` for a code that is none, was used, or is over.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = await queries.register_device(
        session,
        code_hash=device_hash(code),
        secret_hash=device_hash(secret),
        session_id=session_of(actor),
        now=now,
    )
    if row is None:
        raise DeviceNotFound
    return DeviceRegistered(
        device_id=row["id"],
        event_id=row["event_id"],
        secret=secret,
        name=row["name"],
        gate=row["gate"],
    )


async def devices(session: Session, *, actor: Actor, event_id: EventId) -> list[DeviceView]:
    """The event's devices, newest first; STAFF and up."""
    await event_for(session, actor=actor, event_id=event_id, at_least=Role.STAFF)
    rows = await queries.devices(session, event_id=event_id, limit=DEVICES_MAX)
    return [
        DeviceView(
            device_id=row["id"],
            name=row["name"],
            gate=row["gate"],
            registered=row["registered_at"] is not None,
            revoked=row["revoked_at"] is not None,
            created_at=row["created_at"],
            seen_at=row["seen_at"],
        )
        for row in rows
    ]


async def lock_out(
    session: Session,
    *,
    actor: Actor,
    event_id: EventId,
    device_id: UUID,
    rack: Keyrack,
    now: dt.datetime,
) -> None:
    """A lost device scans no more, and the gate key it knows is changed; MANAGER and up.

    The other devices and the wallets fetch the new key by themselves. Raises `EventNotFound`,
    `Forbidden`, `DeviceNotFound`.
    """
    row = await event_for(session, actor=actor, event_id=event_id, at_least=Role.MANAGER)
    was_registered = await queries.revoke_device(
        session, event_id=event_id, device_id=device_id, now=now
    )
    if was_registered is None:
        raise DeviceNotFound
    await audit(
        session,
        organization_id=row.organization_id,
        action="gate_device.ended",
        subject_id=event_id,
        details={"id": str(device_id)},
    )
    if was_registered:
        await rack.change_gate_key(session, event_id=event_id, now=now)
