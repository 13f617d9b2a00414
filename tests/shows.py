"""Organizers with their venues and events, made through the API."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from sqlalchemy import Engine
from sqlalchemy import event as sqlalchemy_event

from tests.factories import Person, register

LOCATION: dict[str, Any] = {
    "lat": 52.52,
    "lng": 13.405,
    "address": "Lantern Street 1",
    "city": "Havenbrook",
    "country": "DE",
    "timezone": "Europe/Berlin",
}


@dataclass(frozen=True)
class Organizer:
    person: Person
    organization_id: UUID

    @property
    def headers(self) -> dict[str, str]:
        return self.person.headers


async def organizer(
    client: httpx.AsyncClient, db: asyncpg.Connection, *, role: str = "OWNER"
) -> Organizer:
    """Somebody new in an organization of their own."""
    organization_id = uuid4()
    await db.execute(
        "INSERT INTO organizations (id, name) VALUES ($1, $2)",
        *(organization_id, f"Club {secrets.token_hex(3)}"),
    )
    return await member(client, db, organization_id=organization_id, role=role)


async def member(
    client: httpx.AsyncClient, db: asyncpg.Connection, *, organization_id: UUID, role: str
) -> Organizer:
    """Somebody new in an organization that is there."""
    person = await register(client)
    await db.execute(
        "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)",
        *(organization_id, person.user_id, role),
    )
    return Organizer(person, organization_id)


def general(name: str = "North", capacity: int = 100, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "GENERAL",
        "capacity": capacity,
        "shape": [[0.0, 0.0], [10.5, 0.0], [10.5, 8.0]],
    } | more


def seated(name: str = "Club", *rows: tuple[str, int], **more: Any) -> dict[str, Any]:
    given = rows or (("A", 4), ("B", 6))
    return {
        "name": name,
        "kind": "SEATED",
        "rows": [{"label": label, "seats": seats} for label, seats in given],
        "shape": [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0]],
    } | more


def venue_body(organization_id: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "organizationId": str(organization_id),
        "name": f"Lantern Park {secrets.token_hex(3)}",
        "location": LOCATION,
        "sections": [general(), seated()],
        "amenities": ["parking"],
    } | changes


async def make_venue(client: httpx.AsyncClient, owner: Organizer, **changes: Any) -> dict[str, Any]:
    answer = await client.post(
        "/api/v1/venues",
        json=venue_body(owner.organization_id, **changes),
        headers=owner.headers,
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def in_days(days: float) -> str:
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=days)
    return moment.isoformat().replace("+00:00", "Z")


def tier(*section_ids: str, **changes: Any) -> dict[str, Any]:
    return {
        "priceLevel": "STANDARD",
        "name": "Standard",
        "sectionIds": list(section_ids),
        "amount": 4500,
        "fee": 150,
        "currency": "EUR",
    } | changes


def event_body(owner: Organizer, venue: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "organizationId": str(owner.organization_id),
        "venueId": venue["id"],
        "name": f"Harbour Derby {secrets.token_hex(3)}",
        "description": "Two sides of one river.",
        "startTime": in_days(30),
        "endTime": in_days(30.1),
        "capacityConfig": {"sections": {}, "maxTicketsPerOrder": 8, "holdSeconds": 300},
        "pricingTiers": [tier(*(section["id"] for section in venue["sections"]))],
        "taxRate": 1900,
    } | changes


async def make_event(
    client: httpx.AsyncClient, owner: Organizer, venue: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    answer = await client.post(
        "/api/v1/events", json=event_body(owner, venue, **changes), headers=owner.headers
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


async def move(
    client: httpx.AsyncClient, owner: Organizer, event: dict[str, Any], *statuses: str
) -> dict[str, Any]:
    """Moves the event through these statuses; the event as it is then."""
    for status in statuses:
        answer = await client.post(
            f"/api/v1/events/{event['id']}/status", json={"status": status}, headers=owner.headers
        )
        assert answer.status_code == 200, answer.text
        event = answer.json()["data"]
    return event


async def take(
    db: asyncpg.Connection, event_id: str, section_id: str, *, held: int = 0, sold: int = 0
) -> None:
    """Places as a sale leaves them, without one: these tests are not about selling."""
    done = await db.execute(
        "UPDATE stock SET held = held + $3, sold = sold + $4, rev = rev + 1 "
        "WHERE event_id = $1 AND section_id = $2",
        *(UUID(event_id), UUID(section_id), held, sold),
    )
    assert done == "UPDATE 1"


def if_match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def fields_of(answer: httpx.Response) -> list[str]:
    """Which fields a 422 names."""
    assert code_of(answer) == (422, "VALIDATION001"), answer.text
    return [detail["field"] for detail in answer.json()["error"]["details"]]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The reads that any engine of this process sends meanwhile."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        if "FROM" in args[2]:
            seen.append(args[2])

    sqlalchemy_event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sqlalchemy_event.remove(Engine, "before_cursor_execute", note)
