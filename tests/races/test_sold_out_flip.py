"""The last place is sold in one section while one comes back in another."""

from __future__ import annotations

import asyncio
import datetime as dt
from uuid import UUID

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.planting import FLIPPING_LOCK, with_bugs
from tests.worlds import Fan, Place, World, make_fans, make_world

SETTLE = "SELECT * FROM settle_orders($1, $2::order_status, $3, FALSE)"


async def _hold(
    client: httpx.AsyncClient, world: World, fan: Fan, section: int, **method: str
) -> UUID:
    body = world.order(section, paymentMethod={"type": "card"} | method)
    answer = await client.post("/api/v1/orders", json=body, headers=fan.headers)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["data"]["orderId"])


async def _sell_the_last_and_give_one_back(
    client: httpx.AsyncClient, db: asyncpg.Connection, database_url: str, settings: Settings
) -> str:
    """The event's status after both, which were under way at once."""
    world = await make_world(db, settings, sections=(Place(1), Place(1, amount=0, fee=0)))
    fan = (await make_fans(db, world, 1))[0]
    held = await _hold(client, world, fan, 0)
    free = await _hold(client, world, fan, 1, type="free")
    now = dt.datetime.now(dt.UTC)
    seller, giver = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        selling, giving = seller.transaction(), giver.transaction()
        await selling.start()
        await giving.start()
        # Sees the other section full, as it still is for everybody: the event is sold out.
        await seller.fetchrow(SETTLE, [held], "CONFIRMED", now)
        back = asyncio.create_task(giver.fetchrow(SETTLE, [free], "CANCELLED", now))
        # Either it waits for the seller, or it is done without having seen them.
        await asyncio.wait({back}, timeout=0.5)
        await selling.commit()
        await back
        await giving.commit()
    finally:
        await seller.close()
        await giver.close()
    status: str = await db.fetchval("SELECT status::TEXT FROM events WHERE id = $1", world.event_id)
    return status


async def test_an_event_with_a_free_place_is_not_left_sold_out(
    client: httpx.AsyncClient, db: asyncpg.Connection, database_url: str, settings: Settings
) -> None:
    status = await _sell_the_last_and_give_one_back(client, db, database_url, settings)
    assert status == "ON_SALE"


async def test_without_its_lock_an_event_with_a_free_place_is_left_sold_out(
    client: httpx.AsyncClient, db: asyncpg.Connection, database_url: str, settings: Settings
) -> None:
    async with with_bugs(db, FLIPPING_LOCK):
        status = await _sell_the_last_and_give_one_back(client, db, database_url, settings)
    assert status == "SOLD_OUT"
