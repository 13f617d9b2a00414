"""Races of identity over two applications on one database."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from arenapulse.core.settings import Settings
from arenapulse.identity.service import sessions
from tests.factories import PASSWORD, another_process, login, register

ROUNDS = 12
RACERS = 6
BODY = {"X-Token-Transport": "body"}


def outcome(answer: httpx.Response) -> str:
    shape = answer.json()
    return "won" if shape["success"] else str(shape["error"]["code"])


@dataclass(frozen=True)
class Refreshed:
    outcomes: Counter[str]
    successors: int
    generation: int
    revoked_for: str | None


async def race(
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient],
    db: asyncpg.Connection,
    *,
    successor_is_used: bool = False,
) -> Refreshed:
    """Several show one refresh token at once; its successor may be used already."""
    person = await register(clients[0])
    shown = {"refreshToken": person.refresh_token}
    path = "/api/v1/auth/refresh"
    if successor_is_used:
        for _ in range(2):
            answer = await clients[0].post(path, json=shown, headers=BODY)
            shown = {"refreshToken": answer.json()["data"]["refreshToken"]}
        shown = {"refreshToken": person.refresh_token}
    answers = await asyncio.gather(
        *(clients[racer % 2].post(path, json=shown, headers=BODY) for racer in range(RACERS))
    )
    row = await db.fetchrow(
        "SELECT generation, revoked_for FROM sessions WHERE user_id = $1", person.user_id
    )
    assert row is not None
    tokens = {a.json()["data"]["refreshToken"] for a in answers if a.json()["success"]}
    return Refreshed(
        Counter(map(outcome, answers)), len(tokens), row["generation"], row["revoked_for"]
    )


async def test_of_refreshes_with_one_token_all_get_the_one_successor(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for _ in range(ROUNDS):
            found = await race((client, other), db)
            assert found == Refreshed(Counter(won=RACERS), 1, 1, None)


async def test_of_refreshes_with_a_token_whose_successor_is_used_none_wins(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for _ in range(ROUNDS // 2):
            found = await race((client, other), db, successor_is_used=True)
            assert found == Refreshed(Counter(AUTH007=RACERS), 0, 2, "reuse")


async def test_without_its_guard_the_race_makes_several_successors(
    client: httpx.AsyncClient,
    settings: Settings,
    db: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guard = "AND s.generation = :generation "
    statement = str(sessions._ROTATE)
    assert statement.count(guard) == 1
    monkeypatch.setattr(sessions, "_ROTATE", text(statement.replace(guard, "")))
    async with another_process(settings) as other:
        found = await race((client, other), db)
    assert found.successors > 1


async def test_of_registrations_with_one_email_one_wins(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for _ in range(4):
            email = f"fan-{secrets.token_hex(6)}@arena.test"
            answers = await asyncio.gather(
                *(
                    (client, other)[racer % 2].post(
                        "/api/v1/auth/register",
                        json={
                            "email": (email, email.upper())[racer % 2],
                            "password": PASSWORD,
                            "fullName": "Racer",
                        },
                    )
                    for racer in range(RACERS)
                )
            )
            statuses = Counter((answer.status_code, outcome(answer)) for answer in answers)
            assert statuses == {(201, "won"): 1, (409, "AUTH006"): RACERS - 1}
            assert await db.fetchval("SELECT count(*) FROM users WHERE email = $1", email) == 1


async def test_two_owners_who_leave_at_once_leave_one_behind(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for leave in ("remove", "demote", "erase", "remove", "demote", "erase"):
            owners = [await register(client), await register(client)]
            made = await client.post(
                "/api/v1/organizations", json={"name": "Two Owners"}, headers=owners[0].headers
            )
            organization = made.json()["data"]["id"]
            members = f"/api/v1/organizations/{organization}/members"
            for member, role in ((owners[1], "OWNER"), (await register(client), "STAFF")):
                invited = {"email": member.email, "role": role}
                added = await client.post(members, json=invited, headers=owners[0].headers)
                assert added.status_code == 201
            answers = await asyncio.gather(
                *(
                    going(at, leave, members=members, headers=owner.headers, user=owner.user_id)
                    for at, owner in zip((client, other), owners, strict=True)
                )
            )
            assert Counter(map(outcome, answers)) == {"won": 1, "CONFLICT003": 1}, leave
            left = await db.fetchval(
                "SELECT count(*) FROM memberships WHERE organization_id = $1 AND role = 'OWNER'",
                organization,
            )
            assert left == 1


async def going(
    at: httpx.AsyncClient, how: str, *, members: str, headers: dict[str, str], user: object
) -> httpx.Response:
    if how == "remove":
        return await at.delete(f"{members}/{user}", headers=headers)
    if how == "demote":
        return await at.patch(f"{members}/{user}", json={"role": "STAFF"}, headers=headers)
    return await at.request(
        "DELETE", "/api/v1/users/me", json={"password": PASSWORD}, headers=headers
    )


async def test_a_login_that_races_an_erasure_leaves_no_session(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for _ in range(ROUNDS // 2):
            person = await register(client)
            credentials = {"email": person.email, "password": PASSWORD}
            erased, *logins = await asyncio.gather(
                client.request(
                    "DELETE",
                    "/api/v1/users/me",
                    json={"password": PASSWORD},
                    headers=person.headers,
                ),
                *(other.post("/api/v1/auth/login", json=credentials) for _ in range(RACERS)),
            )
            assert erased.status_code == 200
            assert {outcome(answer) for answer in logins} <= {"won", "AUTH001"}
            living = await db.fetchval(
                "SELECT count(*) FROM sessions WHERE user_id = $1 AND revoked_at IS NULL",
                person.user_id,
            )
            assert living == 0


async def test_the_sessions_of_one_person_are_bounded(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute(
        "INSERT INTO sessions (id, user_id, expires_at, last_used_at) "
        "SELECT gen_random_uuid(), $1, now() + interval '1 day', now() - interval '1 hour' "
        "FROM generate_series(1, 600)",
        person.user_id,
    )
    again = await login(client, person)
    living = await db.fetchval(
        "SELECT count(*) FROM sessions WHERE user_id = $1 AND revoked_at IS NULL", person.user_id
    )
    assert living <= 501
    me = await client.get("/api/v1/users/me", headers=again.headers)
    assert me.status_code == 200
