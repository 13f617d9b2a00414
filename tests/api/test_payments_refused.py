"""Payments that are not made, and payments that are made once however often they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.paying import (
    DECLINED,
    THREE_D_SECURE,
    VISA,
    authenticate,
    charge_is,
    charges,
    hold,
    intents,
    pay,
    pays_as,
    read,
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


async def test_what_cannot_be_paid_is_refused_and_nothing_changes(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    paid = (await hold(client, fan, world, token=VISA))["orderId"]
    await pays_as(client, fan, paid, "SUCCEEDED")
    waiting = (await hold(client, fan, world, token=THREE_D_SECURE))["orderId"]
    await pays_as(client, fan, waiting, "REQUIRES_ACTION")
    expired = (await hold(client, fan, world))["orderId"]
    await db.execute("UPDATE orders SET expires_at = now() - interval '1 s' WHERE id = $1", expired)
    held = (await hold(client, fan, world))["orderId"]
    stranger = (await make_fans(db, world, 1))[0]
    before = await db.fetchval("SELECT count(*) FROM charges")
    for person, order_id, status, code in [
        (fan, paid, 409, "ORDER004"),
        (fan, waiting, 409, "ORDER004"),
        (fan, expired, 409, "ORDER002"),
        (fan, str(uuid4()), 404, "ORDER001"),
        (stranger, held, 404, "ORDER001"),
    ]:
        answer = await pay(client, person, order_id)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await db.fetchval("SELECT count(*) FROM charges") == before
    assert (await read(client, fan, held))["paymentStatus"] == "PENDING"


@pytest.mark.parametrize(
    "case",
    [
        ({"paymentMethod": {"type": "card", "token": "pm_card_unknown"}}, "paymentMethod.token"),
        ({"paymentMethod": {"type": "card"}}, "paymentMethod.token"),
        ({"paymentMethod": {"type": "card", "token": "a\x00b"}}, "paymentMethod.token"),
        ({"paymentMethod": {"type": "card", "token": "x" * 129}}, "paymentMethod.token"),
        ({"paymentMethod": {"type": "invoice", "token": VISA}}, "paymentMethod.type"),
        ({"paymentMethod": {"type": "card", "token": VISA, "cvc": 1}}, "paymentMethod.cvc"),
        ({"paymentMethod": {"type": "card", "token": VISA}, "amount": 1}, "amount"),
        ({}, "paymentMethod"),
    ],
)
async def test_a_body_that_pays_nothing_is_422(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    world: World,
    fan: Fan,
    case: tuple[dict[str, object], str],
) -> None:
    body, field = case
    order_id = (await hold(client, fan, world))["orderId"]
    answer = await client.post(f"/api/v1/orders/{order_id}/payment", json=body, headers=fan.headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "VALIDATION001"
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert await charges(db, order_id) == []
    assert (await read(client, fan, order_id))["paymentStatus"] == "PENDING"


async def test_a_payment_repeats_under_its_key_and_is_charged_once(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order_id = (await hold(client, fan, world))["orderId"]
    key = {"Idempotency-Key": str(uuid4())}
    first, twin = await asyncio.gather(
        pay(client, fan, order_id, **key), pay(client, fan, order_id, **key)
    )
    assert (first.status_code, twin.status_code) == (202, 202)
    assert first.content == twin.content
    assert {first.headers.get("idempotent-replayed"), twin.headers.get("idempotent-replayed")} == {
        None,
        "true",
    }
    await pays_as(client, fan, order_id, "SUCCEEDED")
    later = await pay(client, fan, order_id, **key)
    assert later.content == first.content
    other = await pay(client, fan, order_id, DECLINED, **key)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY001")
    await charge_is(db, order_id, (1, "SUCCEEDED"))


async def test_two_cards_at_once_are_one_payment(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order_id = (await hold(client, fan, world))["orderId"]
    answers = await asyncio.gather(*(pay(client, fan, order_id) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409, 409]
    await pays_as(client, fan, order_id, "SUCCEEDED")
    await charge_is(db, order_id, (1, "SUCCEEDED"))
    assert await intents(db, order_id) == [("succeeded", 9300)]


async def test_the_banks_page_of_the_sandbox_knows_whose_order_it_is(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order_id = (await hold(client, fan, world, token=THREE_D_SECURE))["orderId"]
    await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    stranger = (await make_fans(db, world, 1))[0]
    answer = await authenticate(client, stranger, order_id, "pass")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ORDER001")
    nobody = await client.post(
        f"/api/v1/sandbox/payments/{order_id}/authenticate", json={"outcome": "pass"}
    )
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (401, "AUTH003")
    wrong = await authenticate(client, fan, order_id, "maybe")
    assert wrong.status_code == 422
    held = (await hold(client, fan, world))["orderId"]
    early = await authenticate(client, fan, held, "pass")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "ORDER004")
    assert (await read(client, fan, order_id))["paymentStatus"] == "REQUIRES_ACTION"
