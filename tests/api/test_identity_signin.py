"""Register, login, refresh, logout: shapes, the cookie, and what is refused."""

from __future__ import annotations

import base64
import json
import secrets
from http.cookies import Morsel, SimpleCookie
from typing import Any

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher

from tests.factories import PASSWORD, Person, login, register

AUTH = "/api/v1/auth"
BODY = {"X-Token-Transport": "body"}


def fresh_email() -> str:
    return f"fan-{secrets.token_hex(6)}@arena.test"


def body(**changes: Any) -> dict[str, Any]:
    return {"email": fresh_email(), "password": PASSWORD, "fullName": "Fan of Games"} | changes


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    (header,) = answer.headers.get_list("set-cookie")
    jar = SimpleCookie(header)
    assert list(jar) == ["arenapulse_refresh"]
    return jar["arenapulse_refresh"]


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.json()["success"] is False
    return answer.status_code, answer.json()["error"]["code"]


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


async def refreshed(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"{AUTH}/refresh", json={"refreshToken": token}, headers=BODY)


async def count(db: asyncpg.Connection, table: str) -> int:
    found: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return found


@pytest.fixture
def anonymous(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client without cookies of others."""
    client.cookies.clear()
    return client


async def test_register_answers_with_a_token_and_a_cookie(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post(f"{AUTH}/register", json=body())
    assert answer.status_code == 201
    assert sorted(answer.json()) == ["data", "success"]
    data = answer.json()["data"]
    assert sorted(data) == ["expiresAt", "token", "userId"]
    assert data["expiresAt"].endswith("Z")
    assert claims(data["token"])["sub"] == data["userId"]
    assert claims(data["token"])["roles"] == ["ATTENDEE"]
    cookie = cookie_of(answer)
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/api/v1/auth"
    assert int(cookie["max-age"]) == 30 * 24 * 3600


async def test_with_the_body_transport_there_is_no_cookie(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post(f"{AUTH}/register", json=body(), headers=BODY)
    assert sorted(answer.json()["data"]) == ["expiresAt", "refreshToken", "token", "userId"]
    assert "set-cookie" not in answer.headers


async def test_login_answers_with_the_profile(client: httpx.AsyncClient) -> None:
    person = await register(client, full_name="Ingrid Olafsson")
    answer = await client.post(
        f"{AUTH}/login", json={"email": person.email.upper(), "password": PASSWORD}
    )
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert sorted(data) == ["expiresAt", "token", "user"]
    created_at = data["user"].pop("createdAt")
    assert created_at.endswith("Z")
    assert data["user"] == {
        "userId": str(person.user_id),
        "email": person.email,
        "emailVerified": False,
        "fullName": "Ingrid Olafsson",
        "phoneNumber": None,
        "mfaEnabled": False,
        "roles": ["ATTENDEE"],
        "memberships": [],
    }
    assert cookie_of(answer).value


async def test_a_wrong_password_and_an_unknown_email_answer_alike(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    before = await count(db, "sessions")
    wrong = await client.post(
        f"{AUTH}/login", json={"email": person.email, "password": "not the password"}
    )
    unknown = await client.post(
        f"{AUTH}/login", json={"email": fresh_email(), "password": "not the password"}
    )
    assert code(wrong) == (401, "AUTH001")
    assert wrong.content == unknown.content
    assert unknown.status_code == 401
    assert await count(db, "sessions") == before


async def test_one_email_is_registered_once_whatever_its_case(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    before = await count(db, "users"), await count(db, "sessions")
    answer = await client.post(
        f"{AUTH}/register", json=body(email=f"  {person.email.title()} ", fullName="Twin")
    )
    assert code(answer) == (409, "AUTH006")
    assert (await count(db, "users"), await count(db, "sessions")) == before


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("email", {"email": "no address"}),
        ("email", {"email": "a@b"}),
        ("email", {"email": "fan\x00@arena.test"}),
        ("email", {"email": None}),
        ("email", {"email": 7}),
        ("password", {"password": "short"}),
        ("password", {"password": "x" * 129}),
        ("password", {"password": "Password123"}),
        ("password", {"password": "long enough\x00"}),
        ("password", {"password": ["a", "b"]}),
        ("fullName", {"fullName": "   "}),
        ("fullName", {"fullName": "x" * 201}),
        ("fullName", {"fullName": "two\nlines"}),
        ("fullName", {"fullName": "nul\x00"}),
        ("fullName", {"fullName": "turned \u202e round"}),
        ("phoneNumber", {"phoneNumber": "call me"}),
        ("phoneNumber", {"phoneNumber": 2**70}),
        ("roles", {"roles": ["ADMIN"]}),
        ("full_name2", {"full_name2": "x"}),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(
    client: httpx.AsyncClient, db: asyncpg.Connection, field: str, change: dict[str, Any]
) -> None:
    before = await count(db, "users"), await count(db, "sessions")
    answer = await client.post(f"{AUTH}/register", json=body(**change))
    assert code(answer) == (422, "VALIDATION001")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert (await count(db, "users"), await count(db, "sessions")) == before


@pytest.mark.parametrize("path", ["register", "login", "refresh", "logout"])
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b"7", 422),
        (b'"text"', 422),
        (b'{"unknown": 1}', 422),
        (b'{"\\ud800": 1}', 422),
        (b'{"email": "\\ud800@arena.test", "password": "\\udfff", "refreshToken": "\\udfff"}', 422),
    ],
)
async def test_a_hostile_body_is_refused(
    client: httpx.AsyncClient, path: str, raw: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.post(f"{AUTH}/{path}", content=raw, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["success"] is False


async def test_a_password_of_128_characters_will_do_and_is_not_stripped(
    client: httpx.AsyncClient,
) -> None:
    given = body(password=" " + "ö" * 126 + " ")
    assert (await client.post(f"{AUTH}/register", json=given)).status_code == 201
    sign_in = {"email": given["email"], "password": given["password"]}
    assert (await client.post(f"{AUTH}/login", json=sign_in)).status_code == 200
    sign_in["password"] = given["password"].strip()
    assert code(await client.post(f"{AUTH}/login", json=sign_in)) == (401, "AUTH001")


async def test_a_refresh_spends_the_token_and_keeps_the_sign_in_time(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute(
        "UPDATE sessions SET created_at = created_at - interval '1 hour' WHERE user_id = $1",
        person.user_id,
    )
    answer = await refreshed(client, person.refresh_token)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert sorted(data) == ["expiresAt", "refreshToken", "token"]
    assert data["refreshToken"] != person.refresh_token
    old, new = claims(person.token), claims(data["token"])
    assert new["sid"] == old["sid"]
    assert old["auth_time"] - new["auth_time"] == 3600
    assert (await refreshed(client, data["refreshToken"])).status_code == 200


async def test_a_spent_token_used_again_ends_the_family(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    thief = await register(client)
    elsewhere = await login(client, thief)
    newer = (await refreshed(client, thief.refresh_token)).json()["data"]
    assert code(await refreshed(client, thief.refresh_token)) == (401, "AUTH007")
    assert code(await refreshed(client, newer["refreshToken"])) == (401, "AUTH007")
    me = await client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {newer['token']}"})
    assert code(me) == (401, "AUTH003")
    ended = await db.fetch(
        "SELECT revoked_for FROM sessions WHERE user_id = $1 ORDER BY created_at", thief.user_id
    )
    assert [row["revoked_for"] for row in ended] == ["reuse", None]
    assert (await refreshed(client, elsewhere.refresh_token)).status_code == 200


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 70, "A" * 200, "\u00e9" * 70, "e30.e30.e30", "=" * 8]
)
async def test_an_unknown_refresh_token_is_nobody(client: httpx.AsyncClient, token: str) -> None:
    assert code(await refreshed(client, token)) == (401, "AUTH003")


async def test_without_a_refresh_token_there_is_no_refresh(anonymous: httpx.AsyncClient) -> None:
    assert code(await anonymous.post(f"{AUTH}/refresh")) == (401, "AUTH003")
    assert code(await anonymous.post(f"{AUTH}/refresh", headers=BODY)) == (401, "AUTH003")
    assert code(await anonymous.post(f"{AUTH}/refresh", json={})) == (401, "AUTH003")


async def test_an_idle_session_cannot_be_refreshed(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute(
        "UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = $1",
        person.user_id,
    )
    assert code(await refreshed(client, person.refresh_token)) == (401, "AUTH003")


async def test_the_cookie_alone_refreshes_and_logs_out(anonymous: httpx.AsyncClient) -> None:
    first = cookie_of(await anonymous.post(f"{AUTH}/register", json=body())).value
    anonymous.cookies.clear()
    answer = await anonymous.post(
        f"{AUTH}/refresh", headers={"Cookie": f"arenapulse_refresh={first}"}
    )
    assert answer.status_code == 200
    assert sorted(answer.json()["data"]) == ["expiresAt", "token"]
    second = cookie_of(answer).value
    anonymous.cookies.clear()
    out = await anonymous.post(f"{AUTH}/logout", headers={"Cookie": f"arenapulse_refresh={second}"})
    assert out.status_code == 200
    assert cookie_of(out)["max-age"] == "0"
    anonymous.cookies.clear()
    again = await anonymous.post(
        f"{AUTH}/refresh", headers={"Cookie": f"arenapulse_refresh={second}"}
    )
    assert code(again) == (401, "AUTH003")


async def test_a_script_cannot_have_the_cookie_read_out(anonymous: httpx.AsyncClient) -> None:
    hidden = cookie_of(await anonymous.post(f"{AUTH}/register", json=body())).value
    anonymous.cookies.clear()
    answer = await anonymous.post(
        f"{AUTH}/refresh", headers={**BODY, "Cookie": f"arenapulse_refresh={hidden}"}
    )
    assert code(answer) == (401, "AUTH003")
    kept = await anonymous.post(
        f"{AUTH}/refresh", headers={"Cookie": f"arenapulse_refresh={hidden}"}
    )
    assert kept.status_code == 200


async def logged_out(client: httpx.AsyncClient, person: Person) -> bool:
    me = await client.get("/api/v1/users/me", headers=person.headers)
    return me.status_code == 401 and me.json()["error"]["code"] == "AUTH003"


async def test_logout_ends_this_session_alone(client: httpx.AsyncClient) -> None:
    here = await register(client)
    there = await login(client, here)
    assert (await client.post(f"{AUTH}/logout", headers=here.headers)).status_code == 200
    assert await logged_out(client, here)
    assert not await logged_out(client, there)
    assert code(await refreshed(client, here.refresh_token)) == (401, "AUTH003")


async def test_logout_by_the_refresh_token_in_the_body(client: httpx.AsyncClient) -> None:
    person = await register(client)
    answer = await client.post(
        f"{AUTH}/logout", json={"refreshToken": person.refresh_token}, headers=BODY
    )
    assert answer.json() == {"success": True, "data": None}
    assert await logged_out(client, person)


async def test_logout_of_nobody_is_refused(anonymous: httpx.AsyncClient) -> None:
    assert code(await anonymous.post(f"{AUTH}/logout")) == (401, "AUTH003")


async def test_logout_all_ends_every_session(client: httpx.AsyncClient) -> None:
    here = await register(client)
    there = await login(client, here)
    stranger = await register(client)
    assert (await client.post(f"{AUTH}/logout-all", headers=here.headers)).status_code == 200
    assert await logged_out(client, here)
    assert await logged_out(client, there)
    assert not await logged_out(client, stranger)


async def test_a_password_change_ends_every_session_and_opens_one(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    here = await register(client)
    there = await login(client, here)
    new = "another walk to the south stand"
    wrong = await client.post(
        f"{AUTH}/password/change",
        json={"currentPassword": "not the password", "newPassword": new},
        headers=here.headers,
    )
    assert code(wrong) == (401, "AUTH001")
    assert not await logged_out(client, there)
    answer = await client.post(
        f"{AUTH}/password/change",
        json={"currentPassword": PASSWORD, "newPassword": new},
        headers=here.headers | BODY,
    )
    assert answer.status_code == 200
    assert await logged_out(client, here)
    assert await logged_out(client, there)
    token = answer.json()["data"]["token"]
    me = await client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 200
    old = {"email": here.email, "password": PASSWORD}
    assert code(await client.post(f"{AUTH}/login", json=old)) == (401, "AUTH001")
    assert (await client.post(f"{AUTH}/login", json=old | {"password": new})).status_code == 200


async def test_a_hash_of_yesterdays_cost_is_replaced_at_login(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await db.execute("UPDATE users SET password_hash = $1 WHERE id = $2", old, person.user_id)
    await login(client, person)
    stored = await db.fetchval("SELECT password_hash FROM users WHERE id = $1", person.user_id)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await login(client, person)
    unchanged = await db.fetchval("SELECT password_hash FROM users WHERE id = $1", person.user_id)
    assert unchanged == stored


async def test_a_disabled_person_cannot_sign_in(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute("UPDATE users SET disabled_at = now() WHERE id = $1", person.user_id)
    answer = await client.post(f"{AUTH}/login", json={"email": person.email, "password": PASSWORD})
    assert code(answer) == (401, "AUTH001")
    assert code(await refreshed(client, person.refresh_token)) == (401, "AUTH003")


async def test_the_public_keys_are_a_bare_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    (key,) = answer.json()["keys"]
    assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


async def test_no_secret_is_stored_as_it_was_given(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    rows = await db.fetch("SELECT u::text FROM users u WHERE id = $1", person.user_id)
    rows += await db.fetch("SELECT s::text FROM sessions s WHERE user_id = $1", person.user_id)
    stored = " ".join(row[0] for row in rows)
    assert PASSWORD not in stored
    assert person.refresh_token not in stored
    assert person.token not in stored
