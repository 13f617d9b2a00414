"""Switches of the platform: who sets them, who obeys, and what is written down."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.flags.service import subject_of
from arenapulse.flags.terms import DEFAULTS
from tests.conftest import client_of
from tests.worlds import Fan, World, make_fans, make_world

FLAGS = "/api/v1/admin/flags"
INTAKE = "/api/v1/analytics/events"
VIEW = {"type": "view", "sessionId": "tab", "at": "2026-11-01T10:00:00Z"}


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


@pytest.fixture
async def admin(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, platform="ADMIN"))[0]


async def put(client: httpx.AsyncClient, by: Fan, **flags: bool) -> httpx.Response:
    return await client.put(FLAGS, json={"flags": flags}, headers=by.headers)


async def accepted(client: httpx.AsyncClient) -> Any:
    answer = await client.post(INTAKE, json={"events": [VIEW]})
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]["accepted"]


async def test_a_switch_is_obeyed_by_every_process_within_a_second(
    client: httpx.AsyncClient, settings: Settings, admin: Fan
) -> None:
    async with client_of(settings) as other:
        assert [await accepted(client), await accepted(other)] == [1, 1]
        answer = await put(client, admin, analytics_intake=False)
        assert answer.json()["data"]["flags"]["analytics_intake"] is False
        # The process that was asked obeys at once.
        assert await accepted(client) == 0
        async with asyncio.timeout(1):
            while await accepted(other):  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.05)
        await put(other, admin, analytics_intake=True)
        async with asyncio.timeout(1):
            while not await accepted(client):  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.05)


async def test_what_is_not_named_stays_and_changes_are_written_down(
    client: httpx.AsyncClient, db: asyncpg.Connection, admin: Fan
) -> None:
    assert (await put(client, admin, new_checkout=True)).status_code == 200
    assert (await put(client, admin, new_checkout=True, other=False)).status_code == 200
    await put(client, admin, new_checkout=False)
    found = (await client.get(FLAGS, headers=admin.headers)).json()["data"]["flags"]
    assert found == {**DEFAULTS, "new_checkout": False, "other": False}
    written = await db.fetch(
        "SELECT actor_id, action, details ->> 'before' AS before, details ->> 'after' AS after"
        " FROM audit_log WHERE subject_id = $1 ORDER BY id",
        subject_of("new_checkout"),
    )
    assert [tuple(row) for row in written] == [
        (admin.user_id, "flags.change", None, "true"),
        (admin.user_id, "flags.change", "true", "false"),
    ]


async def test_nobody_else_sees_or_sets_them(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World
) -> None:
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    before = await db.fetch("SELECT * FROM flags")
    for answer in (
        await client.get(FLAGS, headers=owner.headers),
        await put(client, owner, analytics_intake=False),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTH004")
    assert await db.fetch("SELECT * FROM flags") == before


async def test_names_are_names(client: httpx.AsyncClient, admin: Fan) -> None:
    for flags in ({"": True}, {"a b": True}, {"x" * 65: True}, {"a": "yes"}, {"a": None}):
        answer = await client.put(FLAGS, json={"flags": flags}, headers=admin.headers)
        assert answer.status_code == 422, flags


async def test_no_picture_is_taken_in_while_they_are_off(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, admin: Fan
) -> None:
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    path, file = f"/api/v1/events/{world.event_id}/media", {"contentType": "image/png", "size": 9}
    await put(client, admin, pictures=False)
    answer = await client.post(path, json=file, headers=owner.headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "600")
    assert (
        await db.fetchval("SELECT count(*) FROM media WHERE subject_id = $1", world.event_id) == 0
    )
    await put(client, admin, pictures=True)
    assert (await client.post(path, json=file, headers=owner.headers)).status_code == 201
