"""Who changed what, from where and by what: only added to, chained, for who may see it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.audit.queries import judge, seal, table
from arenapulse.core.errors import InvariantBroken
from arenapulse.core.settings import Settings
from arenapulse.runtime.db import Database
from tests.answers import claims, code
from tests.conftest import TestEngines, client_of, settings_for
from tests.factories import Person, another_process, login, register
from tests.worlds import Fan, World, make_fans, make_world

FROM = {"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "audited-1"}


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


@pytest.fixture
async def owner(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, role="OWNER"))[0]


async def lines(client: httpx.AsyncClient, world: World, owner: Fan) -> list[dict[str, Any]]:
    answer = await client.get(
        f"/api/v1/organizations/{world.organization_id}/audit", headers=owner.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def place(world: World) -> str:
    return f"/api/v1/organizations/{world.organization_id}"


@pytest.mark.asvs("V16.2.1")
async def test_changes_say_who_from_where_by_what_and_what_was_before(
    client: httpx.AsyncClient, world: World, owner: Fan, db: asyncpg.Connection
) -> None:
    (member,) = await make_fans(db, world, 1, role="STAFF")
    changed = await client.patch(
        f"{place(world)}/members/{member.user_id}",
        json={"role": "ANALYST"},
        headers=owner.headers | FROM,
    )
    assert changed.status_code == 200, changed.text
    (line,) = await lines(client, world, owner)
    name = await db.fetchval("SELECT full_name FROM users WHERE id = $1", owner.user_id)
    assert line.pop("id") > 0
    assert line.pop("at").endswith("Z")
    assert UUID(line.pop("sessionId"))
    assert line == {
        "action": "member.role",
        "actorId": str(owner.user_id),
        "actorName": name,
        "subjectId": str(member.user_id),
        "organizationId": str(world.organization_id),
        "keyId": None,
        "address": "203.0.113.9",
        "requestId": "audited-1",
        "details": {"before": "STAFF", "after": "ANALYST"},
    }


async def test_what_matters_in_an_organization_is_written(
    client: httpx.AsyncClient, world: World, owner: Fan, db: asyncpg.Connection
) -> None:
    (member,) = await make_fans(db, world, 1, role="STAFF")
    event = f"/api/v1/events/{world.event_id}"
    keys, hooks = f"{place(world)}/api-keys", f"{place(world)}/webhooks"
    key = await client.post(keys, json={"name": "T", "role": "STAFF"}, headers=owner.headers)
    hook = {"url": "https://93.184.216.34/x", "events": ["event.status"]}
    made = await client.post(hooks, json=hook, headers=owner.headers)
    for answer in (
        await client.delete(f"{keys}/{key.json()['data']['id']}", headers=owner.headers),
        await client.patch(
            f"{hooks}/{made.json()['data']['id']}", json={"paused": True}, headers=owner.headers
        ),
        await client.delete(f"{hooks}/{made.json()['data']['id']}", headers=owner.headers),
        await client.delete(f"{place(world)}/members/{member.user_id}", headers=owner.headers),
        await client.patch(
            event,
            json={"capacityConfig": {"sections": {}, "maxTicketsPerOrder": 4, "holdSeconds": 60}},
            headers=owner.headers | {"If-Match": '"1"'},
        ),
        await client.post(f"{event}/status", json={"status": "PAUSED"}, headers=owner.headers),
    ):
        assert answer.status_code == 200, answer.text
    found = await lines(client, world, owner)
    assert [line["action"] for line in reversed(found)] == [
        "api_key.made",
        "webhook.made",
        "api_key.ended",
        "webhook.changed",
        "webhook.ended",
        "member.removed",
        "event.capacity",
        "event.status",
    ]
    assert {line["actorId"] for line in found} == {str(owner.user_id)}
    text = json.dumps(found)
    assert key.json()["data"]["key"] not in text
    assert made.json()["data"]["secret"] not in text
    moved = next(line for line in found if line["action"] == "event.status")
    assert moved["details"] == {"before": "ON_SALE", "after": "PAUSED"}


async def of_person(db: asyncpg.Connection, person: Person) -> list[tuple[str, str | None]]:
    rows = await db.fetch(
        "SELECT action, address FROM audit_log WHERE subject_id = $1 ORDER BY id", person.user_id
    )
    return [(row["action"], row["address"]) for row in rows]


@pytest.mark.asvs("V16.3.1", "V16.3.2")
async def test_sign_ins_refusals_and_erasure_are_written_with_where_they_came_from(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    wrong = {"email": person.email, "password": "not the right one"}
    refused = await client.post("/api/v1/auth/login", json=wrong, headers=FROM)
    assert refused.status_code == 401
    again = await login(client, person)
    # What they did in this session can be found by it.
    by = await db.fetchval(
        "SELECT session_id FROM audit_log WHERE subject_id = $1 AND action = 'sign_in.done'",
        person.user_id,
    )
    assert str(by) == claims(again.token)["sid"]
    club = await client.post("/api/v1/organizations", json={"name": "C"}, headers=again.headers)
    erased = await client.request(
        "DELETE", "/api/v1/users/me", json={"password": person.password}, headers=again.headers
    )
    assert erased.status_code == 200, erased.text
    assert [action for action, _ in await of_person(db, person)] == [
        "sign_in.refused",
        "sign_in.done",
        "organization.founded",
        "member.removed",
        "account.erased",
    ]
    assert (await of_person(db, person))[0][1] == "203.0.113.9"
    left = await db.fetchval(
        "SELECT organization_id FROM audit_log WHERE subject_id = $1 AND action = 'member.removed'",
        person.user_id,
    )
    assert str(left) == club.json()["data"]["id"]


@pytest.mark.asvs("V16.3.3")
async def test_a_refused_sign_in_of_nobody_is_written_without_the_address_that_was_tried(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    wrong = {"email": "nobody-at-all@arena.test", "password": "not the right one"}
    counted = "SELECT count(*) FROM audit_log WHERE action = 'sign_in.refused' AND subject_id = $1"
    before = await db.fetchval(counted, UUID(int=0))
    refused = await client.post("/api/v1/auth/login", json=wrong, headers=FROM)
    assert refused.status_code == 401
    assert await db.fetchval(counted, UUID(int=0)) == before + 1


@pytest.mark.asvs("V16.3.2")
async def test_who_asks_for_what_they_may_not_do_is_written_once_a_minute(
    client: httpx.AsyncClient, world: World, owner: Fan, db: asyncpg.Connection, settings: Settings
) -> None:
    (member,) = await make_fans(db, world, 1, role="STAFF")
    made = await client.post(
        f"{place(world)}/api-keys", json={"name": "till", "role": "STAFF"}, headers=owner.headers
    )
    key = made.json()["data"]
    bearer = {"Authorization": f"Bearer {key['key']}"}
    sale = world.order(paymentMethod={"type": "invoice"})
    # A process of its own: all together are noted so often a minute.
    async with another_process(settings, trusted_proxies="127.0.0.1") as fresh:
        refused = [
            await fresh.request(method, path, json=body, headers={**headers, **FROM})
            for headers in (member.headers, bearer)
            for method, path, body in (
                ("GET", f"{place(world)}/api-keys", None),
                ("POST", "/api/v1/orders", sale),
                # The second time in this minute.
                ("GET", f"{place(world)}/api-keys", None),
            )
        ]
        assert {answer.status_code for answer in refused} == {403}
        # A key that somebody read has rights, and not the secret that signs.
        owners = await client.post(
            f"{place(world)}/api-keys", json={"name": "crm", "role": "OWNER"}, headers=owner.headers
        )
        read = owners.json()["data"]
        unsigned = await fresh.post(
            f"{place(world)}/api-keys",
            json={"name": "mine", "role": "OWNER"},
            headers={"Authorization": f"Bearer {read['key']}", **FROM},
        )
        assert code(unsigned) == (401, "SIGN001")
    rows = await db.fetch(
        "SELECT actor_id, session_id IS NULL AS by_key, key_id, address, request_id, details::TEXT "
        "FROM audit_log WHERE action = 'access.refused' AND actor_id = ANY ($1) ORDER BY id",
        [member.user_id, UUID(key["id"]), UUID(read["id"])],
    )
    keys = "/api/v1/organizations/{organization_id}/api-keys"
    asked = [
        {"method": "GET", "path": keys, "code": "AUTH004"},
        {"method": "POST", "path": "/api/v1/orders", "code": "AUTH004"},
    ]
    without = {"method": "POST", "path": keys, "code": "SIGN001"}
    assert [json.loads(row["details"]) for row in rows] == [*asked, *asked, without]
    assert [row["by_key"] for row in rows] == [False, False, True, True, True]
    assert [row["key_id"] for row in rows[2:]] == [*2 * [UUID(key["id"])], UUID(read["id"])]
    assert {(row["address"], row["request_id"]) for row in rows} == {("203.0.113.9", "audited-1")}
    shown = await client.get(f"{place(world)}/audit?limit=4", headers=owner.headers)
    # Its owners hear of their keys. What a person asks for is not their organization's.
    of_keys = [line["details"] for line in shown.json()["data"] if line["keyId"]]
    assert of_keys == [without, *reversed(asked)]


async def test_who_may_see_it(
    client: httpx.AsyncClient, world: World, owner: Fan, db: asyncpg.Connection
) -> None:
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    (stranger,) = await make_fans(db, world, 1)
    (admin,) = await make_fans(db, world, 1, platform="ADMIN")
    own, everything = f"{place(world)}/audit", "/api/v1/admin/audit"
    for path in (own, f"{own}/export.csv"):
        asked = [
            (await client.get(path, headers=who.headers)).status_code
            for who in (owner, admin, manager, stranger)
        ]
        assert asked == [200, 200, 403, 404]
    for path in (everything, f"{everything}/export.csv", f"{everything}/chain"):
        asked = [
            (await client.get(path, headers=who.headers)).status_code
            for who in (admin, owner, stranger)
        ]
        assert asked == [200, 403, 403]
        assert (await client.get(path)).status_code == 401


async def test_it_is_read_in_pages(client: httpx.AsyncClient, world: World, owner: Fan) -> None:
    for name in ("one", "two", "three"):
        await client.post(
            f"{place(world)}/api-keys", json={"name": name, "role": "STAFF"}, headers=owner.headers
        )
    path = f"{place(world)}/audit"
    first = (await client.get(path, params={"limit": 2}, headers=owner.headers)).json()
    cursor = first["meta"]["nextCursor"]
    second = (
        await client.get(path, params={"limit": 2, "cursor": cursor}, headers=owner.headers)
    ).json()
    names = [line["details"]["name"] for line in (*first["data"], *second["data"])]
    assert names == ["three", "two", "one"]
    assert "nextCursor" not in second.get("meta", {})
    file = await client.get(f"{path}/export.csv", headers=owner.headers)
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(file.text.strip().split("\r\n")) == 4


async def test_it_is_sought_by_what_by_whom_of_whom_and_when(
    client: httpx.AsyncClient, world: World, owner: Fan, db: asyncpg.Connection
) -> None:
    (member, second) = await make_fans(db, world, 2, role="OWNER")
    for by, name in ((owner, "one"), (second, "two")):
        body = {"name": name, "role": "STAFF"}
        await client.post(f"{place(world)}/api-keys", json=body, headers=by.headers)
    role = {"role": "ANALYST"}
    changed = f"{place(world)}/members/{member.user_id}"
    assert (await client.patch(changed, json=role, headers=owner.headers)).status_code == 200

    async def found(**sought: str) -> list[str]:
        answer = await client.get(f"{place(world)}/audit", params=sought, headers=owner.headers)
        assert answer.status_code == 200, answer.text
        return [line["action"] for line in answer.json()["data"]]

    assert await found(action="member.") == ["member.role"]
    assert await found(action="member") == []
    assert await found(action="api_key.made") == ["api_key.made", "api_key.made"]
    assert await found(actorId=str(second.user_id)) == ["api_key.made"]
    assert await found(subjectId=str(member.user_id)) == ["member.role"]
    assert await found(to="2020-01-01T00:00:00Z") == []
    assert len(await found(**{"from": "2020-01-01T00:00:00Z"})) == 3
    file = await client.get(
        f"{place(world)}/audit/export.csv", params={"action": "member."}, headers=owner.headers
    )
    (row,) = csv.DictReader(io.StringIO(file.text))
    shown = await client.get(
        f"{place(world)}/audit", params={"action": "member."}, headers=owner.headers
    )
    (line,) = shown.json()["data"]
    assert dict(row) == {
        key: json.dumps(value, separators=(", ", ": "))
        if isinstance(value, dict)
        else ""
        if value is None
        else str(value)
        for key, value in line.items()
    }
    for wrong in ({"action": "%"}, {"actorId": "x"}, {"from": "yesterday"}):
        refused = await client.get(f"{place(world)}/audit", params=wrong, headers=owner.headers)
        assert refused.status_code == 422


@pytest.mark.asvs("V16.4.2")
async def test_nobody_changes_or_cuts_it_and_who_does_is_seen(
    fresh_database_url: str, engines: TestEngines
) -> None:
    settings = settings_for(fresh_database_url, engines.redis_url)
    db = await asyncpg.connect(fresh_database_url)
    database = Database(fresh_database_url, pool_size=1)
    await database.open()
    world = await make_world(db, settings)
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    async with client_of(settings) as client:
        for name in ("one", "two", "three"):
            body = {"name": name, "role": "STAFF"}
            await client.post(f"{place(world)}/api-keys", json=body, headers=owner.headers)
    async with database.transaction() as session:
        assert await seal(session) == 3
        assert await seal(session) == 0
    await database.close()
    good = await judge(db, known_head=None)
    assert (good.sealed, good.faults) == (3, ())
    end = await judge(db, known_head=None, after=1)
    assert (end.sealed, end.head, end.faults) == (3, good.head, ())
    for statement in (
        "UPDATE audit_log SET action = 'x'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_seals SET hash = ''",
        "DELETE FROM audit_seals",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute(statement)

    async def broken_by(
        statement: str, *, known_head: str | None = None, after: int = 0
    ) -> tuple[str, ...]:
        """As somebody who owns the tables and lifts the guard; taken back afterwards."""
        transaction = db.transaction()
        await transaction.start()
        await db.execute("ALTER TABLE audit_log DISABLE TRIGGER only_added_to")
        await db.execute("ALTER TABLE audit_seals DISABLE TRIGGER only_added_to")
        await db.execute(statement)
        found = await judge(db, known_head=known_head, after=after)
        await transaction.rollback()
        return found.faults

    first = await db.fetchval("SELECT min(id) FROM audit_log")
    changed = f"UPDATE audit_log SET actor_id = gen_random_uuid() WHERE id = {first}"
    assert await broken_by(changed) == (f"row {first} or the seal before it was changed",)
    assert await broken_by(f"DELETE FROM audit_log WHERE id = {first}") == (f"row {first} was cut",)
    both = f"DELETE FROM audit_log WHERE id = {first}; DELETE FROM audit_seals WHERE number = 1"
    assert (await broken_by(both))[0] == "seal 1 is not there"
    # What nobody sealed is looked for from where one looks: not in all that there ever was.
    for number, faults in ((0, 1), (2**40, 2)):
        late = (
            "INSERT INTO audit_log (id, at, action, subject_id, details) OVERRIDING SYSTEM VALUE "
            f"VALUES ({number}, now() - INTERVAL '2 hours', 'x', gen_random_uuid(), '{{}}')"
        )
        assert len(await broken_by(late)) == 1
        assert len(await broken_by(late, after=1)) == faults - 1
    # The end is missed by who wrote the last seal down.
    cut = (
        "DELETE FROM audit_seals WHERE number = 3;"
        "DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)"
    )
    assert await broken_by(cut) == ()
    assert await broken_by(cut, known_head=good.head) == (
        "the seal that you know is not in the chain: its end was cut",
    )
    await db.close()


async def test_a_file_of_thousands_of_lines_is_not_made_where_orders_wait() -> None:
    with pytest.raises(InvariantBroken):
        table([], names={})
    assert (await asyncio.to_thread(table, [], names={})).startswith("id,at,action,actorId,")
