"""Scans and manifests: the hottest endpoints of an evening. No vendor, no Redis, no ORM."""

from __future__ import annotations

import asyncio
import datetime as dt
import zlib
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from msgspec import UNSET

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden, Invalid, Refusal
from arenapulse.core.ids import EventId, TicketId
from arenapulse.events.errors import EventNotFound
from arenapulse.events.salebook import Salebook, SaleFacts
from arenapulse.gates.batcher import Turnstile
from arenapulse.gates.errors import OtherEvent, ScanOutOfTime
from arenapulse.gates.operations import operation
from arenapulse.gates.scanning import ANY_VERSION, Scan, Verdict, printed_seat
from arenapulse.gates.schemas import (
    Admission,
    AdmissionEnvelope,
    CheckIn,
    CheckIns,
    GateUpdate,
    ManifestEnvelope,
    ScanError,
    ScanResult,
    ScanResults,
    ScanResultsEnvelope,
)
from arenapulse.gates.service.lockouts import Lockouts
from arenapulse.gates.service.manifests import Manifests
from arenapulse.gates.terms import OFFLINE_MAX, SKEW_MAX
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import holding
from arenapulse.orders.errors import TicketNotFound
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.priority import briefly
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.web.decoding import decode, decoder
from arenapulse.runtime.web.encoding import accepts
from arenapulse.runtime.web.hot import HotRequest, HotResponse, HotRoute, Later
from arenapulse.tickets import ticketcode
from arenapulse.tickets.service import Codes, Keyrack
from arenapulse.venues.seatmap import Chart

_ENCODER: Final = msgspec.json.Encoder()
_ONE: Final = decoder(CheckIn)
_MANY: Final = decoder(CheckIns)
_NO_STORE: Final = (b"cache-control", b"no-store")
_PACK_LEVEL: Final = 3
_GZIP_FORMAT: Final = 31
DEVICE_HEADER: Final = b"x-gate-device"


class Gate:
    """Who asks, of which event, and what a code says; one a process."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        access: Access,
        salebook: Salebook,
        rack: Keyrack,
        lockouts: Lockouts,
    ) -> None:
        self._limiter = runtime.limiter
        self._access = access
        self._salebook = salebook
        self._rack = rack
        self._lockouts = lockouts

    async def admit(self, request: HotRequest) -> tuple[Actor, EventId, SaleFacts]:
        """The member with STAFF's rights who asks.

        Raises `NotAuthenticated`, `TooManyRequests`, `EventNotFound` to strangers, `Forbidden`.
        """
        actor = await self._access.authenticate_header(request.headers.get(b"authorization"))
        self.count(request, actor=actor)
        event_id = _event_id(request.params["event_id"])
        facts = await self._salebook.facts(event_id)
        role = await self._access.role_in(actor, organization_id=facts.organization_id)
        if role is None:
            raise EventNotFound
        if not role.covers(Role.STAFF):
            raise Forbidden
        return actor, event_id, facts

    def known(self, request: HotRequest) -> Watch | None:
        """The same by what is in mind, and nothing is counted; None where something is not."""
        actor = self._access.by_token(request.headers.get(b"authorization"))
        if actor is None:
            return None
        event_id = _event_id(request.params["event_id"])
        facts, codes = self._salebook.known(event_id), self._rack.known(event_id)
        if facts is None or codes is None:
            return None
        role = self._access.known_role(actor, organization_id=facts.organization_id)
        if role is None or not role.covers(Role.STAFF):
            return None
        if not self._lockouts.is_clear(actor, organization_id=facts.organization_id):
            return None
        return Watch(actor, event_id, facts, codes)

    async def require_clear(self, actor: Actor, *, facts: SaleFacts) -> None:
        """Raises `DeviceLocked` for a sign-in that spoke as a device which is locked out."""
        await self._lockouts.require_clear(actor, organization_id=facts.organization_id)

    def count(self, request: HotRequest, *, actor: Actor) -> None:
        """Raises `TooManyRequests`."""
        now = clock.unix_seconds()
        request.obey(self._limiter.by_account(RateClass.GATE, actor.user_id, now_seconds=now))

    async def watch(self, request: HotRequest) -> Watch:
        """Who asks, and what codes are judged by; raises as `admit` does, and `DeviceLocked`."""
        actor, event_id, facts = await self.admit(request)
        await self.require_clear(actor, facts=facts)
        return Watch(actor, event_id, facts, await self._rack.codes(event_id))


class Watch(msgspec.Struct, frozen=True):
    """A member at an event's gates."""

    actor: Actor
    event_id: EventId
    facts: SaleFacts
    codes: Codes

    def read(self, asked: CheckIn, *, now: dt.datetime, is_offline: bool) -> Scan:
        """The scan as the batch takes it.

        Raises `TicketNotFound` for what is no code of ours, `OtherEvent`, and `ScanOutOfTime`.
        """
        # On line it is our clock that counts, whatever a device's says: for the code, for the hours
        # in which a gate is open, and for how soon somebody may come back.
        scanned_at = (asked.scanned_at or now) if is_offline else now
        if not now - OFFLINE_MAX <= scanned_at <= now + SKEW_MAX:
            raise ScanOutOfTime
        version, is_printed, is_fresh = ANY_VERSION, False, True
        if asked.ticket_id is not None:
            ticket_id = asked.ticket_id
        else:
            try:
                code = ticketcode.parse(asked.code or "")
            except ticketcode.Malformed:
                raise TicketNotFound from None
            if code.payload.event_id != self.event_id:
                raise OtherEvent
            if not self.codes.keys.is_genuine(code):
                raise TicketNotFound
            ticket_id, version = code.payload.ticket_id, code.payload.version
            is_printed = code.payload.is_printed
            if code.digits is not None:
                # On line no key of before makes a code.
                unix = scanned_at.timestamp()
                known = self.codes.at(unix) if is_offline else (self.codes.keys,)
                is_fresh = any(
                    ticketcode.is_in_time(code.digits, key=k.ticket_key(code.payload), unix=unix)
                    for k in known
                )
        order_id, number = holding.parts(TicketId(ticket_id))
        return Scan(
            event_id=self.event_id,
            organization_id=self.facts.organization_id,
            order_id=order_id,
            number=number,
            ticket_id=TicketId(ticket_id),
            version=version,
            client_id=asked.client_id,
            gate=asked.gate,
            device_id=asked.device_id,
            scanned_at=min(scanned_at, now),
            is_offline=is_offline,
            is_out=asked.direction == "OUT",
            is_printed=is_printed,
            is_fresh=is_fresh,
            actor_id=self.actor.user_id,
        )


class CheckInOne:
    """POST …/checkins."""

    def __init__(self, gate: Gate, *, turnstile: Turnstile) -> None:
        self._gate = gate
        self._turnstile = turnstile

    def at_once(self, request: HotRequest) -> Later | None:
        """Nearly every scan: who asks, the event and its keys are known; nothing is looked up."""
        watch = self._gate.known(request)
        if watch is None:
            return None
        self._gate.count(request, actor=watch.actor)
        judged = self._turnstile.put(_one(request, watch=watch))
        return Later(judged, partial(_admitted, chart=watch.facts.chart))

    async def __call__(self, request: HotRequest) -> HotResponse:
        watch = await self._gate.watch(request)
        judged = self._turnstile.put(_one(request, watch=watch))
        await asyncio.wait((judged,))
        return _admitted(judged, chart=watch.facts.chart)


class CheckInMany:
    """POST …/checkins/batch: what a device did while it had no network."""

    def __init__(self, gate: Gate, *, turnstile: Turnstile) -> None:
        self._gate = gate
        self._turnstile = turnstile

    async def __call__(self, request: HotRequest) -> HotResponse:
        watch = await self._gate.watch(request)
        asked = decode(request.body, by=_MANY)
        for number, each in enumerate(asked.checkins):
            _require_one(each, field=f"checkins.{number}.code")
        now = clock.now()
        judged: list[ScanResult | asyncio.Future[Verdict]] = []
        for each in asked.checkins:
            try:
                judged.append(self._turnstile.put(watch.read(each, now=now, is_offline=True)))
            except (TicketNotFound, OtherEvent, ScanOutOfTime) as refusal:
                judged.append(_refused(each.client_id, refusal))
        # All of them, whatever becomes of one.
        waited = [each for each in judged if isinstance(each, asyncio.Future)]
        if waited:
            await asyncio.wait(waited)
        chart = watch.facts.chart
        results = [
            each if isinstance(each, ScanResult) else _result(each.result(), chart=chart)
            for each in judged
        ]
        body = _ENCODER.encode(ScanResultsEnvelope(ScanResults(results)))
        return HotResponse(200, body, [_NO_STORE])


class ReadManifest:
    """GET …/checkins/manifest."""

    def __init__(self, gate: Gate, *, manifests: Manifests) -> None:
        self._gate = gate
        self._manifests = manifests

    async def __call__(self, request: HotRequest) -> HotResponse:
        actor, event_id, facts = await self._gate.admit(request)
        secret = request.headers.get(DEVICE_HEADER)
        if secret is None:
            await self._gate.require_clear(actor, facts=facts)
        view = await self._manifests.make(
            event_id,
            actor=actor,
            facts=facts,
            since=_since(request.query),
            secret=None if secret is None else secret.decode("latin-1"),
        )
        headers = [_NO_STORE, (b"vary", b"Accept-Encoding, Origin")]
        accepted = request.headers.get(b"accept-encoding", b"").decode("latin-1")
        if not accepts(accepted, encoding="gzip"):
            return HotResponse(200, await briefly(_encoded, view), headers)
        body = await briefly(_packed, view)
        return HotResponse(200, body, [*headers, (b"content-encoding", b"gzip")])


def _encoded(view: Any) -> bytes:
    return _ENCODER.encode(ManifestEnvelope(view))


def _packed(view: Any) -> bytes:
    """Nothing a stranger can choose stands beside the key, so its length tells nothing."""
    packer = zlib.compressobj(_PACK_LEVEL, zlib.DEFLATED, _GZIP_FORMAT)
    return packer.compress(_encoded(view)) + packer.flush()


def _one(request: HotRequest, *, watch: Watch) -> Scan:
    asked = decode(request.body, by=_ONE)
    _require_one(asked, field="code")
    return watch.read(asked, now=clock.now(), is_offline=False)


def _admitted(judged: asyncio.Future[Verdict], *, chart: Chart) -> HotResponse:
    """Raises the refusal of who is not let in."""
    verdict = judged.result()
    if verdict.refusal is not None:
        raise verdict.refusal
    assert verdict.ticket is not None, "who is let in has a ticket"
    view = Admission(
        client_id=verdict.scan.client_id,
        result="LEFT" if verdict.scan.is_out else "ADMITTED",
        ticket=verdict.ticket,
        again=verdict.is_replay,
        printed_seat=printed_seat(verdict, chart=chart),
    )
    return HotResponse(200, _ENCODER.encode(AdmissionEnvelope(view)), [_NO_STORE])


def _require_one(asked: CheckIn, *, field: str) -> None:
    if (asked.code is None) == (asked.ticket_id is None):
        raise Invalid.on(field, "give a code, or the ticketId of who was found by name")


def _result(verdict: Verdict, *, chart: Chart) -> ScanResult:
    scan, refusal = verdict.scan, verdict.refusal
    if refusal is None:
        result = "LEFT" if scan.is_out else "ADMITTED"
    else:
        result = "CONFLICT" if verdict.is_conflict else "REFUSED"
    return ScanResult(
        client_id=scan.client_id,
        result=result,
        ticket=UNSET if verdict.ticket is None else verdict.ticket,
        error=UNSET if refusal is None else _error(refusal),
        printed_seat=printed_seat(verdict, chart=chart),
    )


def _refused(client_id: str, refusal: Refusal) -> ScanResult:
    return ScanResult(client_id=client_id, result="REFUSED", error=_error(refusal))


def _error(refusal: Refusal) -> ScanError:
    details = UNSET if refusal.details is None else refusal.details
    return ScanError(refusal.code, refusal.text, details)


def _since(query: bytes) -> int | None:
    found = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get("since")
    if found is None:
        return None
    if not (found.isascii() and found.isdigit() and len(found) <= 18) or int(found) == 0:
        raise Invalid.on("since", "must be the sequence of a manifest")
    return int(found)


def _event_id(text: str) -> EventId:
    """Raises `EventNotFound` for what is no UUID: there is no such event."""
    try:
        return EventId(UUID(text))
    except ValueError:
        raise EventNotFound from None


def routes(gate: Gate, *, turnstile: Turnstile, manifests: Manifests) -> tuple[HotRoute, ...]:
    path = "/api/v1/events/{event_id}/checkins"
    one = CheckInOne(gate, turnstile=turnstile)
    return (
        HotRoute(
            method="POST",
            path=path,
            handler=one,
            rate_class=RateClass.GATE,
            operation=operation(
                "Judge a scan and let its ticket in",
                "checkIn",
                asks="CheckIn",
                gives="AdmissionEnvelope",
            ),
            schemas=(CheckIn, AdmissionEnvelope),
            body_max=20_000,
            at_once=one.at_once,
        ),
        HotRoute(
            method="POST",
            path=f"{path}/batch",
            handler=CheckInMany(gate, turnstile=turnstile),
            rate_class=RateClass.GATE,
            operation=operation(
                "Record scans that were made without a network; conflicts are told",
                "checkInBatch",
                asks="CheckIns",
                gives="ScanResultsEnvelope",
            ),
            schemas=(CheckIns, ScanResultsEnvelope),
        ),
        HotRoute(
            method="GET",
            path=f"{path}/manifest",
            handler=ReadManifest(gate, manifests=manifests),
            rate_class=RateClass.GATE,
            operation=operation(
                "What a gate needs to decide without a network, or what changed since",
                "readManifest",
                asks=None,
                gives="ManifestEnvelope",
            ),
            schemas=(ManifestEnvelope, GateUpdate),
        ),
    )
