"""Status by hand: every legal and every illegal move."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.events.lifecycle import MOVES
from arenapulse.events.terms import EventStatus
from tests.shows import Organizer, code_of, fields_of, make_event, make_venue, move, organizer

ILLEGAL = [
    (before, after)
    for before, after in itertools.product(EventStatus, EventStatus)
    if after not in MOVES[before]
]


@pytest.fixture(scope="module")
async def show(client: httpx.AsyncClient, database_url: str) -> tuple[Organizer, dict[str, Any]]:
    """One event for all the moves that change nothing."""
    db = await asyncpg.connect(database_url)
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    await db.close()
    return owner, event


@pytest.mark.parametrize(("before", "after"), ILLEGAL, ids=[f"{b}-{a}" for b, a in ILLEGAL])
async def test_an_illegal_move_is_event004_and_changes_nothing(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    show: tuple[Organizer, dict[str, Any]],
    before: EventStatus,
    after: EventStatus,
) -> None:
    owner, event = show
    event_id = UUID(event["id"])
    await db.execute(
        "UPDATE events SET status = $2::text::event_status, version = 40 WHERE id = $1",
        *(event_id, before),
    )
    answer = await client.post(
        f"/api/v1/events/{event['id']}/status", json={"status": after}, headers=owner.headers
    )
    assert code_of(answer) == (409, "EVENT004")
    row = await db.fetchrow("SELECT status::text, version FROM events WHERE id = $1", event_id)
    assert row is not None
    assert tuple(row) == (before, 40)


LEGAL = [(before, after) for before in EventStatus for after in sorted(MOVES[before])]


@pytest.mark.parametrize(("before", "after"), LEGAL, ids=[f"{b}-{a}" for b, a in LEGAL])
async def test_a_legal_move_raises_the_version(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    show: tuple[Organizer, dict[str, Any]],
    before: EventStatus,
    after: EventStatus,
) -> None:
    owner, event = show
    await db.execute(
        "UPDATE events SET status = $2::text::event_status, version = 7 WHERE id = $1",
        *(UUID(event["id"]), before),
    )
    moved = await move(client, owner, event, after)
    assert (moved["status"], moved["version"]) == (after, 8)


async def test_a_status_that_is_none_is_422(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    url = f"/api/v1/events/{event['id']}/status"
    for body, named in (
        ({"status": "BEGUN"}, ["status"]),
        ({}, ["status"]),
        ({"status": "SCHEDULED", "why": "so"}, ["why"]),
    ):
        assert fields_of(await client.post(url, json=body, headers=owner.headers)) == named


async def test_of_many_moves_at_once_one_is_made(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    url = f"/api/v1/events/{event['id']}/status"
    answers = await asyncio.gather(
        *(client.post(url, json={"status": "SCHEDULED"}, headers=owner.headers) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    version = await db.fetchval("SELECT version FROM events WHERE id = $1", UUID(event["id"]))
    assert version == 2
