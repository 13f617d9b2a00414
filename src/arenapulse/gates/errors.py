"""What a gate refuses; that there is no such ticket, orders says."""

from __future__ import annotations

import datetime as dt

from arenapulse.core import clock
from arenapulse.core.errors import NotFound, Refusal


class AlreadyIn(Refusal):
    """`details` has where and when: `{gate, deviceId, at}`."""

    code, status, message = "TICKET002", 409, "This ticket went in already."

    @classmethod
    def since(cls, *, gate: str, device_id: str, at: dt.datetime) -> AlreadyIn:
        return cls(details={"gate": gate, "deviceId": device_id, "at": clock.rfc3339(at)})


class NotHere(Refusal):
    """Another event, another gate, not at this time, or a code that was of another moment."""

    code, status, message = "TICKET003", 409, "This code is of another event, gate or time."


class OtherEvent(NotHere):
    message = "This ticket is for another event."


class CodeExpired(NotHere):
    message = "This code is no longer current. Show the ticket itself, not a picture of it."


class NotOpen(NotHere):
    message = "Nobody is let in at this time."


class OtherGate(NotHere):
    message = "This ticket does not go in at this gate."


class ScanOutOfTime(NotHere):
    message = "A scan is sent within 24 hours of its making, and never before."


class NoPaper(NotHere):
    message = "Printed codes are not taken at this event."


class NotInside(Refusal):
    code, status, message = "TICKET004", 409, "Nobody with this ticket is inside."


class DeviceLocked(Refusal):
    code, status, message = "AUTH004", 403, "This device was locked out."


class DeviceNotFound(NotFound):
    message = "There is no such device."
