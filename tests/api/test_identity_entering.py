"""The last step of a sign-in: which sessions it makes room for, and what waits for the disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from arenapulse.core.ids import UserId
from arenapulse.core.settings import Settings
from arenapulse.identity.service.sessions import PER_PERSON_MAX, Desk, Opened, open_session
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.db import Session
from arenapulse.wiring import opened
from arenapulse.wiring.identity import make_access
from tests.factories import Person, login, register


@pytest.fixture
async def runtime(settings: Settings) -> AsyncIterator[Runtime]:
    async with opened(settings) as made:
        yield made


@pytest.fixture
async def person(client: httpx.AsyncClient) -> Person:
    return await register(client)


async def enter(
    session: Session, runtime: Runtime, person: Person, *, agent: str = "b", is_light: bool = True
) -> Opened | None:
    return await open_session(
        session,
        desk=Desk(news=make_access(runtime), cache=runtime.cache),
        user_id=UserId(person.user_id),
        password_hash=await session.scalar(
            text("SELECT password_hash FROM users WHERE id = :id"), {"id": person.user_id}
        ),
        user_agent=agent,
        without_factor=True,
        is_light=is_light,
    )


async def test_only_a_plain_sign_in_by_a_known_browser_waits_for_no_disk(
    runtime: Runtime, person: Person
) -> None:
    async def waits(*, is_light: bool) -> bool:
        async with runtime.database.transaction() as session:
            assert await enter(session, runtime, person, is_light=is_light) is not None
            return bool(await session.scalar(text("SHOW synchronous_commit")) == "on")

    # A new one is told of by mail, which must not be lost.
    assert await waits(is_light=True)
    assert not await waits(is_light=True)
    assert await waits(is_light=False)


async def test_who_has_a_factor_since_the_password_was_looked_at_does_not_come_in_by_it_alone(
    runtime: Runtime, person: Person, db: asyncpg.Connection
) -> None:
    await db.execute(
        "INSERT INTO totp_factors (user_id, secret, confirmed_at, created_at) "
        "VALUES ($1, '', now(), now())",
        person.user_id,
    )
    async with runtime.database.transaction() as session:
        assert await enter(session, runtime, person) is None


async def test_a_person_keeps_the_newest_sessions_and_none_that_is_long_over(
    client: httpx.AsyncClient, db: asyncpg.Connection, person: Person
) -> None:
    many = (
        "INSERT INTO sessions (id, user_id, last_used_at, expires_at) SELECT gen_random_uuid(), "
        "$1, now() - n * interval '1 minute', now() + $3 FROM generate_series(1, $2::int) n "
        "RETURNING id"
    )
    day = "interval '1 day'"
    living = many.replace("$3", day)
    # With the one of registering there is room for no more.
    rows = await db.fetch(living, person.user_id, PER_PERSON_MAX - 1)
    await db.fetch(many.replace("$3", f"-2 * {day}"), person.user_id, 3)
    await login(client, person)
    left: list[UUID] = [
        row["id"]
        for row in await db.fetch(
            "SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL", person.user_id
        )
    ]
    assert len(left) == PER_PERSON_MAX
    # The one that was used longest ago, and those that are forgotten.
    assert [row["id"] for row in rows if row["id"] not in left] == [rows[-1]["id"]]
    assert (
        await db.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", person.user_id)
        == PER_PERSON_MAX + 1
    )
