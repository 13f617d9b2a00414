"""Venues: shapes, rights, versions, charts, the cache of details."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.redis import connect
from arenapulse.wiring import make_app
from tests.factories import register
from tests.shows import (
    LOCATION,
    code_of,
    fields_of,
    general,
    if_match,
    make_event,
    make_venue,
    member,
    organizer,
    statements,
    venue_body,
)


async def test_a_venue_is_shown_as_the_contract_says(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    body = venue_body(
        owner.organization_id,
        capacity=120,
        sections=[
            general("North", 100, gate="A"),
            {
                "name": "Club",
                "kind": "SEATED",
                "rows": [
                    {"label": "A", "seats": 4, "accessible": [1, 2], "restricted": [4]},
                    {"label": "B", "seats": 6},
                ],
                "shape": [[0, 0], [4.5, 0], [4.5, 4]],
            },
        ],
    )
    made = await client.post("/api/v1/venues", json=body, headers=owner.headers)
    assert made.status_code == 201, made.text
    data = made.json()["data"]
    north, club = data["sections"]
    assert data == {
        "id": data["id"],
        "organizationId": str(owner.organization_id),
        "name": body["name"],
        "location": LOCATION,
        "capacity": 120,
        "sections": [
            {
                "id": north["id"],
                "name": "North",
                "kind": "GENERAL",
                "capacity": 100,
                "shape": [[0.0, 0.0], [10.5, 0.0], [10.5, 8.0]],
                "gate": "A",
            },
            {
                "id": club["id"],
                "name": "Club",
                "kind": "SEATED",
                "capacity": 10,
                "rows": [
                    {"label": "A", "seats": 4, "accessible": [1, 2], "restricted": [4]},
                    {"label": "B", "seats": 6},
                ],
                "shape": [[0.0, 0.0], [4.5, 0.0], [4.5, 4.0]],
            },
        ],
        "amenities": ["parking"],
        "media": [],
        "chartId": data["chartId"],
        "version": 1,
    }
    shown = await client.get(f"/api/v1/venues/{data['id']}")
    assert shown.status_code == 200
    assert shown.headers["etag"] == '"1"'
    assert shown.json()["data"] == data


async def test_the_list_is_public_paged_and_by_name(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    for name in ("Cedar Hall", "Amber Dome", "Birch Field"):
        await make_venue(client, owner, name=name)
    url = f"/api/v1/venues?organizationId={owner.organization_id}&limit=2"
    first = (await client.get(url)).json()
    second = (await client.get(f"{url}&page=2")).json()
    assert [v["name"] for v in first["data"]] == ["Amber Dome", "Birch Field"]
    assert [v["name"] for v in second["data"]] == ["Cedar Hall"]
    assert second["meta"] == {"page": 2, "limit": 2, "total": 3}


async def test_a_list_asks_the_database_as_often_for_ten_venues_as_for_one(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    url = f"/api/v1/venues?organizationId={owner.organization_id}"
    counts: list[int] = []
    for more in (1, 9):
        for _ in range(more):
            await make_venue(client, owner)
        with statements() as seen:
            assert (await client.get(url)).status_code == 200
        counts.append(len(seen))
    assert counts == [2, 2]


async def test_creating_twice_with_one_key_makes_one_venue(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    body = venue_body(owner.organization_id)
    headers = owner.headers | {"Idempotency-Key": str(uuid4())}
    first = await client.post("/api/v1/venues", json=body, headers=headers)
    again = await client.post("/api/v1/venues", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert await _count(db, owner.organization_id) == 1


@pytest.mark.parametrize(
    ("role", "expected"),
    [("MANAGER", 201), ("ANALYST", 403), ("STAFF", 403)],
)
async def test_managers_and_up_make_venues(
    client: httpx.AsyncClient, db: asyncpg.Connection, role: str, expected: int
) -> None:
    somebody = await organizer(client, db, role=role)
    answer = await client.post(
        "/api/v1/venues", json=venue_body(somebody.organization_id), headers=somebody.headers
    )
    assert answer.status_code == expected
    assert await _count(db, somebody.organization_id) == (1 if expected == 201 else 0)


async def test_strangers_and_visitors_change_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    stranger = await register(client)
    url = f"/api/v1/venues/{venue['id']}"
    body = venue_body(owner.organization_id)
    for headers, expected in (
        (stranger.headers, (403, "AUTH004")),
        ({}, (401, "AUTH003")),
    ):
        with_match = headers | if_match(1)
        assert code_of(await client.post("/api/v1/venues", json=body, headers=headers)) == expected
        patched = await client.patch(url, json={"name": "Mine"}, headers=with_match)
        assert code_of(patched) == expected
        assert code_of(await client.delete(url, headers=headers)) == expected
    assert (await client.get(url)).json()["data"] == venue
    assert await _count(db, owner.organization_id) == 1


async def test_a_venue_that_is_not_there_is_venue001(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    url = f"/api/v1/venues/{uuid4()}"
    headers = owner.headers | if_match(1)
    answers = [
        await client.get(url),
        await client.patch(url, json={"name": "New"}, headers=headers),
        await client.delete(url, headers=headers),
        await client.get(f"{url}/charts/{uuid4()}"),
    ]
    assert [code_of(a) for a in answers] == [(404, "VENUE001")] * 4
    assert code_of(await client.get("/api/v1/venues/not-an-id")) == (422, "VALIDATION001")


async def test_a_patch_changes_what_it_names_and_raises_the_version(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}"
    assert (await client.get(url)).json()["data"] == venue
    answer = await client.patch(
        url,
        json={"name": "Harbour Bowl", "amenities": []},
        headers=owner.headers | if_match(1),
    )
    assert answer.status_code == 200, answer.text
    expected = venue | {"name": "Harbour Bowl", "amenities": [], "version": 2}
    assert answer.json()["data"] == expected
    assert answer.headers["etag"] == '"2"'
    assert (await client.get(url)).json()["data"] == expected


async def test_a_patch_needs_the_present_version(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}"
    without = await client.patch(url, json={"name": "New"}, headers=owner.headers)
    assert code_of(without) == (428, "CONFLICT002")
    for wrong in ('"7"', "rubbish", '"99999999999999999999"'):
        stale = await client.patch(
            url, json={"name": "New"}, headers=owner.headers | {"If-Match": wrong}
        )
        assert code_of(stale) == (412, "CONFLICT001")
    assert (await client.get(url)).json()["data"] == venue
    # RFC 9110: any version that there is.
    whichever = await client.patch(
        url, json={"name": "New"}, headers=owner.headers | {"If-Match": "*"}
    )
    assert (whichever.status_code, whichever.headers["ETag"]) == (200, '"2"')


async def test_new_sections_make_a_new_chart_and_keep_known_ids(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}"
    north, club = venue["sections"]
    answer = await client.patch(
        url,
        json={"sections": [north | {"capacity": 150}, general("East", 50)]},
        headers=owner.headers | if_match(1),
    )
    assert answer.status_code == 200, answer.text
    changed = answer.json()["data"]
    assert changed["sections"][0] == north | {"capacity": 150}
    assert changed["sections"][1]["id"] not in {north["id"], club["id"]}
    assert changed["capacity"] == 200
    assert changed["chartId"] != venue["chartId"]
    for chart_id, sections in (
        (venue["chartId"], venue["sections"]),
        (changed["chartId"], changed["sections"]),
    ):
        chart = (await client.get(f"{url}/charts/{chart_id}")).json()["data"]
        assert (chart["id"], chart["venueId"]) == (chart_id, venue["id"])
        # What is drawn says more than the section, and nothing else.
        assert [
            drawn | section for drawn, section in zip(chart["sections"], sections, strict=True)
        ] == chart["sections"]


async def test_a_patch_cannot_name_a_section_that_is_not_there(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    answer = await client.patch(
        f"/api/v1/venues/{venue['id']}",
        json={"sections": [general(id=str(uuid4()))]},
        headers=owner.headers | if_match(1),
    )
    assert fields_of(answer) == ["sections.0.id"]
    charts = await db.fetchval(
        "SELECT count(*) FROM venue_charts WHERE venue_id = $1", UUID(venue["id"])
    )
    assert charts == 1


async def test_a_venue_without_events_is_deleted_and_one_with_them_stays(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    used, unused = await make_venue(client, owner), await make_venue(client, owner)
    await make_event(client, owner, used)
    assert (await client.get(f"/api/v1/venues/{unused['id']}")).status_code == 200
    stale = await client.delete(
        f"/api/v1/venues/{unused['id']}", headers=owner.headers | if_match(9)
    )
    assert code_of(stale) == (412, "CONFLICT001")
    refused = await client.delete(f"/api/v1/venues/{used['id']}", headers=owner.headers)
    assert code_of(refused) == (409, "VENUE002")
    gone = await client.delete(f"/api/v1/venues/{unused['id']}", headers=owner.headers)
    assert gone.status_code == 200
    assert gone.json() == {"success": True, "data": None}
    assert code_of(await client.get(f"/api/v1/venues/{unused['id']}")) == (404, "VENUE001")
    assert (await client.get(f"/api/v1/venues/{used['id']}")).json()["data"] == used


async def test_a_second_process_sees_a_change_at_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}"
    app = make_app(settings)
    async with app.running(), _client_of(app) as other:
        for version in range(1, 6):
            assert (await other.get(url)).json()["data"]["version"] == version
            changed = await client.patch(
                url, json={"name": f"Name {version}"}, headers=owner.headers | if_match(version)
            )
            assert changed.status_code == 200
            shown = (await other.get(url)).json()["data"]
            assert (shown["name"], shown["version"]) == (f"Name {version}", version + 1)
        assert (await client.delete(url, headers=owner.headers)).status_code == 200
        assert code_of(await other.get(url)) == (404, "VENUE001")


async def test_details_are_kept_for_an_hour_and_read_from_there(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    url = f"/api/v1/venues/{venue['id']}"
    await client.get(url)
    redis = connect(settings.redis_url or "")
    try:
        keys = [key async for key in redis.scan_iter(f"cache:venue:{venue['id']}:*")]
        assert len(keys) == 1
        assert 3590 <= await redis.ttl(keys[0]) <= 3600
    finally:
        await redis.aclose()
    # Behind the service's back, so that only the cache can still know the old name.
    await db.execute("UPDATE venues SET name = 'Changed' WHERE id = $1", UUID(venue["id"]))
    assert (await client.get(url)).json()["data"]["name"] == venue["name"]


async def test_an_admin_writes_everywhere_but_not_nowhere(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    colleague = await member(client, db, organization_id=owner.organization_id, role="STAFF")
    await db.execute(
        "UPDATE users SET roles = ARRAY['ADMIN'] WHERE id = $1", colleague.person.user_id
    )
    answer = await client.post(
        "/api/v1/auth/login",
        json={"email": colleague.person.email, "password": colleague.person.password},
    )
    headers = {"Authorization": f"Bearer {answer.json()['data']['token']}"}
    here = await client.post(
        "/api/v1/venues", json=venue_body(owner.organization_id), headers=headers
    )
    nowhere = await client.post("/api/v1/venues", json=venue_body(uuid4()), headers=headers)
    assert here.status_code == 201
    assert code_of(nowhere) == (403, "AUTH004")


def _client_of(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://second.test")


async def _count(db: asyncpg.Connection, organization_id: UUID) -> int:
    found: int = await db.fetchval(
        "SELECT count(*) FROM venues WHERE organization_id = $1", organization_id
    )
    return found
