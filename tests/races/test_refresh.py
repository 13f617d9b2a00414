"""Races of identity over two applications on one database."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from arenapulse.core.settings import Settings
from arenapulse.identity.service import organizations, sessions, sign_in
from tests.conftest import TestEngines, settings_for
from tests.factories import PASSWORD, Person, another_process, login, register
from tests.mailbox import make_member

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


Pair = tuple[httpx.AsyncClient, httpx.AsyncClient]


@dataclass(frozen=True)
class Loose:
    """Two applications on a database of their own, whose guards may be cut out."""

    clients: Pair
    db: asyncpg.Connection

    async def slow_down(self, table: str, writes: str) -> None:
        """A pause between what a transaction has written and its end."""
        await self.db.execute(
            "CREATE FUNCTION slow_down() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM pg_sleep(0.3); RETURN NULL; END $$;"
            f" CREATE TRIGGER slow_down AFTER {writes} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION slow_down()"
        )

    async def meet(self, table: str, writes: str) -> None:
        """Whoever writes waits for another one who is about to, and has read what it goes by."""
        await self.db.execute(
            f"{_MEET} CREATE TRIGGER meet BEFORE {writes} ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION meet()"
        )


_MEET = """
CREATE FUNCTION meet() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  no_longer TIMESTAMPTZ := clock_timestamp() + INTERVAL '5 s';
BEGIN
  PERFORM pg_advisory_xact_lock_shared(4711);
  WHILE clock_timestamp() < no_longer AND 2 > (
      SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE l.locktype = 'advisory' AND l.objid = 4711 AND d.datname = current_database()) LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
  RETURN NULL;
END $$;
"""


@pytest.fixture
async def loose(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Loose]:
    settings = settings_for(fresh_database_url, engines.redis_url)
    db = await asyncpg.connect(fresh_database_url)
    async with another_process(settings) as one, another_process(settings) as other:
        yield Loose((one, other), db)
    await db.close()


def without(monkeypatch: pytest.MonkeyPatch, module: object, name: str, guard: str) -> None:
    guarded = getattr(module, name)
    statement = str(guarded)
    assert statement.count(guard) == 1, f"{name} changed: cut its guard anew"
    bare = statement.replace(guard, "")
    monkeypatch.setattr(module, name, bare if isinstance(guarded, str) else text(bare))


async def race(
    clients: Pair,
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
    without(monkeypatch, sessions, "_ROTATE", "AND s.generation = :generation ")
    async with another_process(settings) as other:
        found = await race((client, other), db)
    assert found.successors > 1


async def registered_at_once(clients: Pair, email: str) -> Counter[tuple[int, str]]:
    answers = await asyncio.gather(
        *(
            clients[racer % 2].post(
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
    return Counter((answer.status_code, outcome(answer)) for answer in answers)


async def test_of_registrations_with_one_email_one_wins(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for _ in range(4):
            email = f"fan-{secrets.token_hex(6)}@arena.test"
            statuses = await registered_at_once((client, other), email)
            assert statuses == {(201, "won"): 1, (409, "AUTH006"): RACERS - 1}
            assert await db.fetchval("SELECT count(*) FROM users WHERE email = $1", email) == 1


async def test_without_its_index_the_race_registers_several(
    loose: Loose, monkeypatch: pytest.MonkeyPatch
) -> None:
    await loose.db.execute("ALTER TABLE users DROP CONSTRAINT users_email_key")
    without(monkeypatch, sign_in, "_REGISTER", " ON CONFLICT DO NOTHING")
    await loose.meet("users", "INSERT")
    statuses = await registered_at_once(loose.clients, "fan@arena.test")
    assert statuses[201, "won"] > 1


async def two_owners_leave(at: Loose, how: str, *, meet: bool = False) -> tuple[int, int]:
    """How many of two may, and how many owners are left with the others."""
    clients, db = at.clients, at.db
    client = clients[0]
    owners = [await register(client), await register(client)]
    made = await client.post(
        "/api/v1/organizations", json={"name": "Two Owners"}, headers=owners[0].headers
    )
    organization = made.json()["data"]["id"]
    members = f"/api/v1/organizations/{organization}/members"
    for member, role in ((owners[1], "OWNER"), (await register(client), "STAFF")):
        await make_member(client, db, members=members, by=owners[0], person=member, role=role)
    if meet:
        await at.meet("memberships", "UPDATE OR DELETE")
    answers = await asyncio.gather(
        *(
            going(where, how, members=members, headers=owner.headers, user=owner.user_id)
            for where, owner in zip(clients, owners, strict=True)
        )
    )
    verdicts = Counter(map(outcome, answers))
    assert verdicts.keys() <= {"won", "CONFLICT003"}, how
    left = await db.fetchval(
        "SELECT count(*) FROM memberships WHERE organization_id = $1 AND role = 'OWNER'",
        organization,
    )
    return verdicts["won"], left


async def test_two_owners_who_leave_at_once_leave_one_behind(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for how in ("remove", "demote", "erase", "remove", "demote", "erase"):
            assert await two_owners_leave(Loose((client, other), db), how) == (1, 1), how


@pytest.mark.parametrize("how", ["remove", "demote", "erase"])
async def test_without_its_lock_two_owners_leave_nobody_behind(
    loose: Loose, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    for name in ("_LOCK_ORGANIZATION", "_LOCK_ORGANIZATIONS_OF"):
        without(monkeypatch, organizations, name, " FOR NO KEY UPDATE")
    assert await two_owners_leave(loose, how, meet=True) == (2, 0)


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


async def race_of_logins_and_erasure(clients: Pair) -> tuple[Person, set[str]]:
    """Who wanted to go, and what all of them were answered."""
    person = await register(clients[0])
    credentials = {"email": person.email, "password": PASSWORD}
    erased, *logins = await asyncio.gather(
        clients[0].request(
            "DELETE", "/api/v1/users/me", json={"password": PASSWORD}, headers=person.headers
        ),
        *(clients[1].post("/api/v1/auth/login", json=credentials) for _ in range(RACERS)),
    )
    return person, {outcome(answer) for answer in (erased, *logins)}


async def login_while_erasing(clients: Pair, db: asyncpg.Connection) -> int:
    """How many sessions the person who has gone has."""
    person, answered = await race_of_logins_and_erasure(clients)
    assert answered <= {"won", "AUTH001"}
    living: int = await db.fetchval(
        "SELECT count(*) FROM sessions WHERE user_id = $1 AND revoked_at IS NULL",
        person.user_id,
    )
    return living


@pytest.mark.asvs("V7.4.2")
async def test_a_login_that_races_an_erasure_leaves_no_session(
    client: httpx.AsyncClient, settings: Settings, db: asyncpg.Connection
) -> None:
    async with another_process(settings) as other:
        for _ in range(ROUNDS // 2):
            assert await login_while_erasing((client, other), db) == 0


async def test_without_its_lock_a_login_meets_the_erasure_in_a_deadlock(
    loose: Loose, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its device is written where the erasure wants to delete, and its session waits for that."""
    without(monkeypatch, sessions, "_OPEN", " FOR SHARE")
    # Erased, and not yet committed: the others still see the person.
    await loose.slow_down("users", "UPDATE")
    answered = [(await race_of_logins_and_erasure(loose.clients))[1] for _ in range(3)]
    assert "SYS002" in set().union(*answered)


@pytest.mark.asvs("V7.1.2")
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
