"""Answers to an event's questions: of its buyer for the order, of a holder for a ticket."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from msgspec import UNSET

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId, OrderId, OrganizationId, TicketId, UserId
from arenapulse.events import queries as events
from arenapulse.identity.queries import role_of
from arenapulse.identity.schemas import Actor, Role
from arenapulse.orders import holding
from arenapulse.orders import service as orders
from arenapulse.orders.errors import StateForbids, TicketNotFound
from arenapulse.orders.schemas import OrderResponse, TicketDetails
from arenapulse.orders.terms import OrderStatus, TicketStatus
from arenapulse.questions import queries
from arenapulse.questions.errors import AnswersClosed
from arenapulse.questions.facts import HoldersNamed
from arenapulse.questions.form import Filled, Form, filled, is_complete
from arenapulse.questions.schemas import (
    AnswersBody,
    FilledBody,
    HolderAnswers,
    OrderAnswers,
    TicketAnswers,
)
from arenapulse.questions.service.asking import form_view
from arenapulse.questions.service.naming import given_of, sealed
from arenapulse.questions.terms import QuestionScope
from arenapulse.runtime.crypto import keyring_of
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import record

_ANSWERED = frozenset({OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PARTIALLY_REFUNDED})
_LIVING = frozenset({TicketStatus.RESERVED, TicketStatus.VALID, TicketStatus.CHECKED_IN})


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What an event asks, and until when."""

    event_id: EventId
    organization_id: OrganizationId
    form: Form
    until: dt.datetime
    is_organizer: bool
    """Who runs the event mends answers after the time, too."""

    def is_open(self, now: dt.datetime) -> bool:
        return not self.form.is_empty and (self.is_organizer or now < self.until)


async def read_order(
    session: Session, *, actor: Actor, order_id: OrderId, now: dt.datetime
) -> OrderAnswers:
    """For the order's buyer, and for MANAGER and up. Raises `OrderNotFound`, `Forbidden`."""
    order = await orders.find(session, actor=actor, order_id=order_id, now=now)
    return await _order_answers(session, order=order, actor=actor, now=now)


async def answer_order(
    session: Session, *, actor: Actor, order_id: OrderId, body: AnswersBody, now: dt.datetime
) -> OrderAnswers:
    """Keeps what is named, the rest stays.

    Raises `OrderNotFound`, `StateForbids`, `AnswersClosed`, `Invalid`.
    """
    order = await orders.find(session, actor=actor, order_id=order_id, now=now)
    asked = await _asked(session, event_id=order.event_id, actor=actor)
    if order.status not in _ANSWERED:
        raise StateForbids
    if not asked.is_open(now):
        raise AnswersClosed
    given: dict[UUID, Filled] = {}
    if "answers" in body.model_fields_set:
        given[order_id] = filled(
            asked.form, scope=QuestionScope.ORDER, name=None, answers=body.answers, at=""
        )
    own = {UUID(int=each.ticket_id.int) for each in _living(order)}
    for n, each in enumerate(body.tickets):
        if each.ticket_id not in own:
            raise Invalid.on(f"tickets.{n}.ticketId", "is no ticket of this order")
        if each.ticket_id in given:
            raise Invalid.on(f"tickets.{n}.ticketId", "is there twice")
        given[each.ticket_id] = filled(
            asked.form,
            scope=QuestionScope.TICKET,
            name=each.name,
            answers=each.answers,
            at=f"tickets.{n}.",
        )
    await _keep(session, asked=asked, order_id=order_id, given=given, now=now)
    return await _order_answers(session, order=order, actor=actor, now=now)


async def read_ticket(
    session: Session, *, holder: UserId, ticket: TicketId, now: dt.datetime
) -> HolderAnswers:
    """One's own ticket. Raises `TicketNotFound`."""
    view, asked = await _held(session, holder=holder, ticket=ticket)
    given = await given_of(session, subjects=[ticket])
    return HolderAnswers(
        form=form_view(asked.event_id, asked.form),
        open=asked.is_open(now) and view.status in _LIVING,
        open_until=asked.until,
        ticket=_ticket_answers(view, form=asked.form, given=given.get(ticket)),
    )


async def answer_ticket(
    session: Session, *, holder: UserId, ticket: TicketId, body: FilledBody, now: dt.datetime
) -> HolderAnswers:
    """Raises `TicketNotFound`, `StateForbids`, `AnswersClosed`, `Invalid`."""
    view, asked = await _held(session, holder=holder, ticket=ticket)
    if view.status not in _LIVING:
        raise StateForbids
    if not asked.is_open(now):
        raise AnswersClosed
    given = filled(
        asked.form, scope=QuestionScope.TICKET, name=body.name, answers=body.answers, at=""
    )
    order_id, _ = holding.parts(ticket)
    await _keep(session, asked=asked, order_id=order_id, given={ticket: given}, now=now)
    return await read_ticket(session, holder=holder, ticket=ticket, now=now)


async def _held(
    session: Session, *, holder: UserId, ticket: TicketId
) -> tuple[TicketDetails, _Asked]:
    found = await holding.find(session, ticket=ticket)
    if found is None or found.holder_id != holder:
        raise TicketNotFound
    return found.view, await _asked(session, event_id=found.view.event_id, actor=None)


async def _asked(session: Session, *, event_id: EventId, actor: Actor | None) -> _Asked:
    event = await events.find(session, event_id=event_id)
    form = await queries.form(session, event_id=event_id)
    role = None
    if actor is not None:
        role = await role_of(session, actor=actor, organization_id=event.organization_id)
    return _Asked(
        event_id=event_id,
        organization_id=event.organization_id,
        form=form,
        until=form.answers_until or event.start_time,
        is_organizer=role is not None and role.covers(Role.MANAGER),
    )


async def _keep(
    session: Session,
    *,
    asked: _Asked,
    order_id: OrderId,
    given: dict[UUID, Filled],
    now: dt.datetime,
) -> None:
    if not given:
        return
    keyring = keyring_of(session)
    await queries.keep_answers(
        session,
        event_id=asked.event_id,
        organization_id=asked.organization_id,
        sealed={
            subject: sealed(keyring, subject=subject, given=each) for subject, each in given.items()
        },
        now=now,
    )
    if any(each.name for each in given.values()):
        await record(
            session,
            HoldersNamed(
                order_id=order_id,
                event_id=asked.event_id,
                organization_id=asked.organization_id,
            ),
        )


async def _order_answers(
    session: Session, *, order: OrderResponse, actor: Actor, now: dt.datetime
) -> OrderAnswers:
    asked = await _asked(session, event_id=order.event_id, actor=actor)
    tickets = _living(order)
    subjects = [order.order_id, *(each.ticket_id for each in tickets)]
    given = await given_of(session, subjects=subjects)
    views = [
        _ticket_answers(each, form=asked.form, given=given.get(each.ticket_id)) for each in tickets
    ]
    own = given.get(order.order_id)
    is_whole = is_complete(asked.form, scope=QuestionScope.ORDER, given=own)
    return OrderAnswers(
        order_id=order.order_id,
        form=form_view(asked.event_id, asked.form),
        open=asked.is_open(now) and order.status in _ANSWERED,
        open_until=asked.until,
        complete=is_whole and all(each.complete for each in views),
        answers={} if own is None else {UUID(key): value for key, value in own.answers.items()},
        tickets=views,
    )


def _ticket_answers(view: TicketDetails, *, form: Form, given: Filled | None) -> TicketAnswers:
    answers = {} if given is None else given.answers
    return TicketAnswers(
        ticket_id=view.ticket_id,
        section_id=view.section_id,
        row=None if view.row is UNSET else view.row,
        seat=None if view.seat is UNSET else view.seat,
        name=None if given is None else given.name,
        answers={UUID(key): value for key, value in answers.items()},
        complete=is_complete(form, scope=QuestionScope.TICKET, given=given),
    )


def _living(order: OrderResponse) -> list[TicketDetails]:
    return [each for each in order.tickets if each.status in _LIVING]
