"""Refresh with rotation and reuse detection, and every way to log out."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

import asyncpg
import httpx
import pytest

from tests.answers import claims, code, cookie_of
from tests.factories import PASSWORD, Person, login, register
from tests.logged import logged

AUTH = "/api/v1/auth"
BODY = {"X-Token-Transport": "body"}


def body() -> dict[str, Any]:
    email = f"fan-{secrets.token_hex(6)}@arena.test"
    return {"email": email, "password": PASSWORD, "fullName": "Fan of Games"}


@pytest.fixture
def anonymous(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client without cookies of others."""
    client.cookies.clear()
    return client


async def refreshed(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"{AUTH}/refresh", json={"refreshToken": token}, headers=BODY)


async def logged_out(client: httpx.AsyncClient, person: Person) -> bool:
    me = await client.get("/api/v1/users/me", headers=person.headers)
    return me.status_code == 401 and me.json()["error"]["code"] == "AUTH003"


@pytest.mark.asvs("V7.2.2")
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
    await later(db, thief, seconds=21)
    assert code(await refreshed(client, thief.refresh_token)) == (401, "AUTH007")
    assert code(await refreshed(client, newer["refreshToken"])) == (401, "AUTH007")
    me = await client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {newer['token']}"})
    assert code(me) == (401, "AUTH003")
    ended = await db.fetch(
        "SELECT revoked_for FROM sessions WHERE user_id = $1 ORDER BY created_at", thief.user_id
    )
    assert [row["revoked_for"] for row in ended] == ["reuse", None]
    assert (await refreshed(client, elsewhere.refresh_token)).status_code == 200


async def test_a_reuse_is_written_once_for_a_session_however_often_it_is_tried(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    for ends_first in (False, True):
        person = await register(client)
        newer = (await refreshed(client, person.refresh_token)).json()["data"]
        if ends_first:
            bearer = {"Authorization": f"Bearer {newer['token']}"}
            assert (await client.post(f"{AUTH}/logout", headers=bearer)).status_code == 200
        await later(db, person, seconds=21)
        for token in (*[person.refresh_token] * 3, newer["refreshToken"]):
            assert code(await refreshed(client, token)) == (401, "AUTH007")
        lines = await db.fetchval(
            "SELECT count(*) FROM audit_log WHERE action = 'refresh.reused' AND actor_id = $1",
            person.user_id,
        )
        assert lines == 1, ends_first


async def later(db: asyncpg.Connection, person: Person, *, seconds: int) -> None:
    await db.execute(
        "UPDATE sessions SET last_used_at = last_used_at - make_interval(secs => $2)"
        " WHERE user_id = $1",
        *(person.user_id, seconds),
    )


async def test_a_lost_answer_is_given_again_while_its_successor_is_unused(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    lost = (await refreshed(client, person.refresh_token)).json()["data"]
    await later(db, person, seconds=19)
    again = await refreshed(client, person.refresh_token)
    assert again.status_code == 200
    data = again.json()["data"]
    assert data["refreshToken"] == lost["refreshToken"]
    me = await client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {data['token']}"})
    assert me.status_code == 200
    row = await db.fetchrow(
        "SELECT generation, revoked_for FROM sessions WHERE user_id = $1", person.user_id
    )
    assert (row["generation"], row["revoked_for"]) == (1, None)
    # The successor is used, so its answer arrived: who still shows the first one is somebody else.
    assert (await refreshed(client, lost["refreshToken"])).status_code == 200
    assert code(await refreshed(client, person.refresh_token)) == (401, "AUTH007")
    assert code(await refreshed(client, lost["refreshToken"])) == (401, "AUTH007")


async def test_a_lost_answer_of_an_ended_session_is_gone(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    pair = (await refreshed(client, person.refresh_token)).json()["data"]
    headers = {"Authorization": f"Bearer {pair['token']}"}
    assert (await client.post(f"{AUTH}/logout", headers=headers)).status_code == 200
    assert (await refreshed(client, person.refresh_token)).status_code == 401
    disabled = await register(client)
    assert (await refreshed(client, disabled.refresh_token)).status_code == 200
    await db.execute("UPDATE users SET disabled_at = now() WHERE id = $1", disabled.user_id)
    assert (await refreshed(client, disabled.refresh_token)).status_code == 401


async def test_the_cookie_of_a_lost_answer_is_set_again(anonymous: httpx.AsyncClient) -> None:
    first = cookie_of(await anonymous.post(f"{AUTH}/register", json=body())).value
    values: list[str] = []
    for _ in range(2):
        anonymous.cookies.clear()
        answer = await anonymous.post(
            f"{AUTH}/refresh", headers={"Cookie": f"arenapulse_refresh={first}"}
        )
        assert answer.status_code == 200
        values.append(cookie_of(answer).value)
    assert values[0] == values[1] != first


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 70, "A" * 200, "\u00e9" * 70, "e30.e30.e30", "=" * 8]
)
async def test_an_unknown_refresh_token_is_nobody(client: httpx.AsyncClient, token: str) -> None:
    assert code(await refreshed(client, token)) == (401, "AUTH003")


async def test_without_a_refresh_token_there_is_no_refresh(anonymous: httpx.AsyncClient) -> None:
    assert code(await anonymous.post(f"{AUTH}/refresh")) == (401, "AUTH003")
    assert code(await anonymous.post(f"{AUTH}/refresh", headers=BODY)) == (401, "AUTH003")
    assert code(await anonymous.post(f"{AUTH}/refresh", json={})) == (401, "AUTH003")


@pytest.mark.asvs("V7.3.1")
async def test_an_idle_session_cannot_be_refreshed(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute(
        "UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = $1",
        person.user_id,
    )
    assert code(await refreshed(client, person.refresh_token)) == (401, "AUTH003")


@pytest.mark.asvs("V7.3.2")
async def test_a_session_ends_some_day_however_it_is_used(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute(
        "UPDATE sessions SET created_at = now() - interval '180 days' + interval '1 hour' "
        "WHERE user_id = $1",
        person.user_id,
    )
    assert (await refreshed(client, person.refresh_token)).status_code == 200
    left = await db.fetchval(
        "SELECT expires_at - now() FROM sessions WHERE user_id = $1", person.user_id
    )
    assert left <= dt.timedelta(hours=1)


@pytest.mark.asvs("V3.5.1")
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


@pytest.mark.asvs("V3.3.4")
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


@pytest.mark.asvs("V7.4.1")
async def test_logout_ends_this_session_alone(client: httpx.AsyncClient) -> None:
    here = await register(client)
    there = await login(client, here)
    assert (await client.post(f"{AUTH}/logout", headers=here.headers)).status_code == 200
    assert await logged_out(client, here)
    assert not await logged_out(client, there)
    assert code(await refreshed(client, here.refresh_token)) == (401, "AUTH003")


async def test_logout_by_the_refresh_token_in_the_body(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    answer = await client.post(
        f"{AUTH}/logout", json={"refreshToken": person.refresh_token}, headers=BODY
    )
    assert answer.json() == {"success": True, "data": None}
    assert await logged(db, "session.ended", subject=person.user_id) is None
    assert await logged_out(client, person)


async def test_logout_of_nobody_is_refused(anonymous: httpx.AsyncClient) -> None:
    assert code(await anonymous.post(f"{AUTH}/logout")) == (401, "AUTH003")


async def test_logout_all_ends_every_session(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    here = await register(client)
    there = await login(client, here)
    stranger = await register(client)
    assert (await client.post(f"{AUTH}/logout-all", headers=here.headers)).status_code == 200
    assert await logged(db, "session.ended_all", subject=here.user_id) is None
    assert await logged_out(client, here)
    assert await logged_out(client, there)
    assert not await logged_out(client, stranger)


@pytest.mark.asvs("V6.2.2", "V6.2.3", "V7.2.4", "V7.4.3")
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
    assert await logged(db, "password.changed", subject=here.user_id) is None
    assert await logged_out(client, here)
    assert await logged_out(client, there)
    token = answer.json()["data"]["token"]
    me = await client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 200
    old = {"email": here.email, "password": PASSWORD}
    assert code(await client.post(f"{AUTH}/login", json=old)) == (401, "AUTH001")
    assert (await client.post(f"{AUTH}/login", json=old | {"password": new})).status_code == 200


async def test_a_disabled_person_cannot_sign_in(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    person = await register(client)
    await db.execute("UPDATE users SET disabled_at = now() WHERE id = $1", person.user_id)
    answer = await client.post(f"{AUTH}/login", json={"email": person.email, "password": PASSWORD})
    assert code(answer) == (401, "AUTH001")
    assert code(await refreshed(client, person.refresh_token)) == (401, "AUTH003")
