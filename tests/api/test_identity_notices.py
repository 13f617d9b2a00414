"""What people hear of their sign-ins and factors, and what the log says of who guesses."""

from __future__ import annotations

import datetime as dt

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.identity.service import tidying
from arenapulse.identity.service.attempts import PER_ACCOUNT_MAX
from arenapulse.runtime.telemetry import RATE_REFUSALS
from arenapulse.wiring import opened
from tests.answers import code, cookies_of
from tests.api.test_identity_factors import (
    AUTH,
    ask,
    new_passkey,
    question,
    show,
    verify,
    with_totp,
)
from tests.authenticator import Authenticator
from tests.factories import PASSWORD, another_process, register
from tests.mailbox import mails


@pytest.mark.asvs("V16.3.1")
async def test_factors_that_change_are_told_by_mail_and_refused_ones_stand_in_the_log(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, _, codes = await with_totp(client)
    key, other = Authenticator(), Authenticator()
    made = await new_passkey(client, person, key)
    # A wrong code at each place that takes one, and keys that are none of ours.
    assert code(await verify(client, await ask(client, person), "000000")) == (401, "AUTH005")
    stepped = await client.post(f"{AUTH}/step-up", json={"code": "000000"}, headers=person.headers)
    assert code(stepped) == (401, "AUTH005")
    asked = await question(client, mfaToken=await ask(client, person))
    await new_passkey(client, await register(client), other)
    strange = await show(client, asked, other.show((await question(client))["publicKey"]))
    assert code(strange) == (401, "AUTH001")
    stale_answer = key.show((await question(client))["publicKey"])
    assert code(await show(client, await question(client), stale_answer)) == (401, "AUTH001")
    await client.delete(f"{AUTH}/passkeys/{made.json()['data']['id']}", headers=person.headers)
    await client.post(f"{AUTH}/mfa/recovery-codes", headers=person.headers)
    gone = await client.request(
        "DELETE", f"{AUTH}/mfa/totp", json={"code": codes[0]}, headers=person.headers
    )
    # The former codes are good no more.
    assert code(gone) == (401, "AUTH005")
    rows = await db.fetch(
        "SELECT action FROM audit_log WHERE subject_id = $1 ORDER BY id", person.user_id
    )
    assert [row["action"] for row in rows] == [
        *("identity.totp_added", "identity.passkey_added", "mfa.refused", "mfa.refused"),
        *("passkey.refused", "identity.passkey_removed", "identity.recovery_codes_made"),
        "mfa.refused",
    ]
    told = await mails(db, to=person.email, template="factor_changed")
    assert [mail["change"] for mail in told] == [
        *("totp_added", "passkey_added", "passkey_removed", "recovery_codes_made"),
    ]


@pytest.mark.asvs("V16.3.1", "V16.3.3")
async def test_who_guesses_past_a_limit_is_noted_once_and_counted(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, _, _ = await with_totp(client)
    refused = RATE_REFUSALS.labels("guessing", "u")
    before = refused._value.get()
    async with another_process(settings, rate_limits=True, trusted_proxies="127.0.0.1") as limited:
        for number in range(PER_ACCOUNT_MAX + 3):
            await limited.post(
                f"{AUTH}/login",
                json={"email": person.email, "password": "wrong password"},
                headers={"X-Forwarded-For": f"10.20.{number}.1"},
            )
    noted = await db.fetch(
        "SELECT action, count(*) FROM audit_log WHERE subject_id = $1 "
        "AND action LIKE 'sign_in.%' GROUP BY action ORDER BY action",
        person.user_id,
    )
    assert [tuple(row) for row in noted] == [
        ("sign_in.limited", 1),
        ("sign_in.refused", PER_ACCOUNT_MAX),
    ]
    assert refused._value.get() == before + 3


async def test_a_new_device_is_told_by_mail_and_a_known_one_is_not(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person = await register(client)
    body = {"email": person.email, "password": PASSWORD}
    firefox = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"}
    for headers in ({}, firefox, firefox):
        assert (await client.post(f"{AUTH}/login", json=body, headers=headers)).status_code == 200
    (told,) = await mails(db, to=person.email, template="sign_in_notice")
    assert told["device"] == "Firefox on Windows"


async def test_a_new_device_is_told_after_a_pause_and_a_known_one_is_not(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    """Sessions that are over are forgotten within days; by what somebody signs in is not."""
    person = await register(client)
    body = {"email": person.email, "password": PASSWORD}
    ours = await client.post(f"{AUTH}/login", json=body)
    cookie = f"arenapulse_device={cookies_of(ours)['arenapulse_device'].value}"

    async def comes_back(**headers: str) -> int:
        """How many notices there are after a sign-in, when all sessions are over and forgotten."""
        await db.execute(
            "UPDATE sessions SET revoked_at = now() - interval '2 days', revoked_for = 'logout' "
            "WHERE user_id = $1",
            person.user_id,
        )
        async with opened(settings) as runtime:
            await tidying.purge(runtime.database)
        client.cookies.clear()
        done = await client.post(f"{AUTH}/login", json=body, headers=headers)
        assert done.status_code == 200
        return len(await mails(db, to=person.email, template="sign_in_notice"))

    assert await comes_back() == 0
    assert await comes_back(**{"User-Agent": "Firefox/140.0"}) == 1
    assert await comes_back(**{"User-Agent": "Firefox/140.0"}) == 1
    # Ours is another version of its program every month, and is known by its cookie.
    assert await comes_back(**{"User-Agent": "Chrome/150.0", "Cookie": cookie}) == 1
    stranger = await register(client)
    other = await client.post(f"{AUTH}/login", json=body | {"email": stranger.email})
    theirs = f"arenapulse_device={cookies_of(other)['arenapulse_device'].value}"
    assert await comes_back(**{"User-Agent": "Chrome/151.0", "Cookie": theirs}) == 2
    await db.execute(
        "UPDATE known_devices SET seen_at = now() - interval '181 days' WHERE user_id = $1",
        person.user_id,
    )
    assert await comes_back(**{"User-Agent": "Firefox/140.0"}) == 3


# One row of each table by which something is forgotten, $2 ago; with how long it may stay.
_OVER = (
    (
        (
            "INSERT INTO sessions (id, user_id, expires_at) "
            "VALUES (gen_random_uuid(), $1::UUID, now() - $2::INTERVAL)"
        ),
        dt.timedelta(days=1),
    ),
    (
        (
            "INSERT INTO sessions (id, user_id, expires_at, revoked_at, revoked_for) VALUES "
            "(gen_random_uuid(), $1::UUID, now() + interval '9 days', "
            "now() - $2::INTERVAL, 'logout')"
        ),
        dt.timedelta(days=1),
    ),
    (
        (
            "INSERT INTO known_devices (user_id, agent_hash, seen_at) "
            "VALUES ($1::UUID, gen_random_uuid()::TEXT::BYTEA, now() - $2::INTERVAL)"
        ),
        dt.timedelta(days=180),
    ),
    (
        (
            "INSERT INTO mail_tokens (token_hash, user_id, purpose, email, created_at, expires_at) "
            "VALUES (sha256(gen_random_uuid()::TEXT::BYTEA), $1::UUID, 'RESET', '', "
            "now() - $2::INTERVAL - interval '1 day', now() - $2::INTERVAL)"
        ),
        dt.timedelta(days=1),
    ),
    (
        (
            "INSERT INTO sign_in_challenges "
            "(token_hash, what, user_id, nonce, created_at, expires_at) VALUES "
            " (sha256(gen_random_uuid()::TEXT::BYTEA), 'CODE', $1::UUID, '', "
            "now() - $2::INTERVAL - interval '1 day', now() - $2::INTERVAL)"
        ),
        dt.timedelta(hours=1),
    ),
    (
        (
            "INSERT INTO invitations (id, organization_id, email, role, token_hash, invited_by, "
            "created_at, expires_at) "
            "SELECT gen_random_uuid(), o.id, gen_random_uuid()::TEXT, 'STAFF', "
            "sha256(gen_random_uuid()::TEXT::BYTEA), $1::UUID, "
            "now() - $2::INTERVAL - interval '1 day', now() - $2::INTERVAL "
            "FROM organizations o LIMIT 1"
        ),
        dt.timedelta(days=30),
    ),
    (
        (
            "INSERT INTO reset_requests (id, email, created_at) "
            "VALUES (gen_random_uuid(), $1::UUID::TEXT, now() - $2::INTERVAL)"
        ),
        dt.timedelta(days=1),
    ),
)
_LEFT = (
    "SELECT (SELECT count(*) FROM sessions WHERE user_id = $1), "
    "(SELECT count(*) FROM known_devices WHERE user_id = $1), "
    "(SELECT count(*) FROM mail_tokens WHERE user_id = $1), "
    "(SELECT count(*) FROM sign_in_challenges WHERE user_id = $1), "
    "(SELECT count(*) FROM invitations WHERE invited_by = $1), "
    "(SELECT count(*) FROM reset_requests WHERE email = $1::UUID::TEXT)"
)


async def test_each_kind_of_what_is_over_is_forgotten_and_nothing_before_its_time(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, moment = await register(client), dt.timedelta(minutes=10)
    await client.post("/api/v1/organizations", json={"name": "Club"}, headers=person.headers)
    for table in ("sessions", "known_devices", "mail_tokens"):
        await db.execute(f"DELETE FROM {table} WHERE user_id = $1", person.user_id)
    for insert, kept in _OVER:
        for age in (kept + moment, kept - moment):
            await db.execute(insert, person.user_id, age)
    assert tuple(await db.fetchrow(_LEFT, person.user_id)) == (4, 2, 2, 2, 2, 2)
    async with opened(settings) as runtime:
        assert await tidying.purge(runtime.database) >= len(_OVER)
    assert tuple(await db.fetchrow(_LEFT, person.user_id)) == (2, 1, 1, 1, 1, 1)
