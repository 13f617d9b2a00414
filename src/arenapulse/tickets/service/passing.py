"""A ticket in the wallet of its holder's telephone: Apple's, Google's."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from msgspec import UNSET

from arenapulse.core.ids import OrganizationId, TicketId, UserId
from arenapulse.events import queries as events
from arenapulse.events.queries import EventRow
from arenapulse.identity.queries import contacts, organization_name, preferences
from arenapulse.orders.schemas import HeldTicket
from arenapulse.questions.service import holder_name
from arenapulse.runtime.db import Session
from arenapulse.runtime.priority import briefly
from arenapulse.tickets import applepass, googlepass, ticketcode
from arenapulse.tickets.applepass import Pass
from arenapulse.tickets.googlepass import Saved
from arenapulse.tickets.schemas import PassesView, SaveLinkView
from arenapulse.tickets.service.certificates import PassOffice
from arenapulse.tickets.service.coding import payload_of, valid_held_by
from arenapulse.tickets.service.keys import Keyrack
from arenapulse.tickets.service.printing import Words, words_in
from arenapulse.venues import queries as venues
from arenapulse.venues.schemas import VenueView
from arenapulse.venues.seatmap import Section


@dataclass(frozen=True, slots=True)
class _Scene:
    held: HeldTicket
    event: EventRow
    venue: VenueView
    section: Section | None
    seat: int | None
    """The number that stands on it."""
    language: str
    words: Words
    organization: str
    name: str | None
    """Whose ticket it is, where tickets are somebody's by name."""


async def passes(
    session: Session, *, holder: UserId, ticket: TicketId, office: PassOffice
) -> PassesView:
    """Which wallets may keep it. Raises `TicketNotFound`, `TicketStateForbids`."""
    held = await valid_held_by(session, holder=holder, ticket=ticket)
    owners = await events.organizations_of(session, event_ids=[held.view.event_id])
    apple, google = await office.offers(
        session, organization_id=OrganizationId(owners[held.view.event_id])
    )
    return PassesView(apple=apple, google=google)


async def apple_pass(
    session: Session, *, holder: UserId, ticket: TicketId, rack: Keyrack, office: PassOffice
) -> bytes:
    """The signed archive. Raises `TicketNotFound`, `TicketStateForbids`, `StandsInTheWay`."""
    scene = await _scene(session, holder=holder, ticket=ticket)
    held, words = scene.held, scene.words
    signer = await office.signer(session, organization_id=scene.event.organization_id)
    codes = await rack.codes(held.view.event_id)
    paper = payload_of(held, is_printed=True)
    code = ticketcode.signed_part(paper, keys=codes.keys) if codes.printed_codes else None
    page = f"{office.base_url}/tickets/{ticket}"
    made = Pass(
        serial=f"{ticket}.{held.version}",
        language=scene.language,
        organization=scene.organization,
        title=scene.event.name,
        event_label=words.event,
        starts_at=scene.event.start_time,
        ends_at=scene.event.end_time,
        place=(scene.venue.location.lat, scene.venue.location.lng),
        venue=(words.venue, scene.venue.name),
        when_label=words.when,
        fields=[(key, label, value) for key, label, value in _place(scene) if value is not None],
        back=[
            ("number", words.number, str(ticket)),
            ("page", words.code, page),
            ("note", words.paper if code is not None else words.phone, page),
        ],
        code=code,
    )
    return await briefly(applepass.make, made, signer=signer)


async def google_pass(
    session: Session,
    *,
    holder: UserId,
    ticket: TicketId,
    rack: Keyrack,
    office: PassOffice,
    now: dt.datetime,
) -> SaveLinkView:
    """The link that saves it. Raises `TicketNotFound`, `TicketStateForbids`, `StandsInTheWay`."""
    scene = await _scene(session, holder=holder, ticket=ticket)
    held = scene.held
    issuer = await office.issuer(session, organization_id=scene.event.organization_id)
    keys = (await rack.codes(held.view.event_id)).keys
    payload = payload_of(held)
    people = await contacts(session, user_ids=[holder])
    values = {key: value for key, _label, value in _place(scene)}
    saved = Saved(
        event_id=str(held.view.event_id),
        ticket_id=str(ticket),
        version=held.version,
        language=scene.language,
        organization=scene.organization,
        title=scene.event.name,
        venue=(scene.venue.name, f"{scene.venue.location.address}, {scene.venue.location.city}"),
        starts_at=scene.event.start_time,
        ends_at=scene.event.end_time,
        section=values["section"],
        row=values["row"],
        seat=values["seat"],
        gate=values["gate"],
        holder=scene.name or (people[holder].to.name if holder in people else ""),
        signed=ticketcode.signed_part(payload, keys=keys),
        key=keys.ticket_key(payload),
        links=[(f"{office.base_url}/tickets/{ticket}", scene.words.number)],
    )
    return SaveLinkView(url=googlepass.save_link(saved, issuer=issuer, now=now))


async def _scene(session: Session, *, holder: UserId, ticket: TicketId) -> _Scene:
    held = await valid_held_by(session, holder=holder, ticket=ticket)
    event = await events.find(session, event_id=held.view.event_id)
    chosen = await preferences(session, user_id=holder)
    language, words = words_in(None if chosen is None else chosen.locale)
    chart = await venues.chart(session, chart_id=event.chart_id)
    view = held.view
    return _Scene(
        held,
        event,
        await venues.find(session, venue_id=event.venue_id),
        chart.by_id.get(view.section_id),
        None
        if view.row is UNSET or view.seat is UNSET
        else chart.printed(view.section_id, row=view.row, seat=view.seat),
        language,
        words,
        await organization_name(session, organization_id=event.organization_id),
        await holder_name(session, event_id=held.view.event_id, ticket=ticket),
    )


def _place(scene: _Scene) -> list[tuple[str, str, str | None]]:
    """Key, label and value of what says where it is; None where it says nothing."""
    view, words, section = scene.held.view, scene.words, scene.section
    return [
        ("section", words.section, None if section is None else section.name),
        ("row", words.row, None if view.row is UNSET else view.row),
        ("seat", words.seat, None if scene.seat is None else str(scene.seat)),
        ("gate", words.gate, None if section is None else section.gate or None),
        ("holder", words.holder, scene.name),
    ]
