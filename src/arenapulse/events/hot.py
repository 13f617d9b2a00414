"""Seats of an event for everybody: the map of a section, of the whole house, and what to offer."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Protocol
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from arenapulse.core import clock
from arenapulse.core.errors import Invalid, NotFound
from arenapulse.core.ids import EventId, SectionId
from arenapulse.events import queries
from arenapulse.events.errors import EventNotFound, NotAsManySeats
from arenapulse.events.salebook import Salebook, SaleFacts
from arenapulse.flags.switches import Switches
from arenapulse.flags.terms import BEST_AVAILABLE
from arenapulse.identity.access import Access
from arenapulse.inventory import seatstates
from arenapulse.inventory.bestseats import Chosen, Wish
from arenapulse.inventory.seatstates import SectionStatesEnvelope
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.inventory.service.packing import Packed, SeatPacker
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.sharing import SharedReads
from arenapulse.runtime.web.decoding import decode, decoder
from arenapulse.runtime.web.encoding import accepts, is_known
from arenapulse.runtime.web.hot import HotRequest, HotResponse, HotRoute
from arenapulse.venues.seatmap import Section, SectionKind, seat_at

GROUP_MAX = 500

_ENCODER: Final = msgspec.json.Encoder()
_NO_STORE: Final = (b"cache-control", b"no-store")


class SeatPositions(Protocol):
    """Where the stream of a section's seat changes stands; `wiring` fills it with realtime."""

    async def seat_position(
        self, event_id: EventId, *, section_id: SectionId
    ) -> tuple[int, str] | None:
        """The last sequence and its epoch, None while Redis is away."""
        ...


class BestAvailable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    quantity: Annotated[int, Meta(ge=1, le=GROUP_MAX)]
    price_level: Annotated[str, Meta(min_length=1, max_length=160)]
    section_id: UUID | UnsetType = UNSET
    accessible: bool = False
    promo_code: Annotated[str, Meta(min_length=1, max_length=256)] | UnsetType = UNSET


class OfferedSeat(msgspec.Struct, frozen=True, rename="camel"):
    """`sectionId` only where the group had to be spread over several sections."""

    row: str
    seat: int
    section_id: SectionId | UnsetType = UNSET


class Offer(msgspec.Struct, frozen=True, rename="camel"):
    """Nothing is held: who orders may find them gone. Standing places have no `seats`."""

    section_id: SectionId
    seats: list[OfferedSeat]
    adjacent: bool


class OfferEnvelope(msgspec.Struct, frozen=True):
    data: Offer
    success: Literal[True] = True


class SeatMaps:
    """The handlers with what they need; one a process."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        access: Access,
        salebook: Salebook,
        desk: SeatDesk,
        switches: Switches,
        positions: SeatPositions | None = None,
    ) -> None:
        self._database = runtime.database
        self._limiter = runtime.limiter
        self._access = access
        self._salebook = salebook
        self._desk = desk
        self._switches = switches
        self._positions = positions
        self._packer = SeatPacker()
        self._levels = SharedReads(self._sections_at)

    async def section(self, request: HotRequest) -> HotResponse:
        """GET /events/{id}/seats?sectionId="""
        event_id, facts = await self._visible(request)
        section = facts.chart.by_id.get(_section_id(request.query))
        if section is None or section.kind is not SectionKind.SEATED:
            raise NotFound("There is no such section with seats.")
        # The sequence first: what the rows say is then at least as new, and frames lead on.
        at = (
            None
            if self._positions is None
            else await self._positions.seat_position(event_id, section_id=section.id)
        )
        read = await self._desk.read(event_id, section_id=section.id)
        bits = read.bits.get(section.id)
        if bits is None:
            raise NotFound("There is no such section with seats.")
        sequence, epoch = at or (None, None)
        view = seatstates.view(section, bits=bits, sequence=sequence, epoch=epoch)
        return HotResponse(200, _ENCODER.encode(SectionStatesEnvelope(view)), [_NO_STORE])

    async def house(self, request: HotRequest) -> HotResponse:
        """GET /events/{id}/seats.bin"""
        event_id, facts = await self._visible(request)
        read = await self._desk.read(event_id)
        found = self._packer.pack(event_id, chart=facts.chart, bits=read.bits)
        # Whoever may see what is hidden sees it with a token: nobody else's cache may keep it.
        scope = b"public" if facts.is_public else b"private"
        headers = [
            (b"etag", found.etag),
            (b"cache-control", scope + b", no-cache"),
            (b"vary", b"Accept-Encoding, Authorization, Origin"),
            (b"x-chart-id", str(facts.chart.chart_id).encode()),
        ]
        known = request.headers.get(b"if-none-match", b"").decode("latin-1")
        if is_known(known, etag=found.etag.decode()):
            return HotResponse(304, b"", headers)
        accepted = request.headers.get(b"accept-encoding", b"").decode("latin-1")
        body, encoding = _encoded(found, accepted)
        if encoding:
            headers.append((b"content-encoding", encoding))
        headers.append((b"content-type", b"application/octet-stream"))
        return HotResponse(200, body, headers)

    async def best(self, request: HotRequest) -> HotResponse:
        """POST /events/{id}/best-available"""
        self._switches.require(BEST_AVAILABLE)
        event_id, facts = await self._visible(request)
        asked = decode(request.body, by=_BEST)
        if asked.promo_code is not UNSET:
            request.obey(
                self._limiter.by_address(
                    RateClass.PROMO, request.address, now_seconds=clock.unix_seconds()
                )
            )
        sections = await self._asked_sections(event_id, facts, asked)
        seated = [section for section in sections if section.kind is SectionKind.SEATED]
        chosen: Chosen | None = None
        if seated:
            wish = Wish(asked.quantity, accessible=asked.accessible)
            chosen = await self._desk.offer(event_id, sections=seated, wish=wish)
        if chosen is not None:
            offer = _offer(facts, chosen)
        else:
            offer = await self._standing(event_id, sections, asked)
        return HotResponse(200, _ENCODER.encode(OfferEnvelope(offer)), [_NO_STORE])

    async def _visible(self, request: HotRequest) -> tuple[EventId, SaleFacts]:
        authorization = request.headers.get(b"authorization")
        actor = (
            None if authorization is None else await self._access.authenticate_header(authorization)
        )
        if actor is not None:
            kind = RateClass.BEST if request.method == "POST" else RateClass.READ
            request.obey(
                self._limiter.by_account(kind, actor.user_id, now_seconds=clock.unix_seconds())
            )
        try:
            event_id = EventId(UUID(request.params["event_id"]))
        except ValueError:
            raise EventNotFound from None
        return event_id, await self._salebook.visible(event_id, actor=actor, access=self._access)

    async def _asked_sections(
        self, event_id: EventId, facts: SaleFacts, asked: BestAvailable
    ) -> list[Section]:
        """Those that sell at the level, or the one that was named; `Invalid` if none."""
        code = None if asked.promo_code is UNSET else asked.promo_code
        level = facts.level(asked.price_level)
        if level is None:
            level = (await self._salebook.read_again(event_id)).level(asked.price_level)
        priced = await self._levels.get((event_id, level or asked.price_level, code))
        if asked.section_id is UNSET:
            found = [section for section in facts.chart.sections if section.id in priced]
            if not found:
                raise Invalid.on("priceLevel", "no section has a price at this level")
            return found
        section = facts.chart.by_id.get(SectionId(asked.section_id))
        if section is None:
            raise Invalid.on("sectionId", "the event has no such section")
        if section.id not in priced:
            raise Invalid.on("priceLevel", "the section has no price at this level")
        return [section]

    async def _standing(
        self, event_id: EventId, sections: list[Section], asked: BestAvailable
    ) -> Offer:
        """The last rung: a standing section with as many places. Raises `NotAsManySeats`."""
        read = await self._desk.read(event_id)
        for section in sections:
            bits = read.bits.get(section.id)
            if (
                section.kind is SectionKind.GENERAL
                and not asked.accessible
                and bits is not None
                and bits.available >= asked.quantity
            ):
                return Offer(section.id, [], adjacent=False)
        raise NotAsManySeats

    async def _sections_at(self, key: tuple[EventId, str, str | None]) -> frozenset[SectionId]:
        event_id, level, code = key
        return await queries.sections_at(
            self._database, event_id=event_id, price_level=level, promo_code=code
        )


_BEST: Final = decoder(BestAvailable)


def _section_id(query: bytes) -> SectionId:
    given = parse_qs(query.decode("latin-1")).get("sectionId", [])
    if len(given) != 1:
        raise Invalid.on("sectionId", "name one section")
    try:
        return SectionId(UUID(given[0]))
    except ValueError:
        raise Invalid.on("sectionId", "is not a UUID") from None


def _offer(facts: SaleFacts, chosen: Chosen) -> Offer:
    first, *others = chosen.seats
    seats: list[OfferedSeat] = []
    for section_id, indices in chosen.seats.items():
        section = facts.chart.by_id[section_id]
        named = section_id if others else UNSET
        seats += [OfferedSeat(*seat_at(section, index=index), named) for index in indices]
    return Offer(first, seats, adjacent=chosen.adjacent)


def _encoded(found: Packed, accepted: str) -> tuple[bytes, bytes]:
    """The body as the client can read it, with the name of its encoding or an empty one."""
    if accepts(accepted, encoding="gzip"):
        return found.gzipped, b"gzip"
    if accepts(accepted, encoding="deflate"):
        return found.deflated, b"deflate"
    return found.plain, b""


_EVENT_ID: Final[dict[str, Any]] = {
    "name": "event_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_SECURITY: Final[list[dict[str, list[str]]]] = [{}, {"bearer": []}]


def _answer(schema: str, description: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"200": {"description": description, "content": content}}


_SECTION: Final[dict[str, Any]] = {
    "tags": ["events"],
    "summary": "The state of every seat of a section, exact",
    "operationId": "readSeats",
    "security": _SECURITY,
    "parameters": [
        _EVENT_ID,
        {
            "name": "sectionId",
            "in": "query",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        },
    ],
    "responses": _answer(
        "SectionStatesEnvelope", "A letter a seat; `sequence` as in seats:update."
    ),
}
_HOUSE: Final[dict[str, Any]] = {
    "tags": ["events"],
    "summary": "The state of every seat of the house, two bits a seat",
    "description": (
        "0 free, 1 held, 2 sold, 3 blocked. The seated sections of the chart named in "
        "`X-Chart-Id`, in its order, each from a byte of its own: its rows in order, their seats "
        "from 1, the first seat in the lowest bits. The chart is immutable: "
        "`GET /venues/{venue_id}/charts/{chart_id}`. Answers 304 to `If-None-Match`."
    ),
    "operationId": "readHouse",
    "security": _SECURITY,
    "parameters": [_EVENT_ID],
    "responses": {
        "200": {
            "description": "Packed states, gzip or deflate where that is accepted.",
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        },
        "304": {"description": "Nothing changed since."},
    },
}
_BEST_OPERATION: Final[dict[str, Any]] = {
    "tags": ["events"],
    "summary": "The best seats for a group, as an offer: nothing is held",
    "operationId": "findBestAvailable",
    "security": _SECURITY,
    "parameters": [_EVENT_ID],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BestAvailable"}}},
    },
    "responses": _answer("OfferEnvelope", "Seats; none in a standing section."),
}


def routes(maps: SeatMaps) -> list[HotRoute]:
    path = "/api/v1/events/{event_id}"
    read = RateClass.READ
    return [
        HotRoute(
            method="GET",
            path=f"{path}/seats",
            handler=maps.section,
            rate_class=read,
            operation=_SECTION,
            schemas=(SectionStatesEnvelope,),
            public=True,
        ),
        HotRoute(
            method="GET",
            path=f"{path}/seats.bin",
            handler=maps.house,
            rate_class=read,
            operation=_HOUSE,
            public=True,
        ),
        HotRoute(
            method="POST",
            path=f"{path}/best-available",
            handler=maps.best,
            rate_class=RateClass.BEST,
            operation=_BEST_OPERATION,
            schemas=(BestAvailable, OfferEnvelope),
            public=True,
        ),
    ]
