"""Invoices and credit notes: issued once, numbered without gaps, drawn when they are asked for."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse.core.currencies import in_words
from arenapulse.core.errors import NotFound
from arenapulse.core.ids import OrderId, UserId
from arenapulse.identity.schemas import Actor
from arenapulse.orders import service as orders
from arenapulse.orders.errors import StateForbids
from arenapulse.orders.terms import OrderStatus
from arenapulse.payments.queries import invoices
from arenapulse.payments.schemas import InvoiceView, Sheet
from arenapulse.runtime.db import Session
from arenapulse.runtime.paper import Paper, day, moment

_SOLD: Final = {OrderStatus.CONFIRMED, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED}
_WIDTHS: Final = (90.0, 20.0, 30.0, 30.0)


@dataclass(frozen=True)
class Words:
    titles: dict[str, str]
    issued: str
    to: str
    erased: str
    order: str
    belongs: str
    heads: tuple[str, str, str, str]
    ticket: str
    discount: str
    total: str
    tax: str
    payments: dict[str, str]


_WORDS: Final = {
    "en": Words(
        {"INVOICE": "Invoice", "CREDIT_NOTE": "Credit note", "CORRECTION": "Correction"},
        "Issued {day} by {seller}",
        "To {buyer}",
        "a person whose account is deleted",
        "Order {order}",
        "Belongs to invoice {invoice}",
        ("What", "Number", "Each", "Sum"),
        "Ticket {level}, fee included",
        "Discount",
        "Total",
        "of that tax {rate} %",
        {
            "open": "To be paid. Give the order's number with your payment.",
            "card": "Paid by card.",
            "box_office": "Paid at the box office.",
            "invoice": "Paid by transfer.",
        },
    ),
    "de": Words(
        {"INVOICE": "Rechnung", "CREDIT_NOTE": "Gutschrift", "CORRECTION": "Korrektur"},
        "Ausgestellt am {day} von {seller}",
        "An {buyer}",
        "eine Person, deren Konto gelöscht ist",
        "Bestellung {order}",
        "Gehört zur Rechnung {invoice}",
        ("Was", "Anzahl", "Einzeln", "Summe"),
        "Ticket {level}, mit Gebühr",
        "Rabatt",
        "Summe",
        "davon Steuer {rate} %",
        {
            "open": "Noch zu zahlen. Gib bei der Zahlung die Nummer der Bestellung an.",
            "card": "Mit Karte bezahlt.",
            "box_office": "An der Kasse bezahlt.",
            "invoice": "Per Überweisung bezahlt.",
        },
    ),
    "es": Words(
        {"INVOICE": "Factura", "CREDIT_NOTE": "Nota de abono", "CORRECTION": "Corrección"},
        "Emitida el {day} por {seller}",
        "Para {buyer}",
        "una persona cuya cuenta está eliminada",
        "Pedido {order}",
        "Corresponde a la factura {invoice}",
        ("Concepto", "Cantidad", "Cada una", "Suma"),
        "Entrada {level}, gastos incluidos",
        "Descuento",
        "Total",
        "de ello, impuesto {rate} %",
        {
            "open": "Pendiente de pago. Indica el número del pedido en tu pago.",
            "card": "Pagada con tarjeta.",
            "box_office": "Pagada en taquilla.",
            "invoice": "Pagada por transferencia.",
        },
    ),
}


async def issue(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> list[InvoiceView]:
    """The invoice of a sold order, and its credit notes: for its buyer and for MANAGER and up.

    Raises `OrderNotFound`, `Forbidden`, and `StateForbids` for what is not sold or costs nothing.
    """
    view = await orders.find(session, actor=actor, order_id=order_id, now=now)
    if view.status not in _SOLD or view.total == 0:
        raise StateForbids
    await invoices.issue(session, order_id=order_id, now=now)
    made = await invoices.of_order(session, order_id=order_id)
    if not made:
        # It was given up meanwhile.
        raise StateForbids
    return made


async def list_of_order(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> list[InvoiceView]:
    await orders.find(session, actor=actor, order_id=order_id, now=now)
    return await invoices.of_order(session, order_id=order_id)


async def find_sheet(
    session: Session, *, actor: Actor, invoice_id: UUID, now: dt.datetime
) -> tuple[InvoiceView, Sheet]:
    """An invoice and what it says. Raises `NotFound` for a missing one and for strangers."""
    invoice = await invoices.find(session, invoice_id=invoice_id)
    if invoice is None:
        raise NotFound
    order_id = OrderId(invoice.order_id)
    await orders.find(session, actor=actor, order_id=order_id, now=now, hidden=NotFound)
    return invoice, await invoices.sheet_of(session, invoice_id=invoice_id)


class PersonalPapers:
    """A person's name on invoices, for the erasure of an account: the sums stay as they are."""

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        await invoices.drop_buyer(session, buyer=user_id)


async def draw(invoice: InvoiceView, sheet: Sheet) -> bytes:
    """As PDF; in a thread, since it takes a while."""
    return await asyncio.to_thread(_draw, invoice, sheet)


def _draw(invoice: InvoiceView, sheet: Sheet) -> bytes:
    language = sheet.language if sheet.language in _WORDS else "en"
    words = _WORDS[language]
    title = f"{words.titles[invoice.kind]} {invoice.number}"
    paper = Paper(title=title, at=invoice.issued_at)
    paper.heading(title)
    issued = day(invoice.issued_at, timezone=sheet.timezone)
    paper.line(words.issued.format(day=issued, seller=sheet.seller), bold=True)
    paper.line(words.to.format(buyer=sheet.buyer or words.erased))
    paper.line(words.order.format(order=invoice.order_id))
    if sheet.of is not None:
        paper.line(words.belongs.format(invoice=sheet.of))
    starts = moment(sheet.starts_at, timezone=sheet.timezone, language=language)
    paper.line(f"{sheet.event}, {starts}")
    paper.space(6)
    if invoice.kind == "INVOICE":
        _draw_lines(paper, invoice, sheet, words)
    sign = -1 if invoice.kind == "CREDIT_NOTE" else 1
    total = in_words(sign * invoice.amount, currency=invoice.currency)
    paper.row((words.total, "", "", total), widths=_WIDTHS, bold=True)
    tax = in_words(sign * invoice.tax, currency=invoice.currency)
    paper.row((words.tax.format(rate=f"{sheet.tax_rate / 100:g}"), "", "", tax), widths=_WIDTHS)
    if invoice.kind == "INVOICE" and sheet.payment in words.payments:
        paper.space(6)
        paper.line(words.payments[sheet.payment])
    return paper.made()


def _draw_lines(paper: Paper, invoice: InvoiceView, sheet: Sheet, words: Words) -> None:
    paper.row(words.heads, widths=_WIDTHS, bold=True)
    for line in sheet.lines:
        each = in_words(line.each, currency=invoice.currency)
        of_all = in_words(line.many * line.each, currency=invoice.currency)
        what = words.ticket.format(level=line.level)
        paper.row((what, str(line.many), each, of_all), widths=_WIDTHS)
    if sheet.discount:
        off = in_words(-sheet.discount, currency=invoice.currency)
        paper.row((words.discount, "", "", off), widths=_WIDTHS)
