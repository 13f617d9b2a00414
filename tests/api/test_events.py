"""Events: shapes, who sees drafts, lists, versions."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from tests.factories import register
from tests.shows import (
    code_of,
    event_body,
    fields_of,
    general,
    if_match,
    in_days,
    make_event,
    make_venue,
    member,
    move,
    organizer,
    seated,
    take,
    tier,
)


async def test_an_event_is_shown_as_the_contract_says(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    north, club = (section["id"] for section in venue["sections"])
    config = {
        "sections": {
            north: {"capacity": 80, "blocked": 5},
            club: {"blocked": [{"row": "A", "seat": 1}, {"row": "B", "seat": 6}]},
        },
        "maxTicketsPerOrder": 4,
        "maxTicketsPerPerson": 6,
        "holdSeconds": 600,
        "waitingRoom": {"enabled": False, "admitPerMinute": 500},
    }
    tiers = [
        tier(north, amount=2000, fee=100),
        tier(north, priceLevel="CHILD", name="Child", amount=900, fee=100),
        tier(club, amount=9900, fee=300),
    ]
    body = event_body(
        owner, venue, capacityConfig=config, pricingTiers=tiers, salesEndAt=in_days(29)
    )
    answer = await client.post("/api/v1/events", json=body, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert data == {
        "id": data["id"],
        "organizationId": str(owner.organization_id),
        "venueId": venue["id"],
        "chartId": venue["chartId"],
        "name": body["name"],
        "description": body["description"],
        "startTime": body["startTime"],
        "endTime": body["endTime"],
        "salesEndAt": body["salesEndAt"],
        "status": "DRAFT",
        "capacityConfig": config,
        "pricingTiers": tiers,
        "currency": "EUR",
        "taxRate": 1900,
        "availability": {
            "currentCapacity": 83,
            "capacity": 90,
            "held": 0,
            "sold": 0,
            "priceFrom": 1000,
        },
        "media": [],
        "version": 1,
    }
    stock = await db.fetch(
        "SELECT section_id, capacity, blocked, seats, blocked_seats FROM stock "
        "WHERE event_id = $1 ORDER BY id",
        UUID(data["id"]),
    )
    assert [tuple(row) for row in stock] == [
        (UUID(north), 80, 5, 0, None),
        # Row A is seats 0 to 3, row B 4 to 9: bits 0 and 9.
        (UUID(club), 10, 2, 10, bytes([0b0000_0001, 0b0000_0010])),
    ]
    prices = await db.fetch(
        "SELECT section_id, price_level, amount, fee FROM tier_prices WHERE event_id = $1",
        UUID(data["id"]),
    )
    assert {tuple(row) for row in prices} == {
        (UUID(north), "STANDARD", 2000, 100),
        (UUID(north), "CHILD", 900, 100),
        (UUID(club), "STANDARD", 9900, 300),
    }
    shown = await client.get(f"/api/v1/events/{data['id']}", headers=owner.headers)
    assert shown.headers["etag"] == '"1"'
    assert shown.json()["data"] == data


async def test_what_is_left_out_has_its_default(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    body = event_body(owner, venue, pricingTiers=[])
    for optional in ("description", "capacityConfig", "taxRate"):
        del body[optional]
    answer = await client.post("/api/v1/events", json=body, headers=owner.headers)
    data = answer.json()["data"]
    assert data["capacityConfig"] == {"sections": {}, "maxTicketsPerOrder": 10, "holdSeconds": 480}
    assert (data["description"], data["taxRate"]) == ("", 0)
    assert "salesEndAt" not in data
    assert data["availability"]["priceFrom"] is None


async def test_counts_of_one_event_are_exact(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, venue := await make_venue(client, owner))
    await move(client, owner, event, "SCHEDULED", "ON_SALE")
    await take(db, event["id"], venue["sections"][0]["id"], held=3, sold=20)
    shown = (await client.get(f"/api/v1/events/{event['id']}")).json()["data"]
    assert shown["availability"] == {
        "currentCapacity": 87,
        "capacity": 110,
        "held": 3,
        "sold": 20,
        "priceFrom": 4650,
    }
    assert shown["version"] == 3


async def test_a_draft_is_there_for_its_organization_alone(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    gate = await member(client, db, organization_id=owner.organization_id, role="STAFF")
    rival = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    url = f"/api/v1/events/{event['id']}"
    listed = f"/api/v1/events?organizationId={owner.organization_id}"
    for headers in (owner.headers, gate.headers):
        assert (await client.get(url, headers=headers)).status_code == 200
        assert (await client.get(listed, headers=headers)).json()["meta"]["total"] == 1
    for headers in (rival.headers, {}):
        assert code_of(await client.get(url, headers=headers)) == (404, "EVENT001")
        assert (await client.get(listed, headers=headers)).json()["data"] == []
    await move(client, owner, event, "SCHEDULED")
    assert (await client.get(url)).json()["data"]["status"] == "SCHEDULED"
    assert [e["id"] for e in (await client.get(listed)).json()["data"]] == [event["id"]]


async def test_who_may_not_change_an_event_is_told_what_they_may_see(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    analyst = await member(client, db, organization_id=owner.organization_id, role="ANALYST")
    rival = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    url = f"/api/v1/events/{event['id']}"

    async def attempts(headers: dict[str, str]) -> set[tuple[int, str]]:
        return {
            code_of(await client.patch(url, json={"name": "X"}, headers=headers | if_match(1))),
            code_of(
                await client.post(f"{url}/status", json={"status": "CANCELLED"}, headers=headers)
            ),
            code_of(await client.put(f"{url}/pricing", json={"pricingTiers": []}, headers=headers)),
        }

    assert await attempts(rival.headers) == {(404, "EVENT001")}
    assert await attempts(analyst.headers) == {(403, "AUTH004")}
    assert await attempts({}) == {(401, "AUTH003")}
    shown = await client.get(url, headers=owner.headers)
    assert shown.json()["data"] == event
    scheduled = await move(client, owner, event, "SCHEDULED")
    assert await attempts(rival.headers) == {(403, "AUTH004")}
    assert (await client.get(url)).json()["data"] == scheduled


async def test_events_are_made_by_managers_of_the_organization_and_of_the_venue(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    rival = await organizer(client, db)
    staff = await member(client, db, organization_id=owner.organization_id, role="STAFF")
    fan = await register(client)
    ours = event_body(owner, venue)
    theirs = event_body(rival, venue)
    for headers, body in (
        (rival.headers, ours),
        (rival.headers, theirs),
        (staff.headers, ours),
        (fan.headers, ours),
    ):
        answer = await client.post("/api/v1/events", json=body, headers=headers)
        assert code_of(answer) == (403, "AUTH004")
    count = await db.fetchval("SELECT count(*) FROM events WHERE venue_id = $1", UUID(venue["id"]))
    assert count == 0


async def test_one_key_makes_one_event(client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
    owner = await organizer(client, db)
    body = event_body(owner, await make_venue(client, owner))
    headers = owner.headers | {"Idempotency-Key": str(uuid4())}
    first = await client.post("/api/v1/events", json=body, headers=headers)
    again = await client.post("/api/v1/events", json=body, headers=headers)
    assert again.json() == first.json()
    other = await client.post("/api/v1/events", json=body | {"name": "Other"}, headers=headers)
    assert code_of(other) == (409, "IDEMPOTENCY001")
    count = await db.fetchval(
        "SELECT count(*) FROM events WHERE organization_id = $1", owner.organization_id
    )
    assert count == 1


async def test_the_list_is_by_start_and_filtered(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    hall, park = await make_venue(client, owner), await make_venue(client, owner)
    late = await make_event(
        client, owner, hall, name="Winter 100% Gala", startTime=in_days(50), endTime=in_days(51)
    )
    soon = await make_event(
        client, owner, park, name="Summer Opening", startTime=in_days(5), endTime=in_days(6)
    )
    await move(client, owner, soon, "SCHEDULED", "ON_SALE")
    base = {"organizationId": str(owner.organization_id)}

    async def ids(**query: Any) -> list[str]:
        answer = await client.get("/api/v1/events", params=base | query, headers=owner.headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["meta"]["total"] == len(answer.json()["data"])
        return [event["id"] for event in answer.json()["data"]]

    assert await ids() == [soon["id"], late["id"]]
    assert await ids(status="ON_SALE") == [soon["id"]]
    assert await ids(status=["ON_SALE", "DRAFT"]) == [soon["id"], late["id"]]
    assert await ids(venueId=hall["id"]) == [late["id"]]
    assert await ids(**{"from": in_days(20)}) == [late["id"]]
    assert await ids(to=in_days(20)) == [soon["id"]]
    assert await ids(**{"from": soon["startTime"], "to": soon["startTime"]}) == [soon["id"]]
    assert await ids(q="gala") == [late["id"]]
    assert await ids(q="0% g") == [late["id"]]
    assert await ids(q="%") == [late["id"]]
    assert await ids(q="_") == []


async def test_a_patch_changes_what_it_names(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner), salesEndAt=in_days(20))
    url = f"/api/v1/events/{event['id']}"
    patch = {"name": "New name", "startTime": in_days(40), "endTime": in_days(41)}
    answer = await client.patch(url, json=patch, headers=owner.headers | if_match(1))
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == event | patch | {"version": 2}
    assert answer.headers["etag"] == '"2"'
    back = await client.patch(url, json={"salesEndAt": None}, headers=owner.headers | if_match(2))
    assert "salesEndAt" not in back.json()["data"]
    shown = await client.get(url, headers=owner.headers)
    assert shown.json()["data"] == back.json()["data"]


async def test_a_patch_needs_the_present_version(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    url = f"/api/v1/events/{event['id']}"
    without = await client.patch(url, json={"name": "New"}, headers=owner.headers)
    assert code_of(without) == (428, "CONFLICT002")
    stale = await client.patch(url, json={"name": "New"}, headers=owner.headers | if_match(2))
    assert code_of(stale) == (412, "CONFLICT001")
    shown = await client.get(url, headers=owner.headers)
    assert shown.json()["data"] == event
    whichever = await client.patch(
        url, json={"name": "New"}, headers=owner.headers | {"If-Match": "*"}
    )
    assert (whichever.status_code, whichever.headers["ETag"]) == (200, '"2"')


async def test_of_many_patches_of_one_version_one_is_taken(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    url = f"/api/v1/events/{event['id']}"
    answers = await asyncio.gather(
        *(
            client.patch(url, json={"name": f"Name {n}"}, headers=owner.headers | if_match(1))
            for n in range(8)
        )
    )
    taken = [n for n, answer in enumerate(answers) if answer.status_code == 200]
    assert [code_of(a) for a in answers if a.status_code != 200] == [(412, "CONFLICT001")] * 7
    shown = (await client.get(url, headers=owner.headers)).json()["data"]
    assert shown == event | {"name": f"Name {taken[0]}", "version": 2}


async def test_an_event_keeps_its_chart_when_the_venue_changes(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    changed = await client.patch(
        f"/api/v1/venues/{venue['id']}",
        json={"sections": [general("Only", 10)]},
        headers=owner.headers | if_match(1),
    )
    assert changed.status_code == 200
    shown = await client.get(f"/api/v1/events/{event['id']}", headers=owner.headers)
    assert shown.json()["data"] == event
    renamed = await client.patch(
        f"/api/v1/events/{event['id']}",
        json={"name": "Still here", "capacityConfig": event["capacityConfig"]},
        headers=owner.headers | if_match(1),
    )
    assert renamed.json()["data"]["availability"]["capacity"] == 110
    newer = await make_event(client, owner, changed.json()["data"])
    assert newer["availability"]["capacity"] == 10


async def test_an_event_moves_to_another_venue_until_a_place_is_taken(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    small = await make_venue(client, owner)
    big = await make_venue(client, owner, sections=[general("Bowl", 900), seated()])
    event = await make_event(client, owner, small)
    url = f"/api/v1/events/{event['id']}"
    there = {
        "venueId": big["id"],
        "pricingTiers": [tier(*(section["id"] for section in big["sections"]))],
    }
    without_prices = await client.patch(
        url, json={"venueId": big["id"]}, headers=owner.headers | if_match(1)
    )
    assert fields_of(without_prices) == ["pricingTiers.0.sectionIds"] * 2
    moved = await client.patch(url, json=there, headers=owner.headers | if_match(1))
    assert moved.status_code == 200, moved.text
    data = moved.json()["data"]
    assert (data["venueId"], data["chartId"]) == (big["id"], big["chartId"])
    assert data["availability"]["capacity"] == 910
    await take(db, event["id"], big["sections"][0]["id"], held=1)
    back = {"venueId": small["id"], "pricingTiers": event["pricingTiers"]}
    refused = await client.patch(url, json=back, headers=owner.headers | if_match(2))
    assert code_of(refused) == (409, "CONFLICT003")
    shown = await client.get(url, headers=owner.headers)
    availability = data["availability"] | {"currentCapacity": 909, "held": 1}
    assert shown.json()["data"] == data | {"availability": availability}


async def test_times_are_utc_whatever_zone_they_came_in(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(
        client,
        owner,
        await make_venue(client, owner),
        startTime="2031-03-01T20:00:00+02:00",
        endTime="2031-03-01T22:30:00.250+02:00",
    )
    assert event["startTime"] == "2031-03-01T18:00:00Z"
    ended = dt.datetime.fromisoformat(event["endTime"])
    assert ended == dt.datetime(2031, 3, 1, 20, 30, 0, 250_000, tzinfo=dt.UTC)
