"""Higher slices take part in erasure and export, in the same transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from arenapulse.core.errors import StandsInTheWay
from arenapulse.core.ids import UserId
from arenapulse.core.settings import Settings
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.identity.service.people import People
from arenapulse.identity.service.sign_in import Client
from arenapulse.runtime.db import Session
from arenapulse.wiring import make_runtime
from arenapulse.wiring.identity import make_sign_in
from tests.factories import PASSWORD, register

HERE = Client(address="10.0.0.1", user_agent="test")


class Notebook:
    """A slice that keeps the phone number and what it was asked."""

    name = "notebook"

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.seen: list[tuple[UserId, str]] = []

    async def erase(self, session: Session, *, user_id: UserId) -> None:
        email = await session.scalar(
            text("SELECT email FROM users WHERE id = :id"), {"id": user_id}
        )
        self.seen.append((user_id, str(email)))
        await session.execute(
            text("UPDATE users SET full_name = 'noted' WHERE id = :id"), {"id": user_id}
        )
        if self.refuses:
            raise StandsInTheWay

    async def export(self, session: Session, *, user_id: UserId) -> object:
        return {"of": str(user_id)}


@pytest.fixture
async def people(settings: Settings) -> AsyncIterator[tuple[People, Access]]:
    runtime = make_runtime(settings)
    access = Access(database=runtime.database, keyring=runtime.keyring, redis=runtime.redis)
    sign_in = make_sign_in(runtime, access=access)
    yield People(database=runtime.database, desk=sign_in.desk, sign_in=sign_in), access
    sign_in.close()
    await runtime.database.close()
    await runtime.redis.aclose()


async def test_who_keeps_something_is_asked_before_the_person_is_gone(
    client: httpx.AsyncClient, people: tuple[People, Access], db: asyncpg.Connection
) -> None:
    person = await register(client)
    service, access = people
    actor: Actor = access.authenticate(person.token)
    first, second = Notebook(), Notebook()
    await replace(service, erasables=(first, second)).erase(actor, password=PASSWORD, client=HERE)
    assert first.seen == second.seen == [(actor.user_id, person.email)]
    row = await db.fetchrow("SELECT full_name, erased_at FROM users WHERE id = $1", actor.user_id)
    assert row["full_name"] == ""
    assert row["erased_at"] is not None


async def test_where_one_refuses_nothing_is_erased(
    client: httpx.AsyncClient, people: tuple[People, Access], db: asyncpg.Connection
) -> None:
    person = await register(client)
    service, access = people
    actor: Actor = access.authenticate(person.token)
    refusing = replace(service, erasables=(Notebook(), Notebook(refuses=True)))
    with pytest.raises(StandsInTheWay):
        await refusing.erase(actor, password=PASSWORD, client=HERE)
    row = await db.fetchrow("SELECT email, full_name FROM users WHERE id = $1", actor.user_id)
    assert tuple(row) == (person.email, person.full_name)
    assert (await client.get("/api/v1/users/me", headers=person.headers)).status_code == 200


async def test_the_export_has_a_section_for_each_slice(
    client: httpx.AsyncClient, people: tuple[People, Access]
) -> None:
    person = await register(client)
    service, access = people
    actor: Actor = access.authenticate(person.token)
    made = await replace(service, exporters=(Notebook(),)).export(actor)
    assert sorted(made) == [
        *("invitations", "notebook", "passkeys", "preferences", "profile", "secondFactors"),
        "sessions",
    ]
    assert made["notebook"] == {"of": str(person.user_id)}
