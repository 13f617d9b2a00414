"""Who comes to an event, a line a ticket, with what they answered: as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from arenapulse.core.ids import EventId, UserId
from arenapulse.events import queries as events
from arenapulse.events import service as event_service
from arenapulse.identity.queries import contacts
from arenapulse.identity.schemas import Actor
from arenapulse.orders import holding
from arenapulse.questions import queries
from arenapulse.questions.form import Filled, Form, Question, Value
from arenapulse.questions.service.naming import opened
from arenapulse.questions.terms import QuestionScope
from arenapulse.runtime.crypto import keyring_of
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.sheets import Cell, Sheet
from arenapulse.venues import queries as venues

PEOPLE_PAGE: Final = 1_000
_COLUMNS: Final = (
    *("ticketId", "orderId", "status", "section", "row", "seat", "priceLevel"),
    *("account", "email"),
)


async def require_manager(session: Session, *, actor: Actor, event_id: EventId) -> None:
    """Raises `EventNotFound`, `Forbidden`."""
    await event_service.get_to_change(session, actor=actor, event_id=event_id)


async def attendees(database: Database, *, event_id: EventId) -> Sheet:
    """Every ticket that lets somebody in, or did. Whoever asks was judged before."""
    async with database.transaction() as session:
        event = await events.find(session, event_id=event_id)
        chart = await venues.chart(session, chart_id=event.chart_id)
        form = await queries.form(session, event_id=event_id)
        rows = await holding.standing(await session.driver(), event_id=event_id)
        envelopes = {
            row["id"]: bytes(row["sealed"])
            for row in await queries.answers_at(session, event_id=event_id)
        }
        keyring = keyring_of(session)
    given = await asyncio.to_thread(opened, keyring, envelopes)
    people = await _people(database, [UserId(row["holder_id"]) for row in rows])
    sections = {each.id: each.name for each in chart.sections}
    shown = _shown(form, given)
    lines = [
        _line(
            row,
            section=sections.get(row["section_id"], ""),
            seat=chart.renumbered(row["section_id"], row=row["seat_row"], seat=row["seat"])
            or row["seat"],
            person=people.get(row["holder_id"], ("", "")),
            form=form,
            shown=shown,
            given=given,
        )
        for row in rows
    ]
    names = ("holder",) if form.holder_names else ()
    return Sheet("Attendees", (*_COLUMNS, *names, *(each.text for each in shown)), lines)


async def _people(database: Database, holders: Sequence[UserId]) -> dict[UserId, tuple[str, str]]:
    """Name and address by account, some hundreds a transaction."""
    found: dict[UserId, tuple[str, str]] = {}
    wanted = sorted(set(holders))
    for start in range(0, len(wanted), PEOPLE_PAGE):
        async with database.transaction() as session:
            page = await contacts(session, user_ids=wanted[start : start + PEOPLE_PAGE])
        found |= {each: (known.to.name, known.to.email or "") for each, known in page.items()}
    return found


def _shown(form: Form, given: dict[UUID, Filled]) -> Sequence[Question]:
    """What is asked, and what was asked and answered."""
    answered = {key for each in given.values() for key in each.answers}
    return [each for each in form.questions if not each.is_retired or str(each.id) in answered]


def _line(
    row: asyncpg.Record,
    *,
    section: str,
    seat: int | None,
    person: tuple[str, str],
    form: Form,
    shown: Sequence[Question],
    given: dict[UUID, Filled],
) -> list[Cell]:
    ticket = holding.ticket_of(row)
    own, order = given.get(ticket), given.get(row["order_id"])
    name, email = person
    line: list[Cell] = [
        *(str(ticket), str(row["order_id"]), row["status"], section),
        *(row["seat_row"] or "", seat or "", row["price_level"], name, email),
    ]
    if form.holder_names:
        line.append("" if own is None else own.name or "")
    for each in shown:
        source = own if each.scope is QuestionScope.TICKET else order
        line.append(_cell(None if source is None else source.answers.get(str(each.id))))
    return line


def _cell(value: Value | None) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value
