"""Scans as they come in and go out, and what stands for an event at its gates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from pydantic import Field, StringConstraints

from arenapulse.core.ids import EventId, SectionId, TicketId
from arenapulse.gates.terms import (
    BATCH_MAX,
    CODE_CHARACTERS_MAX,
    GATES_MAX,
    ID_CHARACTERS_MAX,
    LABEL_CHARACTERS_MAX,
    PASSBACK_SECONDS_MAX,
    SECTIONS_MAX,
    ZONES_MAX,
)
from arenapulse.orders.schemas import TicketDetails
from arenapulse.runtime.web.envelope import Body, Label, View

GateLabel = Annotated[str, Meta(min_length=1, max_length=LABEL_CHARACTERS_MAX)]
Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARACTERS_MAX, pattern=r"^[\x21-\x7e]+$")]


class CheckIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A scan: a `code`, or a `ticketId` that somebody at the gate found by name."""

    gate: GateLabel
    device_id: Id
    client_id: Id
    code: Annotated[str, Meta(min_length=1, max_length=CODE_CHARACTERS_MAX)] | None = None
    ticket_id: UUID | None = None
    scanned_at: Annotated[dt.datetime, Meta(tz=True)] | None = None
    direction: Literal["IN", "OUT"] = "IN"


class CheckIns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    checkins: Annotated[list[CheckIn], Meta(min_length=1, max_length=BATCH_MAX)]


class Admission(msgspec.Struct, frozen=True, rename="camel"):
    """`again` says that the scan is known by its `clientId`: this was its first answer.

    `printedSeat` is the number that stands on the seat, where it is another than `ticket.seat`.
    """

    client_id: str
    result: Literal["ADMITTED", "LEFT"]
    ticket: TicketDetails
    again: bool = False
    printed_seat: int | UnsetType = UNSET


class AdmissionEnvelope(msgspec.Struct, frozen=True):
    data: Admission
    success: Literal[True] = True


class ScanError(msgspec.Struct, frozen=True):
    code: str
    message: str
    details: Any = UNSET


class ScanResult(msgspec.Struct, frozen=True, rename="camel"):
    """CONFLICT: somebody went in whom we would have refused; it is recorded and flagged.

    `printedSeat` is the number that stands on the seat, where it is another than `ticket.seat`.
    """

    client_id: str
    result: Literal["ADMITTED", "LEFT", "CONFLICT", "REFUSED"]
    ticket: TicketDetails | UnsetType = UNSET
    error: ScanError | UnsetType = UNSET
    printed_seat: int | UnsetType = UNSET


class ScanResults(msgspec.Struct, frozen=True):
    results: list[ScanResult]


class ScanResultsEnvelope(msgspec.Struct, frozen=True):
    data: ScanResults
    success: Literal[True] = True


class PastScan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan of an order's ticket, as it was recorded."""

    number: int
    scanned_at: dt.datetime
    result: str
    gate: str
    is_entry: bool
    """Flagged or not, somebody came in."""


class GateSection(msgspec.Struct, frozen=True):
    id: SectionId
    name: str
    gate: str | UnsetType = UNSET


class ManifestTicket(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """VOID is every ticket that lets nobody in. `name` is there for registered devices alone.

    `printedSeat` is the number that stands on the seat, where it is another than `seat`.
    """

    ticket_id: TicketId
    status: str
    section_id: SectionId
    version: int = 0
    row: str | None = None
    seat: int | None = None
    inside: bool | None = None
    gate: str | None = None
    at: dt.datetime | None = None
    name: str | None = None
    printed_seat: int | None = None


class GateRule(msgspec.Struct, frozen=True):
    """Who may go in at a gate: `sections` are ids, or `*` for all; a gate may lead to a zone."""

    sections: list[str]
    zone: str | None = None


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """What a gate needs to decide without a network.

    With `since` the tickets are those that changed after it, as they are now; `isWhole` says that
    they are all there are. `gateKey` (base64url) checks the rotating digits; registered devices
    alone get it.
    """

    event_id: EventId
    sequence: int
    is_whole: bool
    status: str
    start_time: dt.datetime
    end_time: dt.datetime
    public_keys: list[str]
    key_generation: int
    step_seconds: int
    printed_codes: bool
    reentry: bool
    passback_seconds: int
    gates: dict[str, GateRule]
    sections: Sequence[GateSection]
    admitted: int
    inside: int
    tickets: Sequence[ManifestTicket]
    gate_key: str | UnsetType = UNSET


class ManifestEnvelope(msgspec.Struct, frozen=True):
    data: Manifest
    success: Literal[True] = True


class GateCount(msgspec.Struct, frozen=True, rename="camel"):
    gate: str
    admitted: int
    per_minute: int


class ZoneCount(msgspec.Struct, frozen=True, rename="camel"):
    """How many are inside; `alarm` is there from nine tenths of the capacity on."""

    zone: str
    inside: int
    capacity: int | None = None
    alarm: Literal["NEAR", "FULL"] | None = None


class GateAdvice(msgspec.Struct, frozen=True, rename="camel"):
    """A gate that lags behind what it did and what the others do, and where to send people."""

    gate: str
    kind: Literal["SLOW", "STOPPED"]
    send_to: str | None = None


class GateUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """How many went in ever, how many are inside, how many came in the last minute."""

    event_id: EventId
    admitted: int
    inside: int
    per_minute: int
    gates: list[GateCount]
    zones: list[ZoneCount] = []
    advice: list[GateAdvice] = []


class ZoneBody(Body):
    name: Label
    capacity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None


class GateBody(Body):
    """`section_ids` empty or left out: everybody may go in here."""

    name: Label
    section_ids: Annotated[list[UUID], Field(max_length=SECTIONS_MAX)] = Field(
        default_factory=list[UUID]
    )
    zone: Label | None = None


class RulesBody(Body):
    """`gates` empty: any label will do, and everybody may go in anywhere."""

    printed_codes: bool = False
    reentry: bool = False
    passback_seconds: Annotated[int, Field(strict=True, ge=0, le=PASSBACK_SECONDS_MAX)] = 0
    gates: Annotated[list[GateBody], Field(max_length=GATES_MAX)] = Field(
        default_factory=list[GateBody]
    )
    zones: Annotated[list[ZoneBody], Field(max_length=ZONES_MAX)] = Field(
        default_factory=list[ZoneBody]
    )


class ZoneView(View):
    name: str
    capacity: int | None = None


class GateView(View):
    name: str
    section_ids: list[UUID]
    zone: str | None = None


class RulesView(View):
    printed_codes: bool
    reentry: bool
    passback_seconds: int
    gates: list[GateView]
    zones: list[ZoneView]


class DeviceBody(Body):
    name: Label
    gate: Label | None = None


class RegisterBody(Body):
    code: Annotated[str, StringConstraints(min_length=16, max_length=64, pattern=r"^[\x21-\x7e]+$")]


class DeviceView(View):
    device_id: UUID
    name: str
    gate: str | None
    registered: bool
    revoked: bool
    created_at: dt.datetime
    seen_at: dt.datetime | None


FlagReason = Literal[
    "ALREADY_IN",
    "OLD_CODE",
    "NOT_VALID",
    "NOT_INSIDE",
    "NOT_OPEN",
    "WRONG_GATE",
    "NO_PAPER",
    "EXPIRED",
]


class FlaggedScan(View):
    """Somebody was let in without a network whom the server would have refused, and why.

    `firstGate` and `firstAt` are of who went in with the same ticket; `seat` counts from 1, as in
    the ticket, whatever stands on it.
    """

    client_id: str
    reason: FlagReason
    ticket_id: TicketId
    section_id: SectionId
    row: str | None
    seat: int | None
    gate: str
    device_id: str
    device_name: str | None
    scanned_at: dt.datetime
    recorded_at: dt.datetime
    first_gate: str | None
    first_at: dt.datetime | None


class DeviceMade(View):
    """`code` registers the device once, until `expires_at`; `url` is what its QR code says."""

    device_id: UUID
    code: str
    url: str
    expires_at: dt.datetime


class DeviceRegistered(View):
    """`secret` is shown once; the device sends it as `X-Gate-Device`."""

    device_id: UUID
    event_id: UUID
    secret: str
    name: str
    gate: str | None
