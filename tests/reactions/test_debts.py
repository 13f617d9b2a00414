"""Sold, and the money is not to be had: a debt that is seen, until a person decides."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.orders.news import Unheard
from arenapulse.payments import service
from tests.conftest import TestEngines, settings_for
from tests.paying import refund, stock
from tests.reactions.refund_shop import Shop, open_shop

CANCELED = "UPDATE sandbox_intents SET status = 'canceled'"


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def owed(shop: Shop, breach: str, **refund_body: object) -> str:
    """An order that is sold, and whose authorisation is lost before it is captured."""
    shop.gateway.faults.away["capture"] = 1
    order_id = await shop.buy()
    if refund_body:
        await shop.ask(order_id, **refund_body)
    await shop.db.execute(breach)
    await shop.db.execute("UPDATE charges SET due_at = now() WHERE due_at IS NOT NULL")
    await shop.till.drain()
    row = await shop.db.fetchrow("SELECT status::TEXT, due_at, stuck_why FROM charges")
    assert row is not None
    assert tuple(row) == ("OWED", None, "authorisation_lost")
    return order_id


@pytest.mark.parametrize("breach", [CANCELED, "DELETE FROM sandbox_intents"])
async def test_what_is_sold_and_cannot_be_taken_is_a_debt_for_a_person(
    shop: Shop, breach: str
) -> None:
    order_id = await owed(shop, breach)
    # The buyer did all that was asked of them, and keeps what they were given.
    assert await shop.statuses(order_id) == ("CONFIRMED", "SUCCEEDED", ["VALID"] * 2)
    await shop.in_order()
    backlog = (await shop.till.look())["payments.charge_due"]
    assert (backlog.due, backlog.stuck) == (0, 1)
    for body in ({"amount": 1}, {"ticketIds": [await shop.first_ticket(order_id)]}):
        answer = await refund(shop.client, shop.manager, order_id, **body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PAY003")
    # A person decides: the places go back, and no money, for none was taken.
    assert (await shop.ask(order_id))["amount"] == 0
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == ("REFUNDED", "REFUNDED", ["VOID"] * 2)
    assert await stock(shop.db, shop.world) == (0, 0)
    assert (await shop.till.look())["payments.charge_due"].stuck == 0
    await shop.in_order()
    answer = await refund(shop.client, shop.manager, order_id)
    assert answer.status_code == 409


async def test_an_event_that_is_off_takes_what_was_never_paid_with_it(shop: Shop) -> None:
    order_id = await owed(shop, CANCELED)
    event = EventId(shop.world.event_id)
    for expected in (1, 0):
        assert expected == await service.refund_event(
            shop.database, event_id=event, now=clock.now(), news=Unheard()
        )
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == ("REFUNDED", "REFUNDED", ["VOID"] * 2)
    assert await stock(shop.db, shop.world) == (0, 0)
    await shop.in_order()


async def test_a_refund_that_waits_for_a_capture_that_never_comes_fails_in_sight(
    shop: Shop,
) -> None:
    order_id = await owed(shop, CANCELED, amount=700)
    row = await shop.db.fetchrow("SELECT status::TEXT, error_code, stuck_why FROM refunds")
    assert row is not None
    assert tuple(row) == ("FAILED", "authorisation_lost", "authorisation_lost")
    assert (await shop.refunds.look())["payments.refund_due"].stuck == 1
    await shop.in_order()
    await shop.ask(order_id)
    await shop.refunds.drain()
    assert (await shop.order(order_id))["status"] == "REFUNDED"
    await shop.in_order()
