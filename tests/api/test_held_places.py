"""One account holds so many unpaid places over all events, and no more; sales are no holds."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.orders import queries
from arenapulse.orders.placing import (
    BARE_HOLD,
    OVER_HELD_LIMIT,
    PLACED,
    PlaceOrder,
    PlannedLine,
    arguments,
)
from tests.factories import another_process
from tests.worlds import Fan, Place, World, make_fans, make_world

LIMIT = 20
LIMITED: dict[str, object] = {"rate_limits": True, "held_places_max": LIMIT}
WAITS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
BARE = {"paymentMethod": {"type": "card"}}


@pytest.fixture
async def limited(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with another_process(settings, **LIMITED) as made:
        yield made


@pytest.fixture
async def worlds(db: asyncpg.Connection, settings: Settings) -> list[World]:
    free = Place(100, amount=0, fee=0)
    return [
        await make_world(
            db, settings, sections=(Place(100), free), config={"maxTicketsPerOrder": LIMIT}
        )
        for _ in range(2)
    ]


@pytest.fixture
async def fan(db: asyncpg.Connection, worlds: list[World]) -> Fan:
    return (await make_fans(db, worlds[0], 1))[0]


async def order(
    client: httpx.AsyncClient, world: World, fan: Fan, quantity: int, *, section: int = 0
) -> httpx.Response:
    body = world.order(section, quantity=quantity, **BARE)
    return await client.post("/api/v1/orders", json=body, headers=fan.headers)


async def held(db: asyncpg.Connection, fan: Fan) -> int:
    return await db.fetchval(
        "SELECT count(*) FROM orders o JOIN tickets t ON t.order_id = o.id"
        " WHERE o.user_id = $1 AND o.status = 'PENDING'",
        fan.user_id,
    )


async def verdict(connection: asyncpg.Connection, world: World, fan: Fan, *, quantity: int) -> int:
    """What the batch says of one bare hold."""
    placed = PlaceOrder(
        order_id=new_order_id(),
        event_id=EventId(world.event_id),
        user_id=UserId(fan.user_id),
        lines=(PlannedLine(world.section_ids[0], "STANDARD", quantity),),
        pay=BARE_HOLD,
        token=None,
        key=None,
        request_hash=0,
    )
    _, values = arguments([placed], now=dt.datetime.now(dt.UTC), held_places_max=LIMIT)
    row = await connection.fetchrow(queries.PLACE_ORDERS, *values)
    assert row is not None
    return row["verdict"][0]


def is_refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json().get("error", {}).get("code")) == (422, "ORDER003")


@pytest.mark.asvs("V2.3.2")
async def test_holds_of_all_events_count_together(
    limited: httpx.AsyncClient, db: asyncpg.Connection, worlds: list[World], fan: Fan
) -> None:
    one, other = worlds
    first = await order(limited, one, fan, 10)
    assert first.status_code == 201, first.text
    assert (await order(limited, other, fan, 9)).status_code == 201
    assert is_refused(await order(limited, other, fan, 2))
    assert await held(db, fan) == 19
    assert (await order(limited, one, fan, 1)).status_code == 201
    assert is_refused(await order(limited, one, fan, 1))
    # What costs nothing is sold at once and held by nobody.
    assert (await order(limited, one, fan, 10, section=1)).json()["data"]["status"] == "CONFIRMED"
    path = f"/api/v1/orders/{first.json()['data']['orderId']}/cancel"
    assert (await limited.post(path, headers=fan.headers)).status_code == 200
    assert (await order(limited, other, fan, 10)).status_code == 201
    assert is_refused(await order(limited, other, fan, 1))


async def test_an_expired_hold_is_none_and_one_that_is_being_paid_is(
    limited: httpx.AsyncClient, db: asyncpg.Connection, worlds: list[World], fan: Fan
) -> None:
    for world in worlds:
        assert (await order(limited, world, fan, 10)).status_code == 201
    past = "created_at = now() - INTERVAL '9 minutes', expires_at = now() - INTERVAL '1 second'"
    paying = f"UPDATE orders SET {past}, payment_status = $2 WHERE user_id = $1"
    await db.execute(paying, fan.user_id, "PROCESSING")
    assert is_refused(await order(limited, worlds[0], fan, 1))
    await db.execute(paying, fan.user_id, "PENDING")
    assert (await order(limited, worlds[0], fan, 10)).status_code == 201


@pytest.mark.parametrize(("kind", "role"), [("box_office", "STAFF"), ("invoice", "MANAGER")])
async def test_what_a_clerk_sells_is_held_by_nobody(
    limited: httpx.AsyncClient, db: asyncpg.Connection, worlds: list[World], kind: str, role: str
) -> None:
    clerk = (await make_fans(db, worlds[0], 1, role=role))[0]
    sale = worlds[0].order(quantity=LIMIT + 1, paymentMethod={"type": kind})
    for _ in range(2):
        sold = await limited.post("/api/v1/orders", json=sale, headers=clerk.headers)
        assert sold.status_code == 201, sold.text
    # Privately the clerk is a buyer like everybody.
    for _ in range(2):
        assert (await order(limited, worlds[1], clerk, 10)).status_code == 201
    assert is_refused(await order(limited, worlds[1], clerk, 1))


async def test_two_batches_at_once_hold_no_more_together(
    database_url: str, worlds: list[World], fan: Fan
) -> None:
    one, other = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        begun = one.transaction()
        await begun.start()
        assert await verdict(one, worlds[0], fan, quantity=15) == PLACED
        waiting = asyncio.create_task(verdict(other, worlds[1], fan, quantity=15))
        while not await one.fetchval(WAITS):
            assert not waiting.done(), "it asked for nobody's leave"
            await asyncio.sleep(0.005)
        await begun.commit()
        assert await waiting == OVER_HELD_LIMIT
    finally:
        await one.close()
        await other.close()


async def test_lifted_limits_lift_it(
    settings: Settings, db: asyncpg.Connection, worlds: list[World], fan: Fan
) -> None:
    changes = LIMITED | {"rate_limits": False}
    async with another_process(settings, **changes) as unlimited:
        for _ in range(3):
            assert (await order(unlimited, worlds[0], fan, 10)).status_code == 201
    assert await held(db, fan) == 30
