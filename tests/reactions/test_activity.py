"""The activity of an order, from the facts of what sells, pays and refunds it to its lines."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from arenapulse.core.facts import decode
from arenapulse.orders.facts import OrdersMoved
from arenapulse.orders.news import Unheard
from arenapulse.orders.service import reclaim
from arenapulse.runtime.db import SERVICE
from arenapulse.runtime.jobs import Registry
from arenapulse.wiring import job_registries, make_core, make_runtime, running_worker
from tests.conftest import TestEngines, settings_for
from tests.paying import VISA, hold, pay
from tests.reactions.conftest import until
from tests.reactions.refund_shop import Shop, open_shop
from tests.worlds import Fan, make_fans

DECLINED = "pm_card_chargeDeclinedInsufficientFunds"


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def react(shop: Shop) -> list[asyncpg.Record]:
    """Does what a worker would do with the facts so far, once more than once; gives their rows."""
    runtime = make_runtime(shop.settings, actor=SERVICE)
    await runtime.database.open()
    registry = Registry.of(job_registries(make_core(runtime)))
    rows = await shop.db.fetch(
        "SELECT entrypoint, payload FROM pgqueuer WHERE entrypoint LIKE 'activity.%' ORDER BY id"
    )
    # Backwards and twice: jobs keep no order, and run at least once.
    for row in [*reversed(rows), *rows]:
        await registry.entries[row["entrypoint"]].run(row["payload"])
    await runtime.database.close()
    await runtime.redis.aclose()
    return rows


async def activity(shop: Shop, order_id: str, *, who: Fan | None = None) -> Any:
    answer = await shop.client.get(
        f"/api/v1/orders/{order_id}/activity", headers=(who or shop.fan).headers
    )
    return answer.json()["data"] if answer.status_code == 200 else answer.json()["error"]["code"]


async def test_from_the_hold_over_two_cards_to_the_money_that_went_back(shop: Shop) -> None:
    order = await hold(shop.client, shop.fan, shop.world, token=DECLINED)
    order_id = str(order["orderId"])
    await shop.till.drain()
    assert (await pay(shop.client, shop.fan, order_id, VISA)).status_code == 202
    await shop.till.drain()
    first = await shop.first_ticket(order_id)
    await shop.ask(order_id, ticketIds=[first], reason="fell ill")
    await shop.refunds.drain()
    await shop.ask(order_id, amount=100, reason="kindness")
    await shop.refunds.drain()
    await react(shop)
    lines = await activity(shop, order_id)
    said = [
        (line["kind"], line["code"], line["amount"], line["currency"], line["ticketIds"])
        for line in lines
    ]
    assert said == [
        ("PLACED", None, None, None, []),
        ("PAYMENT_FAILED", "insufficient_funds", None, None, []),
        ("PAYMENT_STARTED", None, None, None, []),
        ("CONFIRMED", None, None, None, []),
        ("REFUND_ASKED", "ORGANIZER", 4650, "EUR", [first]),
        ("REFUNDED", None, 4650, "EUR", [first]),
        ("REFUND_ASKED", "ORGANIZER", 100, "EUR", []),
        ("REFUNDED", None, 100, "EUR", []),
    ]
    moments = [dt.datetime.fromisoformat(line["at"]) for line in lines]
    assert moments == sorted(moments)
    assert lines[0]["at"] == order["createdAt"]


async def test_a_card_that_is_asked_again_by_itself_is_told(shop: Shop) -> None:
    shop.gateway.faults.soft_declines = 1
    order_id = str((await hold(shop.client, shop.fan, shop.world, token=VISA))["orderId"])
    await shop.till.drain()
    await shop.db.execute("UPDATE charges SET due_at = now()")
    await shop.till.drain()
    await react(shop)
    for who in (shop.fan, shop.manager):
        told = [line["kind"] for line in await activity(shop, order_id, who=who)]
        assert told == ["PLACED", "PAYMENT_RETRIED", "CONFIRMED"]


async def test_a_hold_that_is_given_up_and_one_that_runs_out(shop: Shop) -> None:
    given_up = str((await hold(shop.client, shop.fan, shop.world))["orderId"])
    run_out = str((await hold(shop.client, shop.fan, shop.world))["orderId"])
    await shop.client.post(f"/api/v1/orders/{given_up}/cancel", headers=shop.fan.headers)
    await shop.db.execute(
        "UPDATE orders SET expires_at = created_at + interval '1 ms' WHERE id = $1", UUID(run_out)
    )
    await reclaim(shop.database, news=Unheard(), now=dt.datetime.now(dt.UTC))
    await react(shop)
    assert [line["kind"] for line in await activity(shop, given_up)] == ["PLACED", "CANCELLED"]
    assert [line["kind"] for line in await activity(shop, run_out)] == ["PLACED", "EXPIRED"]


async def test_who_may_read_it(shop: Shop) -> None:
    order_id = str((await hold(shop.client, shop.fan, shop.world))["orderId"])
    (stranger,) = await make_fans(shop.db, shop.world, 1)
    (staff,) = await make_fans(shop.db, shop.world, 1, role="STAFF")
    (analyst,) = await make_fans(shop.db, shop.world, 1, role="ANALYST")
    for reader in (shop.fan, staff, shop.manager):
        assert [line["kind"] for line in await activity(shop, order_id, who=reader)] == ["PLACED"]
    assert await activity(shop, order_id, who=stranger) == "ORDER001"
    assert await activity(shop, order_id, who=analyst) == "AUTH004"


async def test_a_worker_writes_it_within_moments(shop: Shop) -> None:
    order_id = str((await hold(shop.client, shop.fan, shop.world, token=VISA))["orderId"])

    async def is_written() -> bool:
        lines = await activity(shop, order_id)
        return [line["kind"] for line in lines] == ["PLACED", "CONFIRMED"]

    async with running_worker(shop.settings) as worker:
        running = asyncio.create_task(worker.run())
        try:
            await until(is_written)
        finally:
            worker.stop()
            await running


async def test_the_fact_of_a_sale_carries_who_sold_it(shop: Shop) -> None:
    order_id = await shop.buy()
    rows = await react(shop)
    facts = [decode(row["payload"], OrdersMoved) for row in rows]
    assert [str(order.order_id) for fact in facts for order in fact.orders] == [order_id]
    assert {order.organization_id for fact in facts for order in fact.orders} == {
        shop.world.organization_id
    }
