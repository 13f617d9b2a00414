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


async def test_an_event_that_was_read_is_sent_back_as_it_is(
    client: httpx.AsyncClient, db: asyncpg.Connection, owner: Organizer
) -> None:
    event = await make_event(client, owner, await make_venue(client, owner))
    path = f"/api/v1/events/{event['id']}"
    await client.post(f"{path}/repeats", json={"every": "WEEK", "times": 1}, headers=owner.headers)
    await db.execute("UPDATE events SET status = 'ON_SALE' WHERE id = $1", event["id"])
    whichever = owner.headers | {"If-Match": "*"}
    read = (await client.get(path, headers=owner.headers)).json()["data"]
    assert read["seriesId"] == event["id"]
    back = await client.patch(path, json=sendable(read), headers=whichever)
    assert back.status_code == 200, back.text
    assert sendable(back.json()["data"]) == sendable(read)
    for field, value in (
        ("seriesId", event["venueId"]),
        ("seriesId", None),
        ("organizationId", event["venueId"]),
        ("currency", "USD"),
        ("pricingTiers", []),
        ("startTime", "2020-03-14T19:45:00Z"),
    ):
        refused = await client.patch(path, json={field: value}, headers=whichever)
        assert fields_of(refused) == [field], field
    emptied = await client.put(f"{path}/pricing", json={"pricingTiers": []}, headers=owner.headers)
    assert fields_of(emptied) == ["pricingTiers"]
    again = (await client.get(path, headers=owner.headers)).json()["data"]
    assert sendable(again) == sendable(read)
