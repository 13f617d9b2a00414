"""Paying by card, through HTTP, with a worker in the loop and the twin of Stripe."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.orders.batcher import Batcher
from arenapulse.orders.news import Unheard
from arenapulse.orders.placing import BARE_HOLD, CARD, PlaceOrder, PlannedLine
from arenapulse.runtime.db import Database
from tests.paying import (
    DECLINED,
    INSUFFICIENT,
    THREE_D_SECURE,
    VISA,
    authenticate,
    becomes,
    charge_is,
    charges,
    hold,
    intents,
    pay,
    pays_as,
    read,
    stock,
    worker_of,
)
from tests.worlds import Fan, Place, World, make_fans, make_world


@pytest.fixture(scope="module", autouse=True)
async def worker(settings: Settings) -> AsyncIterator[None]:
    async with worker_of(settings):
        yield


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(100),))


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


async def test_an_order_with_a_card_is_confirmed_and_its_money_taken(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    placed = await hold(client, fan, world, token=VISA)
    assert (placed["status"], placed["paymentStatus"]) == ("PENDING", "PROCESSING")
    order = await pays_as(client, fan, placed["orderId"], "SUCCEEDED")
    assert order["status"] == "CONFIRMED"
    assert [ticket["status"] for ticket in order["tickets"]] == ["VALID", "VALID"]
    assert "lastError" not in order
    assert "clientSecret" not in order
    await charge_is(db, placed["orderId"], (1, "SUCCEEDED"))
    assert await intents(db, placed["orderId"]) == [("succeeded", 9300)]
    assert await stock(db, world) == (0, 2)


async def test_a_hold_is_paid_later_and_its_time_is_raised(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, config={"holdSeconds": 400})
    fan = (await make_fans(db, world, 1))[0]
    placed = await hold(client, fan, world)
    await db.execute(
        "UPDATE orders SET expires_at = now() + interval '10 s' WHERE id = $1", placed["orderId"]
    )
    answer = await pay(client, fan, placed["orderId"])
    assert answer.status_code == 202, answer.text
    started = answer.json()["data"]
    assert (started["status"], started["paymentStatus"]) == ("PENDING", "PROCESSING")
    left = dt.datetime.fromisoformat(started["expiresAt"]) - dt.datetime.fromisoformat(
        started["serverTime"]
    )
    assert left == dt.timedelta(seconds=300)
    order = await pays_as(client, fan, placed["orderId"], "SUCCEEDED")
    assert order["status"] == "CONFIRMED"


@pytest.mark.parametrize("token", [DECLINED, INSUFFICIENT])
async def test_a_declined_card_leaves_the_order_for_another(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan, token: str
) -> None:
    placed = await hold(client, fan, world, token=token)
    order_id = placed["orderId"]
    order = await pays_as(client, fan, order_id, "FAILED")
    assert order["status"] == "PENDING"
    assert order["lastError"]["code"] == "PAY001"
    assert order["lastError"]["declineCode"] == (
        "generic_decline" if token == DECLINED else "insufficient_funds"
    )
    assert order["lastError"]["message"]
    assert await stock(db, world) == (2, 0)
    assert (await pay(client, fan, order_id)).status_code == 202
    order = await pays_as(client, fan, order_id, "SUCCEEDED")
    assert order["status"] == "CONFIRMED"
    assert "lastError" not in order
    await charge_is(db, order_id, (1, "DECLINED"), (2, "SUCCEEDED"))
    assert await intents(db, order_id) == [("requires_payment_method", 0), ("succeeded", 9300)]


async def test_a_decline_raises_the_time_of_the_hold_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    placed = await hold(client, fan, world, token=DECLINED)
    order_id = placed["orderId"]
    await pays_as(client, fan, order_id, "FAILED")
    lefts = []
    for _ in range(2):
        await db.execute(
            "UPDATE orders SET expires_at = now() + interval '10 s', raised_after_decline = "
            "raised_after_decline AND $2 WHERE id = $1",
            order_id,
            bool(lefts),
        )
        await pay(client, fan, order_id, DECLINED)
        order = await pays_as(client, fan, order_id, "FAILED")
        lefts.append(
            dt.datetime.fromisoformat(order["expiresAt"])
            - dt.datetime.fromisoformat(order["serverTime"])
        )
    assert dt.timedelta(seconds=175) < lefts[0] <= dt.timedelta(seconds=180)
    assert lefts[1] < dt.timedelta(seconds=10)


async def test_after_five_declined_cards_no_sixth_is_tried(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    placed = await hold(client, fan, world, token=DECLINED)
    order_id = placed["orderId"]
    for _ in range(4):
        await pays_as(client, fan, order_id, "FAILED")
        assert (await pay(client, fan, order_id, DECLINED)).status_code == 202
    before = await pays_as(client, fan, order_id, "FAILED")
    answer = await pay(client, fan, order_id)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "ORDER004"
    after = await read(client, fan, order_id)
    assert after | {"serverTime": ""} == before | {"serverTime": ""}
    assert len(await charges(db, order_id)) == 5


async def test_3d_secure_passed_confirms(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    placed = await hold(client, fan, world, token=THREE_D_SECURE)
    order_id = placed["orderId"]
    waiting = await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    assert waiting["status"] == "PENDING"
    assert waiting["clientSecret"].startswith("pi_")
    assert await stock(db, world) == (2, 0)
    answer = await authenticate(client, fan, order_id, "pass")
    assert answer.status_code == 200, answer.text
    order = await pays_as(client, fan, order_id, "SUCCEEDED")
    assert order["status"] == "CONFIRMED"
    await charge_is(db, order_id, (1, "SUCCEEDED"))
    assert await intents(db, order_id) == [("succeeded", 9300)]
    assert (await authenticate(client, fan, order_id, "pass")).status_code == 409


async def test_3d_secure_failed_leaves_the_order_for_another_card(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    placed = await hold(client, fan, world, token=THREE_D_SECURE)
    order_id = placed["orderId"]
    await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    await authenticate(client, fan, order_id, "fail")
    order = await pays_as(client, fan, order_id, "FAILED")
    assert order["status"] == "PENDING"
    assert order["lastError"]["code"] == "PAY001"
    assert "clientSecret" not in order
    await pay(client, fan, order_id)
    await pays_as(client, fan, order_id, "SUCCEEDED")
    await charge_is(db, order_id, (1, "DECLINED"), (2, "SUCCEEDED"))


async def test_a_person_who_does_not_answer_in_time_loses_the_places_after_the_intent(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    placed = await hold(client, fan, world, token=THREE_D_SECURE)
    order_id = placed["orderId"]
    await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    await db.execute(
        "UPDATE orders SET expires_at = now() - interval '1 s' WHERE id = $1", order_id
    )
    # Past its time, but the bank may still say yes: the places stay, and nobody calls it over.
    assert (await read(client, fan, order_id))["status"] == "PENDING"
    assert await stock(db, world) == (2, 0)
    await db.execute(
        "UPDATE charges SET due_at = now(), hold_until = now() - interval '1 s' "
        "WHERE order_id = $1",
        order_id,
    )
    order = await becomes(client, fan, order_id, lambda o: o["status"] == "EXPIRED")
    assert order["paymentStatus"] == "FAILED"
    await charge_is(db, order_id, (1, "CANCELLED"))
    assert await intents(db, order_id) == [("canceled", 0)]
    assert await stock(db, world) == (0, 0)


async def test_a_cancelled_order_is_not_charged_whatever_the_bank_says(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    placed = await hold(client, fan, world, token=THREE_D_SECURE)
    order_id = placed["orderId"]
    await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    answer = await client.post(f"/api/v1/orders/{order_id}/cancel", headers=fan.headers)
    assert answer.status_code == 200, answer.text
    assert await stock(db, world) == (0, 0)
    await authenticate(client, fan, order_id, "pass")
    await charge_is(db, order_id, (1, "CANCELLED"))
    assert await intents(db, order_id) == [("canceled", 0)]
    assert (await read(client, fan, order_id))["status"] == "CANCELLED"


async def test_a_card_wakes_the_workers(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    woken = asyncio.Event()

    def heard(*given: object) -> None:
        if b"table_changed_event" in str(given[-1]).encode():
            woken.set()

    await db.add_listener("ch_pgqueuer", heard)
    try:
        await hold(client, fan, world, token=VISA)
        await asyncio.wait_for(woken.wait(), timeout=5)
    finally:
        await db.remove_listener("ch_pgqueuer", heard)


async def test_only_a_card_asks_for_the_workers(database_url: str, world: World, fan: Fan) -> None:
    asked: list[int] = []

    def wish(kind: int) -> PlaceOrder:
        return PlaceOrder(
            order_id=new_order_id(),
            event_id=EventId(world.event_id),
            user_id=UserId(fan.user_id),
            lines=(PlannedLine(world.section_ids[0], "STANDARD", 1),),
            pay=kind,
            token=VISA if kind == CARD else None,
            key=None,
            request_hash=0,
        )

    database = Database(database_url, pool_size=1, application="arenapulse-asked")
    batcher = Batcher(database, news=Unheard(), queue_max=10, wake=lambda: asked.append(1))
    await database.open()
    try:
        await batcher.place(wish(BARE_HOLD))
        assert asked == []
        await batcher.place(wish(CARD))
        assert asked == [1]
    finally:
        await batcher.close()
        await database.close()


async def test_a_hundred_cards_at_once_are_each_charged_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(200),))
    fans = await make_fans(db, world, 100)
    placed = await asyncio.gather(*(hold(client, one, world, token=VISA) for one in fans))
    for order in placed:
        await charge_is(db, order["orderId"], (1, "SUCCEEDED"))
    assert await stock(db, world) == (0, 200)
    for order in placed:
        assert await intents(db, order["orderId"]) == [("succeeded", 9300)]
