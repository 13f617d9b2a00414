"""What an ADMIN changes bites within a second, on other processes too, and one ADMIN stays."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Environment, Settings
from tests.answers import claims, code
from tests.factories import PASSWORD, Person, another_process, register
from tests.logged import logged

USERS = "/api/v1/admin/users"
AUTH = "/api/v1/auth"


async def made_admin(client: httpx.AsyncClient, db: asyncpg.Connection) -> Person:
    person = await register(client)
    await db.execute("UPDATE users SET roles = '{ADMIN}' WHERE id = $1", person.user_id)
    answer = await client.post("/api/v1/auth/refresh", json={"refreshToken": person.refresh_token})
    data = answer.json()["data"]
    return replace(person, token=data["token"], refresh_token=data["refreshToken"])


async def change(
    client: httpx.AsyncClient, by: Person, of: Person, **wanted: object
) -> httpx.Response:
    return await client.patch(f"{USERS}/{of.user_id}", json=wanted, headers=by.headers)


async def refused_within(client: httpx.AsyncClient, person: Person, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = await client.get("/api/v1/users/me", headers=person.headers)
        if answer.status_code == 401:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_people_are_found_by_e_mail_and_name(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    admin, mark = await made_admin(client, db), secrets.token_hex(4)
    person = await register(client, full_name=f"Zoe 100%_{mark}")
    for q in (person.email.upper(), f"zoe 100%_{mark}".upper()):
        found = await client.get(USERS, params={"q": q}, headers=admin.headers)
        (one,) = found.json()["data"]
        assert one["userId"] == str(person.user_id)
        assert (one["roles"], one["disabled"]) == (["ATTENDEE"], False)
    none = await client.get(USERS, params={"q": f"1000_{mark}"}, headers=admin.headers)
    assert none.json()["data"] == []
    for answer in (
        await client.get(USERS, headers=person.headers),
        await change(client, person, admin, disabled=True),
    ):
        assert code(answer) == (403, "AUTH004")


@pytest.mark.asvs("V7.4.2", "V7.4.5")
async def test_a_disabled_person_is_out_on_every_process_within_a_second(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    admin, person = await made_admin(client, db), await register(client)
    async with another_process(settings) as other:
        assert (await other.get("/api/v1/users/me", headers=person.headers)).status_code == 200
        done = await change(client, admin, person, disabled=True)
        assert done.json()["data"]["disabled"] is True
        assert await refused_within(other, person, 1.0)
        assert await refused_within(client, person, 1.0)
    body = {"email": person.email, "password": PASSWORD}
    assert code(await client.post("/api/v1/auth/login", json=body)) == (401, "AUTH001")
    again = await client.post("/api/v1/auth/refresh", json={"refreshToken": person.refresh_token})
    assert again.status_code == 401
    await change(client, admin, person, disabled=False)
    assert (await client.post("/api/v1/auth/login", json=body)).status_code == 200


async def test_who_loses_admin_is_signed_out_and_comes_back_without_it(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    admin, other = await made_admin(client, db), await made_admin(client, db)
    done = await change(client, admin, other, roles=["ATTENDEE"])
    assert done.json()["data"]["roles"] == ["ATTENDEE"]
    assert await refused_within(client, other, 1.0)
    body = {"email": other.email, "password": PASSWORD}
    data = (await client.post("/api/v1/auth/login", json=body)).json()["data"]
    assert claims(data["token"])["roles"] == ["ATTENDEE"]
    logged = await db.fetchval(
        "SELECT count(*) FROM audit_log WHERE action = 'identity.person_changed' "
        "AND subject_id = $1",
        other.user_id,
    )
    assert logged == 1


async def test_a_privileged_role_needs_a_proved_address(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    admin, person = await made_admin(client, db), await register(client)
    assert code(await change(client, admin, person, roles=["ADMIN"])) == (409, "CONFLICT003")
    await db.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", person.user_id)
    done = await change(client, admin, person, roles=["ADMIN"])
    assert done.json()["data"]["roles"] == ["ADMIN", "ATTENDEE"]


@pytest.mark.parametrize("wanted", [{"roles": []}, {"disabled": True}])
async def test_of_the_last_two_who_go_at_once_one_stays(
    client: httpx.AsyncClient, db: asyncpg.Connection, wanted: dict[str, object]
) -> None:
    await db.execute("UPDATE users SET roles = '{}' WHERE 'ADMIN' = ANY (roles)")
    pair = [await made_admin(client, db), await made_admin(client, db)]
    answers = await asyncio.gather(
        change(client, pair[0], pair[1], **wanted), change(client, pair[1], pair[0], **wanted)
    )
    codes = sorted(answer.status_code for answer in answers)
    # The second one is refused as the last, or is signed out by then.
    assert codes[0] == 200
    assert codes[1] in {401, 409}
    left = await db.fetchval(
        "SELECT count(*) FROM users WHERE 'ADMIN' = ANY (roles) AND disabled_at IS NULL"
    )
    assert left == 1
    last = pair[0] if answers[0].status_code == 200 else pair[1]
    assert code(await change(client, last, last, **wanted)) == (409, "CONFLICT003")


async def test_the_last_admin_does_not_erase_themself(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    await db.execute("UPDATE users SET roles = '{}' WHERE 'ADMIN' = ANY (roles)")
    last = await made_admin(client, db)

    async def erase() -> httpx.Response:
        return await client.request(
            "DELETE", "/api/v1/users/me", json={"password": PASSWORD}, headers=last.headers
        )

    assert code(await erase()) == (409, "CONFLICT003")
    assert (await client.get(USERS, headers=last.headers)).status_code == 200
    await made_admin(client, db)
    assert (await erase()).status_code == 200


@pytest.mark.asvs("V6.3.3")
async def test_in_production_an_admin_counts_only_with_a_factor(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    admin = await made_admin(client, db)
    spare = await made_admin(client, db)
    async with another_process(settings, environment=Environment.PRODUCTION) as strict:
        body = {"email": admin.email, "password": PASSWORD}
        answer = await strict.post(
            "/api/v1/auth/login", json=body, headers={"X-Token-Transport": "body"}
        )
        data = answer.json()["data"]
        bare = replace(admin, token=data["token"])
        assert code(await strict.get(USERS, headers=bare.headers)) == (403, "AUTH004")
        await db.execute(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, counter, name, "
            "created_at) VALUES (gen_random_uuid(), $1, $2, '', 0, 'key', now())",
            *(admin.user_id, secrets.token_bytes(16)),
        )
        again = await strict.post(
            "/api/v1/auth/refresh", json={"refreshToken": data["refreshToken"]}
        )
        able = replace(admin, token=again.json()["data"]["token"])
        assert (await strict.get(USERS, headers=able.headers)).status_code == 200
        # Without the factor no token is left that says ADMIN, nor is there a way to a new one.
        (key,) = (await strict.get(f"{AUTH}/passkeys", headers=able.headers)).json()["data"]
        body = {"password": PASSWORD}
        await strict.delete(f"{AUTH}/passkeys/{key['id']}", headers=able.headers)
        assert await refused_within(strict, able, 1.0)
        assert (
            await strict.post(f"{AUTH}/step-up", json=body, headers=able.headers)
        ).status_code == 401
    await change(client, spare, admin, roles=[])


@pytest.mark.asvs("V6.3.3")
async def test_a_step_up_gives_what_the_person_may_now(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    admin = await made_admin(client, db)
    body = {"password": PASSWORD}
    async with another_process(settings, environment=Environment.PRODUCTION) as strict:
        # Its token says ADMIN, from where that needed no factor.
        fresh = await strict.post(f"{AUTH}/step-up", json=body, headers=admin.headers)
        assert claims(fresh.json()["data"]["token"])["roles"] == ["ATTENDEE"]
        assert await logged(db, "step_up.done", subject=admin.user_id) is None
    fresh = await client.post(f"{AUTH}/step-up", json=body, headers=admin.headers)
    assert claims(fresh.json()["data"]["token"])["roles"] == ["ADMIN", "ATTENDEE"]
    await db.execute("UPDATE users SET roles = '{}' WHERE id = $1", admin.user_id)
