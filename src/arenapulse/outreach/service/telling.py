"""Tells buyers what became of their orders: each thing once, by its key."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrderId, UserId
from arenapulse.events.terms import EventStatus
from arenapulse.identity.queries import contacts
from arenapulse.identity.schemas import Contact
from arenapulse.notifications.schemas import NewMessage
from arenapulse.notifications.service import tell_all
from arenapulse.orders import holding
from arenapulse.orders import queries as orders
from arenapulse.orders.queries import seasons as season_orders
from arenapulse.orders.schemas import OwnedOrder, SeasonOrder
from arenapulse.orders.service import read_season_order
from arenapulse.orders.terms import OrderStatus, PaymentStatus
from arenapulse.outreach.service.scenes import Scene, numbered, scene_of
from arenapulse.payments.facts import OrderRefunded
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import Courtesy
from arenapulse.waitingroom.facts import TurnsCame

RECEIPT: Final = "receipt"
HOLDERS_PER_ROUND: Final = 500
ORDERS_PER_ROUND: Final = 100
PEOPLE_PER_ROUND: Final = 100
BUSY_ORDERS_PER_SECOND: Final = 20.0
"""What people are told of their orders while a rush needs the machine; the rest, right after it."""
ROUNDS_MAX: Final = 1_000

# Its own staff sold it at a window: nobody is there to write to.
BOX_OFFICE: Final = "box_office"
INVOICE: Final = "invoice"
OTHER: Final = "other"
_UNPAID: Final = frozenset(
    {PaymentStatus.NOT_REQUIRED, PaymentStatus.PENDING, PaymentStatus.FAILED}
)

Making: TypeAlias = Callable[[Scene, OwnedOrder], "Mapping[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class _Told:
    """Somebody who is told of an order: its buyer, or a holder. `about` is the message's key."""

    user_id: UserId
    order_id: OrderId
    about: str
    values: Mapping[str, Any]


class Teller:
    """`base_url` is where links lead."""

    def __init__(self, database: Database, *, base_url: str) -> None:
        self._database = database
        self._base_url = base_url
        self._courtesy = Courtesy(per_second=BUSY_ORDERS_PER_SECOND)
        # Whoever has just paid does not wait until everybody of another event has been told.
        self._receipts = Courtesy(per_second=BUSY_ORDERS_PER_SECOND)

    async def confirmed(self, order_ids: Sequence[OrderId]) -> None:
        """The receipt, with the tickets; of a season ticket one, with those of all dates."""
        seasons = await self._seasons(order_ids)

        def making(scene: Scene, order: OwnedOrder) -> Mapping[str, Any] | None:
            receipt = scene.receipt(seasons.get(order.view.order_id, order.view))
            # Told late it may be off already: then other words are for that.
            return {"url": scene.tickets_url, "order": receipt} if receipt["tickets"] else None

        among = {other.order_id for view in seasons.values() for other in view.orders}
        alone = [order_id for order_id in order_ids if order_id not in among]
        await self._about_orders(RECEIPT, [*alone, *seasons], key="", making=making)

    async def _seasons(self, order_ids: Sequence[OrderId]) -> dict[OrderId, SeasonOrder]:
        """The season tickets among the orders, by their first one."""
        async with self._database.transaction() as session:
            first = await season_orders.seasons_of(await session.driver(), order_ids)
            return {
                order_id: await read_season_order(session, order_id=order_id, now=clock.now())
                for order_id in first
            }

    async def declined(self, order_ids: Sequence[OrderId], *, key: str) -> None:
        """That the card did not pay, while there is time for another one; `key` is the try's."""
        now = clock.now()

        def making(scene: Scene, order: OwnedOrder) -> Mapping[str, Any] | None:
            # Told late it may be paid, given up or with another card already.
            is_theirs_to_do = (
                order.view.status is OrderStatus.PENDING
                and order.view.payment_status is PaymentStatus.FAILED
                and order.view.expires_at > now
            )
            if not is_theirs_to_do:
                return None
            return {
                "url": scene.order_url(order.view.order_id),
                "until": clock.rfc3339(order.view.expires_at),
                "order": numbered(order.view.order_id),
            }

        await self._about_orders("payment_failed", order_ids, key=key, making=making)

    async def refunded(self, fact: OrderRefunded) -> None:
        """That money is on its way back; and why, where the event is off."""

        def making(scene: Scene, order: OwnedOrder) -> Mapping[str, Any]:
            return {"amount": fact.amount, "currency": fact.currency, **_linked(scene, order)}

        await self.cancelled([fact.order_id])
        if fact.amount > 0:
            await self._about_orders(
                "refund", [fact.order_id], key=f":{fact.refund_id}", making=making
            )

    async def cancelled(self, order_ids: Sequence[OrderId]) -> None:
        """That their event is off; of an event that is not, nothing."""

        def making(scene: Scene, order: OwnedOrder) -> Mapping[str, Any] | None:
            if scene.row.status is not EventStatus.CANCELLED:
                return None
            return _linked(scene, order)

        await self._about_orders(
            "event_cancelled", order_ids, key="", making=making, with_holders=True
        )

    async def holders_of_cancelled(self, event_id: EventId) -> None:
        async for order_ids in self._holders(event_id):
            await self.cancelled(order_ids)

    async def postponed(self, event_id: EventId, *, before: dt.datetime, version: int) -> None:
        """The new date, and the one it was to be on."""

        def making(scene: Scene, order: OwnedOrder) -> Mapping[str, Any]:
            return {"before": clock.rfc3339(before), **_linked(scene, order)}

        async for order_ids in self._holders(event_id):
            await self._about_orders(
                "event_postponed", order_ids, key=f":{version}", making=making, with_holders=True
            )

    async def delayed(self, event_id: EventId, *, version: int) -> None:
        """That it is not on its day, and that the new one is not known yet."""
        async for order_ids in self._holders(event_id):
            await self._about_orders(
                "event_delayed", order_ids, key=f":{version}", making=_linked, with_holders=True
            )

    async def turns_came(self, fact: TurnsCame) -> None:
        """Once a person and event, and only while there is time: an address that is proved."""
        for start in range(0, len(fact.user_ids), PEOPLE_PER_ROUND):
            some = fact.user_ids[start : start + PEOPLE_PER_ROUND]
            async with self._courtesy.turn(len(some)), self._database.transaction() as session:
                if fact.until <= clock.now():
                    return
                scene = await scene_of(session, event_id=fact.event_id, base_url=self._base_url)
                known = await contacts(session, user_ids=some)
                await tell_all(
                    session,
                    [
                        NewMessage(
                            template="queue_turn",
                            to=contact.to,
                            key=f"queue_turn:{fact.event_id}:{user_id}",
                            values={
                                "name": contact.to.name,
                                "url": scene.queue_url,
                                "until": clock.rfc3339(fact.until),
                                "event": scene.event,
                            },
                            about=scene.about(),
                        )
                        for user_id, contact in known.items()
                        if contact.is_proved
                    ],
                )

    async def _holders(self, event_id: EventId) -> AsyncIterator[list[OrderId]]:
        after: OrderId | None = None
        for _ in range(ROUNDS_MAX):
            async with self._database.transaction() as session:
                found = await orders.held_orders_of(
                    await session.driver(), event_id=event_id, after=after, limit=HOLDERS_PER_ROUND
                )
            if not found:
                return
            yield found
            after = found[-1]

    async def _about_orders(
        self,
        template: str,
        order_ids: Sequence[OrderId],
        *,
        key: str,
        making: Making,
        with_holders: bool = False,
    ) -> None:
        """A transaction for each `ORDERS_PER_ROUND`; said before, it is not said again.

        To who bought, and `with_holders` to who was given a ticket.
        """
        courtesy = self._receipts if template == RECEIPT else self._courtesy
        for start in range(0, len(order_ids), ORDERS_PER_ROUND):
            some = order_ids[start : start + ORDERS_PER_ROUND]
            async with courtesy.turn(len(some)), self._database.transaction() as session:
                found = await orders.orders_by_id(
                    await session.driver(), list(some), now=clock.now()
                )
                by_event: dict[EventId, list[OwnedOrder]] = defaultdict(list)
                for order in found.values():
                    by_event[order.view.event_id].append(order)
                holders = (
                    await holding.given_to(await session.driver(), order_ids=list(found))
                    if with_holders
                    else {}
                )
                for event_id, owned in by_event.items():
                    scene = await scene_of(session, event_id=event_id, base_url=self._base_url)
                    told = [
                        one
                        for order in owned
                        if (values := making(scene, order)) is not None
                        for one in _told(scene, order, values, holders.get(order.view.order_id, ()))
                    ]
                    await self._tell(session, template=template, scene=scene, told=told, key=key)

    async def _tell(
        self,
        session: Session,
        *,
        template: str,
        scene: Scene,
        told: Sequence[_Told],
        key: str,
    ) -> None:
        known = await contacts(session, user_ids=[one.user_id for one in told])
        messages = [
            NewMessage(
                template=template,
                to=known[one.user_id].to,
                key=f"{template}:{one.about}{key}",
                values={
                    "name": known[one.user_id].to.name,
                    "event": scene.event,
                    **one.values,
                    **_key(template, scene, known[one.user_id]),
                },
                about=scene.about(one.order_id),
            )
            for one in told
            # Who was erased is nobody's to write to.
            if one.user_id in known
        ]
        await tell_all(session, messages)


def _key(template: str, scene: Scene, contact: Contact) -> Mapping[str, Any]:
    """A receipt is what whoever bought without a password has of their account."""
    return {"password_url": scene.password_url(contact)} if template == RECEIPT else {}


def _told(
    scene: Scene, order: OwnedOrder, values: Mapping[str, Any], holders: Sequence[UserId]
) -> Iterator[_Told]:
    order_id = order.view.order_id
    if order.payment_method != BOX_OFFICE:
        yield _Told(order.user_id, order_id, f"{order_id}", values)
    for user_id in holders:
        theirs = {"url": scene.tickets_url, "order": {**numbered(order_id), "paidBy": OTHER}}
        yield _Told(user_id, order_id, f"{order_id}:{user_id}", {**values, **theirs})


def _linked(scene: Scene, order: OwnedOrder) -> Mapping[str, Any]:
    order_id = order.view.order_id
    return {
        "url": scene.order_url(order_id),
        "order": {**numbered(order_id), "paidBy": _paid_by(order)},
    }


def _paid_by(order: OwnedOrder) -> str:
    """How money comes back, as the templates' words tell it apart."""
    if order.view.total == 0 or order.view.payment_status in _UNPAID:
        return "nothing"
    if order.view.payment_status is PaymentStatus.DISPUTED:
        return "disputed"
    return "bank" if order.payment_method == INVOICE else "card"
