"""Register, login, refresh, logout: shapes, the cookie, and what is refused."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher

from arenapulse.core.settings import Settings
from arenapulse.runtime.ratelimit import RateClass
from tests.answers import claims, code, cookie_of
from tests.factories import PASSWORD, another_process, login, register

AUTH = "/api/v1/auth"
BODY = {"X-Token-Transport": "body"}


def fresh_email() -> str:
    return f"fan-{secrets.token_hex(6)}@arena.test"


def body(**changes: Any) -> dict[str, Any]:
    return {"email": fresh_email(), "password": PASSWORD, "fullName": "Fan of Games"} | changes


async def count(db: asyncpg.Connection, table: str) -> int:
    found: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return found


@pytest.fixture
def anonymous(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client without cookies of others."""
    client.cookies.clear()
    return client


@pytest.mark.asvs("V3.3.1", "V3.3.2")
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
        "emailProvedByLink": False,
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


async def test_who_tries_addresses_by_registering_is_stopped_like_any_guesser(
    settings: Settings, client: httpx.AsyncClient
) -> None:
    """The contract says of an address that it is taken; so it is asked of few."""
    person = await register(client)
    async with another_process(settings, rate_limits=True) as limited:
        statuses = Counter(
            [
                (await limited.post(f"{AUTH}/register", json=body(email=person.email))).status_code
                for _ in range(RateClass.AUTH.per_address + 2)
            ]
        )
    assert statuses == {409: RateClass.AUTH.per_address, 429: 2}


@pytest.mark.asvs("V6.2.1")
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


@pytest.mark.asvs("V6.2.5", "V6.2.8", "V6.2.9")
async def test_a_password_of_128_characters_will_do_and_is_not_stripped(
    client: httpx.AsyncClient,
) -> None:
    given = body(password=" " + "ö" * 126 + " ")
    assert (await client.post(f"{AUTH}/register", json=given)).status_code == 201
    sign_in = {"email": given["email"], "password": given["password"]}
    assert (await client.post(f"{AUTH}/login", json=sign_in)).status_code == 200
    sign_in["password"] = given["password"].strip()
    assert code(await client.post(f"{AUTH}/login", json=sign_in)) == (401, "AUTH001")


@pytest.mark.asvs("V11.4.2")
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


async def test_the_public_keys_are_a_bare_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    (key,) = answer.json()["keys"]
    assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


@pytest.mark.asvs("V6.5.2")
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
