"""A venue, an event and people, written straight into the tables.

For tests and benchmarks that are about selling, not about how events come to be.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import asyncpg

from arenapulse.core.ids import SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.identity.tokens import AccessTokens
from arenapulse.runtime.crypto import Keyring

LOCATION = {
    "lat": 53.5,
    "lng": 10.0,
    "address": "Ground Road 1",
    "city": "Havenbrook",
    "country": "DE",
    "timezone": "Europe/Berlin",
}


@dataclass(frozen=True)
class Place:
    """A section to sell: `rows` makes it seated; flags of seats stand by the row's label."""

    capacity: int = 100
    rows: tuple[tuple[str, int], ...] = ()
    amount: int = 4500
    fee: int = 150
    blocked: int = 0
    accessible: tuple[tuple[str, tuple[int, ...]], ...] = ()
    restricted: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Fan:
    user_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class World:
    organization_id: UUID
    venue_id: UUID
    event_id: UUID
    section_ids: tuple[UUID, ...]
    sections: tuple[Place, ...]
    tokens: AccessTokens = field(repr=False)

    def order(self, section: int = 0, *, quantity: int = 1, **changes: object) -> dict[str, object]:
        line: dict[str, object] = {
            "sectionId": str(self.section_ids[section]),
            "quantity": quantity,
            "priceLevel": "STANDARD",
        }
        if "seats" in changes:
            line["seats"] = changes.pop("seats")
        return {
            "eventId": str(self.event_id),
            "tickets": [line],
            "paymentMethod": {"type": "card"},
        } | changes


async def make_world(
    db: asyncpg.Connection,
    settings: Settings,
    *,
    sections: tuple[Place, ...] = (Place(),),
    status: str = "ON_SALE",
    config: dict[str, object] | None = None,
    tax_rate: int = 2000,
    starts_in: dt.timedelta = dt.timedelta(days=30),
) -> World:
    organization, venue, chart, event = uuid4(), uuid4(), uuid4(), uuid4()
    ids = tuple(uuid4() for _ in sections)
    shapes = json.dumps(
        [_section(i, p, n) for n, (i, p) in enumerate(zip(ids, sections, strict=True))]
    )
    capacity = sum(place.capacity for place in sections)
    start = dt.datetime.now(dt.UTC) + starts_in
    rules = {"sections": {}, "maxTicketsPerOrder": 10, "holdSeconds": 480} | (config or {})
    tiers = [
        {
            "priceLevel": "STANDARD",
            "name": "Standard",
            "sectionIds": [str(section_id)],
            "amount": place.amount,
            "fee": place.fee,
            "currency": "EUR",
        }
        for section_id, place in zip(ids, sections, strict=True)
    ]
    async with db.transaction():
        await db.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Test')", organization)
        await db.execute(
            "INSERT INTO venues (id, organization_id, name, location, capacity, sections, chart_id)"
            " VALUES ($1, $2, 'Ground', $6, $3, $4, $5)",
            *(venue, organization, capacity, shapes, chart, json.dumps(LOCATION)),
        )
        await db.execute(
            "INSERT INTO venue_charts (id, venue_id, sections) VALUES ($1, $2, $3)",
            *(chart, venue, shapes),
        )
        await db.execute(
            "INSERT INTO events (id, venue_id, organization_id, chart_id, name, start_time,"
            " end_time, status, capacity_config, pricing_tiers, currency, tax_rate)"
            " VALUES ($1, $2, $3, $4, 'Match', $5, $6, $7, $8, $9, 'EUR', $10)",
            *(event, venue, organization, chart, start, start + dt.timedelta(hours=2)),
            *(status, json.dumps(rules), json.dumps(tiers), tax_rate),
        )
        for section_id, place in zip(ids, sections, strict=True):
            await _stock(db, event, section_id, place)
    return World(
        organization, venue, event, ids, sections, AccessTokens(Keyring(settings.secret or ""))
    )


async def repeat_world(
    db: asyncpg.Connection,
    world: World,
    *,
    config: dict[str, object] | None = None,
    starts_in: dt.timedelta = dt.timedelta(days=37),
) -> World:
    """Another date of a world's event, which is the first of a series from then on."""
    event, start = uuid4(), dt.datetime.now(dt.UTC) + starts_in
    rules = {"sections": {}, "maxTicketsPerOrder": 10, "holdSeconds": 480} | (config or {})
    async with db.transaction():
        await db.execute("UPDATE events SET series_id = id WHERE id = $1", world.event_id)
        await db.execute(
            "INSERT INTO events (id, series_id, venue_id, organization_id, chart_id, name,"
            " start_time, end_time, status, capacity_config, pricing_tiers, currency, tax_rate)"
            " SELECT $2, id, venue_id, organization_id, chart_id, name, $3, $4, status, $5,"
            " pricing_tiers, currency, tax_rate FROM events WHERE id = $1",
            *(world.event_id, event, start, start + dt.timedelta(hours=2), json.dumps(rules)),
        )
        for section_id, place in zip(world.section_ids, world.sections, strict=True):
            await _stock(db, event, section_id, place)
    return replace(world, event_id=event)


async def _stock(db: asyncpg.Connection, event: UUID, section_id: UUID, place: Place) -> None:
    seats = sum(count for _, count in place.rows)
    blank = bytes((seats + 7) // 8) if seats else None
    await db.execute(
        "INSERT INTO stock (event_id, section_id, capacity, blocked, seats, taken_seats,"
        " sold_seats, blocked_seats) VALUES ($1, $2, $3, $4, $5, $6, $6, $6)",
        *(event, section_id, seats or place.capacity, place.blocked, seats, blank),
    )
    await db.execute(
        "INSERT INTO tier_prices (event_id, section_id, price_level, amount, fee) "
        "VALUES ($1, $2, 'STANDARD', $3, $4)",
        *(event, section_id, place.amount, place.fee),
    )


def _section(section_id: UUID, place: Place, number: int) -> dict[str, object]:
    seats = sum(count for _, count in place.rows)
    return {
        "id": str(section_id),
        "name": f"Section {number + 1}",
        "kind": "SEATED" if place.rows else "GENERAL",
        "capacity": seats or place.capacity,
        "rows": [
            {
                "label": label,
                "seats": count,
                "accessible": dict(place.accessible).get(label, ()),
                "restricted": dict(place.restricted).get(label, ()),
            }
            for label, count in place.rows
        ],
        "shape": [],
    }


async def make_fans(
    db: asyncpg.Connection,
    world: World,
    count: int,
    *,
    role: str | None = None,
    platform: str | None = None,
) -> list[Fan]:
    """People with valid tokens; members of the world's organization if a role is given.

    `platform` is a role on the whole platform, which the token says.
    """
    now = dt.datetime.now(dt.UTC)
    people = [uuid4() for _ in range(count)]
    await db.executemany(
        "INSERT INTO users (id, email, password_hash, full_name, roles) "
        "VALUES ($1, $2, '-', 'Fan', $3)",
        [(person, f"{person}@fans.test", [platform] if platform else []) for person in people],
    )
    if role is not None:
        await db.executemany(
            "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)",
            [(world.organization_id, person, role) for person in people],
        )
    roles = frozenset() if platform is None else frozenset({platform})
    return [Fan(person, _token(world.tokens, person, now, roles=roles)) for person in people]


def _token(tokens: AccessTokens, person: UUID, now: dt.datetime, *, roles: frozenset[str]) -> str:
    return tokens.mint(
        UserId(person),
        session_id=SessionId(uuid4()),
        roles=roles,
        signed_in_at=now,
        now=now,
    )[0]
