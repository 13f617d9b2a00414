"""A sale opens by itself when its time has come, once, and not before."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.events.news import Unheard
from arenapulse.events.service import open_due
from arenapulse.orders import news as orders_news
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.wiring import make_jobs
from arenapulse.wiring.core import make_core, make_runtime, open_core
from tests.shows import fields_of, if_match, in_days, make_event, make_venue, move, organizer


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """As a worker has it, with the queue that facts go into."""
    core = make_core(make_runtime(settings, actor=SERVICE), news=orders_news.Unheard())
    make_jobs(core)
    async with open_core(core):
        yield core.runtime.database


class Heard(Unheard):
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def status_changed(self, *, event_id: object, status: str) -> None:
        self.told.append((str(event_id), status))


async def test_a_sale_opens_when_its_time_has_come_and_once_among_workers(
    client: httpx.AsyncClient, db: asyncpg.Connection, database: Database
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    opens = in_days(10)
    event = await make_event(client, owner, venue, salesStartAt=opens)
    draft = await make_event(client, owner, venue, salesStartAt=opens)
    by_hand = await make_event(client, owner, venue)
    for each in (event, by_hand):
        await move(client, owner, each, "SCHEDULED")
    moment = dt.datetime.fromisoformat(opens)
    heard = Heard()

    async def statuses() -> list[str]:
        return [
            (await client.get(f"/api/v1/events/{each['id']}", headers=owner.headers)).json()[
                "data"
            ]["status"]
            for each in (event, draft, by_hand)
        ]

    await open_due(database, news=heard, now=moment - dt.timedelta(milliseconds=1))
    assert (await statuses(), heard.told) == (["SCHEDULED", "DRAFT", "SCHEDULED"], [])
    await asyncio.gather(*(open_due(database, news=heard, now=moment) for _ in range(3)))
    assert await statuses() == ["ON_SALE", "DRAFT", "SCHEDULED"]
    assert heard.told == [(event["id"], "ON_SALE")]
    details = await db.fetch(
        "SELECT details::TEXT FROM audit_log WHERE subject_id = $1::UUID ORDER BY id DESC LIMIT 1",
        event["id"],
    )
    assert "byItself" in details[0][0]


async def test_what_is_put_off_does_not_sell_before_somebody_said_when(
    client: httpx.AsyncClient, db: asyncpg.Connection, database: Database
) -> None:
    owner = await organizer(client, db)
    event = await make_event(
        client, owner, await make_venue(client, owner), salesStartAt=in_days(1)
    )
    moved = await move(client, owner, event, "SCHEDULED", "POSTPONED", "SCHEDULED")
    assert "salesStartAt" not in moved
    await open_due(database, news=Unheard(), now=dt.datetime.fromisoformat(in_days(2)))
    shown = await client.get(f"/api/v1/events/{event['id']}")
    assert shown.json()["data"]["status"] == "SCHEDULED"


async def test_it_opens_before_it_ends_moves_along_and_is_taken_back(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    event = await make_event(
        client, owner, await make_venue(client, owner), salesStartAt=in_days(3)
    )
    url = f"/api/v1/events/{event['id']}"
    late = {"salesEndAt": event["salesStartAt"]}
    answer = await client.patch(url, json=late, headers=owner.headers | if_match(1))
    assert fields_of(answer) == ["salesStartAt"]
    again = await client.post(
        f"{url}/repeats", json={"every": "WEEK", "times": 1}, headers=owner.headers
    )
    assert again.status_code == 201, again.text
    (copy,) = again.json()["data"]
    apart = dt.datetime.fromisoformat(copy["salesStartAt"]) - dt.datetime.fromisoformat(
        event["salesStartAt"]
    )
    begins = dt.datetime.fromisoformat(copy["startTime"]) - dt.datetime.fromisoformat(
        event["startTime"]
    )
    assert apart == begins
    version = (await client.get(url, headers=owner.headers)).json()["data"]["version"]
    answer = await client.patch(
        url, json={"salesStartAt": None}, headers=owner.headers | if_match(version)
    )
    assert "salesStartAt" not in answer.json()["data"]
