"""Second factors: each answer is good once, guessing ends, and none goes without being asked."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import SessionId, UserId
from arenapulse.core.settings import Settings
from arenapulse.identity import totp
from arenapulse.identity.tokens import AccessTokens
from arenapulse.runtime.crypto import Keyring
from tests.answers import claims, code
from tests.authenticator import PRESENT, Authenticator
from tests.factories import PASSWORD, Person, another_process, register
from tests.logged import logged
from tests.mailbox import answer_requests, tokens

AUTH = "/api/v1/auth"


def now_code(secret: str, *, ahead: int = 0) -> str:
    raw = totp.base64.b32decode(secret + "=" * (-len(secret) % 8))
    return totp.code_at(raw, step=int(time.time()) // totp.STEP_SECONDS + ahead)


async def with_totp(client: httpx.AsyncClient) -> tuple[Person, str, list[str]]:
    """Somebody with an authenticator; the code of now is used up."""
    person = await register(client)
    made = await client.post(f"{AUTH}/mfa/totp", headers=person.headers)
    assert made.status_code == 200, made.text
    secret = made.json()["data"]["secret"]
    done = await client.post(
        f"{AUTH}/mfa/totp/confirm", json={"code": now_code(secret)}, headers=person.headers
    )
    assert done.status_code == 200, done.text
    return person, secret, done.json()["data"]["recoveryCodes"]


async def ask(client: httpx.AsyncClient, person: Person) -> str:
    answer = await client.post(f"{AUTH}/login", json={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert sorted(data) == ["methods", "mfaRequired", "mfaToken"]
    assert "set-cookie" not in answer.headers
    return str(data["mfaToken"])


async def verify(client: httpx.AsyncClient, token: str, given: str) -> httpx.Response:
    return await client.post(f"{AUTH}/mfa/verify", json={"mfaToken": token, "code": given})


def stale(settings: Settings, person: Person) -> dict[str, str]:
    """A token of the same session that signed in 16 minutes ago."""
    held = claims(person.token)
    now = dt.datetime.now(dt.UTC)
    token, _ = AccessTokens(Keyring(settings.secret or "")).mint(
        UserId(person.user_id),
        session_id=SessionId(totp_uuid(held["sid"])),
        roles=frozenset(held["roles"]),
        signed_in_at=now - dt.timedelta(minutes=16),
        now=now,
    )
    return {"Authorization": f"Bearer {token}"}


def totp_uuid(text: str) -> Any:
    return UUID(text)


@pytest.mark.asvs("V6.5.1")
async def test_a_sign_in_with_a_code_answers_like_any(client: httpx.AsyncClient) -> None:
    person, secret, codes = await with_totp(client)
    assert len(codes) == len(set(codes)) == 10
    token = await ask(client, person)
    done = await verify(client, token, now_code(secret, ahead=1))
    assert done.status_code == 200, done.text
    data = done.json()["data"]
    assert sorted(data) == ["expiresAt", "token", "user"]
    assert data["user"]["mfaEnabled"] is True
    # A code is taken once, and so is the token of the password.
    again = await verify(client, token, now_code(secret, ahead=1))
    assert code(again) == (401, "AUTH005")
    other = await verify(client, await ask(client, person), now_code(secret, ahead=1))
    assert code(other) == (401, "AUTH005")


async def test_a_secret_counts_only_once_a_code_of_it_came_back(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    made = (await client.post(f"{AUTH}/mfa/totp", headers=person.headers)).json()["data"]
    assert made["otpauthUri"].startswith("otpauth://totp/ArenaPulse%3Afan-")
    assert made["qrSvg"].startswith("<svg")
    wrong = await client.post(
        f"{AUTH}/mfa/totp/confirm", json={"code": "000000"}, headers=person.headers
    )
    assert code(wrong) == (401, "AUTH005")
    answer = await client.post(f"{AUTH}/login", json={"email": person.email, "password": PASSWORD})
    assert "token" in answer.json()["data"]
    sealed = await db.fetchval("SELECT secret FROM totp_factors WHERE user_id = $1", person.user_id)
    assert made["secret"].encode() not in sealed


async def test_five_wrong_codes_end_the_token(client: httpx.AsyncClient) -> None:
    person, secret, _ = await with_totp(client)
    token = await ask(client, person)
    for _ in range(5):
        assert code(await verify(client, token, "000000")) == (401, "AUTH005")
    assert code(await verify(client, token, now_code(secret, ahead=1))) == (401, "AUTH005")
    four = await ask(client, person)
    for _ in range(4):
        await verify(client, four, "000000")
    assert (await verify(client, four, now_code(secret, ahead=1))).status_code == 200


@pytest.mark.asvs("V6.4.4", "V6.5.1")
async def test_of_two_who_show_one_recovery_code_at_once_one_comes_in(
    client: httpx.AsyncClient,
) -> None:
    person, _, codes = await with_totp(client)
    asked = [await ask(client, person) for _ in range(4)]
    answers = await asyncio.gather(*(verify(client, token, codes[0]) for token in asked))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    # As people type it: without the dash, in small letters.
    typed = codes[1].replace("-", " ").lower()
    assert (await verify(client, await ask(client, person), typed)).status_code == 200


@pytest.mark.asvs("V6.5.5")
async def test_a_token_is_over_after_five_minutes_and_with_a_new_password(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    person, _, codes = await with_totp(client)
    token = await ask(client, person)
    await db.execute(
        "UPDATE sign_in_challenges SET created_at = created_at - interval '5 minutes', "
        "expires_at = expires_at - interval '5 minutes' WHERE user_id = $1",
        person.user_id,
    )
    assert code(await verify(client, token, codes[0])) == (401, "AUTH005")
    before = await ask(client, person)
    await client.post(f"{AUTH}/password/forgot", json={"email": person.email})
    await answer_requests(db, settings)
    link = (await tokens(db, to=person.email, template="reset"))[-1]
    done = await client.post(
        f"{AUTH}/password/reset", json={"token": link, "password": f"{PASSWORD} 2"}
    )
    assert done.status_code == 200
    assert code(await verify(client, before, codes[0])) == (401, "AUTH005")


async def test_codes_are_throttled_by_account(settings: Settings) -> None:
    async with another_process(settings, rate_limits=True) as bounded:
        person, _, _ = await with_totp(bounded)
        answers = []
        for round_ in range(5):
            headers = {"X-Forwarded-For": f"198.51.100.{round_ + 1}"}
            login = await bounded.post(
                f"{AUTH}/login",
                json={"email": person.email, "password": PASSWORD},
                headers=headers,
            )
            token = login.json()["data"]["mfaToken"]
            for _ in range(5):
                answer = await bounded.post(
                    f"{AUTH}/mfa/verify",
                    json={"mfaToken": token, "code": "000000"},
                    headers=headers,
                )
                answers.append(answer.status_code)
        assert answers.count(401) == 20
        assert answers[20:] == [429] * 5


@pytest.mark.asvs("V7.5.1")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/auth/mfa/totp", {"code": "{recovery}"}),
        ("POST", "/auth/mfa/recovery-codes", None),
        ("POST", "/auth/passkeys/register/options", None),
        ("GET", "/users/me/export", None),
    ],
)
async def test_no_factor_goes_and_nothing_leaves_by_an_old_sign_in(
    client: httpx.AsyncClient, settings: Settings, method: str, path: str, body: Any
) -> None:
    person, _, codes = await with_totp(client)
    sent = None if body is None else {"code": codes[0]}
    old = stale(settings, person)
    refused = await client.request(method, f"/api/v1{path}", json=sent, headers=old)
    assert code(refused) == (401, "AUTH005")
    assert refused.json()["error"]["details"][0]["field"] == "stepUp"
    fresh = await client.post(f"{AUTH}/step-up", json={"password": PASSWORD}, headers=old)
    assert sorted(fresh.json()["data"]) == ["expiresAt", "token"]
    headers = {"Authorization": f"Bearer {fresh.json()['data']['token']}"}
    done = await client.request(method, f"/api/v1{path}", json=sent, headers=headers)
    assert done.status_code == 200, done.text
    # Refreshed, it is the old sign-in again.
    spent = await client.post(f"{AUTH}/refresh", json={"refreshToken": person.refresh_token})
    assert claims(spent.json()["data"]["token"])["auth_time"] == claims(person.token)["auth_time"]


@pytest.mark.asvs("V7.5.1")
async def test_keys_and_members_need_a_fresh_sign_in(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person, _, codes = await with_totp(client)
    club = await client.post("/api/v1/organizations", json={"name": "Club"}, headers=person.headers)
    path = f"/api/v1/organizations/{club.json()['data']['id']}"
    old = stale(settings, person)
    key = {"name": "Till", "role": "STAFF"}
    for where, sent in (("api-keys", key), ("members", {"email": "a@b.test", "role": "STAFF"})):
        refused = await client.post(f"{path}/{where}", json=sent, headers=old)
        assert code(refused) == (401, "AUTH005")
    wrong = await client.post(f"{AUTH}/step-up", json={"code": "000000"}, headers=old)
    assert code(wrong) == (401, "AUTH005")
    both = await client.post(
        f"{AUTH}/step-up", json={"code": codes[0], "password": PASSWORD}, headers=old
    )
    assert code(both) == (422, "VALIDATION001")
    fresh = await client.post(f"{AUTH}/step-up", json={"code": codes[0]}, headers=old)
    headers = {"Authorization": f"Bearer {fresh.json()['data']['token']}"}
    assert (await client.post(f"{path}/api-keys", json=key, headers=headers)).status_code == 201


@pytest.mark.asvs("V6.3.4")
async def test_who_has_no_factor_is_not_asked(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    person = await register(client)
    done = await client.get("/api/v1/users/me/export", headers=stale(settings, person))
    assert done.status_code == 200


async def test_without_its_last_factor_an_account_signs_in_by_password_alone(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person, _, codes = await with_totp(client)
    wrong = await client.request(
        "DELETE", f"{AUTH}/mfa/totp", json={"code": "000000"}, headers=person.headers
    )
    assert code(wrong) == (401, "AUTH005")
    gone = await client.request(
        "DELETE", f"{AUTH}/mfa/totp", json={"code": codes[3]}, headers=person.headers
    )
    assert gone.status_code == 200, gone.text
    assert await logged(db, "identity.totp_removed", subject=person.user_id) is None
    answer = await client.post(f"{AUTH}/login", json={"email": person.email, "password": PASSWORD})
    assert answer.json()["data"]["user"]["mfaEnabled"] is False
    left = await db.fetchval(
        "SELECT count(*) FROM recovery_codes WHERE user_id = $1", person.user_id
    )
    assert left == 0


async def new_passkey(
    client: httpx.AsyncClient, person: Person, key: Authenticator
) -> httpx.Response:
    asked = (await client.post(f"{AUTH}/passkeys/register/options", headers=person.headers)).json()[
        "data"
    ]
    return await client.post(
        f"{AUTH}/passkeys/register",
        json={
            "challengeToken": asked["challengeToken"],
            "name": "Telephone",
            "credential": key.make(asked["publicKey"]),
        },
        headers=person.headers,
    )


async def question(client: httpx.AsyncClient, **body: str) -> dict[str, Any]:
    answer = await client.post(f"{AUTH}/passkeys/login/options", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def show(
    client: httpx.AsyncClient, asked: dict[str, Any], credential: dict[str, Any]
) -> httpx.Response:
    body = {"challengeToken": asked["challengeToken"], "credential": credential}
    return await client.post(f"{AUTH}/passkeys/login", json=body)


async def test_a_passkey_signs_in_alone_and_its_answer_is_good_once(
    client: httpx.AsyncClient,
) -> None:
    person, key = await register(client), Authenticator()
    made = await new_passkey(client, person, key)
    assert made.status_code == 201, made.text
    assert len(made.json()["data"]["recoveryCodes"]) == 10
    asked = await question(client)
    credential = key.show(asked["publicKey"])
    done = await show(client, asked, credential)
    assert done.status_code == 200, done.text
    assert done.json()["data"]["user"]["userId"] == str(person.user_id)
    assert code(await show(client, asked, credential)) == (401, "AUTH001")
    (listed,) = (await client.get(f"{AUTH}/passkeys", headers=person.headers)).json()["data"]
    assert listed["name"] == "Telephone"
    assert listed["lastUsedAt"] is not None
    renamed = await client.patch(
        f"{AUTH}/passkeys/{listed['id']}", json={"name": "Old one"}, headers=person.headers
    )
    assert renamed.json()["data"]["name"] == "Old one"
    stranger = await register(client)
    foreign = await client.delete(f"{AUTH}/passkeys/{listed['id']}", headers=stranger.headers)
    assert code(foreign) == (404, "NOTFOUND001")
    gone = await client.delete(f"{AUTH}/passkeys/{listed['id']}", headers=person.headers)
    assert gone.status_code == 200
    again = await question(client)
    assert code(await show(client, again, key.show(again["publicKey"]))) == (401, "AUTH001")


async def test_a_passkey_is_the_second_factor_of_its_own_person_alone(
    client: httpx.AsyncClient,
) -> None:
    person, key = await register(client), Authenticator()
    other, foreign = await register(client), Authenticator()
    for somebody, theirs in ((person, key), (other, foreign)):
        assert (await new_passkey(client, somebody, theirs)).status_code == 201
    asked = await question(client, mfaToken=await ask(client, person))
    assert len(asked["publicKey"]["allowCredentials"]) == 1
    refused = await show(client, asked, foreign.show(asked["publicKey"]))
    assert code(refused) == (401, "AUTH001")
    assert (await show(client, asked, key.show(asked["publicKey"]))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://arena.evil.test"},
        {"rp_id": "evil.test"},
        {"flags": PRESENT},
        {"counter": 0},
    ],
    ids=["origin", "rpId", "nobody verified", "a copy that counts less"],
)
async def test_a_passkeys_answer_for_somebody_else_is_refused(
    client: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    person, key = await register(client), Authenticator()
    await new_passkey(client, person, key)
    for _ in range(2):
        asked = await question(client)
        assert (await show(client, asked, key.show(asked["publicKey"]))).status_code == 200
    bad = copy.copy(key)
    for name, value in changes.items():
        setattr(bad, name, value)
    asked = await question(client)
    assert code(await show(client, asked, bad.show(asked["publicKey"]))) == (401, "AUTH001")
    if "counter" not in changes:
        wrong = replace(Authenticator(), **changes)
        refused = await new_passkey(client, person, wrong)
        assert code(refused) == (422, "VALIDATION001")


async def test_an_answer_to_another_question_is_refused(client: httpx.AsyncClient) -> None:
    person, key = await register(client), Authenticator()
    await new_passkey(client, person, key)
    first, second = await question(client), await question(client)
    crossed = await show(client, first, key.show(second["publicKey"]))
    assert code(crossed) == (401, "AUTH001")
