"""Searches that people keep and are told of; places side by side; prices that a code hides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import EventId
from arenapulse.core.settings import Settings
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.reads import Reads
from arenapulse.search import reactions
from arenapulse.search.postgres_engine import PostgresEngine
from arenapulse.search.service.indexing import Index
from arenapulse.search.service.saving import Herald
from arenapulse.search.terms import SAVED_MAX
from arenapulse.wiring import opened
from tests.api.test_search import Town, town
from tests.conftest import client_of
from tests.mailbox import mails
from tests.shows import code_of, general, in_days, move, seated, take, tier

__all__ = ["town"]

API = "/api/v1/search/saved"
BASE = "https://tickets.arena.test"


class Reader:
    """Somebody who keeps searches."""

    def __init__(self, town: Town, headers: dict[str, str], email: str) -> None:
        self.town, self.headers, self.email = town, headers, email

    async def save(self, name: str = "Here", **query: Any) -> httpx.Response:
        body = {"name": name, "query": {"city": [self.town.mark]} | query}
        return await self.town.client.post(API, json=body, headers=self.headers)

    async def kept(self) -> list[dict[str, Any]]:
        answer = await self.town.client.get(API, headers=self.headers)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


@pytest.fixture
async def reader(town: Town, db: asyncpg.Connection) -> Reader:
    email = f"reader-{uuid4().hex[:8]}@fans.test"
    answer = await town.client.post(
        "/api/v1/auth/register",
        json={"email": email, "password": "a lantern over the harbour", "fullName": "Noor Reader"},
    )
    assert answer.status_code == 201, answer.text
    token = answer.json()["data"]["token"]
    return Reader(town, {"Authorization": f"Bearer {token}"}, email)


@pytest.fixture
async def herald(town: Town, settings: Settings) -> AsyncIterator[Herald]:
    async with opened(settings) as runtime:
        database = runtime.database
        yield Herald(database, engine=PostgresEngine(Reads(database)), base_url=BASE)


async def comes_out(db: asyncpg.Connection, town: Town, *events: dict[str, Any]) -> None:
    """The events are public, and have been for longer than the index takes."""
    ids = [EventId(UUID(each["id"])) for each in events]
    await town.index.came_out(ids)
    await db.execute(
        "UPDATE search_news SET at = at - INTERVAL '1 minute' WHERE event_id = ANY ($1)", ids
    )


async def test_what_is_kept_is_ones_own_and_the_same_again_is_the_same(reader: Reader) -> None:
    first = await reader.save("Derbies", q="derby")
    assert first.status_code == 201, first.text
    again = await reader.save("Derbies here", q="derby")
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    (kept,) = await reader.kept()
    assert kept["name"] == "Derbies here"
    assert kept["query"] == {"q": "derby", "city": [reader.town.mark]}
    foreign = await reader.town.client.delete(
        f"{API}/{kept['id']}", headers=reader.town.owner.headers
    )
    assert code_of(foreign) == (404, "NOTFOUND001")
    gone = await reader.town.client.delete(f"{API}/{kept['id']}", headers=reader.headers)
    assert gone.status_code == 200
    assert await reader.kept() == []


async def test_a_search_for_nothing_and_one_too_many_are_refused(reader: Reader) -> None:
    empty = {"name": "All", "query": {"q": "  "}}
    refused = await reader.town.client.post(API, json=empty, headers=reader.headers)
    assert code_of(refused) == (422, "VALIDATION001")
    for number in range(SAVED_MAX):
        assert (await reader.save(q=f"derby {number}")).status_code == 201
    assert code_of(await reader.save(q="another")) == (409, "CONFLICT003")
    # What is kept already can still be named anew.
    assert (await reader.save("New name", q="derby 0")).status_code == 201


async def test_who_keeps_a_search_is_told_once_of_what_came_out_together(
    reader: Reader, herald: Herald, db: asyncpg.Connection
) -> None:
    town = reader.town
    await reader.save("Derbies", q="derby")
    await reader.save("Dear ones", priceMin=900_000)
    events = [
        await town.event(f"Harbour Derby {n}", startTime=in_days(20 + n), endTime=in_days(21 + n))
        for n in (2, 1)
    ]
    other = await town.event("Evening of strings")
    await comes_out(db, town, *events, other)
    # Others of this database look for derbies too: what counts is who is told of it here.
    await herald.tell()
    await herald.tell()
    (mail,) = await mails(db, to=reader.email, template="saved_search")
    values = mail
    assert (values["search"], values["count"]) == ("Derbies", 2)
    assert values["event"]["name"] == "Harbour Derby 1"
    assert values["url"] == f"{BASE}/?q=derby&city={town.mark}"


async def test_nobody_is_told_of_what_has_but_one_of_their_words_or_a_word_like_theirs(
    reader: Reader, herald: Herald, db: asyncpg.Connection
) -> None:
    town = reader.town
    await reader.save("Derbies here", q="harbour derby")
    await reader.save("Misspelt", q="hrabour")
    await comes_out(db, town, await town.event("Harbour Concert"))
    await herald.tell()
    assert await mails(db, to=reader.email, template="saved_search") == []
    await comes_out(db, town, await town.event("Derby at the Harbour"))
    await herald.tell()
    (mail,) = await mails(db, to=reader.email, template="saved_search")
    assert (mail["search"], mail["event"]["name"]) == ("Derbies here", "Derby at the Harbour")


async def test_nobody_is_told_of_what_is_cancelled_or_over_when_the_mail_would_go(
    reader: Reader, herald: Herald, db: asyncpg.Connection
) -> None:
    town = reader.town
    await reader.save(q="derby")
    given_up = await town.event("Harbour Derby", on_sale=False)
    await move(town.client, town.owner, given_up, "SCHEDULED", "CANCELLED")
    await town.index.events([EventId(UUID(given_up["id"]))])
    over = await town.event("Old Derby")
    await db.execute(
        "UPDATE search_documents SET start_time = now() - INTERVAL '3 hours', "
        "end_time = now() - INTERVAL '1 hour' WHERE id = $1",
        UUID(over["id"]),
    )
    await comes_out(db, town, given_up, over)
    await herald.tell()
    assert await mails(db, to=reader.email, template="saved_search") == []


async def test_a_draft_that_is_given_up_did_not_come_out(
    town: Town, settings: Settings, db: asyncpg.Connection
) -> None:
    given_up = await town.event("Harbour Derby", on_sale=False)
    shown = await town.event("Harbour Night", on_sale=False)
    await move(town.client, town.owner, given_up, "CANCELLED")
    await move(town.client, town.owner, shown, "SCHEDULED")
    moved = await db.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'search.index_moved'")
    async with opened(settings) as runtime:
        react = reactions.registry(Index(runtime.database)).entries["search.index_moved"].run
        for payload in (bytes(row["payload"]) for row in moved):
            if any(each["id"].encode() in payload for each in (given_up, shown)):
                await react(payload)
    news = await db.fetch(
        "SELECT event_id FROM search_news WHERE event_id = ANY ($1)",
        [UUID(given_up["id"]), UUID(shown["id"])],
    )
    assert [row["event_id"] for row in news] == [UUID(shown["id"])]


async def test_a_round_that_was_broken_off_tells_nobody_twice(
    reader: Reader, herald: Herald, db: asyncpg.Connection
) -> None:
    await reader.save(q="derby")
    event = await reader.town.event("Harbour Derby")
    await comes_out(db, reader.town, event)
    await herald.tell()
    assert len(await mails(db, to=reader.email, template="saved_search")) == 1
    # As if the worker had died before it ended the round.
    key = await db.fetchval(
        "SELECT key FROM messages WHERE recipient = $1 AND template = 'saved_search'", reader.email
    )
    await db.execute(
        "INSERT INTO search_news (event_id, at, round) VALUES ($1, now(), $2)",
        *(UUID(event["id"]), UUID(key.split(":")[2])),
    )
    assert await herald.tell() == 0
    assert len(await mails(db, to=reader.email, template="saved_search")) == 1


async def test_only_what_seats_so_many_side_by_side_now_is_found(
    town: Town, db: asyncpg.Connection
) -> None:
    house = await town.venue("Small Hall", sections=[seated("Floor", ("A", 4), ("B", 3))])
    floor = house["sections"][0]["id"]
    await town.event("Derby of seats", venue=house)
    yard = await town.venue("Yard", sections=[general("Yard", 5)])
    standing = await town.event("Derby of the yard", venue=yard)
    assert await town.names("derby", together=5) == ["Derby of the yard"]
    assert sorted(await town.names("derby", together=4)) == ["Derby of seats", "Derby of the yard"]
    await take(db, standing["id"], yard["sections"][0]["id"], sold=3)
    assert await town.names("derby", together=4) == ["Derby of seats"]
    # Two in the middle of a row: seven places, five of them free, never four side by side.
    event_id = (await town.search("derby", together=4))["data"][0]["id"]
    held = await town.client.post(
        "/api/v1/orders",
        json={
            "eventId": event_id,
            "tickets": [
                {
                    "sectionId": floor,
                    "quantity": 1,
                    "priceLevel": "STANDARD",
                    "seats": [{"row": "A", "seat": 2}],
                }
            ],
            "paymentMethod": {"type": "card"},
        },
        headers=town.owner.headers,
    )
    assert held.status_code == 201, held.text
    found = await town.search("derby", together=4)
    assert (found["data"], found["meta"]["total"]) == ([], 0)
    assert await town.names("derby", together=3) == ["Derby of seats"]


async def test_places_that_nobody_can_buy_are_not_side_by_side(
    town: Town, db: asyncpg.Connection
) -> None:
    house = await town.venue(
        "Small Hall", sections=[seated("Floor", ("A", 4)), seated("Box", ("B", 6))]
    )
    floor, box = (section["id"] for section in house["sections"])
    # The box has no price.
    event = await town.event("Derby of seats", venue=house, pricingTiers=[tier(floor)])
    assert await town.names("derby", together=5) == []
    assert await town.names("derby", together=4) == ["Derby of seats"]
    await town.event("Derby of boxes", venue=house, pricingTiers=[tier(floor), tier(box)])
    assert await town.names("derby", together=5) == ["Derby of boxes"]
    # It plays, and nothing is sold on line any more.
    await db.execute(
        "UPDATE events SET status = 'LIVE', start_time = now() - INTERVAL '1 minute' WHERE id = $1",
        UUID(event["id"]),
    )
    assert await town.names("derby", together=4) == ["Derby of boxes"]


async def test_looking_into_houses_is_counted_as_what_it_costs(
    settings: Settings, town: Town
) -> None:
    limited = settings.model_copy(update={"rate_limits": True})
    async with client_of(limited) as client:
        plain = await client.get("/api/v1/search", params={"city": town.mark})
        looking = await client.get("/api/v1/search", params={"city": town.mark, "together": 2})
        hidden = await client.get(f"/api/v1/search?city={town.mark}&%74ogether=2")
    limits = [int(each.headers["ratelimit-limit"]) for each in (plain, looking, hidden)]
    assert limits == [RateClass.READ.per_address, *[RateClass.BEST.per_address] * 2]


async def test_a_level_that_a_code_hides_is_no_lowest_price_any_more(
    town: Town, db: asyncpg.Connection
) -> None:
    venue = await town.venue("Lantern Park")
    section = venue["sections"][0]["id"]
    event = await town.event(
        "Derby of prices",
        pricingTiers=[
            tier(section, amount=5000, fee=0),
            tier(section, amount=1000, fee=0, priceLevel="CHILD"),
        ],
        on_sale=False,
    )
    await move(town.client, town.owner, event, "SCHEDULED", "ON_SALE")
    written = "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'search.index_written'"
    before = await db.fetchval(written)
    made = await town.client.post(
        f"/api/v1/events/{event['id']}/promo-codes",
        json={"code": "SPRING", "kind": "PERCENT", "value": 0, "unlocks": ["CHILD"]},
        headers=town.owner.headers,
    )
    assert made.status_code == 201, made.text
    assert await db.fetchval(written) == before + 1
    await town.index.events([EventId(UUID(event["id"]))])
    (hit,) = (await town.search("prices"))["data"]
    assert hit["priceFrom"] == 5000
