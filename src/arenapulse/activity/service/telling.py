"""What became of an order: written down by reactions, read by its buyer and by the organizer."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.activity import queries
from arenapulse.activity.schemas import ActivityEntry, ActivityKind, Noted
from arenapulse.core.ids import OrderId, ticket_id
from arenapulse.core.paging import PageRequest
from arenapulse.events import queries as event_queries
from arenapulse.gates import queries as gate_queries
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.notifications import queries as message_queries
from arenapulse.orders import queries as order_queries
from arenapulse.orders.errors import OrderNotFound
from arenapulse.orders.facts import MovedOrder, OrdersMoved
from arenapulse.orders.terms import OrderStatus, PaymentStatus
from arenapulse.payments.facts import DisputeClosed, OrderRefunded, RefundMoved, RefundStep
from arenapulse.runtime.db import Session
from arenapulse.tickets.facts import TicketTransferred

# Five cards, and what goes back ticket by ticket: nobody's order has as many.
ENTRIES_MAX: Final = 500
MESSAGES_MAX: Final = 100

_OF_STATUS: Final = {
    OrderStatus.CONFIRMED: ActivityKind.CONFIRMED,
    OrderStatus.CANCELLED: ActivityKind.CANCELLED,
    OrderStatus.EXPIRED: ActivityKind.EXPIRED,
}
_OF_STEP: Final = {
    RefundStep.ASKED: ActivityKind.REFUND_ASKED,
    RefundStep.FAILED: ActivityKind.REFUND_FAILED,
    RefundStep.UNDONE: ActivityKind.REFUND_UNDONE,
}
# Why a refund failed or came back: for the organizer alone, as in `RefundNote`.
_THE_VENDORS_WORD: Final = {ActivityKind.REFUND_FAILED, ActivityKind.REFUND_UNDONE}
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
    is_house = actor.key is not None or order.user_id != actor.user_id
    if is_house:
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
    entries = [_entry(line, currency=order.view.currency, is_house=is_house) for line in lines]
    if is_house:
        # A buyer need not know when a friend went in, nor what was written to them.
        entries = sorted([*entries, *await _besides(session, order_id=order_id)], key=_moment)
    return [placed, *entries]


async def _besides(session: Session, *, order_id: OrderId) -> list[ActivityEntry]:
    """What gates and messages know of it themselves."""
    told = await message_queries.messages_of_order(
        session, order_id=order_id, page=PageRequest(limit=MESSAGES_MAX)
    )
    scans = await gate_queries.scans_of_order(session, order_id=order_id, limit=ENTRIES_MAX)
    messages = [
        ActivityEntry(
            at=one.created_at, kind=ActivityKind.MESSAGE, code=one.template, ticket_ids=[]
        )
        for one in told.items
    ]
    admitted = [
        ActivityEntry(
            at=scan.scanned_at,
            kind=ActivityKind.ADMITTED,
            code=scan.gate,
            ticket_ids=[ticket_id(order_id, number=scan.number)],
        )
        for scan in scans
        if scan.is_entry
    ]
    return [*messages, *admitted]


def _moment(entry: ActivityEntry) -> dt.datetime:
    return entry.at


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


async def note_refund_step(session: Session, fact: RefundMoved) -> None:
    line = Noted(
        order_id=fact.order_id,
        fact_id=fact.fact_id,
        at=fact.at,
        kind=_OF_STEP[fact.step],
        code=fact.code,
        amount=fact.amount,
        numbers=fact.numbers,
    )
    await queries.add(session, lines=[line])


async def note_dispute(session: Session, fact: DisputeClosed) -> None:
    kind = ActivityKind.DISPUTE_WON if fact.is_won else ActivityKind.DISPUTE_LOST
    lines = [
        Noted(order_id=order_id, fact_id=fact.fact_id, at=fact.at, kind=kind)
        for order_id in fact.orders
    ]
    await queries.add(session, lines=lines)


async def note_transfer(session: Session, fact: TicketTransferred) -> None:
    line = Noted(
        order_id=fact.order_id,
        fact_id=fact.fact_id,
        at=fact.at,
        kind=ActivityKind.TRANSFERRED,
        numbers=(fact.ticket_id.int - fact.order_id.int,),
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


def _entry(line: Noted, *, currency: str, is_house: bool) -> ActivityEntry:
    return ActivityEntry(
        at=line.at,
        kind=line.kind,
        code=line.code if is_house or line.kind not in _THE_VENDORS_WORD else None,
        amount=line.amount,
        currency=None if line.amount is None else currency,
        ticket_ids=[ticket_id(line.order_id, number=number) for number in line.numbers],
    )
