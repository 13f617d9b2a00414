"""Money that goes back: asked for by a manager or by an event that is off, given by a job.

The row is written first and covers its money and its tickets; then the vendor is asked, under a
key that is the row's; then, and only then, tickets are void and their places free. A crash at any
point is healed by running again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden, Invalid
from arenapulse.core.ids import EventId, OrderId, new_id, ticket_id
from arenapulse.events import queries as event_queries
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import queries as order_queries
from arenapulse.orders import service as orders
from arenapulse.orders.errors import OrderNotFound
from arenapulse.orders.news import SaleNews
from arenapulse.payments import queries
from arenapulse.payments.errors import RefundRefused
from arenapulse.payments.gateway import Gateway, GatewayAway, GatewayRefused
from arenapulse.payments.schemas import (
    DueRefund,
    PaidCharge,
    RefundBody,
    RefundView,
)
from arenapulse.payments.service.pausing import backoff
from arenapulse.payments.terms import RefundStatus
from arenapulse.runtime import log
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import enqueue

REFUND_TASK: Final = "payments.refund_due"
EVENT_OFF: Final = "The event was cancelled."

TAKE_MAX: Final = 32
ROUNDS_MAX: Final = 10_000
PAGE_MAX: Final = 200
CALL_SECONDS_MAX: Final = 20.0
# Longer than the longest call: another worker takes over only what was dropped.
LEASE: Final = dt.timedelta(seconds=60)
BACKOFF_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 30.0, 120.0, 600.0)
# From here on somebody should look why the vendor does not answer.
TRIES_QUIET: Final = 8

_log = log.logger("payments")


async def ask_refund(
    session: Session, *, actor: Actor, order_id: OrderId, body: RefundBody, now: dt.datetime
) -> RefundView:
    """Leaves a refund that is due, for a MANAGER and up; a worker makes it.

    Tickets give what was paid for each: amount + fee − its share of the discount. Raises
    `OrderNotFound` for strangers, `Forbidden` for the buyer and for members below, `Invalid` for
    tickets and money at once or a ticket of another order, and `RefundRefused` for more than is
    left, a ticket twice, and where nothing was paid.
    """
    await _judge_right(session, actor=actor, order_id=order_id, now=now)
    if body.ticket_ids is not None and body.amount is not None:
        raise Invalid.on("amount", "name tickets or an amount, not both")
    named = _numbers(order_id, body.ticket_ids or ())
    charge = await queries.lock_paid(session, order_id=order_id)
    if charge is None:
        raise RefundRefused("Nothing was paid for this order.")
    amount, numbers = await _covered(session, charge=charge, named=named, amount=body.amount)
    made = await _add(
        session,
        charge=charge,
        amount=amount,
        numbers=numbers,
        reason=body.reason,
        asked_by=actor.user_id,
        now=now,
    )
    await audit(
        session,
        actor_id=actor.user_id,
        action="order.refund",
        subject_id=order_id,
        details={
            "refundId": str(made.refund_id),
            "amount": made.amount,
            "currency": made.currency,
            "ticketIds": [str(ticket) for ticket in made.ticket_ids],
        },
    )
    return made


async def refund_event(
    database: Database, *, event_id: EventId, now: dt.datetime, news: SaleNews
) -> int:
    """Refunds all that was paid for an event that is off; how many refunds that makes.

    Run again, it finds nothing left.
    """
    for _ in range(ROUNDS_MAX):
        # A hold that is still being paid would be paid for after we had looked.
        if not await orders.cancel_unpaid(database, event_id=event_id, now=now, news=news):
            break
    made, after = 0, None
    for _ in range(ROUNDS_MAX):
        async with database.transaction() as session:
            connection = await session.driver()
            paid = await order_queries.paid_orders_of(
                connection, event_id=event_id, after=after, limit=PAGE_MAX
            )
            for order_id in paid:
                made += await _refund_rest(session, order_id=order_id, now=now)
        if len(paid) < PAGE_MAX:
            break
        after = paid[-1]
    return made


async def _judge_right(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> None:
    found = await order_queries.orders_by_id(await session.driver(), [order_id], now=now)
    order = found.get(order_id)
    if order is None:
        raise OrderNotFound
    event = await event_queries.find(session, event_id=order.view.event_id)
    await require_role(
        session,
        actor=actor,
        organization_id=event.organization_id,
        at_least=Role.MANAGER,
        hidden=Forbidden if order.user_id == actor.user_id else OrderNotFound,
    )


def _numbers(order_id: OrderId, tickets: Sequence[UUID]) -> list[int] | None:
    """The numbers of an order's tickets; None for no tickets at all."""
    if not tickets:
        return None
    found: list[int] = []
    for position, ticket in enumerate(tickets):
        number = ticket.int - order_id.int
        if not 0 < number <= _NUMBER_MAX:
            raise Invalid.on(f"ticketIds.{position}", "is no ticket of this order")
        if number in found:
            raise RefundRefused("A ticket is refunded once.")
        found.append(number)
    return found


_NUMBER_MAX: Final = 0xFFF


async def _covered(
    session: Session, *, charge: PaidCharge, named: list[int] | None, amount: int | None
) -> tuple[int, list[int]]:
    """What a refund comes to and the tickets it voids; the charge is locked."""
    if amount is not None:
        return amount, []
    connection = await session.driver()
    refunded = await queries.refunded_numbers(session, order_id=charge.order_id)
    prices = await order_queries.ticket_prices(connection, order_id=charge.order_id)
    if named is None:
        if charge.left_minor == 0:
            raise RefundRefused
        return charge.left_minor, [number for number in prices if number not in refunded]
    if not refunded.isdisjoint(named):
        raise RefundRefused("A ticket is refunded once.")
    for position, number in enumerate(named):
        if number not in prices:
            raise Invalid.on(f"ticketIds.{position}", "is no ticket of this order")
    return sum(prices[number] for number in named), named


async def _refund_rest(session: Session, *, order_id: OrderId, now: dt.datetime) -> int:
    charge = await queries.lock_paid(session, order_id=order_id)
    if charge is None:
        return 0
    refunded = await queries.refunded_numbers(session, order_id=order_id)
    prices = await order_queries.ticket_prices(await session.driver(), order_id=order_id)
    numbers = [number for number in prices if number not in refunded]
    if charge.left_minor == 0 and not numbers:
        return 0
    await _add(
        session,
        charge=charge,
        amount=charge.left_minor,
        numbers=numbers,
        reason=EVENT_OFF,
        asked_by=None,
        now=now,
    )
    return 1


async def _add(
    session: Session,
    *,
    charge: PaidCharge,
    amount: int,
    numbers: Sequence[int],
    reason: str,
    asked_by: UUID | None,
    now: dt.datetime,
) -> RefundView:
    refund_id = new_id()
    is_covered = await queries.add_refund(
        session,
        refund_id=refund_id,
        charge=charge,
        amount_minor=amount,
        numbers=numbers,
        reason=reason,
        asked_by=asked_by,
        now=now,
    )
    if not is_covered:
        raise RefundRefused
    await enqueue(session, REFUND_TASK)
    return RefundView(
        refund_id=refund_id,
        amount=amount,
        currency=charge.currency,
        status=RefundStatus.PENDING,
        ticket_ids=[ticket_id(charge.order_id, number=number) for number in numbers],
    )


class Refunds:
    """Gives money back that is due; one a process."""

    def __init__(
        self,
        database: Database,
        *,
        gateway: Gateway,
        news: SaleNews,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        """`now` is asked again after every wait; the simulation has a clock of its own."""
        self._database = database
        self._gateway = gateway
        self._news = news
        self._now = now

    async def drain(self) -> None:
        """Works until nothing is due."""
        for _ in range(ROUNDS_MAX):
            async with self._database.transaction() as session:
                due = await queries.take_due_refunds(
                    session, now=self._now(), lease=LEASE, limit=TAKE_MAX
                )
            if not due:
                return
            for error in await asyncio.gather(*map(self._give, due), return_exceptions=True):
                if error is not None:
                    raise error

    async def _give(self, refund: DueRefund) -> None:
        """One call, and what follows from its answer; no answer puts the refund off."""
        vendor_id: str | None = None
        try:
            if refund.amount_minor:
                async with asyncio.timeout(CALL_SECONDS_MAX):
                    answer = await self._gateway.refund(
                        refund.intent_id, amount_minor=refund.amount_minor, key=refund.key
                    )
                vendor_id = answer.refund_id
        except GatewayRefused as refused:
            await self._fail(refund, code=refused.code)
        except (GatewayAway, TimeoutError):
            await self._put_off(refund)
        else:
            await self._succeed(refund, vendor_id=vendor_id)

    async def _succeed(self, refund: DueRefund, *, vendor_id: str | None) -> None:
        now = self._now()
        async with self._database.transaction() as session:
            is_all = await queries.refund_succeeded(
                session, refund=refund, vendor_id=vendor_id, now=now
            )
            if is_all is not None:
                await orders.give_back(
                    session,
                    order_id=refund.order_id,
                    numbers=refund.numbers,
                    is_all=is_all,
                    now=now,
                    news=self._news,
                )

    async def _fail(self, refund: DueRefund, *, code: str) -> None:
        _log.error("the gateway refuses a refund", refund=str(refund.refund_id), code=code)
        async with self._database.transaction() as session:
            await queries.refund_failed(session, refund=refund, error_code=code, now=self._now())

    async def _put_off(self, refund: DueRefund) -> None:
        if refund.tries >= TRIES_QUIET:
            _log.error("a refund waits for the gateway", refund=str(refund.refund_id))
        async with self._database.transaction() as session:
            await queries.refund_later(
                session,
                refund_id=refund.refund_id,
                at=self._now() + backoff(refund.tries, seconds=BACKOFF_SECONDS),
            )
