"""Bad input about events: named by its field, and nothing is made."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.shows import event_body, fields_of, in_days, make_venue, organizer, tier


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=NEVER", "status.0"),
        ("venueId=7", "venueId"),
        ("from=yesterday", "from"),
        ("from=2027-01-01T00:00:00", "from"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("q=%00", "q"),
        ("limit=101", "limit"),
        ("page=0", "page"),
        (f"page={2**63}", "page"),
    ],
)
async def test_a_bad_query_is_named(client: httpx.AsyncClient, query: str, field: str) -> None:
    assert fields_of(await client.get(f"/api/v1/events?{query}")) == [field]


LONG = "x" * 201
BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"name": LONG}, "name"),
    ({"name": "\x00"}, "name"),
    ({"description": "x" * 20_001}, "description"),
    ({"status": "ON_SALE"}, "status"),
    ({"version": 3}, "version"),
    ({"startTime": 1_900_000_000}, "startTime"),
    ({"startTime": "1900000000"}, "startTime"),
    ({"startTime": "2027-01-01T10:00:00"}, "startTime"),
    ({"startTime": "0001-01-01T00:00:00+14:00"}, "startTime"),
    ({"endTime": "9999-12-31T23:59:59-14:00"}, "endTime"),
    ({"endTime": in_days(29)}, "endTime"),
    ({"salesEndAt": in_days(31)}, "salesEndAt"),
    ({"salesStartAt": in_days(31)}, "salesStartAt"),
    ({"taxRate": 10_001}, "taxRate"),
    ({"taxRate": 2**63}, "taxRate"),
    ({"venueId": "x"}, "venueId"),
    ({"venueId": str(uuid4())}, "venueId"),
    ({"capacityConfig": {"maxTicketsPerOrder": 0}}, "capacityConfig.maxTicketsPerOrder"),
    ({"capacityConfig": {"maxTicketsPerOrder": 2**63}}, "capacityConfig.maxTicketsPerOrder"),
    ({"capacityConfig": {"maxTicketsPerPerson": 0}}, "capacityConfig.maxTicketsPerPerson"),
    ({"capacityConfig": {"holdSeconds": 1201}}, "capacityConfig.holdSeconds"),
    ({"capacityConfig": {"holdSeconds": 0}}, "capacityConfig.holdSeconds"),
    ({"capacityConfig": {"holdSeconds": 1.5}}, "capacityConfig.holdSeconds"),
    ({"capacityConfig": {"surprise": 1}}, "capacityConfig.surprise"),
    (
        {"capacityConfig": {"waitingRoom": {"enabled": True}}},
        "capacityConfig.waitingRoom.admitPerMinute",
    ),
    ({"pricingTiers": [tier(str(uuid4()))]}, "pricingTiers.0.sectionIds"),
    ({"pricingTiers": [tier()]}, "pricingTiers.0.sectionIds"),
    ({"pricingTiers": [tier(str(uuid4()), amount=-1)]}, "pricingTiers.0.amount"),
    ({"pricingTiers": [tier(str(uuid4()), fee=2**63)]}, "pricingTiers.0.fee"),
    ({"pricingTiers": [tier(str(uuid4()), amount=10.5)]}, "pricingTiers.0.amount"),
    ({"pricingTiers": [tier(str(uuid4()), currency="euro")]}, "pricingTiers.0.currency"),
    ({"pricingTiers": [tier(str(uuid4()), currency="ABC")]}, "pricingTiers.0.currency"),
    ({"pricingTiers": [tier(str(uuid4()), currency="ZZZ")]}, "pricingTiers.0.currency"),
    ({"pricingTiers": [tier(str(uuid4()))] * 101}, "pricingTiers"),
]


@pytest.mark.parametrize(
    ("changes", "field"), BAD, ids=[f"{n}-{f}" for n, (_, f) in enumerate(BAD)]
)
async def test_bad_input_is_named_and_makes_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, changes: dict[str, Any], field: str
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    answer = await client.post(
        "/api/v1/events", json=event_body(owner, venue, **changes), headers=owner.headers
    )
    assert field in fields_of(answer)
    count = await db.fetchval(
        "SELECT count(*) FROM events WHERE organization_id = $1", owner.organization_id
    )
    assert count == 0


async def test_half_a_character_is_no_name(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    body = event_body(owner, await make_venue(client, owner), name="HALF")
    content = json.dumps(body).replace("HALF", "\\ud800")
    answer = await client.post(
        "/api/v1/events",
        content=content,
        headers=owner.headers | {"Content-Type": "application/json"},
    )
    assert fields_of(answer) == ["name"]


async def test_what_is_no_id_is_named_as_the_contract_writes_names(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/v1/events/x")
    assert fields_of(answer) == ["eventId"]
