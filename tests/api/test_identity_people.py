"""A person's own account: profile, preferences, sessions, export, erasure; and their caches."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.redis import connect
from tests.factories import PASSWORD, another_process, login, register
from tests.mailbox import make_member

ME = "/api/v1/users/me"
PREFERENCES = f"{ME}/preferences"
SESSIONS = "/api/v1/auth/sessions"

CHOSEN: dict[str, Any] = {
    "locale": "de-AT",
    "currency": "CHF",
    "timezone": "Europe/Vienna",
    "notifications": {"email": False, "sms": True, "push": True},
}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.asvs("V15.3.1")
async def test_the_profile_is_the_persons_own(client: httpx.AsyncClient) -> None:
    person = await register(client, full_name="Ingrid Olafsson")
    await client.post("/api/v1/organizations", json={"name": "Zeta"}, headers=person.headers)
    made = await client.post("/api/v1/organizations", json={"name": "Alfa"}, headers=person.headers)
    answer = await client.get(ME, headers=person.headers)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert [one["name"] for one in data.pop("memberships")] == ["Alfa", "Zeta"]
    assert data.pop("createdAt").endswith("Z")
    assert data == {
        "userId": str(person.user_id),
        "email": person.email,
        "emailVerified": False,
        "emailProvedByLink": False,
        "fullName": "Ingrid Olafsson",
        "phoneNumber": None,
        "mfaEnabled": False,
        "roles": ["ATTENDEE"],
    }
    assert made.json()["data"]["role"] == "OWNER"


@pytest.mark.parametrize("path", [ME, PREFERENCES, f"{ME}/export", SESSIONS])
async def test_nobody_has_no_account(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert code(answer) == (401, "AUTH003")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_patch_changes_what_it_names(client: httpx.AsyncClient) -> None:
    person = await register(client)
    answer = await client.patch(ME, json={"phoneNumber": "+49 30 901820"}, headers=person.headers)
    assert answer.json()["data"]["phoneNumber"] == "+4930901820"
    assert answer.json()["data"]["fullName"] == person.full_name
    answer = await client.patch(
        ME, json={"fullName": "  New Name ", "phoneNumber": None}, headers=person.headers
    )
    assert answer.json()["data"]["phoneNumber"] is None
    assert answer.json()["data"]["fullName"] == "New Name"
    again = await client.get(ME, headers=person.headers)
    assert again.json()["data"] == answer.json()["data"]
    assert (await client.patch(ME, json={}, headers=person.headers)).json() == again.json()


@pytest.mark.asvs("V8.2.3", "V15.3.3")
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("fullName", {"fullName": None}),
        ("fullName", {"fullName": ""}),
        ("fullName", {"fullName": "nul\x00"}),
        ("phoneNumber", {"phoneNumber": "nobody"}),
        ("email", {"email": "other@arena.test"}),
        ("roles", {"roles": ["ADMIN"]}),
        ("emailVerified", {"emailVerified": True}),
    ],
)
async def test_a_patch_of_anything_else_is_refused_whole(
    client: httpx.AsyncClient, field: str, change: dict[str, Any]
) -> None:
    person = await register(client)
    before = (await client.get(ME, headers=person.headers)).json()
    given = {"fullName": "Somebody Else"} | change
    answer = await client.patch(ME, json=given, headers=person.headers)
    assert code(answer) == (422, "VALIDATION001")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert (await client.get(ME, headers=person.headers)).json() == before


async def test_preferences_start_with_defaults_and_are_replaced_whole(
    client: httpx.AsyncClient,
) -> None:
    person = await register(client)
    first = await client.get(PREFERENCES, headers=person.headers)
    assert first.json()["data"] == {
        "locale": "en",
        "currency": "EUR",
        "timezone": "UTC",
        "notifications": {"email": True, "sms": False, "push": False},
    }
    answer = await client.put(PREFERENCES, json=CHOSEN, headers=person.headers)
    assert (answer.status_code, answer.json()["data"]) == (200, CHOSEN)
    assert (await client.get(PREFERENCES, headers=person.headers)).json()["data"] == CHOSEN


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("locale", {"locale": "Klingon"}),
        ("locale", {"locale": "en_US"}),
        ("locale", {"locale": "e" * 4000}),
        ("currency", {"currency": "eur"}),
        ("currency", {"currency": "XTS"}),
        ("timezone", {"timezone": "Europe/Atlantis"}),
        ("timezone", {"timezone": "../../etc/passwd"}),
        ("timezone", {"timezone": "UTC\x00"}),
        ("notifications.sms", {"notifications": {"email": True, "sms": "yes", "push": True}}),
        ("notifications.push", {"notifications": {"email": True, "sms": True}}),
        ("notifications.fax", {"notifications": CHOSEN["notifications"] | {"fax": True}}),
        ("theme", {"theme": "dark"}),
    ],
)
async def test_preferences_nobody_can_have_are_refused(
    client: httpx.AsyncClient, field: str, change: dict[str, Any]
) -> None:
    person = await register(client)
    answer = await client.put(PREFERENCES, json=CHOSEN | change, headers=person.headers)
    assert code(answer) == (422, "VALIDATION001")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    after = await client.get(PREFERENCES, headers=person.headers)
    assert after.json()["data"]["currency"] == "EUR"


async def test_preferences_are_cached_for_12_hours_and_dropped_by_a_write(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person = await register(client)
    redis = connect(settings.redis_url or "")
    async with another_process(settings) as other:
        await other.get(PREFERENCES, headers=person.headers)
        lives = await redis.ttl(f"cache:preferences:{person.user_id}:0")
        assert 12 * 3600 - 60 < lives <= 12 * 3600
        await client.put(PREFERENCES, json=CHOSEN, headers=person.headers)
        read = await other.get(PREFERENCES, headers=person.headers)
        assert read.json()["data"] == CHOSEN
    await redis.aclose()


async def test_preferences_come_from_the_cache(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    first = await client.get(PREFERENCES, headers=person.headers)
    await db.execute("UPDATE users SET preferences = NULL WHERE id = $1", person.user_id)
    await client.put(PREFERENCES, json=CHOSEN, headers=person.headers)
    await client.get(PREFERENCES, headers=person.headers)
    await db.execute("UPDATE users SET preferences = NULL WHERE id = $1", person.user_id)
    cached = await client.get(PREFERENCES, headers=person.headers)
    assert cached.json()["data"] == CHOSEN != first.json()["data"]


async def test_session_data_is_cached_for_24_hours_and_dropped_by_a_write(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person = await register(client)
    redis = connect(settings.redis_url or "")
    async with another_process(settings) as other:
        await other.get(ME, headers=person.headers)
        await other.get(SESSIONS, headers=person.headers)
        for key in (f"profile:{person.user_id}", f"sessions:{person.user_id}"):
            generation = int(await redis.get(f"cache:session:{key}:generation") or 0)
            lives = await redis.ttl(f"cache:session:{key}:{generation}")
            assert 24 * 3600 - 60 < lives <= 24 * 3600, key
        await client.patch(ME, json={"fullName": "New Name"}, headers=person.headers)
        read = await other.get(ME, headers=person.headers)
        assert read.json()["data"]["fullName"] == "New Name"
        await login(client, person)
        listed = await other.get(SESSIONS, headers=person.headers)
        assert listed.json()["meta"]["total"] == 2
        made = await client.post(
            "/api/v1/organizations", json={"name": "Club"}, headers=person.headers
        )
        read = await other.get(ME, headers=person.headers)
        assert read.json()["data"]["memberships"] == [
            {"organizationId": made.json()["data"]["id"], "name": "Club", "role": "OWNER"}
        ]
    await redis.aclose()


@pytest.mark.asvs("V16.5.2")
async def test_without_redis_everything_is_read_from_the_database(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person = await register(client)
    async with another_process(settings, redis_url="redis://127.0.0.1:1") as alone:
        assert (await alone.get(ME, headers=person.headers)).status_code == 200
        written = await alone.put(PREFERENCES, json=CHOSEN, headers=person.headers)
        assert written.status_code == 200
        assert (await alone.get(PREFERENCES, headers=person.headers)).json()["data"] == CHOSEN
        assert (await login(alone, person)).token


@pytest.mark.asvs("V7.5.2")
async def test_sessions_are_listed_and_ended_one_by_one(client: httpx.AsyncClient) -> None:
    person = await register(client)
    answer = await client.post(
        "/api/v1/auth/login",
        json={"email": person.email, "password": PASSWORD},
        headers={"User-Agent": "Stand/1.0 (north)"},
    )
    listed = await client.get(SESSIONS, headers=person.headers)
    assert listed.json()["meta"] == {"page": 1, "limit": 20, "total": 2}
    newest, oldest = listed.json()["data"]
    assert sorted(newest) == [
        "createdAt",
        "current",
        "device",
        "expiresAt",
        "id",
        "lastUsedAt",
        "userAgent",
    ]
    assert (newest["userAgent"], newest["current"]) == ("Stand/1.0 (north)", False)
    assert oldest["current"] is True
    second = await client.get(f"{SESSIONS}?page=2&limit=1", headers=person.headers)
    assert [one["id"] for one in second.json()["data"]] == [oldest["id"]]
    ended = await client.delete(f"{SESSIONS}/{newest['id']}", headers=person.headers)
    assert ended.status_code == 200
    token = answer.json()["data"]["token"]
    assert (await client.get(ME, headers={"Authorization": f"Bearer {token}"})).status_code == 401
    left = await client.get(SESSIONS, headers=person.headers)
    assert [one["id"] for one in left.json()["data"]] == [oldest["id"]]
    again = await client.delete(f"{SESSIONS}/{newest['id']}", headers=person.headers)
    assert code(again) == (404, "NOTFOUND001")


async def test_nobody_ends_sessions_of_others(client: httpx.AsyncClient) -> None:
    person, stranger = await register(client), await register(client)
    listed = await client.get(SESSIONS, headers=person.headers)
    (mine,) = listed.json()["data"]
    for session_id in (mine["id"], uuid4()):
        answer = await client.delete(f"{SESSIONS}/{session_id}", headers=stranger.headers)
        assert code(answer) == (404, "NOTFOUND001")
    answer = await client.delete(f"{SESSIONS}/not-an-id", headers=stranger.headers)
    assert code(answer) == (422, "VALIDATION001")
    assert (await client.get(ME, headers=person.headers)).status_code == 200


async def test_the_export_holds_what_is_kept_and_no_secret(client: httpx.AsyncClient) -> None:
    person = await register(client)
    await client.put(PREFERENCES, json=CHOSEN, headers=person.headers)
    answer = await client.get(f"{ME}/export", headers=person.headers)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["profile"]["email"] == person.email
    assert data["preferences"] == CHOSEN
    assert [sorted(one) for one in data["sessions"]] == [
        ["createdAt", "expiresAt", "id", "lastUsedAt", "userAgent"]
    ]
    assert "argon2" not in answer.text


async def erase(
    client: httpx.AsyncClient, headers: dict[str, str], password: str
) -> httpx.Response:
    return await client.request("DELETE", ME, json={"password": password}, headers=headers)


async def test_erasure_forgets_the_person(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client, full_name="Ingrid Olafsson")
    elsewhere = await login(client, person)
    await client.patch(ME, json={"phoneNumber": "+4930901820"}, headers=person.headers)
    await client.put(PREFERENCES, json=CHOSEN, headers=person.headers)
    await client.post("/api/v1/organizations", json={"name": "Alone"}, headers=person.headers)
    assert (await erase(client, person.headers, PASSWORD)).status_code == 200
    row = await db.fetchval("SELECT u::text FROM users u WHERE id = $1", person.user_id)
    for trace in ("Ingrid", "Olafsson", person.email, "901820", "argon2", "Vienna"):
        assert trace not in row
    assert await db.fetchval("SELECT erased_at FROM users WHERE id = $1", person.user_id)
    kept = await db.fetchval("SELECT count(*) FROM memberships WHERE user_id = $1", person.user_id)
    assert kept == 0
    for headers in (person.headers, elsewhere.headers):
        assert code(await client.get(ME, headers=headers)) == (401, "AUTH003")
    sign_in = {"email": person.email, "password": PASSWORD}
    assert code(await client.post("/api/v1/auth/login", json=sign_in)) == (401, "AUTH001")
    newcomer = await register(client, email=person.email)
    assert newcomer.user_id != person.user_id


async def test_erasure_asks_for_the_password(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    before = await db.fetchval("SELECT u::text FROM users u WHERE id = $1", person.user_id)
    assert code(await erase(client, person.headers, "not the password")) == (401, "AUTH001")
    for given in ({}, {"password": ""}, {"password": PASSWORD, "sure": True}):
        answer = await client.request("DELETE", ME, json=given, headers=person.headers)
        assert code(answer) == (422, "VALIDATION001")
    after = await db.fetchval("SELECT u::text FROM users u WHERE id = $1", person.user_id)
    assert after == before
    assert (await client.get(ME, headers=person.headers)).status_code == 200


async def test_the_last_owner_of_others_cannot_be_erased(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner, staff = await register(client), await register(client)
    made = await client.post("/api/v1/organizations", json={"name": "Club"}, headers=owner.headers)
    members = f"/api/v1/organizations/{made.json()['data']['id']}/members"
    await make_member(client, db, members=members, by=owner, person=staff, role="STAFF")
    assert code(await erase(client, owner.headers, PASSWORD)) == (409, "CONFLICT003")
    assert not await db.fetchval("SELECT erased_at FROM users WHERE id = $1", owner.user_id)
    assert (await client.get(ME, headers=owner.headers)).status_code == 200
    await client.patch(f"{members}/{staff.user_id}", json={"role": "OWNER"}, headers=owner.headers)
    assert (await erase(client, owner.headers, PASSWORD)).status_code == 200


@pytest.mark.asvs("V1.3.3")
async def test_what_can_be_typed_into_a_name_comes_back_as_it_was(
    client: httpx.AsyncClient,
) -> None:
    name = f"Zoë <script>alert('{secrets.token_hex(2)}')</script> O'Neil 🏟 ‌א"
    person = await register(client, full_name=name)
    answer = await client.get(ME, headers=person.headers)
    assert answer.json()["data"]["fullName"] == name
