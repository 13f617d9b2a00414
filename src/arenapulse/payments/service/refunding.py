"""Money that is to go back: asked for by a manager, or by an event that is off.

The row is written first and covers its money and its tickets; `giving` asks the vendor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from arenapulse.core.errors import Forbidden, Invalid
from arenapulse.core.ids import EventId, OrderId, OrganizationId, new_id, ticket_id
from arenapulse.events import queries as event_queries
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import holding
from arenapulse.orders import queries as order_queries
from arenapulse.orders import service as orders
from arenapulse.orders.errors import OrderNotFound
from arenapulse.orders.news import SaleNews
from arenapulse.orders.terms import TicketStatus
from arenapulse.payments import queries
from arenapulse.payments.errors import RefundRefused
from arenapulse.payments.facts import RefundMoved, RefundStep
from arenapulse.payments.queries import refunds
from arenapulse.payments.schemas import (
    LostRefund,
    PaidCharge,
    RefundBody,
    RefundNote,
    RefundView,
)
from arenapulse.payments.terms import RefundBy, RefundStatus
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import enqueue, heard_by, record

REFUND_TASK: Final = "payments.refund_due"
EVENT_OFF: Final = "The event was cancelled."

ROUNDS_MAX: Final = 10_000
PAGE_MAX: Final = 200


async def ask_refund(
    session: Session, *, actor: Actor, order_id: OrderId, body: RefundBody, now: dt.datetime
) -> RefundView:
    """Leaves a refund that is due, for a MANAGER and up; a worker makes it.

    Tickets give what was paid for each: amount + fee − its share of the discount. Raises
    `OrderNotFound` for strangers, `Forbidden` for the buyer and for members below, `Invalid` for
    tickets and money at once or a ticket of another order, and `RefundRefused` for more than is
    left, a ticket twice, and where nothing was paid.
    """
    organization_id = await require_to_refund(session, actor=actor, order_id=order_id, now=now)
    if body.ticket_ids is not None and body.amount is not None:
        raise Invalid.on("amount", "name tickets or an amount, not both")
    named = numbers_of(order_id, body.ticket_ids or ())
    charge = await queries.lock_paid(session, order_id=order_id)
    if charge is None:
        raise RefundRefused("Nothing was paid for this order.")
    if charge.is_disputed and charge.left_minor == 0:
        raise RefundRefused("The buyer's bank has this money: it is not here to give back.")
    amount, numbers = await _covered(session, charge=charge, named=named, amount=body.amount)
    if charge.is_disputed and amount > charge.left_minor:
        raise RefundRefused("The buyer's bank has a part of this money: less is here to give back.")
    made = await add_refund(
        session,
        organization_id=organization_id,
        charge=charge,
        amount=amount,
        numbers=numbers,
        reason=body.reason,
        asked_by=actor.user_id,
        by=RefundBy.ORGANIZER,
        now=now,
    )
    await enqueue(session, REFUND_TASK)
    await audit(
        session,
        actor_id=actor.user_id,
        organization_id=organization_id,
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
            event = await event_queries.find(session, event_id=event_id)
            found = [
                await _refund_rest(
                    session, organization_id=event.organization_id, order_id=order_id, now=now
                )
                for order_id in paid
            ]
            if any(found):
                await enqueue(session, REFUND_TASK)
            made += sum(found)
        if len(paid) < PAGE_MAX:
            break
        after = paid[-1]
    return made


async def require_to_refund(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> OrganizationId:
    """Whose event it is, for a MANAGER and up.

    Raises `OrderNotFound` for strangers, `Forbidden` for the buyer and for members below.
    """
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
    return event.organization_id


async def list_refunds(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> list[RefundNote]:
    """What became of an order's refunds, the oldest first: for its buyer and for MANAGER and up.

    Raises `OrderNotFound` for a missing one and for strangers, `Forbidden` for members below.
    """
    found = await order_queries.orders_by_id(await session.driver(), [order_id], now=now)
    order = found.get(order_id)
    if order is None:
        raise OrderNotFound
    is_buyer = actor.key is None and order.user_id == actor.user_id
    if not is_buyer:
        await require_to_refund(session, actor=actor, order_id=order_id, now=now)
    return await refunds.of_order(
        session, order_id=order_id, buyer=order.user_id, is_buyer=is_buyer
    )


async def tell_lost(
    session: Session, *, lost: LostRefund, step: RefundStep, code: str, now: dt.datetime
) -> None:
    """That a refund will not be, or came back."""
    if not heard_by(session, RefundMoved):
        return
    await record(
        session,
        RefundMoved(
            at=now,
            refund_id=lost.refund_id,
            order_id=lost.order_id,
            organization_id=OrganizationId(lost.organization_id),
            step=step,
            amount=lost.amount_minor,
            currency=lost.currency,
            numbers=lost.numbers,
            code=code,
        ),
    )


def numbers_of(order_id: OrderId, tickets: Sequence[UUID]) -> list[int] | None:
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
    if charge.is_owed and (amount is not None or named is not None):
        raise RefundRefused("Nothing was taken for this order: it goes back as a whole.")
    if amount is not None:
        return amount, []
    connection = await session.driver()
    refunded = await queries.refunded_numbers(session, order_id=charge.order_id)
    prices = await order_queries.ticket_prices(connection, order_id=charge.order_id)
    if named is None:
        numbers = [number for number in prices if number not in refunded]
        if charge.left_minor == 0 and not (charge.is_owed and numbers):
            raise RefundRefused
        return charge.left_minor, numbers
    if not refunded.isdisjoint(named):
        raise RefundRefused("A ticket is refunded once.")
    heirs = await holding.successors(connection, order_id=charge.order_id)
    for position, number in enumerate(named):
        if number not in prices:
            raise Invalid.on(f"ticketIds.{position}", _why_not(charge.order_id, number, heirs))
    return sum(prices[number] for number in named), named


def _why_not(order_id: OrderId, number: int, heirs: Mapping[int, int]) -> str:
    """A ticket that was passed on is worth nothing; the one that came of it is."""
    if number not in heirs:
        return "is no ticket of this order"
    while number in heirs:
        number = heirs[number]
    return f"was passed on: refund {ticket_id(order_id, number=number)} instead"


async def _refund_rest(
    session: Session, *, organization_id: OrganizationId, order_id: OrderId, now: dt.datetime
) -> int:
    charge = await queries.lock_paid(session, order_id=order_id)
    if charge is None:
        return 0
    return await refund_rest_of(session, organization_id=organization_id, charge=charge, now=now)


async def refund_rest_of(
    session: Session, *, organization_id: OrganizationId, charge: PaidCharge, now: dt.datetime
) -> int:
    """What is left of a locked charge whose event is off; what a bank has stays there."""
    refunded = await queries.refunded_numbers(session, order_id=charge.order_id)
    prices = await order_queries.ticket_prices(await session.driver(), order_id=charge.order_id)
    numbers = [number for number in prices if number not in refunded]
    if charge.left_minor == 0 and not numbers:
        return 0
    await add_refund(
        session,
        organization_id=organization_id,
        charge=charge,
        amount=charge.left_minor,
        numbers=numbers,
        reason=EVENT_OFF,
        asked_by=None,
        now=now,
    )
    return 1


async def add_refund(
    session: Session,
    *,
    organization_id: OrganizationId,
    charge: PaidCharge,
    amount: int,
    numbers: Sequence[int],
    reason: str,
    asked_by: UUID | None,
    now: dt.datetime,
    by: RefundBy = RefundBy.PLATFORM,
) -> RefundView:
    refund_id = new_id()
    is_covered = await queries.add_refund(
        session,
        refund_id=refund_id,
        organization_id=organization_id,
        charge=charge,
        amount_minor=amount,
        numbers=numbers,
        reason=reason,
        asked_by=asked_by,
        now=now,
    )
    if not is_covered:
        raise RefundRefused
    if heard_by(session, RefundMoved):
        await record(
            session,
            RefundMoved(
                at=now,
                refund_id=refund_id,
                order_id=charge.order_id,
                organization_id=organization_id,
                step=RefundStep.ASKED,
                amount=amount,
                currency=charge.currency,
                numbers=tuple(numbers),
                code=by.value,
            ),
        )
    return RefundView(
        refund_id=refund_id,
        amount=amount,
        currency=charge.currency,
        status=RefundStatus.PENDING,
        ticket_ids=[ticket_id(charge.order_id, number=number) for number in numbers],
    )


async def unused_tickets(session: Session, *, order_id: OrderId, now: dt.datetime) -> list[int]:
    """The numbers of tickets that the buyer has, nobody used and no refund covers."""
    connection = await session.driver()
    refunded = await queries.refunded_numbers(session, order_id=order_id)
    found = await order_queries.orders_by_id(connection, [order_id], now=now)
    numbers = [
        ticket.ticket_id.int - order_id.int
        for ticket in found[order_id].view.tickets
        if ticket.status is TicketStatus.VALID
    ]
    return [number for number in numbers if number not in refunded]
