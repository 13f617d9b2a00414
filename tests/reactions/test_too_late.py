"""Money that comes when the time of a hold is over: places and money still end together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.orders import service as orders
from arenapulse.orders.news import Unheard
from arenapulse.orders.schemas import OrderStatus
from tests.conftest import TestEngines, settings_for
from tests.paying import THREE_D_SECURE, VISA, charges, hold, intents, stock
from tests.reactions.refund_shop import Shop, open_shop
from tests.worlds import Fan, Place, World, make_fans, make_world

OVER = "UPDATE orders SET expires_at = now() - interval '1 s' WHERE status = 'PENDING'"
DUE_NOW = "UPDATE charges SET due_at = now(), taken_by = NULL WHERE due_at IS NOT NULL"
# One hold of two places is all there is.
FULL = 2


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def small_house(shop: Shop, places: int) -> tuple[World, Fan]:
    world = await make_world(shop.db, shop.settings, sections=(Place(places),))
    (other,) = await make_fans(shop.db, world, 1)
    return world, other


async def hold_runs_out(shop: Shop) -> None:
    """Its time is over and the sweep has been there."""
    await shop.db.execute(OVER)
    await orders.reclaim(shop.database, news=Unheard(), now=clock.now())


async def try_to_buy(shop: Shop, world: World, fan: Fan) -> httpx.Response:
    body = world.order(quantity=2, paymentMethod={"type": "card", "token": VISA})
    return await shop.client.post("/api/v1/orders", json=body, headers=fan.headers)


async def bank_says_yes(shop: Shop, order_id: str) -> None:
    intent_id = await shop.db.fetchval(
        "SELECT intent_id FROM charges WHERE order_id = $1", UUID(order_id)
    )
    await shop.gateway.authenticate(intent_id, passes=True)


async def work(shop: Shop) -> None:
    await shop.db.execute(DUE_NOW)
    await shop.till.drain()


@pytest.mark.parametrize("places", [10, FULL], ids=["with free places", "without free places"])
async def test_success_after_expiry_confirms_in_the_places_that_were_kept_for_it(
    shop: Shop, places: int
) -> None:
    world, other = await small_house(shop, places)
    order_id = str((await hold(shop.client, shop.fan, world, token=THREE_D_SECURE))["orderId"])
    await shop.till.drain()
    await hold_runs_out(shop)
    await bank_says_yes(shop, order_id)
    late = await try_to_buy(shop, world, other)
    assert late.status_code == (201 if places > FULL else 409)
    await work(shop)
    assert (await shop.statuses(order_id))[:2] == ("CONFIRMED", "SUCCEEDED")
    assert await intents(shop.db, order_id) == [("succeeded", 9300)]
    assert await stock(shop.db, world) == (0, 4 if places > FULL else 2)
    await shop.in_order()


@pytest.mark.parametrize("places", [10, FULL], ids=["with free places", "without free places"])
async def test_success_for_an_order_that_is_over_takes_no_money(shop: Shop, places: int) -> None:
    world, other = await small_house(shop, places)
    order_id = str((await hold(shop.client, shop.fan, world, token=THREE_D_SECURE))["orderId"])
    await shop.till.drain()
    # The one way in which an order goes from under a payment.
    async with shop.database.transaction() as session:
        gone = await orders.settle(
            session,
            order_ids=[OrderId(UUID(order_id))],
            to=OrderStatus.CANCELLED,
            now=clock.now(),
            news=Unheard(),
            force=True,
        )
    assert gone
    await bank_says_yes(shop, order_id)
    # Somebody has the places before the money is heard of.
    assert (await try_to_buy(shop, world, other)).status_code == 201
    await work(shop)
    assert (await shop.statuses(order_id))[0] == "CANCELLED"
    assert await charges(shop.db, order_id) == [(1, "CANCELLED")]
    assert await intents(shop.db, order_id) == [("canceled", 0)]
    assert await stock(shop.db, world) == (0, 2)
    await shop.in_order()


async def test_expiry_that_races_the_capture_takes_no_places_from_under_it(shop: Shop) -> None:
    world, other = await small_house(shop, FULL)
    order_id = str((await hold(shop.client, shop.fan, world, token=VISA))["orderId"])
    shop.gateway.faults.slow_seconds = 0.2
    paying = asyncio.create_task(shop.till.drain())
    while not paying.done():
        await hold_runs_out(shop)
        assert (await try_to_buy(shop, world, other)).status_code == 409
        await asyncio.sleep(0.02)
    await paying
    assert (await shop.statuses(order_id))[:2] == ("CONFIRMED", "SUCCEEDED")
    assert await intents(shop.db, order_id) == [("succeeded", 9300)]
    assert await stock(shop.db, world) == (0, 2)
    await shop.in_order()
