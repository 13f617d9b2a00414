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
class Evidence:
    """All that is known of an order whose payment a bank wants back."""

    dispute: DisputeView
    order: OrderResponse
    buyer: str
    seller: str
    event: event_queries.EventRow
    place: str
    lines: Sequence[Noted]
    messages: Sequence[MessageView]
    scans: Sequence[PastScan]
    tiers: Sequence[RefundTier]


async def find_evidence(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> Evidence:
    """On the newest dispute of an order, for MANAGER and up.

    Raises `OrderNotFound` for strangers, `Forbidden` for the buyer and for members below, and
    `NotFound` where nothing is disputed.
    """
    organization_id = await require_to_refund(session, actor=actor, order_id=order_id, now=now)
    dispute = await disputes.newest_of(session, order_id=order_id)
    if dispute is None:
        raise NotFound
    connection = await session.driver()
    order = (await order_queries.orders_by_id(connection, [order_id], now=now))[order_id]
    event = await event_queries.find(session, event_id=order.view.event_id)
    venue = await venue_queries.find(session, venue_id=event.venue_id)
    at = venue.location
    contacts = await identity_queries.contacts(session, user_ids=[order.user_id])
    contact = contacts.get(order.user_id)
    told = await message_queries.messages_of_order(
        session, order_id=order_id, page=PageRequest(limit=MESSAGES_MAX)
    )
    return Evidence(
        dispute=dispute,
        order=order.view,
        buyer="" if contact is None else f"{contact.to.name}, {contact.to.email}",
        seller=await invoices.seller(session, organization_id=organization_id),
        event=event,
        place=f"{venue.name}, {at.address}, {at.city}, {at.country}",
        lines=await queries.of_order(session, order_id=order_id, limit=ENTRIES_MAX),
        messages=told.items,
        scans=await gate_queries.scans_of_order(session, order_id=order_id, limit=SCANS_MAX),
        tiers=await invoices.policy(session, event_id=event.id),
    )


async def draw_evidence(evidence: Evidence) -> bytes:
    """As PDF, which is what banks take; in a thread, since it takes a while."""
    return await asyncio.to_thread(_draw, evidence)


def _draw(evidence: Evidence) -> bytes:
    dispute, order = evidence.dispute, evidence.order
    title = f"Evidence on dispute {dispute.dispute_id}"
    paper = Paper(title=title, at=dispute.opened_at)
    paper.heading(title)
    paper.line(f"{in_words(dispute.amount, currency=dispute.currency)}, {dispute.reason}")
    paper.line(f"Opened {_at(dispute.opened_at)}, {dispute.status.lower()}")
    if dispute.due_by is not None:
        paper.line(f"An answer is due by {_at(dispute.due_by)}")
    paper.space(4)
    paper.line("The order", bold=True)
    paper.line(f"Order {order.order_id}, placed {_at(order.created_at)}")
    paper.line(f"Buyer: {evidence.buyer or 'the account is erased'}")
    paper.line(f"Sold by {evidence.seller}")
    paper.line(f"{evidence.event.name}, {_at(evidence.event.start_time)}")
    paper.line(evidence.place)
    paper.line(f"Paid: {in_words(order.total, currency=order.currency)}")
    paper.space(4)
    _draw_tickets(paper, evidence)
    _draw_messages(paper, evidence.messages)
    paper.line("What became of the order", bold=True)
    for line in evidence.lines:
        paper.line(f"{_at(line.at)}  {line.kind.replace('_', ' ').lower()} {line.code or ''}")
    paper.space(4)
    _draw_terms(paper, evidence)
    return paper.made()


def _draw_tickets(paper: Paper, evidence: Evidence) -> None:
    order_id = evidence.order.order_id
    paper.line("The tickets, and when a gate saw them", bold=True)
    paper.row(("Ticket", "Status", "Scans"), widths=_TICKET_WIDTHS, bold=True)
    for ticket in evidence.order.tickets:
        number = ticket.ticket_id.int - order_id.int
        seen = [scan for scan in evidence.scans if scan.number == number]
        name = f"{number}: {ticket.price_level}"
        paper.row((name, ticket.status.lower(), str(len(seen))), widths=_TICKET_WIDTHS)
        for scan in seen:
            paper.line(f"    {_at(scan.scanned_at)}  {scan.result.lower()} at gate {scan.gate}")
    paper.space(4)


def _draw_messages(paper: Paper, messages: Sequence[MessageView]) -> None:
    paper.line("What was sent to the buyer", bold=True)
    paper.row(("Message", "Sent", "State"), widths=_WIDTHS, bold=True)
    for message in reversed(messages):
        sent = "" if message.sent_at is None else f"{message.sent_at:%Y-%m-%d %H:%M}"
        what = f"{message.template.replace('_', ' ')} to {message.to}"
        paper.row((what, sent, message.status.lower()), widths=_WIDTHS)
    paper.space(4)


def _draw_terms(paper: Paper, evidence: Evidence) -> None:
    paper.line("What buyers may have back by the terms of the event", bold=True)
    if not evidence.tiers:
        paper.line("Nothing, unless the event is cancelled or postponed.")
    for tier in sorted(evidence.tiers, key=lambda tier: -tier.hours_before):
        paper.line(f"{tier.percent} % until {tier.hours_before} hours before the event")


def _at(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
