"""Codes of a ticket for who holds it."""

from __future__ import annotations

import base64
import datetime as dt

from arenapulse.core.ids import TicketId, UserId
from arenapulse.events.queries import organizations_of
from arenapulse.orders import holding
from arenapulse.orders.errors import TicketNotFound
from arenapulse.orders.schemas import HeldTicket, TicketDetails
from arenapulse.orders.terms import TicketStatus
from arenapulse.questions.service import holder_name
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import record
from arenapulse.tickets import ticketcode
from arenapulse.tickets.errors import TicketStateForbids
from arenapulse.tickets.facts import TicketReissued
from arenapulse.tickets.schemas import CodeView, WalletView
from arenapulse.tickets.service.keys import Keyrack
from arenapulse.tickets.terms import STEP_SECONDS, STEPS_BEFORE
from arenapulse.tickets.ticketcode import Payload


async def held_by(session: Session, *, holder: UserId, ticket: TicketId) -> HeldTicket:
    """One's own ticket; raises `TicketNotFound` for a missing and for a foreign one."""
    held = await holding.find(session, ticket=ticket)
    if held is None or held.holder_id != holder:
        raise TicketNotFound
    return held


async def valid_held_by(session: Session, *, holder: UserId, ticket: TicketId) -> HeldTicket:
    """The same for a ticket that lets somebody in; raises `TicketStateForbids` for another."""
    held = await held_by(session, holder=holder, ticket=ticket)
    if held.view.status is not TicketStatus.VALID or held.is_disputed:
        raise TicketStateForbids
    return held


def payload_of(held: HeldTicket, *, is_printed: bool = False) -> Payload:
    return Payload(held.view.ticket_id, held.view.event_id, held.version, is_printed)


async def code(
    session: Session, *, holder: UserId, ticket: TicketId, rack: Keyrack, now: dt.datetime
) -> CodeView:
    """What the holder shows now. Raises `TicketNotFound`, `TicketStateForbids`."""
    held = await valid_held_by(session, holder=holder, ticket=ticket)
    keys = (await rack.codes(held.view.event_id)).keys
    unix = now.timestamp()
    step = int(unix) // STEP_SECONDS
    ends = dt.datetime.fromtimestamp((step + 1 + STEPS_BEFORE) * STEP_SECONDS, tz=dt.UTC)
    return CodeView(
        ticket_id=held.view.ticket_id,
        code=ticketcode.code_at(payload_of(held), keys=keys, unix=unix),
        valid_until=ends,
        refresh_after_seconds=max(1, (step + 1) * STEP_SECONDS - int(unix)),
        rotating=True,
        server_time=now,
    )


async def wallet(
    session: Session,
    *,
    holder: UserId,
    ticket: TicketId,
    rack: Keyrack,
    now: dt.datetime,
) -> WalletView:
    """What makes the codes without a network. Raises `TicketNotFound`, `TicketStateForbids`."""
    held = await valid_held_by(session, holder=holder, ticket=ticket)
    codes = await rack.codes(held.view.event_id)
    keys, payload = codes.keys, payload_of(held)
    paper = payload_of(held, is_printed=True)
    return WalletView(
        ticket_id=held.view.ticket_id,
        signed=ticketcode.signed_part(payload, keys=keys),
        key=base64.urlsafe_b64encode(keys.ticket_key(payload)).decode().rstrip("="),
        step_seconds=STEP_SECONDS,
        server_time=now,
        printed=ticketcode.signed_part(paper, keys=keys) if codes.printed_codes else None,
        holder_name=await holder_name(session, event_id=held.view.event_id, ticket=ticket),
    )


async def reissue(session: Session, *, holder: UserId, ticket: TicketId) -> TicketDetails:
    """Kills every code of the ticket that is about, printed ones too.

    Raises `TicketNotFound`, `TicketStateForbids`.
    """
    await valid_held_by(session, holder=holder, ticket=ticket)
    version = await holding.reissue(session, ticket=ticket, holder=holder)
    if version is None:
        raise TicketStateForbids
    held = await held_by(session, holder=holder, ticket=ticket)
    owners = await organizations_of(session, event_ids=[held.view.event_id])
    await record(
        session,
        TicketReissued(
            ticket_id=ticket,
            order_id=held.order_id,
            event_id=held.view.event_id,
            organization_id=owners[held.view.event_id],
            version=version,
        ),
    )
    return held.view
