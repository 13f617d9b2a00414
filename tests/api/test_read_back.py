"""What a GET says of a resource can be sent to make another: all but what only the server says."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from tests.shows import Organizer, event_body, fields_of, make_event, make_venue, organizer

SERVERS_OWN = {"id", "version", "status", "availability", "media"}


@pytest.fixture
async def owner(client: httpx.AsyncClient, db: asyncpg.Connection) -> Organizer:
    return await organizer(client, db)


def sendable(resource: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in resource.items() if field not in SERVERS_OWN}


async def test_a_venue_that_was_read_makes_another(
    client: httpx.AsyncClient, owner: Organizer
) -> None:
    venue = await make_venue(client, owner)
    made = await client.post("/api/v1/venues", json=sendable(venue), headers=owner.headers)
    assert made.status_code == 201, made.text
    other = made.json()["data"]
    assert {field for field in venue if venue[field] != other[field]} == {"id", "chartId"}


async def test_an_event_that_was_read_makes_another(
    client: httpx.AsyncClient, owner: Organizer
) -> None:
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    made = await client.post("/api/v1/events", json=sendable(event), headers=owner.headers)
    assert made.status_code == 201, made.text
    other = made.json()["data"]
    assert {field for field in event if event[field] != other[field]} == {"id"}


async def test_the_currency_of_an_event_is_that_of_its_prices(
    client: httpx.AsyncClient, owner: Organizer
) -> None:
    venue = await make_venue(client, owner)
    path = "/api/v1/events"
    differs = event_body(owner, venue, currency="USD")
    assert fields_of(await client.post(path, json=differs, headers=owner.headers)) == ["currency"]
    free = event_body(owner, venue, pricingTiers=[], currency="JPY")
    made = await client.post(path, json=free, headers=owner.headers)
    assert made.json()["data"]["currency"] == "JPY"
