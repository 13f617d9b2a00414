"""Tells people's devices about their orders and tickets, wherever those devices are connected.

Placements and scans come by the hundred and most of their people have no socket open: one look-up
asks Redis which of the persons' channels anybody listens to, at most every `WINDOW_SECONDS`, and
only what is theirs is encoded and sent. What does not fit is dropped, for the rows have it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import Refusal
from arenapulse.core.ids import OrderId, UserId
from arenapulse.orders.queries import orders_by_id
from arenapulse.orders.schemas import OrderResponse, OwnedOrder, TicketDetails
from arenapulse.realtime.streams import Streams
from arenapulse.runtime import log
from arenapulse.runtime.db import PASSING_ERRORS, SERVICE, Database
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.siblings import survive

WINDOW_SECONDS: Final = 0.025
PLACED_MAX: Final = 20_000
LOOKUP_MAX: Final = 1_000
ORDERS_MAX: Final = 500

Item = TypeVar("Item")

_ENCODER: Final = msgspec.json.Encoder()
_log = log.logger("realtime.doorbell")


class Doorbell:
    def __init__(self, database: Database, *, streams: Streams) -> None:
        self._database = database
        self._streams = streams
        self._placed: deque[OwnedOrder] = deque()
        self._tickets: deque[tuple[UserId, TicketDetails]] = deque()
        self._ringing: asyncio.Task[None] | None = None

    def placed(self, orders: Sequence[OwnedOrder]) -> None:
        """Returns at once; new orders go out within a window."""
        self._placed.extend(orders[: PLACED_MAX - len(self._placed)])
        self._begin()

    def tickets(self, tickets: Sequence[tuple[UserId, TicketDetails]]) -> None:
        """The same for tickets as they are now."""
        self._tickets.extend(tickets[: PLACED_MAX - len(self._tickets)])
        self._begin()

    async def changed(self, order_ids: Sequence[OrderId]) -> None:
        """Reads the orders as they stand and sends them; never raises."""
        try:
            for start in range(0, len(order_ids), ORDERS_MAX):
                async with self._database.transaction(actor=SERVICE) as session:
                    found = await orders_by_id(
                        await session.driver(),
                        order_ids[start : start + ORDERS_MAX],
                        now=clock.now(),
                    )
                await self._send(list(found.values()))
        except (*REDIS_ERRORS, *PASSING_ERRORS, Refusal) as error:
            _log.warning("order update not published", error=type(error).__name__)

    async def close(self) -> None:
        """Lets what was begun end."""
        if self._ringing is not None:
            await asyncio.wait({self._ringing}, timeout=2.0)

    def _begin(self) -> None:
        if self._ringing is None and (self._placed or self._tickets):
            self._ringing = asyncio.create_task(self._ring())

    async def _ring(self) -> None:
        try:
            while self._placed or self._tickets:
                if placed := _taken(self._placed):
                    await survive("doorbell", self._send(placed))
                if changed := _taken(self._tickets):
                    await survive("doorbell", self._send_tickets(changed))
                if max(len(self._placed), len(self._tickets)) < LOOKUP_MAX:
                    await asyncio.sleep(WINDOW_SECONDS)
        finally:
            self._ringing = None

    async def _send_tickets(self, tickets: Sequence[tuple[UserId, TicketDetails]]) -> None:
        listening = await self._streams.listening({user_id for user_id, _ in tickets})
        for user_id, ticket in tickets:
            if user_id in listening:
                await self._streams.publish_person(
                    user_id, event="ticket:update", payload=_ENCODER.encode(ticket)
                )

    async def _send(self, orders: Sequence[OwnedOrder]) -> None:
        """The newest state of an order is never followed by an older one: Redis compares."""
        listening = await self._streams.listening({order.user_id for order in orders})
        heard = [order for order in orders if order.user_id in listening]
        if heard:
            await self._streams.publish_orders(
                [
                    (
                        order.user_id,
                        order.view.order_id,
                        order.view.server_time,
                        _told(order.view),
                    )
                    for order in heard
                ]
            )


def _taken(line: deque[Item]) -> list[Item]:
    """The first of a line, at most `LOOKUP_MAX`; they stand in it no more."""
    return [line.popleft() for _ in range(min(len(line), LOOKUP_MAX))]


def _told(view: OrderResponse) -> list[bytes]:
    """The order, then each of its tickets, as the person's devices hear them."""
    tickets = [b"ticket:update\n" + _ENCODER.encode(ticket) for ticket in view.tickets]
    return [b"order:update\n" + _ENCODER.encode(view), *tickets]
