"""Switches of the platform: who sets them, who obeys, and what is written down."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.flags.service import subject_of
from arenapulse.flags.switches import Switches
from arenapulse.flags.targeting import Flag, bucket
from arenapulse.flags.terms import AIMED, DEFAULTS
from arenapulse.wiring import opened
from tests.architecture.tree import ROOT
from tests.conftest import client_of
from tests.worlds import Fan, World, make_fans, make_world

FLAGS = "/api/v1/admin/flags"
INTAKE = "/api/v1/analytics/events"
# The promise is one second; the rest is for a machine that runs other tests meanwhile.
OBEYED_SECONDS_MAX = 10.0
VIEW = {"type": "view", "sessionId": "tab", "at": "2026-11-01T10:00:00Z"}


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


@pytest.fixture
async def admin(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, platform="ADMIN"))[0]


async def put(client: httpx.AsyncClient, by: Fan, **flags: bool) -> httpx.Response:
    return await client.put(FLAGS, json={"flags": flags}, headers=by.headers)


async def accepted(client: httpx.AsyncClient) -> Any:
    answer = await client.post(INTAKE, json={"events": [VIEW]})
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]["accepted"]


async def test_a_switch_is_obeyed_by_every_process_within_a_second(
    client: httpx.AsyncClient, settings: Settings, admin: Fan
) -> None:
    async with client_of(settings) as other:
        assert [await accepted(client), await accepted(other)] == [1, 1]
        answer = await put(client, admin, analytics_intake=False)
        assert answer.json()["data"]["flags"]["analytics_intake"] is False
        # The process that was asked obeys at once.
        assert await accepted(client) == 0
        async with asyncio.timeout(OBEYED_SECONDS_MAX):
            while await accepted(other):  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.05)
        await put(other, admin, analytics_intake=True)
        async with asyncio.timeout(OBEYED_SECONDS_MAX):
            while not await accepted(client):  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.05)


async def test_what_is_not_named_stays_and_changes_are_written_down(
    client: httpx.AsyncClient, db: asyncpg.Connection, admin: Fan
) -> None:
    await db.execute("DELETE FROM flags WHERE name = ANY ('{texts, humans}')")
    assert (await put(client, admin, texts=False)).status_code == 200
    assert (await put(client, admin, texts=False, humans=False)).status_code == 200
    await put(client, admin, texts=True)
    found = (await client.get(FLAGS, headers=admin.headers)).json()["data"]["flags"]
    assert found == {**DEFAULTS, "humans": False}
    await put(client, admin, humans=True)
    written = await db.fetch(
        "SELECT actor_id, action, details ->> 'before' AS before, details ->> 'after' AS after"
        " FROM audit_log WHERE subject_id = $1 AND actor_id = $2 ORDER BY id",
        *(subject_of("texts"), admin.user_id),
    )
    assert [tuple(row) for row in written] == [
        (admin.user_id, "flags.change", "true", "false"),
        (admin.user_id, "flags.change", "false", "true"),
    ]


async def test_what_is_read_can_be_sent_back(client: httpx.AsyncClient, admin: Fan) -> None:
    read = (await client.get(FLAGS, headers=admin.headers)).json()["data"]
    answer = await client.put(FLAGS, json=read, headers=admin.headers)
    assert (answer.status_code, answer.json()["data"]) == (200, read)


async def test_nobody_else_sees_or_sets_them(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World
) -> None:
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    before = await db.fetch("SELECT * FROM flags")
    for answer in (
        await client.get(FLAGS, headers=owner.headers),
        await put(client, owner, analytics_intake=False),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTH004")
    assert await db.fetch("SELECT * FROM flags") == before


async def test_names_are_names(client: httpx.AsyncClient, admin: Fan) -> None:
    for flags in ({"": True}, {"a b": True}, {"x" * 65: True}, {"a": "yes"}, {"a": None}):
        answer = await client.put(FLAGS, json={"flags": flags}, headers=admin.headers)
        assert answer.status_code == 422, flags


async def test_a_misspelt_switch_is_refused_and_says_which_is_meant(
    client: httpx.AsyncClient, db: asyncpg.Connection, admin: Fan
) -> None:
    before = await db.fetch("SELECT * FROM flags ORDER BY name")
    for wrong, meant in (
        ("campain", "campaigns"),
        ("Payments", "payments"),
        ("mails", "mail"),
        ("best-available", "best_available"),
        ("export", "exports"),
    ):
        answer = await put(client, admin, **{wrong: False, "refunds": False})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION001"), wrong
        assert f"{meant} is meant" in answer.text
    # All of it or nothing.
    assert await db.fetch("SELECT * FROM flags ORDER BY name") == before


async def test_a_name_that_nothing_asks_for_is_refused_and_the_known_ones_are_said(
    client: httpx.AsyncClient, db: asyncpg.Connection, admin: Fan
) -> None:
    answers = [await put(client, admin, new_checkout=False, refunds=False)]
    answers.append(await aim(client, admin, "new_checkout", {"percentage": 10}))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION001")
        (detail,) = answer.json()["error"]["details"]
        assert detail["field"] == "flags.new_checkout"
        assert all(name in detail["message"] for name in DEFAULTS)
    assert await db.fetchval("SELECT count(*) FROM flags WHERE name = 'new_checkout'") == 0


async def test_what_another_version_has_set_can_be_taken_back(
    client: httpx.AsyncClient, db: asyncpg.Connection, admin: Fan
) -> None:
    await db.execute(
        "INSERT INTO flags (name, is_on, changed_by) VALUES ('of_before', TRUE, $1)", admin.user_id
    )
    answer = await put(client, admin, of_before=False)
    assert answer.json()["data"]["flags"]["of_before"] is False
    await db.execute("DELETE FROM flags WHERE name = 'of_before'")


async def test_no_picture_is_taken_in_while_they_are_off(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, admin: Fan
) -> None:
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    path, file = f"/api/v1/events/{world.event_id}/media", {"contentType": "image/png", "size": 9}
    await put(client, admin, pictures=False)
    answer = await client.post(path, json=file, headers=owner.headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "600")
    assert (
        await db.fetchval("SELECT count(*) FROM media WHERE subject_id = $1", world.event_id) == 0
    )
    await put(client, admin, pictures=True)
    assert (await client.post(path, json=file, headers=owner.headers)).status_code == 201


EVENT = "events/{event_id}"
HOUSE = "organizations/{organization_id}"
FIGURES = f"GET analytics/{EVENT}/export"
COSTLY: dict[str, dict[str, Any]] = {
    "rehearsals": {f"POST {EVENT}/rehearsals": {"people": 60, "seconds": 3}},
    "exports": dict.fromkeys(
        (
            *(f"{FIGURES}.csv", f"{FIGURES}.xlsx", f"{FIGURES}.parquet"),
            *(f"GET {EVENT}/attendees/export.csv", f"GET {EVENT}/attendees/export.xlsx"),
            *(f"GET {HOUSE}/orders/export.csv", f"GET {HOUSE}/audit/export.csv"),
            *("GET admin/audit/export.csv", "GET users/me/export"),
        )
    ),
    "campaigns": {
        f"POST {EVENT}/messages": {
            "segment": {"kind": "HOLDERS"},
            "template": "gate_changed",
            "gate": "C",
            "channels": ["EMAIL"],
        },
        f"POST {EVENT}/messages/{uuid4()}/approve": None,
    },
    "best_available": {f"POST {EVENT}/best-available": {"quantity": 2, "priceLevel": "STANDARD"}},
}


@pytest.mark.parametrize("name", COSTLY)
async def test_what_costs_much_is_refused_while_it_is_off_and_nothing_else_is(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, admin: Fan, name: str
) -> None:
    (owner,) = await make_fans(db, world, 1, role="OWNER")

    async def answers() -> list[httpx.Response]:
        ids = {"event_id": world.event_id, "organization_id": world.organization_id}
        made: list[httpx.Response] = []
        for asked, body in (each for routes in COSTLY.values() for each in routes.items()):
            method, path = asked.format(**ids).split(" ")
            url = f"/api/v1/{path}"
            made.append(await client.request(method, url, json=body, headers=owner.headers))
        return made

    before = await kept(db, world)
    await put(client, admin, **dict.fromkeys(COSTLY, False))
    for answer in await answers():
        assert answer.status_code == 503, answer.request.url
        assert (answer.json()["error"]["code"], answer.headers["retry-after"]) == ("SYS002", "60")
    assert await kept(db, world) == before
    await put(client, admin, **{name: True})
    open_ones = [answer.request.url for answer in await answers() if answer.status_code != 503]
    assert len(open_ones) == len(COSTLY[name])
    await put(client, admin, **dict.fromkeys(COSTLY, True))
    # There is one at a time, and others ask for theirs.
    await db.execute("DELETE FROM rehearsals WHERE event_id = $1", world.event_id)


async def kept(db: asyncpg.Connection, world: World) -> tuple[int, int]:
    row = await db.fetchrow(
        "SELECT (SELECT count(*) FROM rehearsals WHERE event_id = $1) AS rehearsals,"
        " (SELECT count(*) FROM campaigns WHERE event_id = $1) AS campaigns",
        world.event_id,
    )
    assert row is not None
    return row["rehearsals"], row["campaigns"]


def test_every_switch_is_described_for_who_runs_it() -> None:
    page = (ROOT / "docs" / "how-to" / "switches.md").read_text()
    listed = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE))
    assert listed.keys() == DEFAULTS.keys()
    assert {name for name, aim in listed.items() if aim == "yes"} == AIMED


async def aim(client: httpx.AsyncClient, by: Fan, name: str, target: Any) -> httpx.Response:
    body = {"flags": {name: True}, "targets": {name: target}}
    return await client.put(FLAGS, json=body, headers=by.headers)


async def test_a_switch_may_be_on_for_some_organizations_alone(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, world: World, admin: Fan
) -> None:
    other = await make_world(db, settings)
    (mine,) = await make_fans(db, world, 1, role="OWNER")
    (theirs,) = await make_fans(db, other, 1, role="OWNER")
    file = {"contentType": "image/png", "size": 9}

    async def pictured(at: World, by: Fan) -> int:
        path = f"/api/v1/events/{at.event_id}/media"
        return (await client.post(path, json=file, headers=by.headers)).status_code

    target = {"people": [], "organizations": [str(world.organization_id)], "percentage": 0}
    answer = await aim(client, admin, "pictures", target)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["targets"] == {"pictures": target}
    assert [await pictured(world, mine), await pictured(other, theirs)] == [201, 503]
    # Off is off for them, too, and what it was aimed at stays for when it is on again.
    await put(client, admin, pictures=False)
    assert [await pictured(world, mine), await pictured(other, theirs)] == [503, 503]
    await put(client, admin, pictures=True)
    assert [await pictured(world, mine), await pictured(other, theirs)] == [201, 503]
    assert (await aim(client, admin, "pictures", None)).json()["data"]["targets"] == {}
    assert [await pictured(world, mine), await pictured(other, theirs)] == [201, 201]
    written = await db.fetchval(
        "SELECT details -> 'for_after' FROM audit_log WHERE subject_id = $1"
        " AND actor_id = $2 ORDER BY id LIMIT 1",
        subject_of("pictures"),
        admin.user_id,
    )
    assert json.loads(written) == target


async def test_what_nobody_in_particular_is_asked_for_cannot_be_aimed(
    client: httpx.AsyncClient, db: asyncpg.Connection, admin: Fan
) -> None:
    before = await db.fetch("SELECT * FROM flags ORDER BY name")
    for name, target in (
        ("payments", {"percentage": 50}),
        ("pictures", {"percentage": 101}),
        ("pictures", {"percentage": -1}),
        ("pictures", {"people": ["nobody"]}),
        ("pictures", {"people": [str(uuid4()) for _ in range(101)]}),
        ("pictures", {"cities": ["Ulm"]}),
    ):
        answer = await aim(client, admin, name, target)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION001"), name
    assert await db.fetch("SELECT * FROM flags ORDER BY name") == before
    found = (await client.get(FLAGS, headers=admin.headers)).json()["data"]["targetable"]
    assert {"pictures", "humans", "live_dashboards"} <= set(found)
    assert "payments" not in found


async def test_a_share_grows_without_losing_anybody_and_is_another_for_each_flag(
    client: httpx.AsyncClient, settings: Settings, admin: Fan
) -> None:
    people = [uuid4() for _ in range(400)]
    async with opened(settings) as runtime:
        switches = Switches(runtime.database)

        async def drawn(share: int, name: str = "humans") -> set[UUID]:
            await aim(client, admin, name, {"people": [str(people[0])], "percentage": share})
            await switches.read()
            return {person for person in people if switches.is_on(name, person=person)}

        none, some, more, all_of_them = [await drawn(share) for share in (0, 25, 50, 100)]
        assert none == {people[0]}
        assert none < some < more < all_of_them == set(people)
        assert abs(len(some) - 100) < 50
        assert await drawn(25, "live_dashboards") != some
        assert not switches.is_on("humans")
        for name in ("humans", "live_dashboards"):
            await aim(client, admin, name, None)


def test_a_share_is_the_same_in_every_process_and_version() -> None:
    subject = UUID("018f0000-0000-7000-8000-000000000001")
    assert bucket("new_checkout", subject) == 71
    at = Flag(is_on=True, percentage=71)
    assert not at.draws("new_checkout", subject=subject)
    assert replace(at, percentage=72).draws("new_checkout", subject=subject)
