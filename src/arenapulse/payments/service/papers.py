"""Invoices and credit notes: issued once, numbered without gaps, drawn when they are asked for."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse.core.currencies import in_words
from arenapulse.core.errors import NotFound
from arenapulse.core.ids import OrderId
from arenapulse.events import queries as event_queries
from arenapulse.identity import queries as identity_queries
from arenapulse.identity.schemas import Actor
from arenapulse.orders import queries as order_queries
from arenapulse.orders import service as orders
from arenapulse.orders.errors import StateForbids
from arenapulse.orders.schemas import OrderResponse
from arenapulse.orders.terms import OrderStatus
from arenapulse.payments.queries import invoices
from arenapulse.payments.schemas import InvoiceView
from arenapulse.runtime.db import Session
from arenapulse.runtime.paper import Paper

_SOLD: Final = {OrderStatus.CONFIRMED, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED}
_TITLES: Final = {"INVOICE": "Invoice", "CREDIT_NOTE": "Credit note"}
_WIDTHS: Final = (90.0, 20.0, 30.0, 30.0)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All that stands on the paper."""

    invoice: InvoiceView
    order: OrderResponse
    seller: str
    buyer: str
    event: str


async def issue(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> list[InvoiceView]:
    """The invoice of a sold order, and its credit notes: for its buyer and for MANAGER and up.

    Raises `OrderNotFound`, `Forbidden`, and `StateForbids` for what is not sold or costs nothing.
    """
    view = await orders.find(session, actor=actor, order_id=order_id, now=now)
    if view.status not in _SOLD or view.total == 0:
        raise StateForbids
    await invoices.issue(
        session, order_id=order_id, amount_minor=view.total, tax_minor=view.tax, now=now
    )
    return await invoices.of_order(session, order_id=order_id)


async def list_of_order(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> list[InvoiceView]:
    await orders.find(session, actor=actor, order_id=order_id, now=now)
    return await invoices.of_order(session, order_id=order_id)


async def find_sheet(
    session: Session, *, actor: Actor, invoice_id: UUID, now: dt.datetime
) -> Sheet:
    """What an invoice says. Raises `NotFound` for a missing one and for strangers."""
    invoice = await invoices.find(session, invoice_id=invoice_id)
    if invoice is None:
        raise NotFound
    order_id = OrderId(invoice.order_id)
    found = await order_queries.orders_by_id(await session.driver(), [order_id], now=now)
    owned = found[order_id]
    await orders.find(session, actor=actor, order_id=order_id, now=now, hidden=NotFound)
    event = await event_queries.find(session, event_id=owned.view.event_id)
    contacts = await identity_queries.contacts(session, user_ids=[owned.user_id])
    contact = contacts.get(owned.user_id)
    return Sheet(
        invoice=invoice,
        order=owned.view,
        seller=await invoices.seller(session, organization_id=event.organization_id),
        buyer="" if contact is None else f"{contact.to.name}, {contact.to.email}",
        event=f"{event.name}, {event.start_time:%Y-%m-%d %H:%M} UTC",
    )


async def draw(sheet: Sheet) -> bytes:
    """As PDF; in a thread, since it takes a while."""
    return await asyncio.to_thread(_draw, sheet)


def _draw(sheet: Sheet) -> bytes:
    invoice, order = sheet.invoice, sheet.order
    title = f"{_TITLES[invoice.kind]} {invoice.number}"
    paper = Paper(title=title, at=invoice.issued_at)
    paper.heading(title)
    paper.line(f"Issued {invoice.issued_at:%Y-%m-%d} by {sheet.seller}", bold=True)
    paper.line(f"To {sheet.buyer}")
    paper.line(f"Order {order.order_id}")
    paper.line(sheet.event)
    paper.space(6)
    if invoice.kind == "INVOICE":
        paper.row(("What", "Number", "Each", "Sum"), widths=_WIDTHS, bold=True)
        lines = Counter((t.price_level, t.amount, t.fee) for t in order.tickets)
        for (level, amount, fee), many in lines.items():
            paper.row(
                (
                    f"Ticket {level}, fee included",
                    str(many),
                    in_words(amount + fee, currency=order.currency),
                    in_words(many * (amount + fee), currency=order.currency),
                ),
                widths=_WIDTHS,
            )
        if order.discount:
            paper.row(
                ("Discount", "", "", in_words(-order.discount, currency=order.currency)),
                widths=_WIDTHS,
            )
    total = invoice.amount if invoice.kind == "INVOICE" else -invoice.amount
    tax = invoice.tax if invoice.kind == "INVOICE" else -invoice.tax
    paper.row(
        ("Total", "", "", in_words(total, currency=invoice.currency)), widths=_WIDTHS, bold=True
    )
    rate = f"{order.tax_rate / 100:g}"
    paper.row(
        (f"of that tax {rate} %", "", "", in_words(tax, currency=invoice.currency)), widths=_WIDTHS
    )
    return paper.made()
