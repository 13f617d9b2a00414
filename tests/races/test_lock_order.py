"""Places are locked before orders: by who cancels, by a payment's end, by a refund."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import OrderId, UserId
from arenapulse.core.settings import Settings
from arenapulse.orders import service
from arenapulse.orders.news import Unheard
from arenapulse.orders.schemas import OrderStatus
from arenapulse.runtime.db import Database, as_unavailable
from tests.planting import SETTLING_LOCK, cut, with_bugs
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


@dataclass(frozen=True)
class Hall:
    """An order in an event of its own, and the engine it is in."""

    database: Database
    url: str
    db: asyncpg.Connection
    event_id: UUID
    user_id: UserId
    order_id: OrderId

    async def books(self) -> tuple[int, int]:
        row = await self.db.fetchrow(
            "SELECT held, sold FROM stock WHERE event_id = $1", self.event_id
        )
        assert row is not None
        return row["held"], row["sold"]


@pytest.fixture
async def hall(
    client: httpx.AsyncClient,
    db: asyncpg.Connection,
    database_url: str,
    database: Database,
    settings: Settings,
) -> Hall:
    world = await make_world(db, settings, sections=(Place(5),))
    fan = (await make_fans(db, world, 1))[0]
    held = await client.post("/api/v1/orders", json=world.order(quantity=2), headers=fan.headers)
    order_id = OrderId(UUID(held.json()["data"]["orderId"]))
    return Hall(database, database_url, db, world.event_id, UserId(fan.user_id), order_id)


@contextlib.asynccontextmanager
async def _stock_in_other_hands(hall: Hall) -> AsyncIterator[asyncpg.Connection]:
    locker = await asyncpg.connect(hall.url)
    try:
        async with locker.transaction():
            await locker.execute(
                "SELECT 1 FROM stock WHERE event_id = $1 FOR UPDATE", hall.event_id
            )
            yield locker
    finally:
        await locker.close()


async def _cancel_and_end_at_once(hall: Hall) -> list[object]:
    """A person cancels while the vendor says that their payment is over."""
    await hall.db.execute(
        "UPDATE orders SET payment_status = 'REQUIRES_ACTION' WHERE id = $1", hall.order_id
    )
    now, news = dt.datetime.now(dt.UTC), Unheard()

    async def cancels() -> OrderStatus:
        async with hall.database.transaction() as session:
            gone = await service.cancel(
                session, user_id=hall.user_id, order_id=hall.order_id, now=now, news=news
            )
            return gone.status

    async def ends() -> None:
        async with hall.database.transaction() as session:
            await service.payments_cancelled(session, order_ids=[hall.order_id], now=now, news=news)

    async with _stock_in_other_hands(hall):
        # First in line for the stock is the one that will want the order next.
        cancelling = asyncio.create_task(cancels())
        await _wait_for(hall.db, 1)
        ending = asyncio.create_task(ends())
        await _wait_for(hall.db, 2)
    return await asyncio.gather(cancelling, ending, return_exceptions=True)


async def test_nobody_waits_for_the_stock_with_an_order_in_hand(hall: Hall) -> None:
    assert await _cancel_and_end_at_once(hall) == [OrderStatus.CANCELLED, None]
    assert await hall.books() == (0, 0)


async def test_without_its_lock_a_payment_that_ends_meets_who_cancels_in_a_deadlock(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = "await queries.lock_places(connection, order_ids)"
    cut(monkeypatch, service, "payments_cancelled", right=guard, wrong="pass")
    ends = await _cancel_and_end_at_once(hall)
    failed = [end for end in ends if isinstance(end, Exception)]
    refusals = [as_unavailable(error) for error in failed]
    assert [type(refusal.__cause__) for refusal in refusals if refusal is not None] == [
        asyncpg.DeadlockDetectedError
    ]


async def _refund_with_the_stock_taken(hall: Hall) -> None:
    """Raises where the refund has the order in hand while it waits for the stock."""
    now, news = dt.datetime.now(dt.UTC), Unheard()
    async with hall.database.transaction() as session:
        await service.confirm_paid(session, order_ids=[hall.order_id], now=now, news=news)

    async def refunds() -> None:
        async with hall.database.transaction() as session:
            await service.give_back(
                session, order_id=hall.order_id, numbers=[2], is_all=False, now=now, news=news
            )

    refunding: asyncio.Task[None] | None = None
    try:
        async with _stock_in_other_hands(hall) as locker:
            refunding = asyncio.create_task(refunds())
            await _wait_for(hall.db, 1)
            await locker.execute(
                "SELECT 1 FROM orders WHERE id = $1 FOR UPDATE NOWAIT", hall.order_id
            )
    finally:
        if refunding is not None:
            await refunding


async def test_a_refund_waits_for_the_stock_with_no_order_in_hand(hall: Hall) -> None:
    await _refund_with_the_stock_taken(hall)
    assert await hall.books() == (0, 1)


async def test_without_its_lock_a_refund_has_the_order_in_hand(hall: Hall) -> None:
    async with with_bugs(hall.db, SETTLING_LOCK):
        with pytest.raises(asyncpg.LockNotAvailableError):
            await _refund_with_the_stock_taken(hall)
