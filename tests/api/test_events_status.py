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


async def test_whoever_says_which_version_they_saw_moves_that_one_alone(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(client, owner, await make_venue(client, owner))
    path, body = f"/api/v1/events/{event['id']}/status", {"status": "SCHEDULED"}
    stale = await client.post(path, json=body, headers=owner.headers | {"If-Match": '"2"'})
    assert code_of(stale) == (412, "CONFLICT001")
    same = owner.headers | {"If-Match": '"1"'}
    answers = [await client.post(path, json=body, headers=same) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 412]
    shown = await client.get(f"/api/v1/events/{event['id']}", headers=owner.headers)
    assert (shown.json()["data"]["status"], shown.headers["etag"]) == ("SCHEDULED", '"2"')


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


async def test_a_draft_that_is_given_up_stays_there_for_its_organization_alone(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    rival = await organizer(client, db)
    venue = await make_venue(client, owner)
    event, shown = [await make_event(client, owner, venue) for _ in "12"]
    await move(client, owner, event, "CANCELLED")
    await move(client, owner, shown, "SCHEDULED", "CANCELLED")
    url, listed = f"/api/v1/events/{event['id']}", f"/api/v1/events?venueId={venue['id']}"
    section = venue["sections"][1]["id"]
    best = {"quantity": 1, "priceLevel": "STANDARD"}
    for headers in (rival.headers, {}):
        for told in (
            "",
            "/availability",
            f"/seats?sectionId={section}",
            "/seats.bin",
            "/queue/serving",
        ):
            assert code_of(await client.get(url + told, headers=headers)) == (404, "EVENT001")
        asked = await client.post(f"{url}/best-available", json=best, headers=headers)
        assert code_of(asked) == (404, "EVENT001")
        for depth in ("", "&view=card", "&status=CANCELLED"):
            found = (await client.get(listed + depth, headers=headers)).json()["data"]
            assert [each["id"] for each in found] == [shown["id"]]
    for asked in (
        await client.post(f"{url}/status", json={"status": "SCHEDULED"}, headers=rival.headers),
        await client.post(f"{url}/waitlist", json={"quantity": 1}, headers=rival.headers),
        await client.get(f"/events/{event['id']}"),
    ):
        assert asked.status_code == 404, asked.text
    assert (await client.get(url, headers=owner.headers)).json()["data"]["status"] == "CANCELLED"
    assert (await client.get(listed, headers=owner.headers)).json()["meta"]["total"] == 2
