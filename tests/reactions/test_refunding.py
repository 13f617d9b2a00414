"""Refunds when things go wrong: lost answers, dropped work, a vendor away; nobody is paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from arenapulse.core import clock
from arenapulse.core.ids import EventId, TicketId, UserId
from arenapulse.orders import holding
from arenapulse.orders.news import Unheard
from arenapulse.payments import service
from arenapulse.payments.service import refunding
from arenapulse.wiring import running_worker
from tests.conftest import TestEngines, as_owner, settings_for
from tests.paying import (
    THREE_D_SECURE,
    VISA,
    becomes,
    given_back,
    hold,
    pays_as,
    refund,
    refunds_of,
    stock,
)
from tests.reactions.conftest import until
from tests.reactions.refund_shop import DUE_NOW, Shop, open_shop
from tests.twins import TwinGateway, twin_gateway
from tests.worlds import make_fans

ONE, TWO = 4650, 9300


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def test_nothing_changes_until_the_vendor_accepts(shop: Shop) -> None:
    order_id = await shop.buy()
    shop.gateway.faults.away["refund"] = 2
    await shop.ask(order_id)
    for _ in range(2):
        await shop.later()
        assert await shop.statuses(order_id) == ("CONFIRMED", "SUCCEEDED", ["VALID"] * 2)
        assert await stock(shop.db, shop.world) == (0, 2)
        await shop.in_order()
    await shop.later()
    assert await shop.statuses(order_id) == ("REFUNDED", "REFUNDED", ["VOID"] * 2)
    assert await given_back(shop.db, order_id) == (TWO, TWO)
    assert await stock(shop.db, shop.world) == (0, 0)
    await shop.in_order()


async def test_what_is_put_off_waits_longer_each_time(shop: Shop) -> None:
    shop.gateway.faults.away["refund"] = 4
    await shop.ask(await shop.buy())
    waits = []
    for _ in range(4):
        await shop.later()
        waits.append(
            await shop.db.fetchval("SELECT extract(epoch FROM due_at - now()) FROM refunds")
        )
    for wait, seconds in zip(waits, (0.5, 1, 2, 4), strict=True):
        assert seconds * 0.8 - 0.3 < wait <= seconds * 1.2


async def test_a_lost_answer_is_asked_for_again_and_paid_once(shop: Shop) -> None:
    order_id = await shop.buy()
    shop.gateway.faults.lost_answers["refund"] = 2
    await shop.ask(order_id, ticketIds=[await shop.first_ticket(order_id)])
    await shop.refunds.drain()
    # The money is back, and nobody here knows it yet.
    assert await given_back(shop.db, order_id) == (TWO, ONE)
    assert (await shop.order(order_id))["status"] == "CONFIRMED"
    await shop.in_order()
    for _ in range(2):
        await shop.later()
    assert await shop.statuses(order_id) == ("PARTIALLY_REFUNDED", "SUCCEEDED", ["VOID", "VALID"])
    assert await given_back(shop.db, order_id) == (TWO, ONE)
    await shop.in_order()


async def test_a_worker_killed_after_the_call_gives_the_money_once(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.ask(order_id, amount=700)
    # It lives on as far as the others know.
    await shop.db.execute(
        "WITH dead AS (INSERT INTO due_workers VALUES (gen_random_uuid(), 'a', now(), now())"
        " RETURNING id) UPDATE refunds SET taken_by = dead.id, tries = 1 FROM dead"
    )
    intent, key = await shop.db.fetchrow(
        "SELECT c.intent_id, 'rf:' || r.id FROM refunds r JOIN charges c USING (order_id, attempt)"
    )
    await shop.gateway.refund(intent, amount_minor=700, currency="EUR", key=key)
    # Its lease keeps the others off; then somebody else takes it up.
    await shop.refunds.drain()
    assert (await shop.order(order_id))["status"] == "CONFIRMED"
    await shop.later()
    assert (await shop.order(order_id))["status"] == "PARTIALLY_REFUNDED"
    assert await given_back(shop.db, order_id) == (TWO, 700)
    await shop.in_order()


async def test_two_workers_with_one_refund_give_it_once(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.ask(order_id, ticketIds=[await shop.first_ticket(order_id)])
    # The first takes longer than its lease.
    shop.gateway.faults.slow_seconds = 0.3
    twin = refunds_of(shop.database, gateway=shop.gateway)
    slow = asyncio.create_task(shop.refunds.drain())
    async with asyncio.timeout(20):
        while not await shop.db.fetchval("SELECT tries FROM refunds"):  # noqa: ASYNC110 - polls the subject itself
            await asyncio.sleep(0.01)
    await shop.db.execute(DUE_NOW)
    await twin.drain()
    await slow
    assert await shop.db.fetchval("SELECT tries FROM refunds") == 2
    assert await given_back(shop.db, order_id) == (TWO, ONE)
    assert await stock(shop.db, shop.world) == (0, 1)
    await shop.in_order()


async def test_a_refund_that_fails_changes_nothing_and_may_be_asked_again(shop: Shop) -> None:
    order_id = await shop.buy()
    ticket = await shop.first_ticket(order_id)
    shop.gateway.faults.refused["refund"] = 1
    asked = await shop.ask(order_id, ticketIds=[ticket])
    await shop.refunds.drain()
    row = await shop.db.fetchrow("SELECT id::TEXT, status::TEXT, error_code FROM refunds")
    assert row is not None
    assert tuple(row) == (asked["refundId"], "FAILED", "refused")
    assert await shop.statuses(order_id) == ("CONFIRMED", "SUCCEEDED", ["VALID"] * 2)
    assert await given_back(shop.db, order_id) == (TWO, 0)
    await shop.in_order()
    again = await shop.ask(order_id, ticketIds=[ticket])
    assert again["refundId"] != asked["refundId"]
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == ("PARTIALLY_REFUNDED", "SUCCEEDED", ["VOID", "VALID"])
    await shop.in_order()


async def test_money_given_back_at_the_vendor_by_hand_is_not_given_again(shop: Shop) -> None:
    order_id = await shop.buy()
    intent = await shop.db.fetchval("SELECT intent_id FROM charges")
    await shop.gateway.refund(intent, amount_minor=TWO, currency="EUR", key="by-hand")
    await shop.ask(order_id, amount=1)
    await shop.refunds.drain()
    row = await shop.db.fetchrow("SELECT status::TEXT, error_code FROM refunds")
    assert row is not None
    assert tuple(row) == ("FAILED", "charge_already_refunded")
    assert await given_back(shop.db, order_id) == (TWO, TWO)


async def test_a_refund_asked_before_the_capture_waits_for_it(shop: Shop) -> None:
    shop.gateway.faults.away["capture"] = 1
    order_id = await shop.buy()
    assert (await shop.order(order_id))["status"] == "CONFIRMED"
    await shop.ask(order_id)
    await shop.refunds.drain()
    assert await given_back(shop.db, order_id) == (0, 0)
    await shop.in_order()
    await shop.db.execute("UPDATE charges SET due_at = now() WHERE due_at IS NOT NULL")
    await shop.till.drain()
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == ("REFUNDED", "REFUNDED", ["VOID"] * 2)
    assert await given_back(shop.db, order_id) == (TWO, TWO)
    await shop.in_order()


@pytest.mark.parametrize(
    "breach",
    [
        "UPDATE charges SET refunded = amount + 1",
        "UPDATE charges SET refunded = -1",
        "UPDATE refunds SET amount = -1",
        "UPDATE refunds SET due_at = NULL",
        "INSERT INTO refund_tickets SELECT order_id, number, refund_id FROM refund_tickets",
        "INSERT INTO refund_tickets SELECT order_id, 9, order_id FROM refund_tickets",
    ],
)
async def test_the_database_repeats_the_rules(shop: Shop, breach: str) -> None:
    await shop.ask(await shop.buy())
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await shop.db.execute(breach)


async def test_a_ticket_that_was_passed_on_names_the_one_that_came_of_it(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    ticket = await shop.first_ticket(order_id)
    (friend,) = await make_fans(shop.db, shop.world, 1)
    async with shop.database.transaction() as session:
        passed = await holding.hand_over(
            session,
            ticket=TicketId(UUID(ticket)),
            giver=UserId(shop.fan.user_id),
            to=UserId(friend.user_id),
        )
    assert passed is not None
    refused = await refund(shop.client, shop.manager, order_id, ticketIds=[ticket])
    heir = str(passed.ticket_id)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"] == [
        {"field": "ticketIds.0", "message": f"was passed on: refund {heir} instead"}
    ]
    asked = await shop.ask(order_id, ticketIds=[heir])
    assert asked["amount"] == 4650
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == (
        *("PARTIALLY_REFUNDED", "SUCCEEDED"),
        ["TRANSFERRED", "VALID"],
    )
    void = await shop.db.fetchval("SELECT status::TEXT FROM tickets WHERE number = 3")
    assert void == "VOID"


async def test_an_event_that_is_off_gives_all_money_back_once(shop: Shop) -> None:
    """Untouched, refunded in part, in money alone, waiting for a bank, held, and at the gate."""
    whole, partly, all_money, waiting = [
        await shop.buy(token) for token in (VISA, VISA, VISA, THREE_D_SECURE)
    ]
    held = (await hold(shop.client, shop.fan, shop.world))["orderId"]
    scanned = await shop.buy()
    await shop.db.execute(
        "UPDATE tickets SET status = 'CHECKED_IN' WHERE order_id = $1 AND number = 1", scanned
    )
    await shop.ask(partly, ticketIds=[await shop.first_ticket(partly)])
    await shop.refunds.drain()
    await shop.ask(partly, amount=50)
    await shop.ask(all_money, amount=TWO)
    event = EventId(shop.world.event_id)
    found = [
        await service.refund_event(shop.database, event_id=event, now=clock.now(), news=Unheard())
        for _ in range(2)
    ]
    assert found == [4, 0]
    await shop.refunds.drain()
    for order_id in (whole, partly, all_money, scanned):
        assert await shop.statuses(order_id) == ("REFUNDED", "REFUNDED", ["VOID"] * 2)
        assert await given_back(shop.db, order_id) == (TWO, TWO)
    for order_id in (waiting, held):
        assert (await shop.order(order_id))["status"] == "CANCELLED"
    assert await stock(shop.db, shop.world) == (0, 0)
    await shop.in_order()


async def test_cancelling_an_event_refunds_it_by_the_worker(shop: Shop) -> None:
    order_id = await shop.buy()
    async with running_worker(shop.settings) as worker:
        running = asyncio.create_task(worker.run())
        answer = await shop.client.post(
            f"/api/v1/events/{shop.world.event_id}/status",
            json={"status": "CANCELLED"},
            headers=shop.manager.headers,
        )
        assert answer.status_code == 200, answer.text
        await pays_as(shop.client, shop.fan, order_id, "REFUNDED")
        order = await becomes(
            shop.client, shop.fan, order_id, lambda found: found["status"] == "REFUNDED"
        )
        worker.stop()
        await asyncio.wait_for(running, 10)
    assert [ticket["status"] for ticket in order["tickets"]] == ["VOID", "VOID"]
    assert await given_back(shop.db, order_id) == (TWO, TWO)
    await shop.in_order()


async def test_news_of_a_refund_is_told_after_it_is_written(shop: Shop) -> None:
    heard: list[str] = []

    class Listener(Unheard):
        def counts_changed(self, changes: Any) -> None:
            heard.append(f"{changes[0].event_id} has {changes[0].sections[0].sold} sold")

        def orders_changed(self, order_ids: Any) -> None:
            heard.append(f"{order_ids[0]} changed")

    order_id = await shop.buy()
    await shop.ask(order_id, ticketIds=[await shop.first_ticket(order_id)])
    await refunds_of(shop.database, gateway=shop.gateway, news=Listener()).drain()
    assert heard == [f"{shop.world.event_id} has 1 sold", f"{order_id} changed"]


async def test_an_event_that_is_off_is_gone_on_with_where_somebody_was_killed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refunding, "PAGE_MAX", 3)
    bought = sorted([UUID(await shop.buy()) for _ in range(8)])
    await shop.till.drain()

    async def refund_all() -> int:
        event_id = EventId(shop.world.event_id)
        return await service.refund_event(
            shop.database, event_id=event_id, now=clock.now(), news=Unheard()
        )

    async def asked() -> list[UUID]:
        rows = await shop.db.fetch("SELECT order_id FROM refunds ORDER BY order_id")
        return [row["order_id"] for row in rows]

    async def first_page_is_done() -> bool:
        return len(await asked()) >= 3

    blocker = await asyncpg.connect(as_owner(shop.settings))
    async with blocker.transaction():
        # In the middle of the second page.
        await blocker.execute("SELECT 1 FROM charges WHERE order_id = $1 FOR UPDATE", bought[4])
        killed = asyncio.create_task(refund_all())
        await until(first_page_is_done)
        killed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await killed
    await blocker.close()
    # What was begun of a page is gone with it.
    assert await asked() == bought[:3]
    assert await refund_all() == 5
    assert await refund_all() == 0
    await shop.refunds.drain()
    assert await asked() == bought
    assert await shop.db.fetchval("SELECT sum(refunded) FROM sandbox_intents") == 8 * TWO
    await shop.in_order()


async def test_an_event_that_is_off_makes_few_calls_at_once_and_one_wake_up_a_page(
    shop: Shop,
) -> None:
    """All at once would be as many calls as the event has orders."""
    for _ in range(40):
        await hold(shop.client, shop.fan, shop.world, token=VISA)
    await shop.till.drain()
    await service.refund_event(
        shop.database, event_id=EventId(shop.world.event_id), now=clock.now(), news=Unheard()
    )
    assert (
        await shop.db.fetchval(
            "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'payments.refund_due'"
        )
        == 1
    )
    running = most = 0

    class Watched(TwinGateway):
        async def refund(self, intent_id: str, **asked: Any) -> Any:
            nonlocal running, most
            running += 1
            most = max(most, running)
            try:
                return await super().refund(intent_id, **asked)
            finally:
                running -= 1

    async with twin_gateway(shop.database, kind=Watched) as watched:
        await refunds_of(shop.database, gateway=watched).drain()
    assert most == 16
    assert await shop.db.fetchval("SELECT sum(refunded) FROM sandbox_intents") == 40 * TWO
    await shop.in_order()
