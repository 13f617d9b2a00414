"""`arenapulse seed`: demo venues, events and accounts. Once: what is there already stays."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from arenapulse import wiring
from arenapulse.core import clock
from arenapulse.core.errors import Refusal
from arenapulse.core.ids import OrganizationId, SessionId, UserId, new_id, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.demo.places import Place, festival_ground, hall, stadium
from arenapulse.entrypoints.demo.programme import ROADS, Show, programme
from arenapulse.events import queries as event_queries
from arenapulse.events import service as events
from arenapulse.events.errors import EventNotFound
from arenapulse.events.news import Unheard as UnheardEvents
from arenapulse.events.terms import EventStatus
from arenapulse.identity.schemas import ADMIN, Actor, Role
from arenapulse.identity.service.accounts import (
    ensure_account,
    ensure_member,
    ensure_organization,
    hash_password,
)
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import Unheard as UnheardSales
from arenapulse.orders.placing import BOX_OFFICE, PlaceOrder, PlannedLine
from arenapulse.runtime import log
from arenapulse.runtime.db import Database, Session
from arenapulse.venues import queries as venue_queries
from arenapulse.venues import service as venues
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.seatmap import Chart, Section, index_of

ORGANIZATION: Final = "Lantern Park Group"
ADMIN_EMAIL, OWNER_EMAIL = "admin@demo.test", "owner@demo.test"
GATE_EMAIL, FAN_EMAIL = "gate@demo.test", "fan@demo.test"
NAMES: Final[Mapping[str, str]] = {
    ADMIN_EMAIL: "Ada Minder",
    OWNER_EMAIL: "Oskar Wainwright",
    GATE_EMAIL: "Gita Torres",
    FAN_EMAIL: "Fenna Arden",
}
TICKETS_AN_ORDER = 10
FAN_TICKETS = 2
LEVEL = "ADULT"


@dataclass(frozen=True)
class People:
    organization_id: OrganizationId
    owner: UserId
    gate: UserId
    fan: UserId


async def seed(settings: Settings) -> None:
    """Fills the database of `settings` with the demo; prints the password where it made one."""
    log.configure(settings)
    password = settings.demo_password or f"demo-{secrets.token_hex(5)}"
    password_hash = await hash_password(password)
    now = clock.now()
    places = stadium(), hall(), festival_ground()
    shows = programme(places[0], hall=places[1], ground=places[2])
    async with wiring.opened(settings) as runtime:
        async with runtime.database.transaction() as session:
            await session.execute(_LOCK)
            people = await _people(session, password_hash=password_hash)
            actor = _actor(people.owner, now=now)
            is_first = await _venues(session, places, people=people, actor=actor)
            await _events(session, shows, people=people, actor=actor, now=now)
        await _sales(runtime.database, shows, people=people)
    if is_first and settings.demo_password is None:
        print(f"Password of the demo accounts: {password}", flush=True)


async def _people(session: Session, *, password_hash: str) -> People:
    ids = {
        email: await ensure_account(
            session,
            email=email,
            password_hash=password_hash,
            full_name=name,
            platform_roles=[ADMIN] if email == ADMIN_EMAIL else [],
        )
        for email, name in NAMES.items()
    }
    organization_id = await ensure_organization(session, name=ORGANIZATION)
    for email, role in ((OWNER_EMAIL, Role.OWNER), (GATE_EMAIL, Role.STAFF)):
        await ensure_member(session, organization_id=organization_id, user_id=ids[email], role=role)
    return People(organization_id, ids[OWNER_EMAIL], ids[GATE_EMAIL], ids[FAN_EMAIL])


def _actor(user_id: UserId, *, now: dt.datetime) -> Actor:
    return Actor(
        user_id=user_id,
        session_id=SessionId(new_id()),
        platform_roles=frozenset(),
        signed_in_at=now,
        expires_at=now + dt.timedelta(minutes=15),
    )


async def _venues(
    session: Session, places: tuple[Place, ...], *, people: People, actor: Actor
) -> bool:
    """Makes the venues that are missing; whether any was."""
    missing: list[Place] = []
    for place in places:
        try:
            await venue_queries.owner_of(session, venue_id=place.venue_id)
        except VenueNotFound:
            missing.append(place)
    for place in missing:
        await venues.create(
            session,
            actor=actor,
            body=place.body(people.organization_id),
            venue_id=place.venue_id,
        )
    return bool(missing)


async def _events(
    session: Session, shows: list[Show], *, people: People, actor: Actor, now: dt.datetime
) -> None:
    """Makes the events that are missing and moves each to its status."""
    news = UnheardEvents()
    for show in shows:
        try:
            await event_queries.find(session, event_id=show.event_id)
        except EventNotFound:
            await events.create(
                session,
                actor=actor,
                body=show.body(people.organization_id, now=now),
                event_id=show.event_id,
            )
            for target in ROADS[show.status]:
                await events.set_status(
                    session, actor=actor, event_id=show.event_id, target=target, news=news
                )


async def _sales(database: Database, shows: list[Show], *, people: People) -> None:
    """Sells the sold-out event at the box office, and a few tickets to the fan.

    Keys make it safe to run again; an event that has moved on since is left alone.
    """
    orders: list[PlaceOrder] = []
    async with database.transaction() as session:
        for show in shows:
            row = await event_queries.find(session, event_id=show.event_id)
            if row.status not in {EventStatus.ON_SALE, EventStatus.LIVE}:
                continue
            chart = await venue_queries.chart(session, chart_id=row.chart_id)
            if show.status is EventStatus.SOLD_OUT:
                orders.extend(_everything(show, chart=chart, buyer=people.gate))
            elif show.place.key == "ember-hall":
                orders.append(_for_fan(show, chart=chart, buyer=people.fan))
    batcher = Batcher(database, news=UnheardSales(), queue_max=len(orders) + 1)
    try:
        for outcome in await asyncio.gather(
            *(batcher.place(order) for order in orders), return_exceptions=True
        ):
            if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
                raise outcome
    finally:
        await batcher.close()


def _everything(show: Show, *, chart: Chart, buyer: UserId) -> Iterator[PlaceOrder]:
    """Orders for every place of an event."""
    for section in chart.sections:
        if section.rows:
            lines = [_seats(section, row.label, row.seats) for row in section.rows]
            lines = [part for line in lines for part in _halves(line)]
        else:
            whole, rest = divmod(section.capacity, TICKETS_AN_ORDER)
            quantities = [TICKETS_AN_ORDER] * whole + ([rest] if rest else [])
            lines = [PlannedLine(section.id, LEVEL, quantity) for quantity in quantities]
        for number, line in enumerate(lines):
            yield _order(show, line, buyer=buyer, key=f"seed-{section.name}-{number}")


def _for_fan(show: Show, *, chart: Chart, buyer: UserId) -> PlaceOrder:
    seated = next(section for section in chart.sections if section.rows)
    middle = seated.rows[3]
    line = _seats(seated, middle.label, middle.seats)
    first = middle.seats // 2
    pair = PlannedLine(
        line.section_id,
        LEVEL,
        FAN_TICKETS,
        line.seats[first : first + FAN_TICKETS],
        line.seat_indices[first : first + FAN_TICKETS],
    )
    return _order(show, pair, buyer=buyer, key="seed-fan")


def _seats(section: Section, row: str, count: int) -> PlannedLine:
    named = tuple((row, number) for number in range(1, count + 1))
    indices = [index_of(section, row=row, seat=number) for row, number in named]
    found = tuple(index for index in indices if index is not None)
    assert len(found) == count
    return PlannedLine(section.id, LEVEL, count, named, found)


def _halves(line: PlannedLine) -> Iterator[PlannedLine]:
    """A row in orders of a size that a box office sells."""
    for start in range(0, line.quantity, TICKETS_AN_ORDER):
        seats = line.seats[start : start + TICKETS_AN_ORDER]
        yield PlannedLine(
            line.section_id,
            line.price_level,
            len(seats),
            seats,
            line.seat_indices[start : start + TICKETS_AN_ORDER],
        )


def _order(show: Show, line: PlannedLine, *, buyer: UserId, key: str) -> PlaceOrder:
    return PlaceOrder(
        order_id=new_order_id(),
        event_id=show.event_id,
        user_id=buyer,
        lines=(line,),
        pay=BOX_OFFICE,
        token=None,
        key=f"{key}-{show.key}",
        request_hash=0,
    )


# Two seedings at once: the second waits, then finds everything there. Any constant will do.
_LOCK = text("SELECT pg_advisory_xact_lock(24301)")
