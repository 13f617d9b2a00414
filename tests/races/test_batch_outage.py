"""A connection that ends while a batch gives expired holds back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from arenapulse.core.errors import Unavailable
from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.orders.batcher import Batcher, Placed, _Placing
from arenapulse.orders.news import Unheard
from arenapulse.orders.placing import BARE_HOLD, PlaceOrder, PlannedLine
from arenapulse.orders.schemas import OwnedOrder
from arenapulse.runtime.db import Database
from tests.planting import cut
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


async def _outage(
    db: asyncpg.Connection, database_url: str, settings: Settings
) -> tuple[object, object, list[UUID]]:
    """Two orders of one batch, one of them for a place that has to come back; what was told."""
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
    heard.placed.clear()
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
    finally:
        await batcher.close()
        await database.close()
        await locker.close()
        await watcher.close()
    return refused, placed, heard.placed


async def test_the_rest_of_the_batch_stands_and_is_told(
    db: asyncpg.Connection, database_url: str, settings: Settings
) -> None:
    refused, placed, told = await _outage(db, database_url, settings)
    assert isinstance(refused, Unavailable)
    assert isinstance(placed, Placed)
    assert told == [placed.order.order_id]


async def test_without_its_guard_the_outage_takes_the_batch_with_it(
    db: asyncpg.Connection,
    database_url: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = {"right": "except Exception as error:", "wrong": "except ZeroDivisionError as error:"}
    cut(monkeypatch, _Placing, "_reclaim_for", **nothing)
    _, placed, told = await _outage(db, database_url, settings)
    # The order that stands is answered, and nobody hears that a place is gone.
    assert isinstance(placed, Placed)
    assert told == []
