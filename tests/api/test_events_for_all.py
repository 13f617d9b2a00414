"""What everybody sees of events, encoded once, is what the calm road says of them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.factories import register
from tests.mailbox import make_member
from tests.shows import code_of, in_days, make_event, make_venue, move, organizer, take

SIZES = (
    '[{"ending": "jpg", "width": 320, "height": 200},'
    ' {"ending": "avif", "width": 320, "height": 200},'
    ' {"ending": "jpg", "width": 960, "height": 600}]'
)


async def give_picture(db: asyncpg.Connection, subject_id: str, organization_id: Any) -> None:
    await db.execute(
        "INSERT INTO media"
        " (id, subject_id, organization_id, content_type, size, ready_at, blur, sizes)"
        " VALUES ($1, $2, $3, 'image/png', 100, now(), 'data:,x', $4::TEXT::JSONB)",
        *(uuid4(), subject_id, organization_id, SIZES),
    )


async def lock(db: asyncpg.Connection, event_id: str, level: str) -> None:
    await db.execute(
        "INSERT INTO promo_codes (id, event_id, code, code_key, kind, value, unlocks)"
        " VALUES ($1, $2, 'OPEN', 'open', 'PERCENT', 0, ARRAY[$3])",
        *(uuid4(), event_id, level),
    )


async def test_a_list_is_the_same_bytes_for_a_visitor_and_for_another_organization(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner, rival = await organizer(client, db), await organizer(client, db)
    hall, park = await make_venue(client, owner), await make_venue(client, owner)
    late = await make_event(
        client, owner, hall, name="100% Über/Gala_", startTime=in_days(50), endTime=in_days(51)
    )
    soon = await make_event(
        client, owner, park, name="Opening", startTime=in_days(5), endTime=in_days(6)
    )
    await make_event(client, owner, park, name="Draft of a Gala")
    for event in (late, soon):
        await move(client, owner, event, "SCHEDULED", "ON_SALE")
    await take(db, soon["id"], park["sections"][0]["id"], held=3, sold=20)
    await give_picture(db, late["id"], owner.organization_id)
    await give_picture(db, late["id"], owner.organization_id)
    await lock(db, late["id"], late["pricingTiers"][0]["priceLevel"])
    base = {"organizationId": str(owner.organization_id)}
    queries: list[dict[str, Any]] = [
        {},
        {"status": "ON_SALE"},
        {"status": ["ON_SALE", "DRAFT"]},
        {"status": "CANCELLED"},
        {"venueId": hall["id"]},
        {"seriesId": str(uuid4())},
        {"from": in_days(20)},
        {"to": in_days(20)},
        {"from": soon["startTime"], "to": soon["startTime"]},
        {"q": "gala"},
        {"q": "über/g"},
        {"q": "0% ü"},
        {"q": "%"},
        {"q": "_"},
        {"q": " "},
        {"limit": 1, "page": 2},
        {"limit": 1, "page": 9},
    ]
    for query in queries:
        asked = base | query
        known = await client.get("/api/v1/events", params=asked, headers=rival.headers)
        visitor = await client.get("/api/v1/events", params=asked)
        assert visitor.status_code == 200, (query, visitor.text)
        assert visitor.content == known.content, query


async def test_an_event_is_the_same_bytes_by_every_road(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner, rival = await organizer(client, db), await organizer(client, db)
    event = await make_event(client, owner, venue := await make_venue(client, owner))
    url = f"/api/v1/events/{event['id']}"

    async def alike() -> dict[str, Any]:
        visitor = await client.get(url)
        # Who names a code that is none is told the same, by the road of those who are known.
        named = await client.get(url, params={"promoCode": "NONE"})
        other = await client.get(url, headers=rival.headers)
        assert visitor.content == named.content == other.content
        assert visitor.headers["etag"] == named.headers["etag"] == other.headers["etag"]
        found: dict[str, Any] = visitor.json()["data"]
        return found

    for headers in ({}, rival.headers):
        assert code_of(await client.get(url, headers=headers)) == (404, "EVENT001")
    await move(client, owner, event, "SCHEDULED", "ON_SALE")
    assert (await alike())["media"] == []
    await take(db, event["id"], venue["sections"][0]["id"], held=3, sold=20)
    assert (await alike())["availability"]["sold"] == 20
    await give_picture(db, event["id"], owner.organization_id)
    (picture,) = (await alike())["media"]
    assert (picture["width"], len(picture["sources"])) == (960, 3)
    told = await alike()
    assert (await client.get(url, headers=owner.headers)).json()["data"] == told
    await lock(db, event["id"], event["pricingTiers"][0]["priceLevel"])
    assert len((await alike())["pricingTiers"]) == len(told["pricingTiers"]) - 1
    # Members see the levels that codes unlock, and so does who names the code.
    for headers, query in ((owner.headers, {}), ({}, {"promoCode": "OPEN"})):
        shown = await client.get(url, params=query, headers=headers)
        assert shown.json()["data"]["pricingTiers"] == told["pricingTiers"]


async def test_a_change_is_there_for_the_next_who_asks(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    await move(client, owner, event, "SCHEDULED")
    url, query = f"/api/v1/events/{event['id']}", {"organizationId": str(owner.organization_id)}
    for name in ("First", "Second", "Third"):
        version = (await client.get(url)).headers["etag"]
        changed = await client.patch(
            url, json={"name": name}, headers=owner.headers | {"If-Match": version}
        )
        assert changed.status_code == 200, changed.text
        assert (await client.get(url)).json()["data"]["name"] == name
        (listed,) = (await client.get("/api/v1/events", params=query)).json()["data"]
        assert listed["name"] == name


@pytest.mark.parametrize("role", ["STAFF", "OWNER"])
async def test_who_becomes_a_member_sees_the_drafts_within_half_a_second(
    client: httpx.AsyncClient, db: asyncpg.Connection, role: str
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    query = {"organizationId": str(owner.organization_id)}
    stranger = await register(client)
    listed = await client.get("/api/v1/events", params=query, headers=stranger.headers)
    assert listed.json()["data"] == []
    members = f"/api/v1/organizations/{owner.organization_id}/members"
    await make_member(client, db, members=members, by=owner.person, person=stranger, role=role)
    listed = await client.get("/api/v1/events", params=query, headers=stranger.headers)
    assert [each["id"] for each in listed.json()["data"]] == [event["id"]]
