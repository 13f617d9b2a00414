"""What who administers the platform sees: organizations, troubled webhooks, how it stands."""

from __future__ import annotations

import os

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import new_id
from arenapulse.core.settings import Settings
from arenapulse.runtime.web.crew import Mates, Station, mailbox
from arenapulse.runtime.web.roster import WORKER, Roster, Standing
from arenapulse.wiring import make_app
from tests.worlds import Fan, World, make_fans, make_world

ADMIN = "/api/v1/admin"


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


@pytest.fixture
async def admin(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, platform="ADMIN"))[0]


async def test_organizations_are_found_by_name_with_who_owns_them(
    client: httpx.AsyncClient, world: World, admin: Fan, db: asyncpg.Connection
) -> None:
    (owner, staff) = await make_fans(db, world, 2, role="OWNER")
    await db.execute("UPDATE users SET full_name = 'Olga' WHERE id = $1", owner.user_id)
    await db.execute("UPDATE memberships SET role = 'STAFF' WHERE user_id = $1", staff.user_id)
    name = f"100% Odd_Name {world.organization_id}"
    await db.execute(
        "UPDATE organizations SET name = $1 WHERE id = $2", name, world.organization_id
    )
    for q in (name.upper(), "100% odd_name " + str(world.organization_id)):
        answer = await client.get(f"{ADMIN}/organizations", params={"q": q}, headers=admin.headers)
        (found,) = answer.json()["data"]
        assert found.pop("createdAt").endswith("Z")
        assert found == {
            "id": str(world.organization_id),
            "name": name,
            "members": 2,
            "owners": ["Olga"],
            "mfaRequired": False,
        }
        assert answer.json()["meta"]["total"] == 1
    none = await client.get(f"{ADMIN}/organizations", params={"q": "1%0"}, headers=admin.headers)
    assert none.json()["data"] == []


async def test_webhooks_that_fail_or_are_paused_are_seen_with_what_waits(
    client: httpx.AsyncClient, world: World, admin: Fan, db: asyncpg.Connection
) -> None:
    well, paused, ended = new_id(), new_id(), new_id()
    for id_, pause, end in ((well, None, None), (paused, "FAILING", None), (ended, "GONE", True)):
        await db.execute(
            "INSERT INTO webhook_endpoints (id, organization_id, url, events, secret, made_by, "
            "created_at, paused_at, pause_reason, ended_at) VALUES ($1, $2, 'https://a.test/', "
            "'{event.status}', '', $3, now(), CASE WHEN $4::TEXT IS NOT NULL THEN now() END, $4, "
            "CASE WHEN $5 THEN now() END)",
            *(id_, world.organization_id, admin.user_id, pause, end),
        )
    await db.execute(
        "INSERT INTO webhook_deliveries (id, endpoint_id, organization_id, key, type, body, "
        "status, created_at) VALUES ($1, $2, $3, 'k', 'event.status', '{}', 'WAITING', now())",
        *(new_id(), paused, paused),
    )
    answer = await client.get(f"{ADMIN}/webhooks", headers=admin.headers)
    found = {each["id"]: each for each in answer.json()["data"]}
    assert {str(well), str(ended)}.isdisjoint(found)
    assert (found[str(paused)]["pauseReason"], found[str(paused)]["waiting"]) == ("FAILING", 1)
    assert found[str(paused)]["organizationId"] == str(world.organization_id)
    assert found[str(paused)]["organization"] != ""


async def test_it_names_the_programs_that_their_supervisor_gave_up(
    settings: Settings, admin: Fan
) -> None:
    app = make_app(settings)
    reading, writing = mailbox()
    roster = os.memfd_create("roster")
    Roster.make(roster)
    station = Station(0, (), reading.detach(), (writing.fileno(),), counts=-1, roster=roster)
    app.mates = Mates(station, path="/socket.io")
    for place, at in ((0, Standing.KEPT), (WORKER, Standing.GIVEN_UP)):
        app.mates.roster.note(place, at)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.running(),
        httpx.AsyncClient(transport=transport, base_url="http://a.test") as it,
    ):
        stands = (await it.get(f"{ADMIN}/health", headers=admin.headers)).json()["data"]
    writing.close()
    app.mates.inbox.close()
    assert stands["programs"] == [
        {"name": "server 1", "isGivenUp": False},
        {"name": "worker", "isGivenUp": True},
    ]


async def test_it_says_how_it_stands_and_tries_again_what_is_stuck(
    client: httpx.AsyncClient, world: World, admin: Fan, db: asyncpg.Connection
) -> None:
    delivery, endpoint = new_id(), new_id()
    await db.execute(
        "INSERT INTO webhook_endpoints (id, organization_id, url, events, secret, made_by, "
        "created_at) VALUES ($1, $2, 'https://a.test/', '{event.status}', '', $3, now())",
        *(endpoint, world.organization_id, admin.user_id),
    )
    await db.execute(
        "INSERT INTO webhook_deliveries (id, endpoint_id, organization_id, key, type, body, "
        "status, created_at, due_at, tries, stuck_at, stuck_why) VALUES ($1, $2, $2, 'k', "
        "'event.status', '{}', 'PENDING', now(), now(), 9, now(), 'KeyError')",
        *(delivery, endpoint),
    )
    stands = (await client.get(f"{ADMIN}/health", headers=admin.headers)).json()["data"]
    assert stands["engines"][0]["name"] == "PostgreSQL"
    assert all(engine["version"] for engine in stands["engines"])
    assert stands["schemaVersion"].isdigit()
    assert stands["programs"] == [], "nobody supervises this one"
    (kind,) = [each for each in stands["due"] if each["kind"] == "webhooks.deliver_due"]
    (stuck,) = [row for row in kind["stuckRows"] if row["key"] == str(delivery)]
    assert stuck["why"] == "KeyError"
    wanted = {"kind": kind["kind"], "key": str(delivery), "deed": "DISMISS"}
    # It is due still: only what has ended is taken off the list.
    refused = await client.post(f"{ADMIN}/due", json=wanted, headers=admin.headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOTFOUND001")
    wanted["deed"] = "RETRY"
    (fan,) = await make_fans(db, world, 1)
    assert (await client.post(f"{ADMIN}/due", json=wanted, headers=fan.headers)).status_code == 403
    done = await client.post(f"{ADMIN}/due", json=wanted, headers=admin.headers)
    assert done.status_code == 204, done.text
    noted = "SELECT organization_id FROM audit_log WHERE action = $1 AND actor_id = $2"
    assert [row[0] for row in await db.fetch(noted, "due.retry", admin.user_id)] == [None]
    row = await db.fetchrow(
        "SELECT stuck_at, tries FROM webhook_deliveries WHERE id = $1", delivery
    )
    assert row is not None
    assert tuple(row) == (None, 0)
    again = await client.post(f"{ADMIN}/due", json=wanted, headers=admin.headers)
    assert again.status_code == 404
    written = await db.fetchval("SELECT details->>'key' FROM audit_log WHERE action = 'due.retry'")
    assert written == str(delivery)
