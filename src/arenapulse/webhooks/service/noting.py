"""News become deliveries, for each endpoint of the organization that wants them, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg

from arenapulse.core import clock
from arenapulse.core.ids import OrderId, OrganizationId, ticket_id
from arenapulse.events.facts import EventFlipped, EventStatusChanged
from arenapulse.gates import queries as gates
from arenapulse.gates.facts import TicketsAdmitted, TicketsCheckedIn
from arenapulse.orders import queries as order_queries
from arenapulse.orders.facts import OrdersMoved, OrdersPlaced
from arenapulse.orders.schemas import OwnedOrder
from arenapulse.orders.terms import OrderStatus
from arenapulse.payments.facts import OrderRefunded
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import enqueue
from arenapulse.tickets.facts import TicketTransferred
from arenapulse.webhooks import queries
from arenapulse.webhooks.schemas import News
from arenapulse.webhooks.terms import DELIVER_TASK, EventType

_OF_STATUS = {
    OrderStatus.CONFIRMED: EventType.ORDER_CONFIRMED,
    OrderStatus.CANCELLED: EventType.ORDER_CANCELLED,
}


async def note(session: Session, news: Sequence[News]) -> None:
    """Writes deliveries; the same news again are none."""
    if news and await queries.deliver(session, news=news):
        await enqueue(session, DELIVER_TASK)


async def note_placed(session: Session, facts: Sequence[OrdersPlaced]) -> None:
    """What was sold at once: free, by box office, by invoice; of many batches together."""
    await _note_orders(
        session,
        [
            (order.order_id, order.organization_id, order.status, order.at or fact.at)
            for fact in facts
            for order in fact.orders
            if order.status is OrderStatus.CONFIRMED
        ],
    )


async def note_moved(session: Session, facts: Sequence[OrdersMoved]) -> None:
    await _note_orders(
        session,
        [
            (order.order_id, order.organization_id, order.after, fact.at)
            for fact in facts
            for order in fact.orders
            if order.before is not order.after and order.after in _OF_STATUS
        ],
    )


async def note_refunded(session: Session, fact: OrderRefunded) -> None:
    data = {
        "orderId": fact.order_id,
        "eventId": fact.event_id,
        "refundId": fact.refund_id,
        "status": fact.status,
        "amount": fact.amount,
        "currency": fact.currency,
        "ticketIds": [ticket_id(fact.order_id, number=number) for number in fact.numbers],
    }
    await note(
        session,
        [
            News(
                organization_id=fact.organization_id,
                type=EventType.ORDER_REFUNDED,
                key=f"refund:{fact.refund_id}",
                at=fact.at,
                data=data,
            )
        ],
    )


async def note_event_status(session: Session, fact: EventStatusChanged | EventFlipped) -> None:
    """By hand, or by itself; the last place sold is told besides."""
    data = {"eventId": fact.event_id, "status": fact.after, "before": fact.before}

    def news(kind: EventType, told: dict[str, Any]) -> News:
        return News(
            organization_id=fact.organization_id,
            type=kind,
            key=f"{kind}:{fact.fact_id}",
            at=fact.at,
            data=told,
        )

    told = [news(EventType.EVENT_STATUS, data)]
    if fact.after == "SOLD_OUT":
        told.append(news(EventType.EVENT_SOLD_OUT, {"eventId": fact.event_id}))
    await note(session, told)


async def note_checked_in(session: Session, fact: TicketsCheckedIn) -> None:
    news = [
        News(
            organization_id=each.organization_id,
            type=EventType.TICKET_CHECKED_IN,
            key=f"checked_in:{fact.fact_id}:{each.order_id}:{each.number}",
            at=each.scanned_at,
            data={
                "ticketId": ticket_id(each.order_id, number=each.number),
                "orderId": each.order_id,
                "eventId": each.event_id,
                "sectionId": each.section_id,
                "gate": each.gate,
            },
        )
        for each in fact.tickets
    ]
    if news and await queries.listens(session, news=news):
        await note(session, news)


async def note_admitted(session: Session, facts: Sequence[TicketsAdmitted]) -> None:
    """Of many batches together; where nobody listens nothing more is read."""
    wanted = {
        (organization, EventType.TICKET_CHECKED_IN)
        for fact in facts
        for organization in fact.organizations
    }
    if not await queries.wants(session, wanted=wanted):
        return
    for fact in facts:
        rows = await gates.admissions(session, orders=fact.orders, numbers=fact.numbers)
        await note(session, [_admitted(fact, row) for row in rows])


def _admitted(fact: TicketsAdmitted, row: asyncpg.Record) -> News:
    at: int = row["at"] - 1
    order_id, number = fact.orders[at], fact.numbers[at]
    return News(
        organization_id=row["organization_id"],
        type=EventType.TICKET_CHECKED_IN,
        key=f"checked_in:{fact.fact_id}:{order_id}:{number}",
        at=row["scanned_at"],
        data={
            "ticketId": ticket_id(order_id, number=number),
            "orderId": order_id,
            "eventId": row["event_id"],
            "sectionId": row["section_id"],
            "gate": row["gate"],
        },
    )


async def note_transferred(session: Session, fact: TicketTransferred) -> None:
    data = {
        "ticketId": fact.ticket_id,
        "newTicketId": fact.new_ticket_id,
        "orderId": fact.order_id,
        "eventId": fact.event_id,
    }
    await note(
        session,
        [
            News(
                organization_id=fact.organization_id,
                type=EventType.TICKET_TRANSFERRED,
                key=f"transfer:{fact.transfer_id}",
                at=fact.at,
                data=data,
            )
        ],
    )


async def _note_orders(
    session: Session,
    orders: Sequence[tuple[OrderId, OrganizationId, OrderStatus, dt.datetime]],
    *,
    now: Callable[[], dt.datetime] = clock.now,
) -> None:
    """An order is confirmed once and cancelled once in its life."""
    news = [
        News(
            organization_id=organization_id,
            type=_OF_STATUS[status],
            key=f"{_OF_STATUS[status]}:{order_id}",
            at=at,
            data={"orderId": order_id, "status": status},
        )
        for order_id, organization_id, status, at in orders
    ]
    # Most organizations listen to nothing: their orders are not read for it.
    if not news or not await queries.listens(session, news=news):
        return
    found = await order_queries.orders_by_id(
        await session.driver(), [order_id for order_id, *_ in orders], now=now()
    )
    for each in news:
        order = found.get(each.data["orderId"])
        if order is not None:
            each.data.update(_told(order))
    await note(session, news)


def _told(order: OwnedOrder) -> dict[str, Any]:
    view = order.view
    return {
        "eventId": view.event_id,
        "total": view.total,
        "currency": view.currency,
        "ticketIds": [ticket.ticket_id for ticket in view.tickets],
    }
