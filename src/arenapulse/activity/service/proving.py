"""What stands against a dispute, on paper: what was bought, told, scanned and agreed to."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from arenapulse.activity import queries
from arenapulse.activity.schemas import Noted
from arenapulse.activity.service.telling import ENTRIES_MAX
from arenapulse.core.currencies import in_words
from arenapulse.core.errors import NotFound
from arenapulse.core.ids import OrderId
from arenapulse.core.paging import PageRequest
from arenapulse.events import queries as event_queries
from arenapulse.gates import queries as gate_queries
from arenapulse.gates.schemas import PastScan
from arenapulse.identity import queries as identity_queries
from arenapulse.identity.schemas import Actor
from arenapulse.notifications import queries as message_queries
from arenapulse.notifications.schemas import MessageView
from arenapulse.orders import queries as order_queries
from arenapulse.orders import service as orders
from arenapulse.orders.schemas import OrderResponse
from arenapulse.payments.queries import disputes, invoices
from arenapulse.payments.schemas import DisputeView, RefundTier
from arenapulse.payments.service import require_to_refund
from arenapulse.runtime.db import Session
from arenapulse.runtime.paper import Paper
from arenapulse.venues import queries as venue_queries

MESSAGES_MAX: Final = 100
SCANS_MAX: Final = 500
_TICKET_WIDTHS: Final = (60.0, 70.0, 40.0)
_WIDTHS: Final = (95.0, 40.0, 35.0)


@dataclass(frozen=True, kw_only=True)
class Sold:
    """An order of the payment, and what became of it."""

    order: OrderResponse
    event: event_queries.EventRow
    place: str
    lines: Sequence[Noted]
    scans: Sequence[PastScan]
    tiers: Sequence[RefundTier]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that is known of a payment that a bank wants back.

    It was of one order, or of one at each date of a season ticket.
    """

    dispute: DisputeView
    buyer: str
    seller: str
    sold: Sequence[Sold]
    messages: Sequence[MessageView]


async def find_evidence(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> Evidence:
    """On the newest dispute of an order, or of its season ticket, for MANAGER and up.

    Raises `OrderNotFound` for strangers, `Forbidden` for the buyer and for members below, and
    `NotFound` where nothing is disputed.
    """
    organization_id = await require_to_refund(session, actor=actor, order_id=order_id, now=now)
    order_ids = await orders.standing_together(session, order_id=order_id)
    dispute = await disputes.newest_of(session, order_ids=order_ids)
    if dispute is None:
        raise NotFound
    found = await order_queries.orders_by_id(await session.driver(), order_ids, now=now)
    buyer_id = found[order_id].user_id
    contact = (await identity_queries.contacts(session, user_ids=[buyer_id])).get(buyer_id)
    messages: list[MessageView] = []
    for each in order_ids:
        told = await message_queries.messages_of_order(
            session, order_id=each, page=PageRequest(limit=MESSAGES_MAX)
        )
        # They come newest first.
        messages += reversed(told.items)
    return Evidence(
        dispute=dispute,
        buyer="" if contact is None else f"{contact.to.name}, {contact.to.email}",
        seller=await invoices.seller(session, organization_id=organization_id),
        sold=[await _sold(session, order=found[each].view) for each in order_ids],
        messages=messages,
    )


async def _sold(session: Session, *, order: OrderResponse) -> Sold:
    event = await event_queries.find(session, event_id=order.event_id)
    venue = await venue_queries.find(session, venue_id=event.venue_id)
    at = venue.location
    return Sold(
        order=order,
        event=event,
        place=f"{venue.name}, {at.address}, {at.city}, {at.country}",
        lines=await queries.of_order(session, order_id=order.order_id, limit=ENTRIES_MAX),
        scans=await gate_queries.scans_of_order(session, order_id=order.order_id, limit=SCANS_MAX),
        tiers=await invoices.policy(session, event_id=event.id),
    )


async def draw_evidence(evidence: Evidence) -> bytes:
    """As PDF, which is what banks take; in a thread, since it takes a while."""
    return await asyncio.to_thread(_draw, evidence)


def _draw(evidence: Evidence) -> bytes:
    dispute = evidence.dispute
    title = f"Evidence on dispute {dispute.dispute_id}"
    paper = Paper(title=title, at=dispute.opened_at)
    paper.heading(title)
    paper.line(f"{in_words(dispute.amount, currency=dispute.currency)}, {dispute.reason}")
    paper.line(f"Opened {_at(dispute.opened_at)}, {dispute.status.lower()}")
    if dispute.due_by is not None:
        paper.line(f"An answer is due by {_at(dispute.due_by)}")
    paper.line(f"Buyer: {evidence.buyer or 'the account is erased'}")
    paper.line(f"Sold by {evidence.seller}")
    if len(evidence.sold) > 1:
        paid = sum(each.order.total for each in evidence.sold)
        whole = in_words(paid, currency=dispute.currency)
        paper.line(f"A season ticket: one payment of {whole} for {len(evidence.sold)} dates")
    paper.space(4)
    for each in evidence.sold:
        _draw_order(paper, each)
    _draw_messages(paper, evidence.messages)
    return paper.made()


def _draw_order(paper: Paper, sold: Sold) -> None:
    order = sold.order
    paper.line("The order", bold=True)
    paper.line(f"Order {order.order_id}, placed {_at(order.created_at)}")
    paper.line(f"{sold.event.name}, {_at(sold.event.start_time)}")
    paper.line(sold.place)
    paper.line(f"Paid: {in_words(order.total, currency=order.currency)}")
    paper.space(4)
    _draw_tickets(paper, sold)
    paper.line("What became of the order", bold=True)
    for line in sold.lines:
        paper.line(f"{_at(line.at)}  {line.kind.replace('_', ' ').lower()} {line.code or ''}")
    paper.space(4)
    _draw_terms(paper, sold.tiers)
    paper.space(4)


def _draw_tickets(paper: Paper, sold: Sold) -> None:
    order_id = sold.order.order_id
    paper.line("The tickets, and when a gate saw them", bold=True)
    paper.row(("Ticket", "Status", "Scans"), widths=_TICKET_WIDTHS, bold=True)
    for ticket in sold.order.tickets:
        number = ticket.ticket_id.int - order_id.int
        seen = [scan for scan in sold.scans if scan.number == number]
        name = f"{number}: {ticket.price_level}"
        paper.row((name, ticket.status.lower(), str(len(seen))), widths=_TICKET_WIDTHS)
        for scan in seen:
            paper.line(f"    {_at(scan.scanned_at)}  {scan.result.lower()} at gate {scan.gate}")
    paper.space(4)


def _draw_messages(paper: Paper, messages: Sequence[MessageView]) -> None:
    paper.line("What was sent to the buyer", bold=True)
    paper.row(("Message", "Sent", "State"), widths=_WIDTHS, bold=True)
    for message in messages:
        sent = "" if message.sent_at is None else f"{message.sent_at:%Y-%m-%d %H:%M}"
        what = f"{message.template.replace('_', ' ')} to {message.to}"
        paper.row((what, sent, message.status.lower()), widths=_WIDTHS)
    paper.space(4)


def _draw_terms(paper: Paper, tiers: Sequence[RefundTier]) -> None:
    paper.line("What buyers may have back by the terms of the event", bold=True)
    if not tiers:
        paper.line("Nothing, unless the event is cancelled or postponed.")
    for tier in sorted(tiers, key=lambda tier: -tier.hours_before):
        paper.line(f"{tier.percent} % until {tier.hours_before} hours before the event")


def _at(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
