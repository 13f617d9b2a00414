"""POST /analytics/events: what pages tell, kept before it is answered; nobody's address is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from arenapulse.analytics.batcher import Intake, Told
from arenapulse.analytics.schemas import (
    Accepted,
    AcceptedEnvelope,
    ClientEvent,
    ClientEvents,
)
from arenapulse.analytics.tally import Kept, believed
from arenapulse.analytics.terms import BODY_MAX, PROPERTIES_BYTES_MAX
from arenapulse.core import clock
from arenapulse.core.errors import Invalid, MalformedBody
from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import ANALYTICS_INTAKE
from arenapulse.identity.access import Access
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.web.decoding import decode, decoder
from arenapulse.runtime.web.hot import HotRequest, HotResponse, HotRoute

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = decoder(ClientEvents)
# Do Not Track, and Global Privacy Control, which took its place.
_UNFOLLOWED: Final = (b"dnt", b"sec-gpc")


class TakeEvents:
    """The handler with what it needs; one a process."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        access: Access,
        intake: Intake,
        switches: Switches,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        self._limiter = runtime.limiter
        self._access = access
        self._intake = intake
        self._switches = switches
        self._now = now

    async def __call__(self, request: HotRequest) -> HotResponse:
        await self._judge(request)
        told = decode(request.body, by=_DECODER)
        now = self._now()
        rows = [_kept(event, n, now) for n, event in enumerate(told.events)]
        accepted = 0
        if self._switches.is_on(ANALYTICS_INTAKE) and not wants_no_following(request.headers):
            accepted = await self._intake.keep(Told(rows, len(request.body)))
        return HotResponse(202, _ENCODER.encode(AcceptedEnvelope(Accepted(accepted))))

    async def _judge(self, request: HotRequest) -> None:
        """Who brings a token brings a good one; it is counted, and not kept."""
        header = request.headers.get(b"authorization")
        if header is None:
            return
        actor = await self._access.authenticate_header(header)
        rate = self._limiter.by_account(
            RateClass.INTAKE, actor.user_id, now_seconds=clock.unix_seconds()
        )
        request.obey(rate)


def wants_no_following(headers: Mapping[bytes, bytes]) -> bool:
    return any(headers.get(name, b"").strip() == b"1" for name in _UNFOLLOWED)


def _kept(event: ClientEvent, number: int, now: dt.datetime) -> Kept:
    raw = b"{}" if event.properties is msgspec.UNSET else bytes(event.properties)
    if len(raw) > PROPERTIES_BYTES_MAX:
        raise Invalid.on(f"events.{number}.properties", "is too large")
    if not raw.startswith(b"{"):
        raise Invalid.on(f"events.{number}.properties", "must be an object")
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            raise MalformedBody from None
    at = believed(event.at, received_at=now)
    event_id = None if event.event_id is msgspec.UNSET else event.event_id
    # By place: names would cost a third of it.
    return Kept(now, at, event_id, event.type, event.session_id, raw)


_OPERATION: Final[dict[str, Any]] = {
    "tags": ["analytics"],
    "summary": "Tell what people do on a page; kept when answered, and without any address",
    "operationId": "takeClientEvents",
    "security": [{}, {"bearer": []}],
    "parameters": [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": "1: nothing is kept.",
            "schema": {"type": "string"},
        }
        for name in ("DNT", "Sec-GPC")
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ClientEvents"}}},
    },
    "responses": {
        "202": {
            "description": "Durable. `accepted` is 0 where the browser asks not to be followed.",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/AcceptedEnvelope"}}
            },
        }
    },
}


def route(handler: TakeEvents) -> HotRoute:
    return HotRoute(
        method="POST",
        path="/api/v1/analytics/events",
        handler=handler,
        rate_class=RateClass.INTAKE,
        operation=_OPERATION,
        schemas=(ClientEvents, AcceptedEnvelope),
        public=True,
        body_max=BODY_MAX,
    )
