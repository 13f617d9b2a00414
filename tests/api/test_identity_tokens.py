"""Tokens over HTTP: hostile ones get the right code, and the cache of good ones is bounded."""

from __future__ import annotations

import base64
import datetime as dt
import json

import asyncpg
import httpx
import pytest

from arenapulse.core import clock
from arenapulse.core.errors import Invalid, NotAuthenticated, TokenExpired
from arenapulse.core.ids import SessionId, UserId, new_id
from arenapulse.core.settings import Settings
from arenapulse.identity import service
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Revoked, Role
from arenapulse.identity.tokens import AccessTokens
from arenapulse.runtime.crypto import Keyring
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.redis import connect
from tests.factories import Person, register

ME = "/api/v1/users/me"


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def minted(secret: str, person: Person, *, ago: dt.timedelta = dt.timedelta()) -> str:
    issued_at = clock.now() - ago
    token, _ = AccessTokens(Keyring(secret)).mint(
        UserId(person.user_id),
        session_id=SessionId(new_id()),
        roles=frozenset({"ADMIN", "ATTENDEE"}),
        signed_in_at=issued_at,
        now=issued_at,
    )
    return token


async def test_a_hostile_authorization_is_nobody(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    header, claims, signature = person.token.split(".")
    before = await db.fetchval("SELECT count(*) FROM sessions WHERE revoked_at IS NOT NULL")
    for value in (
        b"",
        b"Bearer",
        b"Bearer ",
        b"bearer  ",
        b"Basic " + base64.b64encode(b"fan:secret"),
        b"Token " + person.token.encode(),
        person.token.encode(),
        b"Bearer null",
        b"Bearer \xff\xfe",
        b"Bearer " + "é.é.é".encode(),
        b"Bearer " + b"x" * 6_000,
        b"Bearer " + b"a.b.c" * 1000,
        f"Bearer {part({'alg': 'none'})}.{claims}.".encode(),
        f"Bearer {part({'alg': 'none'})}.{claims}.{signature}".encode(),
        f"Bearer {header}.{part({'sub': str(person.user_id)})}.{signature}".encode(),
        f"Bearer {header}.{claims}.{signature[:-8]}AAAAAAAA".encode(),
        f"Bearer {header}.{claims}".encode(),
        f"Bearer {person.token} {person.token}".encode(),
        f"Bearer {minted('another root secret, ' + 'x' * 32, person)}".encode(),
        b"Bearer ak_0123456789abcdef",
    ):
        for method, path in (("GET", ME), ("POST", "/api/v1/auth/logout-all")):
            answer = await client.request(method, path, headers=[(b"authorization", value)])
            shape = answer.status_code, answer.json()["error"]["code"]
            assert shape == (401, "AUTH003"), value
    after = await db.fetchval("SELECT count(*) FROM sessions WHERE revoked_at IS NOT NULL")
    assert after == before


async def test_an_expired_token_says_so(client: httpx.AsyncClient, settings: Settings) -> None:
    person = await register(client)
    assert settings.secret is not None
    old = minted(settings.secret, person, ago=dt.timedelta(minutes=15, seconds=1))
    answer = await client.get(ME, headers={"Authorization": f"Bearer {old}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH002")


async def test_the_scheme_is_written_in_any_case(client: httpx.AsyncClient) -> None:
    person = await register(client)
    for scheme in ("bearer", "BEARER", "Bearer"):
        answer = await client.get(ME, headers={"Authorization": f"{scheme} {person.token}"})
        assert answer.status_code == 200


async def test_a_public_page_refuses_a_bad_token_rather_than_ignore_it(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/api/v1/events")).status_code == 200
    answer = await client.get("/api/v1/events", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH003")


def unstarted(settings: Settings, *, verified_max: int = 100) -> Access:
    assert settings.database_url is not None
    assert settings.secret is not None
    return Access(
        database=Database(settings.database_url, pool_size=1),
        keyring=Keyring(settings.secret),
        redis=connect("redis://127.0.0.1:1"),
        verified_max=verified_max,
    )


async def test_the_cache_of_verified_tokens_is_bounded(settings: Settings) -> None:
    access = unstarted(settings, verified_max=3)
    now = clock.now()
    tokens = [
        access.tokens.mint(
            UserId(new_id()),
            session_id=SessionId(new_id()),
            roles=frozenset({"ATTENDEE"}),
            signed_in_at=now,
            now=now,
        )[0]
        for _ in range(5)
    ]
    actors = [access.authenticate(token) for token in tokens]
    assert list(access._verified) == tokens[2:]
    assert len(access._tokens_of) == 3
    assert [access.authenticate(token) for token in tokens] == actors


async def test_a_remembered_token_expires_and_is_revoked_like_a_new_one(
    settings: Settings,
) -> None:
    access = unstarted(settings)
    now = clock.now()
    user_id, session_id = UserId(new_id()), SessionId(new_id())
    token, _ = access.tokens.mint(
        user_id, session_id=session_id, roles=frozenset(), signed_in_at=now, now=now
    )
    assert access.authenticate(token).user_id == user_id
    # As if a quarter of an hour had passed.
    access._verified[token] = (access._verified[token][0], now.timestamp() - 1)
    with pytest.raises(TokenExpired):
        access.authenticate(token)
    actor = await access.authenticate_header(b"Bearer " + token.encode())
    assert actor.user_id == user_id
    await access.tell(Revoked(user_id=user_id, session_ids=frozenset({session_id})))
    for _ in range(2):
        with pytest.raises(NotAuthenticated):
            access.authenticate(token)
    assert not access._verified
    assert not access._tokens_of


async def test_a_seed_finds_what_it_made_before(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    assert settings.database_url is not None
    email = f"admin-{new_id()}@demo.test"
    encoded = await service.hash_password("a seeded password")
    database = Database(settings.database_url, pool_size=1, actor=SERVICE)
    made = set()
    for _ in range(2):
        async with database.transaction() as session:
            user_id = await service.ensure_account(
                session,
                email=email.upper(),
                password_hash=encoded,
                full_name="Ada Admin",
                platform_roles=["ADMIN"],
            )
            organization_id = await service.ensure_organization(session, name=f"Demo {email}")
            for role in (Role.STAFF, Role.OWNER):
                await service.ensure_member(
                    session, organization_id=organization_id, user_id=user_id, role=role
                )
            made.add((user_id, organization_id))
    await database.close()
    assert len(made) == 1
    answer = await client.post(
        "/api/v1/auth/login", json={"email": email, "password": "a seeded password"}
    )
    user = answer.json()["data"]["user"]
    assert user["emailVerified"] is True
    assert user["roles"] == ["ADMIN", "ATTENDEE"]
    assert [one["role"] for one in user["memberships"]] == ["OWNER"]


async def test_a_seed_with_a_wrong_email_is_told(settings: Settings) -> None:
    assert settings.database_url is not None
    database = Database(settings.database_url, pool_size=1)
    with pytest.raises(Invalid):
        async with database.transaction() as session:
            await service.ensure_account(
                session, email="nobody", password_hash="x", full_name="Nobody"
            )
    await database.close()
