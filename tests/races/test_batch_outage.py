"""A connection that ends while a batch gives expired holds back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from arenapulse.core.errors import Unavailable
from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.orders.batcher import Batcher, Placed
from arenapulse.orders.news import Unheard
from arenapulse.orders.placing import BARE_HOLD, PlaceOrder, PlannedLine
from arenapulse.orders.schemas import OwnedOrder
from arenapulse.runtime.db import Database
from tests.worlds import Place, make_fans, make_world

APPLICATION = "arenapulse-outage"


class Heard(Unheard):
    def __init__(self) -> None:
        self.placed: list[UUID] = []

    def orders_placed(self, placed: Sequence[OwnedOrder]) -> None:
        self.placed += [owned.view.order_id for owned in placed]


async def _end_who_waits(db: asyncpg.Connection) -> None:
    for _ in range(1_000):
        if await db.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = $1 AND wait_event_type = 'Lock'",
            APPLICATION,
        ):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def test_the_rest_of_the_batch_stands_and_is_told(
    db: asyncpg.Connection, database_url: str, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(1), Place(10)))
    fans = await make_fans(db, world, 3)
    heard = Heard()
    database = Database(database_url, pool_size=2, application=APPLICATION)
    await database.open()
    batcher = Batcher(database, news=heard, queue_max=10)

    def wish(fan: int, section: int) -> PlaceOrder:
        return PlaceOrder(
            order_id=new_order_id(),
            event_id=EventId(world.event_id),
            user_id=UserId(fans[fan].user_id),
            lines=(PlannedLine(world.section_ids[section], "STANDARD", 1),),
            pay=BARE_HOLD,
            token=None,
            key=None,
            request_hash=0,
        )

    hold = (await batcher.place(wish(0, 0))).order.order_id
    await db.execute(
        "UPDATE orders SET expires_at = $2 WHERE id = $1",
        *(hold, dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)),
    )
    locker, watcher = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        async with locker.transaction():
            await locker.execute("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE", hold)
            both = asyncio.gather(
                batcher.place(wish(1, 0)), batcher.place(wish(2, 1)), return_exceptions=True
            )
            await _end_who_waits(watcher)
            refused, placed = await both
        assert isinstance(refused, Unavailable)
        assert isinstance(placed, Placed)
        assert heard.placed == [hold, placed.order.order_id]
    finally:
        await batcher.close()
        await database.close()
        await locker.close()
        await watcher.close()
