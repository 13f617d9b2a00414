"""Codes and labels are the same however they are typed, everywhere; names are what is seen."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from tests.hostile_bodies import PROMO
from tests.shows import (
    Organizer,
    code_of,
    event_body,
    fields_of,
    general,
    make_event,
    make_venue,
    move,
    organizer,
    seated,
    tier,
    venue_body,
)

CODE = "ΟΔΟΣ-İZMİR"
TYPED = [
    "οδος-i\u0307zmi\u0307r",
    " Οδοσ-İzmİr\u00a0",
    "\u039f\u0394\u039f\u03a3-I\u0307ZMI\u0307R",
]


@pytest.fixture
async def owner(client: httpx.AsyncClient, db: asyncpg.Connection) -> Organizer:
    return await organizer(client, db)


async def on_sale(client: httpx.AsyncClient, owner: Organizer, **changes: Any) -> dict[str, Any]:
    venue = await make_venue(client, owner, sections=[seated("Club", ("Ä", 4), ("ß", 4))])
    tiers = [tier(venue["sections"][0]["id"], priceLevel="Café")]
    event = await make_event(client, owner, venue, pricingTiers=tiers, **changes)
    return await move(client, owner, event, "SCHEDULED", "ON_SALE")


def order_of(event: dict[str, Any], **line: Any) -> dict[str, Any]:
    section = event["pricingTiers"][0]["sectionIds"][0]
    asked = {"sectionId": section, "quantity": 1, "priceLevel": "Café"} | line
    return {"eventId": event["id"], "tickets": [asked], "paymentMethod": {"type": "card"}}


@pytest.mark.parametrize("typed", TYPED)
async def test_a_code_lets_in_however_it_is_typed(
    client: httpx.AsyncClient, owner: Organizer, typed: str
) -> None:
    event = await on_sale(client, owner)
    path = f"/api/v1/events/{event['id']}"
    code = {"code": CODE, "kind": "PERCENT", "value": 10, "unlocks": ["CAFE\u0301"]}
    made = await client.post(f"{path}/promo-codes", json=code, headers=owner.headers)
    assert (made.status_code, made.json()["data"]["unlocks"]) == (201, ["Café"])
    twin = await client.post(
        f"{path}/promo-codes", json=code | {"code": typed}, headers=owner.headers
    )
    assert code_of(twin) == (409, "CONFLICT003")
    shown = await client.get(path, params={"promoCode": typed})
    assert [t["priceLevel"] for t in shown.json()["data"]["pricingTiers"]] == ["Café"]
    asked = {"quantity": 1, "priceLevel": "café", "promoCode": typed}
    offered = await client.post(f"{path}/best-available", json=asked)
    assert offered.status_code == 200, offered.text
    bought = await client.post(
        "/api/v1/orders", json=order_of(event) | {"promoCode": typed}, headers=owner.headers
    )
    assert bought.status_code == 201, bought.text
    assert bought.json()["data"]["discount"] == 450


async def test_a_seat_and_a_level_are_found_however_they_are_typed(
    client: httpx.AsyncClient, owner: Organizer
) -> None:
    blocked = {"row": "A\u0308", "seat": 4}
    venue = await make_venue(client, owner, sections=[seated("Club", ("Ä", 4), ("ß", 4))])
    section = venue["sections"][0]["id"]
    config = {"sections": {section: {"blocked": [blocked]}}, "holdSeconds": 300}
    tiers = [tier(section, priceLevel="Café")]
    event = await make_event(client, owner, venue, pricingTiers=tiers, capacityConfig=config)
    await move(client, owner, event, "SCHEDULED", "ON_SALE")
    for typed, level, row in (("a\u0308 ", "CAFÉ", "Ä"), ("SS", " cafe\u0301", "ß")):
        body = order_of(event, priceLevel=level, seats=[{"row": typed, "seat": 1}])
        answer = await client.post("/api/v1/orders", json=body, headers=owner.headers)
        assert answer.status_code == 201, answer.text
        (ticket,) = answer.json()["data"]["tickets"]
        assert (ticket["row"], ticket["seat"], ticket["priceLevel"]) == (row, 1, "Café")
        again = await client.post("/api/v1/orders", json=body, headers=owner.headers)
        assert code_of(again) == (409, "SEAT001")
        assert again.json()["error"]["details"]["seats"][0]["row"] == row
    twice = order_of(
        event, quantity=2, seats=[{"row": "Ä", "seat": 2}, {"row": "a\u0308", "seat": 2}]
    )
    refused = await client.post("/api/v1/orders", json=twice, headers=owner.headers)
    assert fields_of(refused) == ["tickets.0.seats"]
    body = order_of(event, seats=[{"row": "ä", "seat": 4}])
    refused = await client.post("/api/v1/orders", json=body, headers=owner.headers)
    assert code_of(refused) == (409, "SEAT001")


async def test_twins_that_differ_in_spelling_alone_are_refused(
    client: httpx.AsyncClient, owner: Organizer
) -> None:
    twins = venue_body(owner.organization_id, sections=[seated("Club", ("Ä", 4), ("a\u0308", 4))])
    refused = await client.post("/api/v1/venues", json=twins, headers=owner.headers)
    assert fields_of(refused) == ["sections.0.rows.1.label"]
    venue = await make_venue(client, owner, sections=[general("North"), general("South")])
    north, south = (section["id"] for section in venue["sections"])
    tiers = [tier(north, priceLevel="VIP"), tier(south, priceLevel="vip")]
    body = event_body(owner, venue, pricingTiers=tiers)
    refused = await client.post("/api/v1/events", json=body, headers=owner.headers)
    assert fields_of(refused) == ["pricingTiers.1.priceLevel"]


@pytest.mark.parametrize(
    "typed", ["STRASSE", "café", "CAFE\u0301", "  Straße ", "é\u200b str", "\uff23\uff21\uff26É"]
)
async def test_a_search_finds_however_it_is_typed(
    client: httpx.AsyncClient, owner: Organizer, typed: str
) -> None:
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue, name="Cafe\u0301 Straße 100 %")
    assert event["name"] == "Café Straße 100 %"
    await move(client, owner, event, "SCHEDULED")
    params = {"q": typed, "venueId": venue["id"]}
    found = (await client.get("/api/v1/events", params=params)).json()["data"]
    assert [entry["id"] for entry in found] == [event["id"]]
    missed = await client.get("/api/v1/events", params=params | {"q": f"{typed}%x"})
    assert missed.json()["data"] == []


@pytest.mark.parametrize(
    "name",
    [
        "\u200b\u2060",
        "\u3164",
        "\u202egnp.exe",
        "a\u2066b",
        "two\nlines",
        "a\x07b",
        "a\u2028b",
        " ",
    ],
)
async def test_what_cannot_be_seen_or_turns_the_page_is_no_name(
    client: httpx.AsyncClient, owner: Organizer, name: str
) -> None:
    venue = await make_venue(client, owner)
    event = await make_event(client, owner, venue)
    plain = tier(venue["sections"][0]["id"])
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("organizations", {"name": name}, "name"),
        ("venues", venue_body(owner.organization_id, name=name), "name"),
        ("venues", venue_body(owner.organization_id, amenities=[name]), "amenities.0"),
        (
            "venues",
            venue_body(owner.organization_id, sections=[general(name)]),
            "sections.0.name",
        ),
        ("events", event_body(owner, venue, name=name), "name"),
        (
            "events",
            event_body(owner, venue, pricingTiers=[plain | {"name": name}]),
            "pricingTiers.0.name",
        ),
        (f"events/{event['id']}/promo-codes", PROMO | {"code": name}, "code"),
    ]
    for path, body, field in asked:
        answer = await client.post(f"/api/v1/{path}", json=body, headers=owner.headers)
        assert fields_of(answer) == [field], path
    changed = await client.patch("/api/v1/users/me", json={"fullName": name}, headers=owner.headers)
    assert fields_of(changed) == ["fullName"]
