"""Bad input about venues: named by its field, and nothing is made."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.shows import LOCATION, fields_of, general, organizer, seated, venue_body

BIG = 2**63
NAN_LOCATION = (
    '{"lat": NaN, "lng": 0, "address": "", "city": "x", "country": "x", "timezone": "UTC"}'
)
BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "   "}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": None}, "name"),
    ({"name": 7}, "name"),
    ({"surprise": 1}, "surprise"),
    ({"id": str(uuid4())}, "id"),
    ({"capacity": BIG}, "capacity"),
    ({"capacity": "12"}, "capacity"),
    ({"capacity": True}, "capacity"),
    ({"capacity": 10}, "capacity"),
    ({"location": LOCATION | {"lat": 90.1}}, "location.lat"),
    ({"location": LOCATION | {"lng": -181}}, "location.lng"),
    ({"location": LOCATION | {"timezone": "Mars/Olympus"}}, "location.timezone"),
    ({"location": LOCATION | {"timezone": "localtime"}}, "location.timezone"),
    ({"location": LOCATION | {"timezone": "Factory"}}, "location.timezone"),
    ({"location": LOCATION | {"planet": "Mars"}}, "location.planet"),
    ({"sections": [general(name=f"S{n}", capacity=1) for n in range(501)]}, "sections"),
    ({"sections": [general(capacity=500_001)]}, "sections.0.capacity"),
    ({"sections": [general(capacity=-1)]}, "sections.0.capacity"),
    ({"sections": [general("A", 300_000), general("B", 300_000)]}, "sections"),
    ({"sections": [general(), general()]}, "sections.1.name"),
    ({"sections": [general(kind="STANDING")]}, "sections.0.kind"),
    ({"sections": [general(shape=[[0, 0]] * 201)]}, "sections.0.shape"),
    ({"sections": [general(shape=[[0, 0, 0]])]}, "sections.0.shape.0"),
    ({"sections": [general(shape=[[0, 10**9]])]}, "sections.0.shape.0.1"),
    ({"sections": [seated(capacity=11)]}, "sections.0.capacity"),
    ({"sections": [seated("S", ("A", 1001))]}, "sections.0.rows.0.seats"),
    ({"sections": [seated("S", ("A", 0))]}, "sections.0.rows.0.seats"),
    ({"sections": [seated("S", *((f"R{n}", 1) for n in range(201)))]}, "sections.0.rows"),
    ({"sections": [seated("S", ("A", 1), ("A", 1))]}, "sections.0.rows.1.label"),
    ({"amenities": ["x"] * 51}, "amenities"),
]


@pytest.mark.parametrize(
    ("changes", "field"), BAD, ids=[f"{n}-{f}" for n, (_, f) in enumerate(BAD)]
)
async def test_bad_input_is_named_and_makes_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, changes: dict[str, Any], field: str
) -> None:
    owner = await organizer(client, db)
    answer = await client.post(
        "/api/v1/venues",
        json=venue_body(owner.organization_id, **changes),
        headers=owner.headers,
    )
    assert field in fields_of(answer)
    assert await _count(db, owner.organization_id) == 0


async def test_numbers_that_are_none_are_refused(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    content = (
        f'{{"organizationId": "{owner.organization_id}", "name": "N", "sections": [], '
        f'"location": {NAN_LOCATION}}}'
    )
    answer = await client.post(
        "/api/v1/venues",
        content=content,
        headers=owner.headers | {"Content-Type": "application/json"},
    )
    assert fields_of(answer) == ["location.lat"]


async def test_a_section_can_be_had_without_a_capacity_only_if_it_has_seats(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    body = venue_body(owner.organization_id, sections=[{"name": "G", "kind": "GENERAL"}])
    answer = await client.post("/api/v1/venues", json=body, headers=owner.headers)
    assert fields_of(answer) == ["sections.0.capacity"]


async def _count(db: asyncpg.Connection, organization_id: UUID) -> int:
    found: int = await db.fetchval(
        "SELECT count(*) FROM venues WHERE organization_id = $1", organization_id
    )
    return found
