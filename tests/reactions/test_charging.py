"""The till when things go wrong: lost answers, dropped work, lost places; nobody pays twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from arenapulse.core import clock
from arenapulse.core.ids import OrderId
from arenapulse.core.settings import Settings
from arenapulse.orders import service as orders
from arenapulse.orders.news import Unheard
from arenapulse.orders.schemas import OrderStatus
from arenapulse.payments import sandbox, tasks
from arenapulse.payments.gateway import NewIntent
from arenapulse.payments.service import Charging, Giving
from arenapulse.payments.stripe_books import TOKENS
from arenapulse.payments.stripe_gateway import StripeGateway
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs import Registry, attach
from arenapulse.runtime.jobs.due import DueRunner
from arenapulse.runtime.web.loopback import serving
from arenapulse.wiring import make_app, make_runtime
from tests.conftest import TestEngines, settings_for
from tests.paying import THREE_D_SECURE, VISA, charges, hold, intents, pay, read, stock, till_of
from tests.twins import KEY, TwinGateway, twin_gateway
from tests.worlds import Fan, Place, World, make_fans, make_world

DUE_NOW = "UPDATE charges SET due_at = now(), taken_by = NULL WHERE due_at IS NOT NULL"


@dataclass
class Shop:
    """An application on a database of its own, without a worker: the test runs the till."""

    client: httpx.AsyncClient
    database: Database
    db: asyncpg.Connection
    gateway: TwinGateway
    till: DueRunner
    world: World
    fan: Fan
    jobs: Registry

    async def buy(self, token: str = VISA) -> str:
        order = await hold(self.client, self.fan, self.world, token=token)
        return str(order["orderId"])

    async def order(self, order_id: str) -> Any:
        return await read(self.client, self.fan, order_id)

    async def later(self) -> None:
        """What was put off, or was taken by a worker that died, falls due."""
        await self.db.execute(DUE_NOW)
        await self.till.drain()


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    settings: Settings = settings_for(fresh_database_url, engines.redis_url)
    runtime = make_runtime(settings, actor=SERVICE)
    bank = twin_gateway(runtime.database)
    gateway = await bank.__aenter__()
    till = till_of(runtime.database, gateway=gateway)
    registry = tasks.registry(
        runtime.database,
        charging=Charging(gateway=gateway, news=Unheard()),
        giving=Giving(gateway=gateway, news=Unheard()),
        gateway=gateway,
        news=Unheard(),
    )
    twin = sandbox.registry(
        runtime.database, webhook_secrets=("whsec_test_secret",), twin=gateway.twin
    )
    registry = Registry.of([registry, twin])
    jobs = attach(runtime.database, registry=registry)
    app = make_app(settings)
    db = await asyncpg.connect(fresh_database_url)
    world = await make_world(db, settings, sections=(Place(100), Place(100)))
    fan = (await make_fans(db, world, 1))[0]
    await runtime.database.open()
    async with (
        app.running(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://arena.test"
        ) as client,
    ):
        yield Shop(client, runtime.database, db, gateway, till, world, fan, registry)
    await bank.__aexit__(None, None, None)
    await jobs.close()
    await runtime.database.close()
    await runtime.redis.aclose()
    await db.close()


PAID = [(1, "SUCCEEDED")]
TAKEN = [("succeeded", 9300)]


@pytest.mark.parametrize("call", ["create_intent", "capture"])
async def test_an_answer_that_got_lost_is_asked_for_again(shop: Shop, call: str) -> None:
    shop.gateway.faults.lost_answers[call] = 2
    order_id = await shop.buy()
    await shop.till.drain()
    assert await charges(shop.db, order_id) != PAID
    for _ in range(2):
        await shop.later()
    assert await charges(shop.db, order_id) == PAID
    assert await intents(shop.db, order_id) == TAKEN
    assert (await shop.order(order_id))["status"] == "CONFIRMED"


@pytest.mark.parametrize("call", ["create_intent", "retrieve", "capture", "cancel"])
async def test_a_vendor_that_is_away_costs_time_alone(shop: Shop, call: str) -> None:
    order_id = await shop.buy(VISA if call != "cancel" else THREE_D_SECURE)
    if call == "retrieve":
        # The second look at an intent is by its name.
        shop.gateway.faults.lost_answers["create_intent"] = 1
    if call == "cancel":
        await shop.till.drain()
        await shop.client.post(f"/api/v1/orders/{order_id}/cancel", headers=shop.fan.headers)
    shop.gateway.faults.away[call] = 3
    for _ in range(6):
        await shop.later()
    if call == "cancel":
        assert await charges(shop.db, order_id) == [(1, "CANCELLED")]
        assert await intents(shop.db, order_id) == [("canceled", 0)]
    else:
        assert await charges(shop.db, order_id) == PAID
        assert await intents(shop.db, order_id) == TAKEN


async def test_what_is_put_off_waits_longer_each_time(shop: Shop) -> None:
    shop.gateway.faults.away["create_intent"] = 4
    order_id = await shop.buy()
    waits = []
    for _ in range(4):
        await shop.later()
        waits.append(
            await shop.db.fetchval(
                "SELECT extract(epoch FROM due_at - now()) FROM charges WHERE order_id = $1",
                UUID(order_id),
            )
        )
    for wait, seconds in zip(waits, (0.5, 1, 2, 4), strict=True):
        assert seconds * 0.8 - 0.3 < wait <= seconds * 1.2


async def test_work_dropped_between_any_two_steps_is_taken_up(shop: Shop) -> None:
    """Each order stops at another step, as if its worker had been killed there."""
    claimed, asked, confirmed = [await shop.buy() for _ in range(3)]
    row = "UPDATE charges SET status = 'PROCESSING', tries = 1 WHERE order_id = ANY ($1)"
    await shop.db.execute(row, [UUID(claimed), UUID(asked)])
    await shop.gateway.create_intent(
        NewIntent(
            order_id=OrderId(UUID(asked)),
            attempt=1,
            amount_minor=9300,
            currency="EUR",
            token=VISA,
        ),
        key=f"pi:{asked}:9300:EUR:1",
    )
    shop.gateway.faults.away["capture"] = 1
    await shop.db.execute(
        "UPDATE charges SET due_at = now() + interval '1 hour' WHERE order_id <> $1",
        UUID(confirmed),
    )
    await shop.till.drain()
    assert await charges(shop.db, confirmed) == [(1, "CAPTURING")]
    assert (await shop.order(confirmed))["status"] == "CONFIRMED"
    assert await intents(shop.db, confirmed) == [("requires_capture", 0)]
    await shop.later()
    for order_id in (claimed, asked, confirmed):
        assert await charges(shop.db, order_id) == PAID
        assert await intents(shop.db, order_id) == TAKEN
    assert await stock(shop.db, shop.world) == (0, 6)


async def test_two_tills_do_not_charge_twice(shop: Shop) -> None:
    bought = [await shop.buy() for _ in range(20)]
    twin = till_of(shop.database, gateway=shop.gateway)
    await asyncio.gather(shop.till.drain(), twin.drain(), shop.till.drain())
    # Even when the lease ran out while the first still worked.
    for order_id in bought:
        assert await charges(shop.db, order_id) == PAID
        assert await intents(shop.db, order_id) == TAKEN


async def test_a_lease_that_ran_out_under_a_slow_call_does_no_harm(shop: Shop) -> None:
    order_id = await shop.buy()
    shop.gateway.faults.slow_seconds = 0.3
    slow = asyncio.create_task(shop.till.drain())
    await asyncio.sleep(0.1)
    async with twin_gateway(shop.database) as quick:
        twin = till_of(shop.database, gateway=quick)
        await shop.db.execute(DUE_NOW)
        await asyncio.gather(twin.drain(), slow)
    await shop.later()
    assert await charges(shop.db, order_id) == PAID
    assert await intents(shop.db, order_id) == TAKEN
    assert await stock(shop.db, shop.world) == (0, 2)


async def test_an_order_called_off_while_it_is_paid_lets_the_money_go(shop: Shop) -> None:
    order_id = await shop.buy()
    shop.gateway.faults.slow_seconds = 0.2
    paying = asyncio.create_task(shop.till.drain())
    await asyncio.sleep(0.1)
    # The event is called off: the one case in which an order goes from under a payment.
    async with shop.database.transaction() as session:
        moved = await orders.settle(
            session,
            order_ids=[OrderId(UUID(order_id))],
            to=OrderStatus.CANCELLED,
            now=clock.now(),
            news=Unheard(),
            force=True,
        )
    assert moved
    await paying
    assert await charges(shop.db, order_id) == [(1, "CANCELLED")]
    assert await intents(shop.db, order_id) == [("canceled", 0)]
    assert await stock(shop.db, shop.world) == (0, 0)


async def test_money_taken_by_hand_for_a_lost_order_is_given_back(shop: Shop) -> None:
    order_id = await shop.buy(THREE_D_SECURE)
    await shop.till.drain()
    await shop.client.post(f"/api/v1/orders/{order_id}/cancel", headers=shop.fan.headers)
    intent_id = await shop.db.fetchval(
        "UPDATE sandbox_intents SET status = 'succeeded', captured = amount RETURNING id"
    )
    await shop.later()
    assert await charges(shop.db, order_id) == [(1, "CANCELLED")]
    assert (await shop.gateway.retrieve(intent_id)).refunded_minor == 9300


async def test_one_charge_that_cannot_be_settled_does_not_hold_up_the_others(shop: Shop) -> None:
    bought = [await shop.buy() for _ in range(4)]
    poisoned = bought[1]
    # Its tickets stand in a section whose stock row knows nothing of them.
    await shop.db.execute(
        "UPDATE tickets SET section_id = $2 WHERE order_id = $1",
        *(UUID(poisoned), shop.world.section_ids[1]),
    )
    await shop.till.drain()
    for order_id in bought:
        if order_id != poisoned:
            assert await charges(shop.db, order_id) == PAID
    assert await charges(shop.db, poisoned) == [(1, "PROCESSING")]
    assert await intents(shop.db, poisoned) == [("requires_capture", 0)]
    assert (await shop.order(poisoned))["paymentStatus"] == "PROCESSING"
    # Mended by a person, it goes on by itself.
    await shop.db.execute(
        "UPDATE tickets SET section_id = $2 WHERE order_id = $1",
        *(UUID(poisoned), shop.world.section_ids[0]),
    )
    await shop.later()
    assert await charges(shop.db, poisoned) == PAID


async def test_a_token_that_the_vendor_does_not_know_is_a_declined_card(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.db.execute("UPDATE charges SET token = 'pm_gone'")
    await shop.till.drain()
    assert await charges(shop.db, order_id) == [(1, "DECLINED")]
    assert (await shop.order(order_id))["lastError"]["declineCode"] == "resource_missing"
    assert (await pay(shop.client, shop.fan, order_id)).status_code == 202
    await shop.till.drain()
    assert await charges(shop.db, order_id) == [(1, "DECLINED"), (2, "SUCCEEDED")]


async def test_news_told_twice_is_heard_once(shop: Shop) -> None:
    shop.gateway.faults.deliveries = 2
    order_id = await shop.buy()
    await shop.till.drain()
    waiting = await shop.db.fetchval(
        "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'payments.deliver_sandbox_event'"
    )
    assert waiting == 4
    runs = shop.jobs.entries
    for row in await shop.db.fetch(
        "SELECT payload FROM pgqueuer WHERE entrypoint = 'payments.deliver_sandbox_event'"
    ):
        await runs["payments.deliver_sandbox_event"].run(row["payload"])
    assert await shop.db.fetchval("SELECT count(*) FROM webhook_inbox") == 2
    assert not await shop.db.fetchval("SELECT count(*) FROM webhook_inbox WHERE handled_at IS NULL")
    # As a job says it that a webhook over HTTP left.
    told = await shop.db.fetch("SELECT event_id FROM webhook_inbox")
    for row in told:
        for _ in range(2):
            payload = msgspec.json.encode({"event_id": row["event_id"]})
            await runs["payments.hear_of_intents"].run(payload)
    assert await charges(shop.db, order_id) == PAID
    assert await intents(shop.db, order_id) == TAKEN


@pytest.mark.parametrize("trouble", ["away", "limited"])
async def test_a_vendor_that_is_down_or_limits_us_for_ten_minutes_costs_nobody_their_places(
    shop: Shop, trouble: str
) -> None:
    order_id = await shop.buy()
    broken = getattr(shop.gateway.faults, trouble)
    broken["create_intent"] = 1_000
    for _ in range(12):
        await shop.later()
        # Each look is most of a minute after the one before; the hold is long over.
        await shop.db.execute("UPDATE orders SET expires_at = expires_at - interval '50 s'")
        await orders.reclaim(shop.database, news=Unheard(), now=clock.now())
    assert (await shop.order(order_id))["paymentStatus"] == "PROCESSING"
    assert await stock(shop.db, shop.world) == (2, 0)
    assert await shop.db.fetchval("SELECT stuck_at FROM charges") is None
    broken.clear()
    await shop.later()
    assert await charges(shop.db, order_id) == PAID
    assert await intents(shop.db, order_id) == TAKEN
    assert await stock(shop.db, shop.world) == (0, 2)


async def test_a_vendor_that_takes_thirty_seconds_is_asked_again_and_charges_once(
    shop: Shop,
) -> None:
    order_id = await shop.buy()
    shop.gateway.faults.slow_seconds = 30
    async with hasty_gateway(shop) as hasty:
        await hasty.drain()
    assert await charges(shop.db, order_id) == [(1, "PROCESSING")]
    assert await shop.db.fetchval("SELECT due_at > now() AND taken_by IS NULL FROM charges")
    shop.gateway.faults.slow_seconds = 0
    await shop.later()
    assert await charges(shop.db, order_id) == PAID
    assert await intents(shop.db, order_id) == TAKEN


@asynccontextmanager
async def hasty_gateway(shop: Shop) -> AsyncIterator[DueRunner]:
    """A till whose patience is a fifth of a second, at the same vendor."""
    hasty = StripeGateway(KEY, tokens=TOKENS, seconds=0.2)
    async with serving(shop.gateway.app) as address:
        hasty.connect(address)
        yield till_of(shop.database, gateway=hasty)
        await hasty.close()


async def test_news_that_comes_before_the_answer_of_the_call_does_no_harm(shop: Shop) -> None:
    shop.gateway.faults.lost_answers["create_intent"] = 1
    order_id = await shop.buy()
    await shop.till.drain()
    # The vendor has made the intent and told of it; we do not know its name yet.
    assert await shop.db.fetchval("SELECT intent_id FROM charges") is None
    runs = shop.jobs.entries
    rows = await shop.db.fetch(
        "DELETE FROM pgqueuer WHERE entrypoint = 'payments.deliver_sandbox_event' RETURNING payload"
    )
    assert len(rows) == 1
    await runs["payments.deliver_sandbox_event"].run(rows[0]["payload"])
    assert not await shop.db.fetchval("SELECT count(*) FROM webhook_inbox WHERE handled_at IS NULL")
    assert await charges(shop.db, order_id) == [(1, "PROCESSING")]
    await shop.later()
    assert await charges(shop.db, order_id) == PAID
    assert await intents(shop.db, order_id) == TAKEN
