"""POST /orders: the hottest endpoint. No vendor, no Redis and no ORM on this path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden, Invalid, Refusal
from arenapulse.core.ids import EventId, SectionId, new_order_id
from arenapulse.events.salebook import Salebook, SaleFacts
from arenapulse.events.terms import TICKETS_PER_ORDER_MAX
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import placing
from arenapulse.orders.batcher import Placed
from arenapulse.orders.errors import OverLimit, SeatTaken
from arenapulse.orders.placing import PlaceOrder, PlannedLine
from arenapulse.orders.schemas import CreateOrder, OrderEnvelope, OrderLine, SeasonOrder
from arenapulse.orders.seating import Seating, SeatOrder
from arenapulse.orders.service.replaying import is_placed
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.web.decoding import decode, decoder
from arenapulse.runtime.web.hot import HotRequest, HotResponse, HotRoute, Later, Note
from arenapulse.runtime.web.idempotency import REPLAYED, parse_key
from arenapulse.venues.seatmap import Section, SectionKind
from arenapulse.waitingroom.access import PassCheck
from arenapulse.waitingroom.errors import PassNeeded

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = decoder(CreateOrder)
_REPLAYED: Final = (REPLAYED.lower().encode(), b"true")
_ROLE_FOR: Final = {placing.BOX_OFFICE: Role.STAFF, placing.INVOICE: Role.MANAGER}
BODY_MAX: Final = 300_000
"""A thousand named seats in rows of the longest labels."""


class PlaceOrders:
    """The handler with what it needs; one a process."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        access: Access,
        seating: Seating,
        salebook: Salebook,
        pass_check: PassCheck,
        is_card: Callable[[str], bool],
    ) -> None:
        """`is_card` says whether a token may be a card's; who takes the money asks the vendor."""
        self._database = runtime.database
        self._limiter = runtime.limiter
        self._access = access
        self._seating = seating
        self._salebook = salebook
        self._pass_check = pass_check
        self._is_card = is_card

    def at_once(self, request: HotRequest) -> Later | None:
        """The usual order: who asks and what is for sale are known, and nothing is looked up.

        None for any other, and for what is to be refused: `__call__` counts it and says why.
        """
        actor = self._access.by_token(request.headers.get(b"authorization"))
        if actor is None or actor.is_guest:
            return None
        try:
            asked = self._usual(request, actor=actor)
        except Refusal:
            return None
        if asked is None or not self._seating.is_plain(asked):
            return None
        self._limit(RateClass.ORDER, actor, request)
        return Later(self._seating.put(asked), partial(self._placed, asked))

    def _usual(self, request: HotRequest, *, actor: Actor) -> SeatOrder | None:
        command = decode(request.body, by=_DECODER)
        facts = self._salebook.known(EventId(command.event_id))
        pay = placing.pay_kind(command)
        token = command.payment_method.token
        if (
            facts is None
            or not facts.is_public
            or facts.admit_per_minute is not None
            or pay in _ROLE_FOR
            or command.promo_code is not None
            or _size(command) > facts.tickets_per_order_max
            or not (token is None or self._is_card(token))
            or not _are_known(command, facts=facts)
        ):
            return None
        return _seat_order(command, facts=facts, actor=actor, pay=pay, key=_key(request))

    def _placed(
        self, asked: SeatOrder, wanted: asyncio.Future[Placed]
    ) -> HotResponse | Awaitable[HotResponse]:
        refusal = wanted.exception()
        if isinstance(refusal, SeatTaken):
            return self._refused(asked, refusal)
        return _answer(wanted.result())

    async def _refused(self, asked: SeatOrder, refusal: SeatTaken) -> HotResponse:
        raise await self._seating.with_nearest(asked, refusal)

    async def __call__(self, request: HotRequest) -> HotResponse:
        actor = await self._access.authenticate_header(request.headers.get(b"authorization"))
        self._limit(RateClass.GUEST if actor.is_guest else RateClass.ORDER, actor, request)
        command = decode(request.body, by=_DECODER)
        if command.promo_code is not None:
            self._limit(RateClass.PROMO, actor, request)
        asked = await self._planned(
            command,
            actor=actor,
            key=_key(request),
            queue_pass=request.headers.get(b"x-queue-pass"),
        )
        return _answer(await self._seating.place(asked))

    def _limit(self, kind: RateClass, actor: Actor, request: HotRequest) -> None:
        now = clock.unix_seconds()
        request.obey(self._limiter.by_account(kind, actor.user_id, now_seconds=now))
        if kind is not RateClass.ORDER:
            # The edge has counted this one's address already.
            request.obey(self._limiter.by_address(kind, request.address, now_seconds=now))

    async def _planned(
        self, command: CreateOrder, *, actor: Actor, key: str | None, queue_pass: bytes | None
    ) -> SeatOrder:
        """The command as the batch takes it; what needs no lock is refused here."""
        event_id = EventId(command.event_id)
        size = _size(command)
        if size > TICKETS_PER_ORDER_MAX:
            raise OverLimit
        facts = await self._salebook.visible(event_id, actor=actor, access=self._access)
        pay = _pay(command, actor=actor)
        if actor.key is not None and pay not in _ROLE_FOR:
            # A key is nobody who could pay or go in: it sells for its organization.
            raise Forbidden
        if pay in _ROLE_FOR:
            role = await self._access.role_in(actor, organization_id=facts.organization_id)
            if role is None or not role.covers(_ROLE_FOR[pay]):
                raise Forbidden
        if facts.admit_per_minute is not None and pay not in _ROLE_FOR:
            await self._require_pass(queue_pass, event_id, facts, actor=actor, key=key)
        token = command.payment_method.token
        if token is not None and not self._is_card(token):
            raise Invalid.on("paymentMethod.token", "is not a card")
        is_too_large = size > facts.tickets_per_order_max and await self._is_too_large(
            event_id, pay=pay, size=size
        )
        if is_too_large and key is None:
            raise OverLimit
        if not _are_known(command, facts=facts):
            facts = await self._salebook.read_again(event_id)
        # With a key it may be a replay, which only the lock knows: nothing is chosen for it.
        return _seat_order(
            command, facts=facts, actor=actor, pay=pay, key=key, is_chosen=not is_too_large
        )

    async def _require_pass(
        self,
        given: bytes | None,
        event_id: EventId,
        facts: SaleFacts,
        *,
        actor: Actor,
        key: str | None,
    ) -> None:
        """Raises `PassNeeded`; who sells for the organization waits in no line.

        An order that was placed under this key is answered again, however old the pass is by now.
        """
        if self._pass_check.lets_in(given, event_id=event_id, user_id=actor.user_id):
            return
        if await self._access.role_in(actor, organization_id=facts.organization_id) is not None:
            return
        if key is None or not await is_placed(self._database, user_id=actor.user_id, key=key):
            raise PassNeeded

    async def _is_too_large(self, event_id: EventId, *, pay: int, size: int) -> bool:
        """Whether it is more than a buyer may have at once; the cap may have risen this second."""
        if pay in _ROLE_FOR:
            return False
        return size > (await self._salebook.read_again(event_id)).tickets_per_order_max


def _size(command: CreateOrder) -> int:
    size = 0
    for line in command.tickets:
        size += line.quantity
    return size


def _are_known(command: CreateOrder, *, facts: SaleFacts) -> bool:
    """Whether there is each price level that it names."""
    # A list: a generator costs the hot path more than what it asks.
    return None not in [facts.level(line.price_level) for line in command.tickets]


def _pay(command: CreateOrder, *, actor: Actor) -> int:
    """How it is paid; raises `Forbidden` for a visitor, who may only hold."""
    pay = placing.pay_kind(command)
    if not actor.is_guest:
        return pay
    if pay != placing.BARE_HOLD:
        raise Forbidden
    return placing.GUEST_HOLD


def _key(request: HotRequest) -> str | None:
    given = request.headers.get(b"idempotency-key")
    return None if given is None else parse_key(given.decode("latin-1"))


def _answer(placed: Placed) -> HotResponse:
    body = _ENCODER.encode(OrderEnvelope(placed.order))
    return HotResponse(201, body, (_REPLAYED,) if placed.is_replay else ())


def _seat_order(
    command: CreateOrder,
    *,
    facts: SaleFacts,
    actor: Actor,
    pay: int,
    key: str | None,
    is_chosen: bool = True,
) -> SeatOrder:
    """The command with its lines as they are written, and which seats are to be chosen for it."""
    sections = facts.chart.by_id
    order = PlaceOrder(
        order_id=new_order_id(),
        event_id=EventId(command.event_id),
        user_id=actor.user_id,
        lines=tuple([_line(line, facts=facts, number=n) for n, line in enumerate(command.tickets)]),
        pay=pay,
        token=command.payment_method.token,
        key=key,
        request_hash=placing.request_hash(command),
        promo_code=command.promo_code,
    )
    best = _best_asked(command, sections=sections) if is_chosen else {}
    return SeatOrder(order, sections, best=best)


def _line(line: OrderLine, *, facts: SaleFacts, number: int) -> PlannedLine:
    """The line with its level and its rows as they are written."""
    section = facts.chart.by_id.get(SectionId(line.section_id))
    level = facts.level(line.price_level)
    return placing.planned(line, section=section, level=level, number=number)


def _best_asked(command: CreateOrder, *, sections: Mapping[SectionId, Section]) -> dict[int, bool]:
    """The lines that name no seats in a seated section, and whether accessible ones are asked."""
    return {
        n: line.accessible
        for n, line in enumerate(command.tickets)
        if line.seats is None and sections[SectionId(line.section_id)].kind is SectionKind.SEATED
    }


_OPERATION: Final[dict[str, Any]] = {
    "tags": ["orders"],
    "summary": "Place an order: all or nothing, never oversold, durable before the answer",
    "operationId": "placeOrder",
    "security": [{"bearer": []}],
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        {
            "name": "X-Queue-Pass",
            "in": "header",
            "required": False,
            "description": "The pass of one's place, for an event with a waiting room.",
            "schema": {"type": "string"},
        },
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CreateOrder"}}},
    },
    "responses": {
        "201": {
            "description": "The order; PENDING is a hold until `expiresAt`.",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/OrderEnvelope"}}
            },
        }
    },
}


def route(handler: PlaceOrders, *, note: Note) -> HotRoute:
    """`note` hears when and how long each order took."""
    return HotRoute(
        method="POST",
        path="/api/v1/orders",
        handler=handler,
        rate_class=RateClass.ORDER,
        operation=_OPERATION,
        schemas=(CreateOrder, OrderEnvelope, SeasonOrder),
        body_max=BODY_MAX,
        at_once=handler.at_once,
        note=note,
    )
