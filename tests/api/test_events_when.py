"""`from` and `to`: what runs at some time between them, so a running one is found till its end."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from tests.shows import fields_of, make_event, make_venue, move, organizer


def at(text: str) -> str:
    return f"2031-07-{text}Z"


# A festival of two days, and a match past midnight.
FESTIVAL = (at("04T10:00:00"), at("05T22:00:00"))
MATCH = (at("05T22:30:00"), at("06T00:30:00"))


@pytest.fixture
async def venue_id(client: httpx.AsyncClient, db: asyncpg.Connection) -> str:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    for name, (start, end) in (("Festival", FESTIVAL), ("Match", MATCH)):
        times = {"startTime": start, "endTime": end}
        event = await make_event(client, owner, venue, name=name, **times)
        await move(client, owner, event, "SCHEDULED")
    return str(venue["id"])


async def test_what_runs_between_is_found(client: httpx.AsyncClient, venue_id: str) -> None:
    async def found(**params: str) -> list[str]:
        answer = await client.get("/api/v1/events", params=params | {"venueId": venue_id})
        assert answer.status_code == 200, answer.text
        return [event["name"] for event in answer.json()["data"]]

    both = ["Festival", "Match"]
    assert await found() == both
    assert await found(**{"from": at("05T12:00:00")}) == both
    assert await found(**{"from": at("05T21:59:59")}) == both
    assert await found(**{"from": at("05T22:00:00")}) == ["Match"]
    assert await found(**{"from": at("06T00:15:00")}) == ["Match"]
    assert await found(**{"from": at("06T00:30:00")}) == []
    assert await found(to=at("04T09:59:59")) == []
    assert await found(to=at("04T10:00:00")) == ["Festival"]
    assert await found(**{"from": at("05T00:00:00"), "to": at("05T01:00:00")}) == ["Festival"]
    assert await found(**{"from": at("06T00:00:00"), "to": at("06T23:59:59")}) == ["Match"]
    assert await found(**{"from": at("05T22:10:00"), "to": at("05T22:20:00")}) == []


async def test_a_span_that_ends_before_it_begins_is_refused(client: httpx.AsyncClient) -> None:
    params = {"from": at("06T00:00:00"), "to": at("05T00:00:00")}
    assert fields_of(await client.get("/api/v1/events", params=params)) == ["to"]
