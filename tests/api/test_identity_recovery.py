"""An address is proved and a password made anew by links that are good once, and nobody learns."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from dataclasses import replace
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.answers import code
from tests.api.test_identity_factors import new_passkey, question, show, with_totp
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, Person, login, register
from tests.logged import logged
from tests.mailbox import answer_requests, mails, tokens

AUTH = "/api/v1/auth"
NEW = "another walk to the south stand"


async def forgot(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post(f"{AUTH}/password/forgot", json={"email": email})


async def reset(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post(f"{AUTH}/password/reset", json={"token": token, "password": password})


async def link(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, person: Person
) -> str:
    assert (await forgot(client, person.email)).status_code == 202
    await answer_requests(db, settings)
    return (await tokens(db, to=person.email, template="reset"))[-1]


async def test_an_address_is_proved_once_by_its_link(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    (token,) = await tokens(db, to=person.email, template="verification")
    assert await db.fetchval(
        "SELECT bool_and(position($1 IN encode(token_hash, 'escape')) = 0) FROM mail_tokens", token
    )
    done = await client.post(f"{AUTH}/email/verify", json={"token": token})
    assert (done.status_code, done.json()) == (200, {"success": True, "data": None})
    me = await client.get("/api/v1/users/me", headers=person.headers)
    assert me.json()["data"]["emailVerified"] is True
    again = await client.post(f"{AUTH}/email/verify", json={"token": token})
    assert code(again) == (422, "VALIDATION001")
    assert again.json()["error"]["details"][0]["field"] == "token"


async def test_who_is_signed_in_proves_again_what_a_link_alone_proved(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    for headers, links in (({}, 2), (person.headers, 2)):
        token = (await tokens(db, to=person.email, template="verification"))[-1]
        done = await client.post(f"{AUTH}/email/verify", json={"token": token}, headers=headers)
        assert done.status_code == 200
        me = (await client.get("/api/v1/users/me", headers=person.headers)).json()["data"]
        assert (me["emailVerified"], me["emailProvedByLink"]) == (True, headers == {})
        more = await client.post(f"{AUTH}/email/resend", headers=person.headers)
        assert more.status_code == 202
        assert len(await tokens(db, to=person.email, template="verification")) == links


async def test_a_host_header_reaches_no_link(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    theirs = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "x"}
    body = {"email": person.email}
    asked = await client.post(f"{AUTH}/password/forgot", json=body, headers=theirs)
    assert asked.status_code == 202
    await answer_requests(db, settings)
    (mail,) = await mails(db, to=person.email, template="reset")
    assert mail["url"].startswith(f"{settings.base_url}/reset?token=")


async def test_a_link_to_an_address_that_changed_proves_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    (token,) = await tokens(db, to=person.email, template="verification")
    await db.execute(
        "UPDATE users SET email = $2 WHERE id = $1", person.user_id, f"x{person.email}"
    )
    await client.post(f"{AUTH}/email/verify", json={"token": token})
    assert (
        await db.fetchval("SELECT email_verified_at FROM users WHERE id = $1", person.user_id)
        is None
    )


@pytest.mark.asvs("V6.3.4", "V7.4.3")
async def test_a_reset_ends_every_session_and_its_link_is_good_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    other = await login(client, person)
    token = await link(client, db, settings, person)
    weak = await reset(client, token, "password1")
    assert code(weak) == (422, "VALIDATION001")
    done = await reset(client, token)
    assert (done.status_code, done.json()) == (200, {"success": True, "data": None})
    assert await logged(db, "password.reset", subject=person.user_id) is None
    for each in (person, other):
        assert (await client.get("/api/v1/users/me", headers=each.headers)).status_code == 401
        spent = await client.post(f"{AUTH}/refresh", json={"refreshToken": each.refresh_token})
        assert spent.status_code == 401
    assert code(await reset(client, token, PASSWORD)) == (422, "VALIDATION001")
    body = {"email": person.email, "password": NEW}
    signed_in = await client.post(f"{AUTH}/login", json=body)
    assert signed_in.status_code == 200
    assert signed_in.json()["data"]["user"]["emailVerified"] is True
    old = await client.post(f"{AUTH}/login", json=body | {"password": PASSWORD})
    assert code(old) == (401, "AUTH001")
    assert len(await mails(db, to=person.email, template="password_changed")) == 1


@pytest.mark.asvs("V6.4.3")
async def test_a_reset_leaves_the_second_factor(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, _, _ = await with_totp(client)
    (proof,) = await tokens(db, to=person.email, template="verification")
    verified = await client.post(
        f"{AUTH}/email/verify", json={"token": proof}, headers=person.headers
    )
    assert verified.status_code == 200
    assert (await reset(client, await link(client, db, settings, person))).status_code == 200
    answer = await client.post(f"{AUTH}/login", json={"email": person.email, "password": NEW})
    assert answer.status_code == 200
    assert answer.json()["data"]["mfaRequired"] is True
    assert "token" not in answer.json()["data"]


@pytest.mark.asvs("V6.4.3")
@pytest.mark.parametrize("does_the_owner_verify", [False, True])
@pytest.mark.parametrize("comes_as", ["account", "visitor"])
async def test_who_only_typed_the_address_first_has_no_way_in_after_a_reset(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    settings: Settings,
    comes_as: str,
    does_the_owner_verify: bool,
) -> None:
    if comes_as == "account":
        typed, _, codes = await with_totp(client)
    else:
        typed, codes = await claimed(client), []
    key = Authenticator()
    assert (await new_passkey(client, typed, key)).status_code == 201
    if does_the_owner_verify:
        # They followed the mail's link, which says nothing of who has the account.
        (proof,) = await tokens(db, to=typed.email, template="verification")
        verified = await client.post(f"{AUTH}/email/verify", json={"token": proof})
        assert verified.status_code == 200
    assert (await reset(client, await link(client, db, settings, typed))).status_code == 200
    asked = await question(client)
    assert code(await show(client, asked, key.show(asked["publicKey"]))) == (401, "AUTH001")
    owner = await client.post(f"{AUTH}/login", json={"email": typed.email, "password": NEW})
    assert owner.status_code == 200, owner.text
    data = owner.json()["data"]
    assert (data["user"]["mfaEnabled"], data["user"]["emailVerified"]) == (False, True)
    kept = await db.fetchval(
        "SELECT (SELECT count(*) FROM recovery_codes WHERE user_id = $1) "
        "+ (SELECT count(*) FROM totp_factors WHERE user_id = $1)",
        typed.user_id,
    )
    assert (kept, len(codes)) == (0, 10 if comes_as == "account" else 0)
    noted = await db.fetchval(
        "SELECT count(*) FROM audit_log WHERE subject_id = $1 "
        "AND action = 'identity.factors_dropped'",
        typed.user_id,
    )
    assert noted == 1
    # From now on mailbox and account are one person's: what they add stays.
    me = replace(typed, token=data["token"])
    assert (await new_passkey(client, me, Authenticator())).status_code == 201
    assert (await reset(client, await link(client, db, settings, typed), PASSWORD)).is_success
    again = await client.post(f"{AUTH}/login", json={"email": typed.email, "password": PASSWORD})
    assert again.json()["data"]["mfaRequired"] is True


async def claimed(client: httpx.AsyncClient) -> Person:
    """A visitor who said an address, and no password."""
    visitor = (await client.post(f"{AUTH}/guest")).json()["data"]
    email = f"fan-{secrets.token_hex(6)}@arena.test"
    made = await client.post(
        f"{AUTH}/guest/claim",
        json={"email": email, "fullName": "Fan of Games"},
        headers={"Authorization": f"Bearer {visitor['token']}", "X-Token-Transport": "body"},
    )
    assert made.status_code == 201, made.text
    data = made.json()["data"]
    return Person(
        *(UUID(data["userId"]), email, "Fan of Games", "", data["token"], data["refreshToken"])
    )


async def test_of_two_who_follow_one_link_at_once_one_sets_the_password(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    token = await link(client, db, settings, person)
    answers = await asyncio.gather(*(reset(client, token, f"{NEW} {n}") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]


async def test_a_reset_ends_the_other_links_and_a_changed_password_all(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    first = await link(client, db, settings, person)
    second = await link(client, db, settings, person)
    assert (await reset(client, second)).status_code == 200
    assert code(await reset(client, first)) == (422, "VALIDATION001")


@pytest.mark.asvs("V6.4.1")
async def test_a_link_is_over_after_half_an_hour(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    token = await link(client, db, settings, person)
    await db.execute(
        "UPDATE mail_tokens SET created_at = created_at - interval '30 minutes', "
        "expires_at = expires_at - interval '30 minutes' WHERE user_id = $1",
        person.user_id,
    )
    assert code(await reset(client, token)) == (422, "VALIDATION001")


async def test_a_link_of_one_kind_is_not_good_for_the_other(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    (token,) = await tokens(db, to=person.email, template="verification")
    assert code(await reset(client, token)) == (422, "VALIDATION001")


async def test_a_mailbox_gets_three_links_an_hour(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    for _ in range(5):
        assert (await forgot(client, person.email)).status_code == 202
    await answer_requests(db, settings)
    assert len(await tokens(db, to=person.email, template="reset")) == 3


async def test_who_forgot_learns_nothing_of_who_is_known(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, nobody = await register(client), f"nobody-{secrets.token_hex(6)}@arena.test"
    known, unknown = await forgot(client, person.email), await forgot(client, nobody)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    await answer_requests(db, settings)
    assert await tokens(db, to=nobody, template="reset") == []
    assert await db.fetchval("SELECT count(*) FROM reset_requests") == 0


@pytest.mark.parametrize("path", ["password/forgot", "login"])
async def test_known_and_unknown_addresses_take_the_same_time(
    client: httpx.AsyncClient, path: str
) -> None:
    person = await register(client)

    async def seconds(email: str) -> float:
        body = {"email": email} | ({"password": "wrong one"} if path == "login" else {})
        began = time.perf_counter()
        await client.post(f"{AUTH}/{path}", json=body)
        return time.perf_counter() - began

    known: list[float] = []
    unknown: list[float] = []
    # In turns, so that a busy machine slows both.
    for n in range(24):
        known.append(await seconds(person.email))
        unknown.append(await seconds(f"nobody-{n}-{secrets.token_hex(4)}@arena.test"))
    ratio = statistics.median(known[4:]) / statistics.median(unknown[4:])
    # Without the hash that nobody has, a known address took ten times as long.
    assert 0.6 < ratio < 1.7, ratio


async def test_under_load_a_known_address_takes_as_long_as_an_unknown_one(
    client: httpx.AsyncClient,
) -> None:
    person = await register(client)

    async def seconds(email: str) -> float:
        began = time.perf_counter()
        await client.post(f"{AUTH}/login", json={"email": email, "password": "wrong one"})
        return time.perf_counter() - began

    known: list[float] = []
    unknown: list[float] = []
    for _ in range(6):
        # Eight at once wait for the same threads; neither kind stands first in the line.
        emails = [person.email, f"nobody-{secrets.token_hex(4)}@arena.test"] * 4
        found = await asyncio.gather(*(seconds(email) for email in emails))
        known += found[0::2]
        unknown += found[1::2]
    ratio = statistics.median(known[8:]) / statistics.median(unknown[8:])
    assert 0.6 < ratio < 1.7, ratio
