"""Joining and waiting, by the hot table: a million people ask at once.

Joining is one row of a micro-batch. Waiting touches neither Redis nor, but once a second and
process, the database: a place's token says which place it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from msgspec import UNSET

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden, Invalid
from arenapulse.core.ids import EventId
from arenapulse.core.names import key as name_key
from arenapulse.events.errors import EventNotFound
from arenapulse.events.salebook import Salebook
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.web.decoding import decode
from arenapulse.runtime.web.hot import (
    AtOnce,
    HotHandler,
    HotRequest,
    HotResponse,
    HotRoute,
    Later,
)
from arenapulse.waitingroom import draw, queries
from arenapulse.waitingroom.batcher import Joined, Joiner, JoinLane
from arenapulse.waitingroom.errors import (
    LaneNotFound,
    LineClosed,
    NotOnSale,
    NoWaitingRoom,
    PlaceNotFound,
)
from arenapulse.waitingroom.friction import Friction
from arenapulse.waitingroom.operations import DRAW, JOIN, READ, SCHEMAS, SERVING, TICKETS
from arenapulse.waitingroom.queries import LaneRow
from arenapulse.waitingroom.roombook import ROOMS_MAX, Room, RoomBook
from arenapulse.waitingroom.schemas import (
    Draw,
    DrawEnvelope,
    DrawnLane,
    Join,
    Place,
    QueueEnvelope,
    ServingEnvelope,
)
from arenapulse.waitingroom.service import standing
from arenapulse.waitingroom.service.standing import Standing
from arenapulse.waitingroom.terms import EVERYBODY, LANES_MAX, PEOPLE_MAX, Phase

BODY_MAX: Final = 8_000
LIST_MAX: Final = 65_536
"""Tickets of one page of a list: a megabyte."""
PRESENT_MAX: Final = 100_000
"""Places whose turn came, and that were found to be somebody's still."""
_ENCODER: Final = msgspec.json.Encoder()
_JOIN: Final[msgspec.json.Decoder[Join | None]] = msgspec.json.Decoder(Join | None)
_TURN: Final = Phase.TURN
_SECOND: Final = (b"cache-control", b"public, max-age=1")
# With us away the last number stands, wherever it is kept on the way.
_LAST_STANDS: Final = (b"cache-control", b"public, max-age=1, stale-if-error=86400")
_FOR_EVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_NOT_KEPT: Final = (b"cache-control", b"no-store")
_BYTES: Final = (b"content-type", b"application/octet-stream")


class Lines:
    """The handlers with what they need; one a process."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        access: Access,
        salebook: Salebook,
        book: RoomBook,
        joiner: Joiner,
        standing: Standing,
        friction: Friction,
    ) -> None:
        self._database = runtime.database
        self._limiter = runtime.limiter
        self._access = access
        self._salebook = salebook
        self._book = book
        self._joiner = joiner
        self._standing = standing
        self._friction = friction
        self._served: dict[EventId, tuple[Room, bytes]] = {}
        self._present: set[tuple[EventId, int, int]] = set()

    async def join(self, request: HotRequest) -> HotResponse:
        """POST /events/{id}/queue"""
        actor = await self._access.authenticate_header(request.headers.get(b"authorization"))
        if actor.key is not None or actor.is_guest:
            # A key is nobody who could wait, and of visitors an address is given twenty.
            raise Forbidden
        asked = _asked(request)
        limits, now = self._limiter, clock.unix_seconds()
        if asked.lane_code is not None:
            # Codes are what somebody was given: nobody tries them all.
            request.obey(limits.by_account(RateClass.PROMO, actor.user_id, now_seconds=now))
        event_id = await self._visible(request, actor=actor)
        room = await self._book.room(event_id)
        if room.admit_per_minute is None:
            raise NoWaitingRoom
        if room.status not in standing.JOINABLE:
            raise NotOnSale
        try:
            command = _command(room, asked, actor=actor)
        except Invalid:
            # One address may be a whole stadium with a good code: only guesses count against it.
            request.obey(limits.by_address(RateClass.PROMO, request.address, now_seconds=now))
            raise
        if room.row.is_closed:
            known = await queries.place_of(self._database, event_id=event_id, user_id=actor.user_id)
            if known is None:
                raise LineClosed
            return await self._told(room, known, status=200)
        await self._friction.judge(room, actor=actor, asked=asked, address=request.address)
        joined = await self._joiner.join(command)
        return await self._joined(room, command, joined)

    def join_at_once(self, request: HotRequest) -> Later | None:
        """The same by the room as it is known, for who has a token and no word of a human."""
        actor = self._access.by_token(request.headers.get(b"authorization"))
        room = self._seen(request, actor=actor)
        if (
            actor is None
            or actor.is_guest
            or room is None
            or room.admit_per_minute is None
            or room.status not in standing.JOINABLE
            or room.row.is_closed
        ):
            return None
        asked = _asked(request)
        if asked.human is not None or asked.lane_code is not None:
            return None
        command = _command(room, asked, actor=actor)
        refusal = self._friction.judged(room, actor=actor, asked=asked, address=request.address)
        if refusal is not None:
            raise refusal
        return Later(self._joiner.put(command), partial(self._joined_later, room, command))

    def _joined_later(
        self, room: Room, command: JoinLane, wanted: asyncio.Future[Joined]
    ) -> HotResponse | Awaitable[HotResponse]:
        joined = wanted.result()
        if joined.is_new:
            told = self._told_at_once(room, joined.place, status=201)
            if told is not None:
                return told
        return self._joined(room, command, joined)

    async def _joined(self, room: Room, command: JoinLane, joined: Joined) -> HotResponse:
        had = joined.place
        if not joined.is_new and await self._gives_way(room, had, asked=command.lane):
            again = msgspec.structs.replace(
                command, lane=command.lane or room.open_lane(had.lane), afresh=had.number
            )
            joined = await self._joiner.join(again)
        return await self._told(room, joined.place, status=201 if joined.is_new else 200)

    async def read(self, request: HotRequest) -> HotResponse:
        """GET /events/{id}/queue/{token}"""
        event_id = await self._visible(request, actor=await self._visitor(request))
        try:
            room = await self._book.room(event_id)
        except NoWaitingRoom:
            raise PlaceNotFound from None
        place = room.tokens.read(request.params["token"])
        if place is None:
            raise PlaceNotFound
        return await self._told(room, place, status=200)

    def read_at_once(self, request: HotRequest) -> HotResponse | None:
        """The same where the room is known, and its draw: most of what anybody asks for."""
        room = self._seen(request)
        if room is None:
            return None
        token = request.params["token"]
        place = room.tokens.read(token)
        return None if place is None else self._told_at_once(room, place, status=200, token=token)

    async def serving(self, request: HotRequest) -> HotResponse:
        """GET /events/{id}/queue/serving"""
        event_id = await self._visible(request, actor=await self._visitor(request))
        return self._serving_of(await self._book.room(event_id))

    def serving_at_once(self, request: HotRequest) -> HotResponse | None:
        """The same where the room is known."""
        room = self._seen(request)
        return None if room is None else self._serving_of(room)

    def _serving_of(self, room: Room) -> HotResponse:
        served = self._served.get(room.event_id)
        if served is None or served[0] is not room:
            if len(self._served) >= ROOMS_MAX:
                self._served.clear()
            body = _ENCODER.encode(ServingEnvelope(standing.serving(room)))
            served = self._served[room.event_id] = (room, body)
        return HotResponse(200, served[1], [_kept_by_all(room, _LAST_STANDS)])

    async def draw(self, request: HotRequest) -> HotResponse:
        """GET /events/{id}/queue/draw"""
        event_id = await self._visible(request, actor=await self._visitor(request))
        room = await self._book.room(event_id)
        row = room.row
        lists = await queries.draws(self._database, event_id=event_id) if row.drawn_at else []
        told = Draw(
            name=draw.NAME.decode(),
            seal=row.seal.hex(),
            sealed_at=row.sealed_at,
            closed_at=row.closed_at or UNSET,
            drawn_at=row.drawn_at or UNSET,
            seed=row.seed.hex() if row.seed else UNSET,
            lanes=tuple(
                DrawnLane(lane=lane, entrants=entrants, tickets_hash=digest.hex())
                for lane, entrants, digest in lists
            ),
        )
        return HotResponse(200, _ENCODER.encode(DrawEnvelope(told)), [_kept_by_all(room, _SECOND)])

    async def tickets(self, request: HotRequest) -> HotResponse:
        """GET /events/{id}/queue/tickets"""
        event_id = await self._visible(request, actor=await self._visitor(request))
        lane, first = _asked_part(request.query)
        found = await queries.listed(
            self._database, event_id=event_id, lane=lane, first=first, many=LIST_MAX
        )
        if found is None:
            raise LaneNotFound("Nothing was drawn in such a lane yet.")
        return HotResponse(200, found, [_FOR_EVER, _BYTES])

    async def _told(self, room: Room, place: Place, *, status: int) -> HotResponse:
        lane = room.lane(place.lane)
        if lane is None:
            raise PlaceNotFound
        answer = await self._standing.of(room, place, lane=lane)
        if answer.phase is Phase.TURN and not await self._is_there(room, place):
            raise PlaceNotFound
        return HotResponse(status, _ENCODER.encode(QueueEnvelope(answer)))

    def _told_at_once(
        self, room: Room, place: Place, *, status: int, token: str | None = None
    ) -> HotResponse | None:
        """None where the draw has to be read first, or whether the place is still somebody's."""
        lane = room.lane(place.lane)
        if lane is None:
            return None
        try:
            answer = self._standing.at_once(
                room, place, lane=lane, token=token or room.tokens.mint(place)
            )
        except LookupError:
            return None
        if answer.phase is _TURN and (room.event_id, place.lane, place.number) not in self._present:
            return None
        return HotResponse(status, _ENCODER.encode(QueueEnvelope(answer)))

    async def _gives_way(self, room: Room, place: Place, *, asked: int) -> bool:
        """Whether a place is over, or its person was given a code and waits in another lane yet."""
        lane = room.lane(place.lane)
        if lane is None:
            return False
        position = await self._book.position(room, lane=lane, number=place.number)
        if position is None or position > lane.serving:
            return asked not in (EVERYBODY, place.lane)
        return standing.is_over(room, lane=lane, position=position, now=clock.unix_seconds())

    async def _is_there(self, room: Room, place: Place) -> bool:
        """Whether nobody gave the place up: asked once, when its turn has come."""
        key = (room.event_id, place.lane, place.number)
        if key in self._present:
            return True
        known = await queries.place_of(
            self._database, event_id=room.event_id, user_id=place.user_id
        )
        if known != place:
            return False
        if len(self._present) >= PRESENT_MAX:
            self._present.clear()
        self._present.add(key)
        return True

    def _seen(self, request: HotRequest, *, actor: Actor | None = None) -> Room | None:
        """The room as it is known, where anybody may see it and nobody says they are another."""
        room = self._book.fresh(request.params["event_id"])
        # What was published once is never hidden again.
        if room is None or not room.is_public:
            return None
        given = request.headers.get(b"authorization")
        is_known = given is None or actor is not None or self._access.by_token(given) is not None
        return room if is_known else None

    async def _visitor(self, request: HotRequest) -> Actor | None:
        given = request.headers.get(b"authorization")
        return None if given is None else await self._access.authenticate_header(given)

    async def _visible(self, request: HotRequest, *, actor: Actor | None) -> EventId:
        try:
            event_id = EventId(UUID(request.params["event_id"]))
        except ValueError:
            raise EventNotFound from None
        await self._salebook.visible(event_id, actor=actor, access=self._access)
        return event_id


def _kept_by_all(room: Room, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """What may be kept on the way; of what is hidden strangers are told nothing."""
    return header if room.is_public else _NOT_KEPT


def _asked(request: HotRequest) -> Join:
    return (decode(request.body, by=_JOIN) if request.body else None) or Join()


def _command(room: Room, asked: Join, *, actor: Actor) -> JoinLane:
    lane = _lane_asked(room, asked)
    ticket = room.tickets.of(actor.user_id.bytes)
    return JoinLane(room.event_id, actor.user_id, lane.lane, ticket)


def _lane_asked(room: Room, asked: Join) -> LaneRow:
    if asked.lane_code is None:
        return room.row.lanes[EVERYBODY]
    wanted = name_key(asked.lane_code)
    found = next((lane for lane in room.row.lanes if lane.code_key == wanted), None)
    if found is None:
        raise Invalid.on("laneCode", "is no code of this line")
    return found


def _asked_part(query: bytes) -> tuple[int, int]:
    asked = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    numbers: list[int] = []
    for name, most in (("lane", LANES_MAX - 1), ("first", PEOPLE_MAX)):
        text = asked.get(name, ["0"])[0]
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= most):
            raise Invalid.on(name, f"must be a number from 0 to {most}")
        numbers.append(int(text))
    return numbers[0], numbers[1]


def routes(lines: Lines) -> tuple[HotRoute, ...]:
    """What has a name of its own first: a place's token is none of these words."""
    return (
        _route("POST", "", lines.join, RateClass.INTAKE, JOIN, at_once=lines.join_at_once),
        _route(
            "GET",
            "/serving",
            lines.serving,
            RateClass.READ,
            SERVING,
            at_once=lines.serving_at_once,
        ),
        _route("GET", "/draw", lines.draw, RateClass.READ, DRAW),
        _route("GET", "/tickets", lines.tickets, RateClass.READ, TICKETS),
        _route("GET", "/{token}", lines.read, RateClass.READ, READ, at_once=lines.read_at_once),
    )


def _route(
    method: str,
    below: str,
    handler: HotHandler,
    rate_class: RateClass,
    operation: dict[str, Any],
    *,
    at_once: AtOnce | None = None,
) -> HotRoute:
    return HotRoute(
        method=method,
        path=f"/api/v1/events/{{event_id}}/queue{below}",
        handler=handler,
        rate_class=rate_class,
        operation=operation,
        schemas=SCHEMAS,
        public=method == "GET",
        body_max=BODY_MAX,
        is_body_optional=True,
        at_once=at_once,
    )
