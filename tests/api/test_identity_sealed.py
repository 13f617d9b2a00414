"""Numbers and secrets lie sealed, each in its own place, and outlive a rotation while in use."""

from __future__ import annotations

import asyncio
import secrets

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.keys import rotate
from arenapulse.identity.service.sealing import seal_phones
from arenapulse.identity.tokens import AUDIENCE, ISSUER
from arenapulse.runtime.crypto import Keyring
from arenapulse.wiring import opened
from arenapulse.wiring.sealed import COLUMNS
from tests.answers import claims
from tests.conftest import TestEngines, client_of, settings_for
from tests.factories import PASSWORD, Person, another_process, register
from tests.worlds import make_fans, make_world

ME = "/api/v1/users/me"
NUMBER = "+4915112345678"


async def with_number(client: httpx.AsyncClient) -> Person:
    person = await register(client)
    done = await client.patch(ME, json={"phoneNumber": NUMBER}, headers=person.headers)
    assert done.json()["data"]["phoneNumber"] == NUMBER
    return person


async def number_of(client: httpx.AsyncClient, person: Person) -> str | None:
    answer = await client.get(ME, headers=person.headers)
    assert answer.status_code == 200, answer.text
    found: str | None = answer.json()["data"]["phoneNumber"]
    return found


@pytest.mark.asvs("V14.2.4")
async def test_a_number_lies_sealed(client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
    body = {
        "email": f"fan-{secrets.token_hex(6)}@arena.test",
        "password": PASSWORD,
        "fullName": "Ada",
        "phoneNumber": NUMBER,
    }
    made = await client.post("/api/v1/auth/register", json=body)
    row = await db.fetchrow(
        "SELECT phone_number, phone_sealed FROM users WHERE id = $1", made.json()["data"]["userId"]
    )
    assert row["phone_number"] is None
    assert NUMBER.encode() not in row["phone_sealed"]
    assert await number_of(client, await with_number(client)) == NUMBER


async def test_a_number_moved_to_another_person_does_not_open(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, thief = await with_number(client), await register(client)
    await db.execute(
        "UPDATE users SET phone_sealed = (SELECT phone_sealed FROM users WHERE id = $1) "
        "WHERE id = $2",
        *(person.user_id, thief.user_id),
    )
    sealed = await db.fetchval("SELECT phone_sealed FROM users WHERE id = $1", thief.user_id)
    ring = Keyring(settings.secret or "")
    with pytest.raises(ValueError, match="does not open"):
        ring.open(
            sealed,
            purpose="telephone numbers",
            bound_to=f"users.phone_sealed:{thief.user_id}",
        )
    answer = await client.get(ME, headers=thief.headers)
    assert NUMBER not in answer.text
    await db.execute("UPDATE users SET phone_sealed = NULL WHERE id = $1", thief.user_id)


async def test_a_number_from_before_is_read_and_brought_over(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    await db.execute("UPDATE users SET phone_number = $2 WHERE id = $1", person.user_id, NUMBER)
    assert await number_of(client, person) == NUMBER
    async with opened(settings) as runtime:
        assert await seal_phones(runtime.database) >= 1
        assert await seal_phones(runtime.database) == 0
    row = await db.fetchrow(
        "SELECT phone_number, phone_sealed FROM users WHERE id = $1", person.user_id
    )
    assert row["phone_number"] is None
    fresh = await register(client)
    assert await number_of(client, fresh) is None


@pytest.mark.asvs("V11.2.2")
async def test_a_rotation_while_people_come_and_go(
    fresh_database_url: str, engines: TestEngines, capsys: pytest.CaptureFixture[str]
) -> None:
    # A database of its own: elsewhere tests have put down secrets that no key sealed.
    settings = settings_for(fresh_database_url, engines.redis_url)
    db = await asyncpg.connect(fresh_database_url)
    try:
        async with client_of(settings) as client:
            await _rotated_while_they_come_and_go(client, db, settings, capsys)
    finally:
        await db.close()


async def _rotated_while_they_come_and_go(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    person = await with_number(client)
    assert settings.secret is not None
    world = await make_world(db, settings)
    fans = await make_fans(db, world, 20)
    both = {"secret": "another-secret-" + "y" * 32, "former_secrets": settings.secret}
    async with another_process(settings, **both) as new:
        # Tokens of the former key are good, and its envelopes open.
        assert await number_of(new, person) == NUMBER
        keys = (await new.get("/.well-known/jwks.json")).json()["keys"]
        assert len({key["kid"] for key in keys}) == 2
        reads = [number_of(new, person) for _ in range(20)]
        # Tokens of the old key buy on both, while what is sealed changes hands.
        buys = [
            where.post("/api/v1/orders", json=world.order(), headers=fan.headers)
            for fan, where in zip(fans, (new, client) * 10, strict=True)
        ]
        rotating = rotate(settings.model_copy(update=both))
        *done, _ = await asyncio.gather(*reads, *buys, rotating)
        assert set(done[:20]) == {NUMBER}
        assert {answer.status_code for answer in done[20:]} == {201}
        # Nobody is signed out by it.
        again = await new.post("/api/v1/auth/refresh", json={"refreshToken": person.refresh_token})
        assert again.status_code == 200, again.text
    told = capsys.readouterr().out
    assert "users.phone_sealed: 0" not in told
    await rotate(settings.model_copy(update=both))
    assert "users.phone_sealed: 0" in capsys.readouterr().out
    sealed = await db.fetchval("SELECT phone_sealed FROM users WHERE id = $1", person.user_id)
    alone = Keyring(both["secret"])
    place = f"users.phone_sealed:{person.user_id}"
    opened_ = alone.open(sealed, purpose="telephone numbers", bound_to=place)
    assert opened_.decode() == NUMBER
    # Back again for the tests that follow on this database.
    back = {"secret": settings.secret, "former_secrets": both["secret"]}
    await rotate(settings.model_copy(update=back))
    assert await number_of(client, person) == NUMBER


async def test_what_no_key_opens_holds_up_no_rotation(
    fresh_database_url: str, engines: TestEngines
) -> None:
    settings = settings_for(fresh_database_url, engines.redis_url)
    assert settings.secret is not None
    db = await asyncpg.connect(fresh_database_url)
    put = "UPDATE users SET phone_sealed = $2 WHERE id = $1"
    try:
        async with client_of(settings) as client:
            # Rows are gone through by their keys: the broken one comes first.
            broken, good = sorted([await with_number(client) for _ in range(2)], key=_by_id)
        foreign = Keyring("nobody-knows-it-" + "z" * 32)
        place = f"users.phone_sealed:{broken.user_id}"
        lost = foreign.seal(b"+1", purpose="telephone numbers", bound_to=place)
        await db.execute(put, broken.user_id, lost)
        both = {"secret": "another-secret-" + "y" * 32, "former_secrets": settings.secret}
        with pytest.raises(ValueError, match=r"opens 1 of users\.phone_sealed"):
            await rotate(settings.model_copy(update=both))
        rows = await db.fetch("SELECT id::TEXT, phone_sealed FROM users")
        sealed = {row["id"]: row["phone_sealed"] for row in rows}
    finally:
        await db.close()
    assert sealed[str(broken.user_id)] == lost
    place = f"users.phone_sealed:{good.user_id}"
    opened_ = Keyring(both["secret"]).open(
        sealed[str(good.user_id)], purpose="telephone numbers", bound_to=place
    )
    assert opened_.decode() == NUMBER


def _by_id(person: Person) -> str:
    return str(person.user_id)


@pytest.mark.asvs("V9.2.3", "V9.2.4")
async def test_tokens_say_who_made_them_and_for_whom(client: httpx.AsyncClient) -> None:
    held = claims((await register(client)).token)
    assert (held["iss"], held["aud"]) == (ISSUER, AUDIENCE)


@pytest.mark.asvs("V6.2.11")
@pytest.mark.parametrize("password", ["arenapulse2026!", "Zoe-Longname99", "LongName 123"])
async def test_words_of_the_person_and_the_product_are_no_passwords(
    client: httpx.AsyncClient, password: str
) -> None:
    body = {
        "email": f"zoe-longname@{secrets.token_hex(4)}.test",
        "password": password,
        "fullName": "Zoe Longname",
    }
    refused = await client.post("/api/v1/auth/register", json=body)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"][0]["field"] == "password"


# Sealed, and no column of a rotation: with why.
_NOT_RESEALED = {
    "idempotency_keys.answer": "kept for a day: who rotates keeps the former secret that long",
}
_NO_ENVELOPE = {
    "waiting_rooms.seal": "a hash that everybody may see",
    "gate_devices.secret_hash": "a hash",
}


async def test_a_rotation_reaches_every_column_that_is_sealed(db: asyncpg.Connection) -> None:
    rows = await db.fetch(
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'bytea' AND table_name NOT LIKE 'sandbox%' "
        "AND column_name ~ 'seal|secret|^answer$|^former$'"
    )
    known = {f"{each.table}.{each.column}" for each in COLUMNS}
    found = {row["name"] for row in rows}
    assert found == known | _NOT_RESEALED.keys() | _NO_ENVELOPE.keys()


async def test_an_answer_that_was_moved_to_another_key_opens_for_nobody(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    one, other = await register(client), await register(client)

    async def found_club(who: Person, name: str) -> httpx.Response:
        headers = who.headers | {"Idempotency-Key": f"club-{who.user_id}"}
        return await client.post("/api/v1/organizations", json={"name": name}, headers=headers)

    for who in (one, other):
        assert (await found_club(who, "Club")).status_code == 201
    assert (await found_club(one, "Club")).headers["Idempotent-Replayed"] == "true"
    await db.execute(
        "UPDATE idempotency_keys SET answer = (SELECT answer FROM idempotency_keys "
        "WHERE person = $1) WHERE person = $2",
        *(str(other.user_id), str(one.user_id)),
    )
    assert (await found_club(one, "Club")).status_code == 500


async def test_an_answer_that_the_release_before_kept_is_given_again(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    headers = person.headers | {"Idempotency-Key": f"club-{person.user_id}"}
    first = await client.post("/api/v1/organizations", json={"name": "Club"}, headers=headers)
    assert first.status_code == 201
    unbound = Keyring(settings.secret or "").seal(first.content, purpose="idempotency answers")
    await db.execute(
        "UPDATE idempotency_keys SET answer = $2 WHERE person = $1", str(person.user_id), unbound
    )
    again = await client.post("/api/v1/organizations", json={"name": "Club"}, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
