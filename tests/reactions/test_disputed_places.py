"""What a bank has for good holds no places, nor does what is disputed of an event that is off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.orders.news import Unheard
from arenapulse.payments import service
from tests.conftest import TestEngines, settings_for
from tests.paying import given_back, refund, stock
from tests.reactions.refund_shop import Shop, hear, intent_of, open_shop


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def test_who_was_inside_of_what_is_lost_was_inside_and_nothing_of_it_is_given_back(
    shop: Shop,
) -> None:
    order_id = await shop.buy("pm_card_createDispute")
    await shop.till.drain()
    await hear(shop)
    for body in ({}, {"amount": 1}):
        refused = await refund(shop.client, shop.manager, order_id, **body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "PAY003")
    await shop.db.execute("UPDATE tickets SET status = 'CHECKED_IN' WHERE number = 2")
    dispute_id = await shop.db.fetchval("SELECT id FROM disputes")
    await shop.gateway.twin.close_dispute(dispute_id, is_won=False)
    await hear(shop)
    await shop.refunds.drain()
    assert (await shop.statuses(order_id))[2] == ["VOID", "CHECKED_IN"]
    assert await stock(shop.db, shop.world) == (0, 1)
    await shop.in_order()


@pytest.mark.parametrize("heard", ["before", "after", "between"])
@pytest.mark.parametrize("is_won", [True, False])
async def test_an_event_that_is_off_has_no_places_of_what_is_disputed_and_what_is_won_goes_back(
    shop: Shop, heard: str, is_won: bool
) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    opened = await shop.gateway.twin.open_dispute(await intent_of(shop, order_id))
    if heard == "before":
        await hear(shop)
    await shop.db.execute("UPDATE events SET status = 'CANCELLED'")
    event = EventId(shop.world.event_id)
    made = await service.refund_event(
        shop.database, event_id=event, now=clock.now(), news=Unheard()
    )
    assert made == 1
    if heard == "between":
        await hear(shop)
    await shop.refunds.drain()
    if heard == "after":
        await hear(shop)
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == ("PARTIALLY_REFUNDED", "DISPUTED", ["VOID", "VOID"])
    assert await stock(shop.db, shop.world) == (0, 0)
    await shop.in_order()
    await shop.gateway.twin.close_dispute(opened["id"], is_won=is_won)
    await hear(shop)
    await shop.refunds.drain()
    if is_won:
        assert (await shop.statuses(order_id))[:2] == ("REFUNDED", "REFUNDED")
        assert await given_back(shop.db, order_id) == (9300, 9300)
    await shop.in_order()


@pytest.mark.parametrize("heard", ["before", "between", "after"])
async def test_of_an_event_that_is_off_goes_back_what_no_bank_has(shop: Shop, heard: str) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    intent = await intent_of(shop, order_id)
    opened = await shop.gateway.twin.open_dispute(intent, amount=2300)
    if heard == "before":
        await hear(shop)
        for amount in (7001, 9300):
            refused = await refund(shop.client, shop.manager, order_id, amount=amount)
            assert refused.status_code == 409
            assert "a part of this money" in refused.json()["error"]["message"]
        await shop.gateway.twin.close_dispute(opened["id"], is_won=False)
        await hear(shop)
    await shop.db.execute("UPDATE events SET status = 'CANCELLED'")
    event = EventId(shop.world.event_id)
    await service.refund_event(shop.database, event_id=event, now=clock.now(), news=Unheard())
    if heard == "between":
        await hear(shop)
    await shop.refunds.drain()
    if heard == "after":
        await hear(shop)
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == ("PARTIALLY_REFUNDED", "DISPUTED", ["VOID", "VOID"])
    assert await given_back(shop.db, order_id) == (9300, 7000)
    await shop.in_order()
    if heard != "before":
        await shop.gateway.twin.close_dispute(opened["id"], is_won=True)
        await hear(shop)
        await shop.refunds.drain()
        assert await given_back(shop.db, order_id) == (9300, 9300)
        await shop.in_order()
