"""GET /events/{id}/availability: exact, and the same sequence as the socket's frames."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.events.errors import EventNotFound
from arenapulse.identity.access import Access
from arenapulse.realtime.schemas import Availability, AvailabilityEnvelope
from arenapulse.realtime.snapshots import Snapshots
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.web.hot import HotRequest, HotResponse, HotRoute

_ENCODER: Final = msgspec.json.Encoder()
_NO_STORE: Final = (b"cache-control", b"no-store")


class ReadAvailability:
    """The handler with what it needs; one a process."""

    def __init__(self, *, access: Access, snapshots: Snapshots) -> None:
        self._access = access
        self._snapshots = snapshots

    async def __call__(self, request: HotRequest) -> HotResponse:
        authorization = request.headers.get(b"authorization")
        actor = (
            None if authorization is None else await self._access.authenticate_header(authorization)
        )
        event_id = _event_id(request.params["event_id"])
        await self._snapshots.require_visible(event_id, actor=actor)
        snapshot = await self._snapshots.take(event_id)
        view = Availability(
            event_id=snapshot.event_id,
            sequence=snapshot.sequence,
            epoch=snapshot.epoch,
            current_capacity=snapshot.current_capacity,
            sections=snapshot.sections,
            timestamp=snapshot.timestamp,
            server_time=clock.now(),
        )
        return HotResponse(200, _ENCODER.encode(AvailabilityEnvelope(view)), [_NO_STORE])


def _event_id(text: str) -> EventId:
    """Raises `EventNotFound` for what is no UUID: there is no such event."""
    try:
        return EventId(UUID(text))
    except ValueError:
        raise EventNotFound from None


_OPERATION: Final[dict[str, Any]] = {
    "tags": ["events"],
    "summary": "Places free by section, exact",
    "operationId": "readAvailability",
    "parameters": [
        {
            "name": "event_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        }
    ],
    "responses": {
        "200": {
            "description": "All sections; `sequence` is null while Redis is away.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/AvailabilityEnvelope"}
                }
            },
        }
    },
}


def route(handler: ReadAvailability) -> HotRoute:
    return HotRoute(
        method="GET",
        path="/api/v1/events/{event_id}/availability",
        handler=handler,
        rate_class=RateClass.READ,
        operation=_OPERATION,
        schemas=(AvailabilityEnvelope,),
        public=True,
    )
