"""Places are locked before orders: by who cancels, by a payment's end, by a refund."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import OrderId, UserId
from arenapulse.core.settings import Settings
from arenapulse.orders import service
from arenapulse.orders.news import Unheard
from arenapulse.orders.schemas import OrderStatus
from arenapulse.runtime.db import Database
from tests.worlds import Place, make_fans, make_world

APPLICATION = "arenapulse-lock-order"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, pool_size=4, application=APPLICATION)
    await made.open()
    yield made
    await made.close()


async def _wait_for(db: asyncpg.Connection, count: int) -> None:
    for _ in range(500):
        waiting = await db.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = $1 AND wait_event_type = 'Lock'",
            APPLICATION,
        )
        if waiting == count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{count} were to wait")


async def test_nobody_waits_for_the_stock_with_an_order_in_hand(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    database_url: str,
    database: Database,
    settings: Settings,
) -> None:
    world = await make_world(db, settings, sections=(Place(5),))
    fan = (await make_fans(db, world, 1))[0]
    held = await client.post("/api/v1/orders", json=world.order(), headers=fan.headers)
    order_id = OrderId(UUID(held.json()["data"]["orderId"]))
    await db.execute("UPDATE orders SET payment_status = 'REQUIRES_ACTION' WHERE id = $1", order_id)
    now, news = dt.datetime.now(dt.UTC), Unheard()

    async def cancels() -> OrderStatus:
        async with database.transaction() as session:
            user_id = UserId(fan.user_id)
            gone = await service.cancel(
                session, user_id=user_id, order_id=order_id, now=now, news=news
            )
            return gone.status

    async def ends() -> None:
        async with database.transaction() as session:
            await service.payments_cancelled(session, order_ids=[order_id], now=now, news=news)

    locker = await asyncpg.connect(database_url)
    try:
        async with locker.transaction():
            await locker.execute(
                "SELECT 1 FROM stock WHERE event_id = $1 FOR UPDATE", world.event_id
            )
            # First in line for the stock is the one that will want the order next.
            cancelling = asyncio.create_task(cancels())
            await _wait_for(db, 1)
            ending = asyncio.create_task(ends())
            await _wait_for(db, 2)
        assert await cancelling is OrderStatus.CANCELLED
        await ending
    finally:
        await locker.close()
    row = await db.fetchrow("SELECT held, sold FROM stock WHERE event_id = $1", world.event_id)
    assert tuple(row) == (0, 0)


async def test_a_refund_waits_for_the_stock_with_no_order_in_hand(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    database_url: str,
    database: Database,
    settings: Settings,
) -> None:
    world = await make_world(db, settings, sections=(Place(5),))
    fan = (await make_fans(db, world, 1))[0]
    sold = await client.post("/api/v1/orders", json=world.order(quantity=2), headers=fan.headers)
    order_id = OrderId(UUID(sold.json()["data"]["orderId"]))
    now, news = dt.datetime.now(dt.UTC), Unheard()
    async with database.transaction() as session:
        await service.confirm_paid(session, order_ids=[order_id], now=now, news=news)

    async def refunds() -> None:
        async with database.transaction() as session:
            await service.give_back(
                session, order_id=order_id, numbers=[2], is_all=False, now=now, news=news
            )

    locker = await asyncpg.connect(database_url)
    try:
        async with locker.transaction():
            await locker.execute(
                "SELECT 1 FROM stock WHERE event_id = $1 FOR UPDATE", world.event_id
            )
            refunding = asyncio.create_task(refunds())
            await _wait_for(db, 1)
            await locker.execute("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE NOWAIT", order_id)
        await refunding
    finally:
        await locker.close()
    row = await db.fetchrow("SELECT held, sold FROM stock WHERE event_id = $1", world.event_id)
    assert tuple(row) == (0, 1)
