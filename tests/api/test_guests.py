"""Visitors hold before they say who they are, and nothing else; what they hold comes with them."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.factories import PASSWORD, another_process, register
from tests.worlds import Fan, Place, World, make_fans, make_world

API = "/api/v1"


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(50), Place(50, amount=0, fee=0)))


async def guest(client: httpx.AsyncClient) -> Fan:
    answer = await client.post(f"{API}/auth/guest")
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert sorted(made) == ["expiresAt", "token", "userId"]
    return Fan(made["userId"], made["token"])


async def hold(client: httpx.AsyncClient, world: World, who: Fan, **order: Any) -> httpx.Response:
    return await client.post(f"{API}/orders", json=world.order(**order), headers=who.headers)


def seconds(order: dict[str, Any]) -> float:
    made, ends = (dt.datetime.fromisoformat(order[name]) for name in ("createdAt", "expiresAt"))
    return (ends - made).total_seconds()


def email() -> str:
    return f"fan-{secrets.token_hex(6)}@arena.test"


async def test_a_visitor_holds_for_three_minutes_sees_it_and_releases_it(
    client: httpx.AsyncClient, world: World
) -> None:
    visitor = await guest(client)
    answer = await hold(client, world, visitor, quantity=2)
    assert answer.status_code == 201, answer.text
    order = answer.json()["data"]
    assert (order["status"], order["paymentStatus"]) == ("PENDING", "PENDING")
    assert seconds(order) == 180
    mine = await client.get(f"{API}/orders", headers=visitor.headers)
    assert [one["orderId"] for one in mine.json()["data"]] == [order["orderId"]]
    one = await client.get(f"{API}/orders/{order['orderId']}", headers=visitor.headers)
    assert one.json()["data"]["expiresAt"] == order["expiresAt"]
    stranger = await guest(client)
    hidden = await client.get(f"{API}/orders/{order['orderId']}", headers=stranger.headers)
    assert (hidden.status_code, hidden.json()["error"]["code"]) == (404, "ORDER001")
    gone = await client.post(f"{API}/orders/{order['orderId']}/cancel", headers=visitor.headers)
    assert gone.json()["data"]["status"] == "CANCELLED"


@pytest.mark.parametrize(
    "method", [{"type": "card", "token": "pm_card_visa"}, {"type": "free"}, {"type": "box_office"}]
)
async def test_a_visitor_pays_for_nothing(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, method: dict[str, str]
) -> None:
    visitor = await guest(client)
    refused = await hold(client, world, visitor, paymentMethod=method)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTH004")
    assert await db.fetchval("SELECT count(*) FROM orders WHERE event_id = $1", world.event_id) == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users/me", None),
        ("GET", "/users/me/export", None),
        ("GET", "/tickets", None),
        ("GET", "/auth/sessions", None),
        ("GET", "/organizations", None),
        ("POST", "/organizations", {"name": "Club"}),
        ("POST", "/orders/{order}/payment", {"paymentMethod": {"type": "card", "token": "x"}}),
        ("POST", "/auth/password/change", {"currentPassword": "x", "newPassword": PASSWORD}),
    ],
)
async def test_a_visitor_may_nothing_else(
    client: httpx.AsyncClient, world: World, method: str, path: str, body: Any
) -> None:
    visitor = await guest(client)
    order = (await hold(client, world, visitor)).json()["data"]["orderId"]
    answer = await client.request(
        method, API + path.format(order=order), json=body, headers=visitor.headers
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTH004")


async def test_who_says_their_name_keeps_the_hold_as_long_as_anybody(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World
) -> None:
    visitor = await guest(client)
    order = (await hold(client, world, visitor)).json()["data"]["orderId"]
    body = {"email": email(), "fullName": "Ada Fan"}
    answer = await client.post(f"{API}/auth/guest/claim", json=body, headers=visitor.headers)
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert sorted(made) == ["expiresAt", "token", "userId"]
    assert made["userId"] == visitor.user_id
    person = replace(visitor, token=made["token"])
    mine = (await client.get(f"{API}/orders/{order}", headers=person.headers)).json()["data"]
    assert (mine["status"], seconds(mine)) == ("PENDING", 480)
    profile = (await client.get(f"{API}/users/me", headers=person.headers)).json()["data"]
    assert (profile["email"], profile["emailVerified"]) == (body["email"], False)
    # The visitor's token is over, everywhere and for good.
    again = await client.get(f"{API}/orders", headers=visitor.headers)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "AUTH003")
    assert await db.fetchval("SELECT password_hash FROM users WHERE id = $1", visitor.user_id) == ""


async def test_an_account_without_a_password_is_not_signed_in_to(client: httpx.AsyncClient) -> None:
    visitor = await guest(client)
    body = {"email": email(), "fullName": "Ada Fan"}
    await client.post(f"{API}/auth/guest/claim", json=body, headers=visitor.headers)
    answer = await client.post(
        f"{API}/auth/login", json={"email": body["email"], "password": "anything"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH001")


async def test_a_known_address_is_not_claimed(client: httpx.AsyncClient, world: World) -> None:
    known, visitor = await register(client), await guest(client)
    order = (await hold(client, world, visitor)).json()["data"]
    answer = await client.post(
        f"{API}/auth/guest/claim",
        json={"email": known.email.upper(), "fullName": "Not Them"},
        headers=visitor.headers,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "AUTH006")
    still = await client.get(f"{API}/orders/{order['orderId']}", headers=visitor.headers)
    assert still.json()["data"]["expiresAt"] == order["expiresAt"]


async def test_a_person_claims_nothing(client: httpx.AsyncClient) -> None:
    person = await register(client)
    answer = await client.post(
        f"{API}/auth/guest/claim",
        json={"email": email(), "fullName": "Ada"},
        headers=person.headers,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTH004")


async def test_a_registration_keeps_the_visitors_holds(
    client: httpx.AsyncClient, world: World
) -> None:
    visitor = await guest(client)
    order = (await hold(client, world, visitor)).json()["data"]["orderId"]
    body = {"email": email(), "password": PASSWORD, "fullName": "Ada", "guestToken": visitor.token}
    made = (await client.post(f"{API}/auth/register", json=body)).json()["data"]
    person = Fan(made["userId"], made["token"])
    mine = (await client.get(f"{API}/orders/{order}", headers=person.headers)).json()["data"]
    assert (mine["status"], seconds(mine)) == ("PENDING", 480)


async def sign_in(client: httpx.AsyncClient, address: str, token: str) -> dict[str, Any]:
    body = {"email": address, "password": PASSWORD, "guestToken": token}
    answer = await client.post(f"{API}/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def test_a_sign_in_moves_the_holds_under_the_accounts_caps(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(
        db, settings, config={"maxTicketsPerOrder": 10, "maxTicketsPerPerson": 5}
    )
    person, visitor = await register(client), await guest(client)
    own = Fan(person.user_id, person.token)
    assert (await hold(client, world, own, quantity=1)).status_code == 201
    fits = (await hold(client, world, visitor, quantity=3)).json()["data"]["orderId"]
    over = (await hold(client, world, visitor, quantity=2)).json()["data"]["orderId"]
    found = await sign_in(client, person.email, visitor.token)
    assert found["movedOrders"] == [fits]
    owners = await db.fetch("SELECT id, user_id FROM orders WHERE id = ANY ($1)", [fits, over])
    assert {str(row["id"]): str(row["user_id"]) for row in owners} == {
        fits: str(person.user_id),
        over: visitor.user_id,
    }
    counters = await db.fetch(
        "SELECT person_id, places FROM person_places WHERE event_id = $1", world.event_id
    )
    assert {str(row["person_id"]): row["places"] for row in counters} == {
        str(person.user_id): 4,
        visitor.user_id: 2,
    }
    # A second time there is nothing to bring.
    assert "movedOrders" not in await sign_in(client, person.email, visitor.token)


@pytest.mark.parametrize("token", ["", "not.a.token", "x" * 2048])
async def test_a_token_that_is_none_brings_nothing(client: httpx.AsyncClient, token: str) -> None:
    person = await register(client)
    assert "movedOrders" not in await sign_in(client, person.email, token)


async def test_nobody_takes_a_persons_holds_with_their_token(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World
) -> None:
    thief, victim = await register(client), (await make_fans(db, world, 1))[0]
    order = (await hold(client, world, victim)).json()["data"]["orderId"]
    assert "movedOrders" not in await sign_in(client, thief.email, victim.token)
    assert await db.fetchval("SELECT user_id FROM orders WHERE id = $1", order) == victim.user_id


async def test_what_costs_nothing_is_for_good_when_the_visitor_has_a_name(
    client: httpx.AsyncClient, world: World
) -> None:
    visitor = await guest(client)
    order = (await hold(client, world, visitor, section=1)).json()["data"]
    assert (order["status"], order["total"]) == ("PENDING", 0)
    body = {"email": email(), "fullName": "Ada"}
    made = await client.post(f"{API}/auth/guest/claim", json=body, headers=visitor.headers)
    person = replace(visitor, token=made.json()["data"]["token"])
    mine = await client.get(f"{API}/orders/{order['orderId']}", headers=person.headers)
    assert mine.json()["data"]["status"] == "CONFIRMED"
    assert mine.json()["data"]["paymentStatus"] == "NOT_REQUIRED"


async def test_an_address_gets_few_visitors_tokens(settings: Settings) -> None:
    async with another_process(settings, rate_limits=True) as bounded:
        address = {"X-Forwarded-For": "203.0.113." + str(secrets.randbelow(250) + 1)}
        codes = [
            (await bounded.post(f"{API}/auth/guest", headers=address)).status_code
            for _ in range(21)
        ]
        assert codes == [201] * 20 + [429]


async def test_a_visitor_holds_few_places_at_once(settings: Settings, world: World) -> None:
    async with another_process(settings, rate_limits=True, held_places_max=15) as bounded:
        person, visitor = await register(bounded), await guest(bounded)
        assert (await hold(bounded, world, visitor, quantity=10)).status_code == 201
        over = await hold(bounded, world, visitor, quantity=1)
        assert (over.status_code, over.json()["error"]["code"]) == (422, "ORDER003")
        free = await hold(bounded, world, visitor, section=1, quantity=1)
        assert (free.status_code, free.json()["error"]["code"]) == (422, "ORDER003")
        # An account that holds nearly as many as it may takes none over.
        own = Fan(person.user_id, person.token)
        assert (await hold(bounded, world, own, quantity=10)).status_code == 201
        assert "movedOrders" not in await sign_in(bounded, person.email, visitor.token)
