"""A limit per person that comes, goes or moves while an event sells counts what people have."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.shows import if_match
from tests.worlds import Fan, Place, World, make_fans, make_world


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(50), Place(50)))


@pytest.fixture
async def manager(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1, role="MANAGER"))[0]


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


async def cap(client: httpx.AsyncClient, world: World, manager: Fan, limit: int | None) -> None:
    path = f"/api/v1/events/{world.event_id}"
    version = (await client.get(path)).json()["data"]["version"]
    config = {"sections": {}, "maxTicketsPerOrder": 10, "holdSeconds": 480}
    if limit is not None:
        config["maxTicketsPerPerson"] = limit
    answer = await client.patch(
        path, json={"capacityConfig": config}, headers=manager.headers | if_match(version)
    )
    assert answer.status_code == 200, answer.text


async def buy(
    client: httpx.AsyncClient, world: World, fan: Fan, section: int, quantity: int
) -> httpx.Response:
    body = world.order(section, quantity=quantity)
    return await client.post("/api/v1/orders", json=body, headers=fan.headers)


async def counter(db: asyncpg.Connection, world: World, fan: Fan) -> int | None:
    return await db.fetchval(
        "SELECT places FROM person_places WHERE event_id = $1 AND person_id = $2",
        *(world.event_id, fan.user_id),
    )


async def test_a_limit_set_later_counts_what_was_bought_before(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    assert (await buy(client, world, fan, 0, 3)).status_code == 201
    await cap(client, world, manager, 4)
    assert await counter(db, world, fan) == 3
    refused = await buy(client, world, fan, 1, 2)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "ORDER003")
    assert (await buy(client, world, fan, 1, 1)).status_code == 201
    assert await counter(db, world, fan) == 4


async def test_an_order_from_before_the_limit_can_be_cancelled(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    before = (await buy(client, world, fan, 0, 3)).json()["data"]["orderId"]
    await cap(client, world, manager, 4)
    assert (await buy(client, world, fan, 1, 1)).status_code == 201
    gone = await client.post(f"/api/v1/orders/{before}/cancel", headers=fan.headers)
    assert gone.status_code == 200, gone.text
    assert await counter(db, world, fan) == 1


async def test_what_is_bought_while_there_is_no_limit_counts_when_there_is_one_again(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, manager: Fan, fan: Fan
) -> None:
    await cap(client, world, manager, 3)
    assert (await buy(client, world, fan, 0, 2)).status_code == 201
    await cap(client, world, manager, None)
    assert await counter(db, world, fan) is None
    assert (await buy(client, world, fan, 1, 5)).status_code == 201
    await cap(client, world, manager, 8)
    assert await counter(db, world, fan) == 7
    assert (await buy(client, world, fan, 0, 2)).status_code == 422


@pytest.mark.parametrize(("kind", "role"), [("box_office", "STAFF"), ("invoice", "MANAGER")])
async def test_what_a_clerk_sells_counts_for_no_person(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, *, kind: str, role: str
) -> None:
    clerk = (await make_fans(db, world, 1, role=role))[0]
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    sale = world.order(quantity=12, paymentMethod={"type": kind})
    before = await client.post("/api/v1/orders", json=sale, headers=clerk.headers)
    assert before.status_code == 201, before.text
    await cap(client, world, manager, 2)
    assert not await counter(db, world, clerk)
    sold = await client.post("/api/v1/orders", json=sale, headers=clerk.headers)
    assert sold.status_code == 201, sold.text
    # Privately the clerk is a buyer like everybody.
    assert (await buy(client, world, clerk, 0, 2)).status_code == 201
    assert (await buy(client, world, clerk, 0, 1)).json()["error"]["code"] == "ORDER003"
    for order in (before, sold):
        path = f"/api/v1/orders/{order.json()['data']['orderId']}/cancel"
        assert (await client.post(path, headers=clerk.headers)).status_code == 200
    assert await counter(db, world, clerk) == 2
    assert (await buy(client, world, clerk, 0, 1)).json()["error"]["code"] == "ORDER003"
