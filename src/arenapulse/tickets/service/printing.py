"""A ticket as a PDF, in the language of who holds it."""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec import UNSET

from arenapulse.core.ids import TicketId, UserId
from arenapulse.events import queries as events
from arenapulse.identity.queries import preferences
from arenapulse.questions.service import holder_name
from arenapulse.runtime.db import Session
from arenapulse.runtime.paper import moment
from arenapulse.runtime.priority import briefly
from arenapulse.tickets import ticketcode
from arenapulse.tickets.pdf import Paper, Size, render
from arenapulse.tickets.service.coding import payload_of, valid_held_by
from arenapulse.tickets.service.keys import Keyrack
from arenapulse.venues import queries as venues


class Words(NamedTuple):
    section: str
    row: str
    seat: str
    gate: str
    code: str
    paper: str
    phone: str
    number: str
    event: str
    venue: str
    when: str
    holder: str


_WORDS: Final = {
    "en": Words(
        "Section",
        "Row",
        "Seat",
        "Gate",
        "Entry code of this ticket",
        "This code lets one person in, once. Whoever has a copy can use it: keep it to yourself.",
        "Paper is not taken at this event. Show the code in your tickets on your phone.",
        "Ticket",
        "Event",
        "Venue",
        "Starts",
        "Name",
    ),
    "de": Words(
        "Block",
        "Reihe",
        "Platz",
        "Eingang",
        "Einlasscode dieses Tickets",
        "Dieser Code lässt eine Person einmal ein. Wer eine Kopie hat, kann ihn benutzen.",
        "Papier gilt hier nicht. Zeig den Code bei deinen Tickets auf dem Telefon.",
        "Ticket",
        "Veranstaltung",
        "Ort",
        "Beginn",
        "Name",
    ),
    "es": Words(
        "Sector",
        "Fila",
        "Asiento",
        "Puerta",
        "Código de acceso de esta entrada",
        "Este código deja pasar a una persona, una vez. Quien tenga una copia puede usarlo.",
        "En este evento no se acepta papel. Muestra el código en tus entradas, en el teléfono.",
        "Entrada",
        "Evento",
        "Recinto",
        "Comienzo",
        "Nombre",
    ),
}


def words_in(locale: str | None) -> tuple[str, Words]:
    """The language that is written where this one is read, and its words."""
    language = "en" if locale is None else locale[:2].lower()
    return (language, _WORDS[language]) if language in _WORDS else ("en", _WORDS["en"])


async def pdf(
    session: Session, *, holder: UserId, ticket: TicketId, size: Size, rack: Keyrack
) -> bytes:
    """With a code for paper where the organizer takes paper.

    Raises `TicketNotFound`, `TicketStateForbids`.
    """
    held = await valid_held_by(session, holder=holder, ticket=ticket)
    event = await events.find(session, event_id=held.view.event_id)
    venue = await venues.find(session, venue_id=event.venue_id)
    chart = await venues.chart(session, chart_id=event.chart_id)
    chosen = await preferences(session, user_id=holder)
    language, words = words_in(None if chosen is None else chosen.locale)
    codes = await rack.codes(held.view.event_id)
    section = chart.by_id.get(held.view.section_id)
    lines: list[tuple[str, str]] = []
    name = await holder_name(session, event_id=held.view.event_id, ticket=ticket)
    if name is not None:
        lines.append((words.holder, name))
    if section is not None:
        lines.append((words.section, section.name))
    if held.view.row is not UNSET:
        assert held.view.seat is not UNSET
        seat = chart.printed(held.view.section_id, row=held.view.row, seat=held.view.seat)
        lines += [(words.row, held.view.row), (words.seat, str(seat))]
    if section is not None and section.gate:
        lines.append((words.gate, section.gate))
    paper = payload_of(held, is_printed=True)
    is_paper = codes.printed_codes
    when = moment(event.start_time, timezone=venue.location.timezone, language=language)
    made = Paper(
        language=language,
        title=event.name,
        when=when,
        where=f"{venue.name}, {venue.location.address}, {venue.location.city}",
        lines=tuple(lines),
        code=ticketcode.signed_part(paper, keys=codes.keys) if is_paper else None,
        code_words=words.code,
        note=words.paper if is_paper else words.phone,
        number=f"{words.number} {ticket}",
    )
    return await briefly(render, made, size=size)
