"""A series: one event again and again, as drafts of their own."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.worlds import Fan, World, make_fans, make_world


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


@pytest.fixture
async def manager(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, role="MANAGER"))[0]


async def repeat(
    client: httpx.AsyncClient, world: World, by: Fan, *, key: str = "", **body: object
) -> httpx.Response:
    headers = by.headers | ({"Idempotency-Key": key} if key else {})
    path = f"/api/v1/events/{world.event_id}/repeats"
    return await client.post(path, json=body, headers=headers)


async def listed(client: httpx.AsyncClient, by: Fan | None, series: object) -> list[dict[str, Any]]:
    answer = await client.get(
        f"/api/v1/events?seriesId={series}&limit=100", headers=by.headers if by else {}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_three_more_weeks_are_drafts_of_one_series_with_their_own_places(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan
) -> None:
    (fan,) = await make_fans(db, world, 1)
    held = await client.post("/api/v1/orders", json=world.order(), headers=fan.headers)
    assert held.status_code == 201, held.text
    before = (await client.get(f"/api/v1/events/{world.event_id}")).json()["data"]
    assert "seriesId" not in before
    answer = await repeat(client, world, manager, key="again", every="WEEK", times=3)
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    series = await listed(client, manager, world.event_id)
    assert [each["id"] for each in series] == [str(world.event_id), *(e["id"] for e in made)]
    assert {each["seriesId"] for each in series} == {str(world.event_id)}
    for each in made:
        assert (each["status"], each["version"]) == ("DRAFT", 1)
        assert each["availability"]["held"] == 0, "holds stay with their evening"
        assert each["availability"]["capacity"] == before["availability"]["capacity"]
        for same in ("name", "pricingTiers", "capacityConfig", "chartId", "taxRate"):
            assert each[same] == before[same], same
    # What is asked again under one key is not made again; strangers see no draft of it.
    twice = await repeat(client, world, manager, key="again", every="WEEK", times=3)
    assert twice.json() == answer.json()
    assert [each["id"] for each in await listed(client, None, world.event_id)] == [
        str(world.event_id)
    ]
    # Another step from one of them is of the same series.
    later = await client.post(
        f"/api/v1/events/{made[-1]['id']}/repeats",
        json={"every": "DAY", "times": 1},
        headers=manager.headers,
    )
    assert later.json()["data"][0]["seriesId"] == str(world.event_id)
    assert (
        await db.fetchval(
            "SELECT count(*) FROM audit_log "
            "WHERE action = 'event.repeated' AND organization_id = $1",
            world.organization_id,
        )
        == 2
    )


@pytest.mark.parametrize(
    "body",
    [
        {"every": "WEEK", "times": 0},
        {"every": "WEEK", "times": 53},
        {"every": "YEAR", "times": 1},
        {"every": "WEEK", "times": True},
        {"every": "WEEK"},
        {"every": "WEEK", "times": 1, "until": "2030-01-01T00:00:00Z"},
    ],
)
async def test_what_is_no_series_makes_nothing(
    client: httpx.AsyncClient, world: World, manager: Fan, body: dict[str, object]
) -> None:
    answer = await repeat(client, world, manager, **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION001")
    assert await listed(client, manager, world.event_id) == []


async def test_a_series_has_an_end(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan
) -> None:
    assert (await repeat(client, world, manager, every="DAY", times=1)).status_code == 201
    # As if 198 more had been made.
    await db.execute(
        "INSERT INTO events (venue_id, organization_id, chart_id, name, start_time, end_time, "
        "status, capacity_config, pricing_tiers, currency, series_id) "
        "SELECT venue_id, organization_id, chart_id, name, start_time, end_time, 'DRAFT', "
        "capacity_config, pricing_tiers, currency, id FROM events, generate_series(1, 198) "
        "WHERE id = $1",
        world.event_id,
    )
    full = await repeat(client, world, manager, every="DAY", times=1)
    assert (full.status_code, full.json()["error"]["code"]) == (422, "VALIDATION001")
    assert full.json()["error"]["details"][0]["field"] == "times"
    count = await db.fetchval("SELECT count(*) FROM events WHERE series_id = $1", world.event_id)
    assert count == 200


async def test_colours_are_worn_by_the_event_its_card_and_its_series(
    client: httpx.AsyncClient, world: World, manager: Fan
) -> None:
    path = f"/api/v1/events/{world.event_id}"
    plain = await client.get(path)
    assert "scarf" not in plain.json()["data"]

    async def wear(scarf: object, version: str) -> httpx.Response:
        headers = manager.headers | {"If-Match": version}
        return await client.patch(path, json={"scarf": scarf}, headers=headers)

    for wrong in ([], ["red", "sky", "tan"], ["#ff0000"], "red"):
        refused = await wear(wrong, plain.headers["ETag"])
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION001")
    worn = await wear(["red", "sky"], plain.headers["ETag"])
    assert worn.json()["data"]["scarf"] == ["red", "sky"]
    (card,) = (
        await client.get(f"/api/v1/events?view=card&organizationId={world.organization_id}")
    ).json()["data"]
    assert card["scarf"] == ["red", "sky"]
    (next_one,) = (await repeat(client, world, manager, every="MONTH", times=1)).json()["data"]
    assert next_one["scarf"] == ["red", "sky"]
    off = await wear(None, worn.headers["ETag"])
    assert "scarf" not in off.json()["data"], "the name's own colours again"
