"""What became of an order: written down by reactions, read by its buyer and by the organizer."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.activity import queries
from arenapulse.activity.schemas import ActivityEntry, ActivityKind, Noted
from arenapulse.core.ids import OrderId, ticket_id
from arenapulse.events import queries as event_queries
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import queries as order_queries
from arenapulse.orders.errors import OrderNotFound
from arenapulse.orders.facts import MovedOrder, OrdersMoved
from arenapulse.orders.terms import OrderStatus, PaymentStatus
from arenapulse.payments.facts import OrderRefunded
from arenapulse.runtime.db import Session

# Five cards, and what goes back ticket by ticket: nobody's order has as many.
ENTRIES_MAX: Final = 500

_OF_STATUS: Final = {
    OrderStatus.CONFIRMED: ActivityKind.CONFIRMED,
    OrderStatus.CANCELLED: ActivityKind.CANCELLED,
    OrderStatus.EXPIRED: ActivityKind.EXPIRED,
}
_OF_PAYMENT: Final = {
    PaymentStatus.PROCESSING: ActivityKind.PAYMENT_STARTED,
    PaymentStatus.REQUIRES_ACTION: ActivityKind.ACTION_REQUIRED,
    PaymentStatus.FAILED: ActivityKind.PAYMENT_FAILED,
    PaymentStatus.RETRYING: ActivityKind.PAYMENT_RETRIED,
    PaymentStatus.DISPUTED: ActivityKind.DISPUTED,
    # An invoice, or a dispute that was won.
    PaymentStatus.SUCCEEDED: ActivityKind.PAID,
}


async def read(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> list[ActivityEntry]:
    """The order's lines, the oldest first, for its buyer and for STAFF and up of the organizer.

    Raises `OrderNotFound` for a missing one and for strangers, `Forbidden` for members below.
    """
    found = await order_queries.orders_by_id(await session.driver(), [order_id], now=now)
    order = found.get(order_id)
    if order is None:
        raise OrderNotFound
    if actor.key is not None or order.user_id != actor.user_id:
        event = await event_queries.find(session, event_id=order.view.event_id)
        await require_role(
            session,
            actor=actor,
            organization_id=event.organization_id,
            at_least=Role.STAFF,
            hidden=OrderNotFound,
        )
    lines = await queries.of_order(session, order_id=order_id, limit=ENTRIES_MAX)
    placed = ActivityEntry(at=order.view.created_at, kind=ActivityKind.PLACED, ticket_ids=[])
    return [placed, *(_entry(line, currency=order.view.currency) for line in lines)]


async def note_moves(session: Session, fact: OrdersMoved) -> None:
    """A line for each order; what a refund moved is told by the refund."""
    lines = [
        Noted(order_id=order.order_id, fact_id=fact.fact_id, at=fact.at, kind=kind, code=order.code)
        for order in fact.orders
        if (kind := _kind(order)) is not None
    ]
    await queries.add(session, lines=lines)


async def note_refund(session: Session, fact: OrderRefunded) -> None:
    line = Noted(
        order_id=fact.order_id,
        fact_id=fact.fact_id,
        at=fact.at,
        kind=ActivityKind.REFUNDED,
        amount=fact.amount,
        numbers=fact.numbers,
    )
    await queries.add(session, lines=[line])


def _kind(order: MovedOrder) -> ActivityKind | None:
    if order.before is order.after:
        is_paid = order.payment_status is PaymentStatus.SUCCEEDED
        if is_paid and order.after is OrderStatus.PARTIALLY_REFUNDED:
            # More of its money went back: the refund tells that.
            return None
        return _OF_PAYMENT.get(order.payment_status)
    return _OF_STATUS.get(order.after)


def _entry(line: Noted, *, currency: str) -> ActivityEntry:
    return ActivityEntry(
        at=line.at,
        kind=line.kind,
        code=line.code,
        amount=line.amount,
        currency=None if line.amount is None else currency,
        ticket_ids=[ticket_id(line.order_id, number=number) for number in line.numbers],
    )
