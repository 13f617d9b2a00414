"""Lists as cards: what a list shows of each, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx

from tests.shows import code_of, make_event, make_venue, move, organizer

CARD = {
    "id",
    "name",
    "startTime",
    "endTime",
    "status",
    "currency",
    "availability",
    "venue",
}


async def test_a_card_says_the_same_as_the_event_and_where_it_is(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    query = {"organizationId": str(owner.organization_id)}
    whole = await client.get("/api/v1/events", params=query, headers=owner.headers)
    cards = await client.get(
        "/api/v1/events", params=query | {"view": "card"}, headers=owner.headers
    )
    assert cards.json()["meta"] == whole.json()["meta"]
    (card,) = cards.json()["data"]
    assert set(card) == CARD
    (same,) = whole.json()["data"]
    shared = CARD - {"venue"}
    assert {name: card[name] for name in shared} == {name: same[name] for name in shared}
    assert card["venue"] == {
        "id": venue["id"],
        "name": venue["name"],
        "city": venue["location"]["city"],
        "country": venue["location"]["country"],
        "timezone": venue["location"]["timezone"],
        "capacity": venue["capacity"],
    }
    # Nobody is told of a draft by a card either.
    assert (await client.get("/api/v1/events", params=query | {"view": "card"})).json()[
        "data"
    ] == []
    assert event["id"] == card["id"]


async def test_a_list_of_venues_as_cards_has_their_order_and_pages(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    owner = await organizer(client, db)
    for name in ("Cedar Hall", "Amber Dome", "Birch Field"):
        await make_venue(client, owner, name=name)
    query: dict[str, Any] = {"organizationId": str(owner.organization_id), "limit": 2}
    whole = (await client.get("/api/v1/venues", params=query)).json()
    cards = (await client.get("/api/v1/venues", params=query | {"view": "card"})).json()
    assert cards["meta"] == whole["meta"] == {"page": 1, "limit": 2, "total": 3}
    assert [card["name"] for card in cards["data"]] == ["Amber Dome", "Birch Field"]
    assert set(cards["data"][0]) == {"id", "name", "city", "country", "timezone", "capacity"}


async def test_another_view_is_refused(client: httpx.AsyncClient) -> None:
    for path in ("events", "venues"):
        answer = await client.get(f"/api/v1/{path}?view=all")
        assert code_of(answer) == (422, "VALIDATION001")


async def test_a_card_is_small(client: httpx.AsyncClient, db: asyncpg.Connection) -> None:
    owner = await organizer(client, db)
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    await move(client, owner, event, "SCHEDULED", "ON_SALE")
    query = {"organizationId": str(owner.organization_id), "view": "card"}
    answer = await client.get("/api/v1/events", params=query)
    assert len(answer.content) <= 700
