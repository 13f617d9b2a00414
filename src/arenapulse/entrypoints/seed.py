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
from arenapulse.core.ids import OrganizationId, SessionId, UserId, new_id
from arenapulse.core.paging import PAGE_LIMIT_MAX, PageRequest
from arenapulse.core.settings import Settings
from arenapulse.entrypoints.demo import sales
from arenapulse.entrypoints.demo.places import Place, ember_hall, festival_ground, stadium
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
from arenapulse.inventory.queries import totals as stock_totals
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import Unheard as UnheardSales
from arenapulse.orders.placing import PlaceOrder
from arenapulse.runtime import log
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.db import Database, Session
from arenapulse.search.service.indexing import Index
from arenapulse.search.service.mending import Mender
from arenapulse.venues import queries as venue_queries
from arenapulse.venues import service as venues
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.seatmap import Chart

ORGANIZATION: Final = "Lantern Park Group"
ADMIN_EMAIL, OWNER_EMAIL = "admin@demo.test", "owner@demo.test"
GATE_EMAIL, FAN_EMAIL = "gate@demo.test", "fan@demo.test"
NAMES: Final[Mapping[str, str]] = {
    ADMIN_EMAIL: "Ada Minder",
    OWNER_EMAIL: "Oskar Wainwright",
    GATE_EMAIL: "Gita Torres",
    FAN_EMAIL: "Fenna Arden",
}
ORDERS_AT_ONCE = 4_000
SELLING: Final = frozenset({EventStatus.ON_SALE, EventStatus.PAUSED, EventStatus.LIVE})


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
    places = stadium(), ember_hall(), festival_ground()
    shows = programme(places[0], hall=places[1], ground=places[2])
    async with wiring.opened(settings) as runtime:
        async with runtime.database.transaction() as session:
            await session.execute(_LOCK)
            people = await _people(session, password_hash=password_hash)
            actor = _actor(people.owner, now=now)
            is_first = await _venues(
                session, places, people=people, actor=actor, cache=runtime.cache
            )
            await _events(session, shows, people=people, actor=actor, now=now)
        await _sales(runtime.database, shows, people=people)
        index = Index(runtime.database, is_told=bool(settings.search_url))
        await Mender(runtime.database, index).walk()
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
    session: Session, places: tuple[Place, ...], *, people: People, actor: Actor, cache: Cache
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
            document=place.houses[0].document,
        )
        for house in place.houses[1:]:
            await venues.add_document(
                session, venue_id=place.venue_id, document=house.document, cache=cache
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
                body=show.body(
                    people.organization_id,
                    now=now,
                    chart=await _chart(session, show),
                ),
                event_id=show.event_id,
            )
            for target in ROADS[show.status]:
                await events.set_status(
                    session, actor=actor, event_id=show.event_id, target=target, news=news
                )


async def _chart(session: Session, show: Show) -> Chart:
    """The chart that the show names, or the current one of its place."""
    venue_id = show.place.venue_id
    found = await venue_queries.charts(
        session, venue_id=venue_id, request=PageRequest(limit=PAGE_LIMIT_MAX)
    )
    named = [chart.id for chart in found.items if chart.name == show.chart]
    if show.chart is None or not named:
        return await venue_queries.newest_chart(session, venue_id=venue_id)
    return await venue_queries.chart(session, chart_id=named[0])


async def _sales(database: Database, shows: list[Show], *, people: People) -> None:
    """Sells what the shows have sold, all of the sold-out one, and a few tickets to the fan.

    Keys make it safe to run again; an event that has sold as much, or has moved on, is left alone.
    """
    orders: list[PlaceOrder] = []
    async with database.transaction() as session:
        for show in shows:
            orders += await _orders(session, show, people=people)
    batcher = Batcher(database, news=UnheardSales(), queue_max=len(orders) + 1)
    try:
        for some in _batched(orders, ORDERS_AT_ONCE):
            for outcome in await asyncio.gather(
                *(batcher.place(order) for order in some), return_exceptions=True
            ):
                if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
                    raise outcome
    finally:
        await batcher.close()


async def _orders(session: Session, show: Show, *, people: People) -> list[PlaceOrder]:
    row = await event_queries.find(session, event_id=show.event_id)
    if row.status not in SELLING:
        return []
    chart = await venue_queries.chart(session, chart_id=row.chart_id)
    orders: list[PlaceOrder] = []
    if show.status is EventStatus.SOLD_OUT:
        orders += sales.everything(show, chart=chart, buyer=people.gate)
    elif show.sold is not None:
        orders += sales.unevenly(show, chart=chart, buyer=people.gate)
    elif show.place.key == "ember-hall" and row.status is not EventStatus.PAUSED:
        orders.append(sales.for_fan(show, chart=chart, buyer=people.fan))
    wanted = sum(line.quantity for order in orders for line in order.lines)
    counts = (await stock_totals(session, event_ids=[show.event_id])).get(show.event_id)
    return [] if counts is None or counts.sold >= wanted else orders


def _batched(orders: list[PlaceOrder], size: int) -> Iterator[list[PlaceOrder]]:
    for start in range(0, len(orders), size):
        yield orders[start : start + size]


# Two seedings at once: the second waits, then finds everything there. Any constant will do.
_LOCK = text("SELECT pg_advisory_xact_lock(24301)")
