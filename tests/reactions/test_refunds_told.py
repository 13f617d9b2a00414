"""What became of each refund: read at the order, by who may, and told on its timeline."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from arenapulse.core import clock
from arenapulse.orders.news import Unheard
from arenapulse.payments import service
from arenapulse.payments.service.disputing import RefundIsOnItsWay
from tests.conftest import TestEngines, settings_for
from tests.reactions.refund_shop import Shop, hear, intent_of, open_shop
from tests.reactions.test_activity import activity, react
from tests.worlds import Fan, make_fans


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def bought(shop: Shop, token: str = "pm_card_visa") -> str:
    order_id = await shop.buy(token)
    await shop.till.drain()
    return order_id


async def refunds(shop: Shop, order_id: str, *, who: Fan | None = None) -> Any:
    answer = await shop.client.get(
        f"/api/v1/orders/{order_id}/refunds", headers=(who or shop.fan).headers
    )
    return answer.json()["data"] if answer.status_code == 200 else answer.json()["error"]["code"]


async def kinds(shop: Shop, order_id: str, *, who: Fan | None = None) -> list[tuple[str, Any]]:
    await react(shop)
    told = await activity(shop, order_id, who=who)
    return [(line["kind"], line["code"]) for line in told]


async def test_a_refund_that_the_vendor_refuses_is_seen_by_all_whom_it_concerns(
    shop: Shop,
) -> None:
    order_id = await bought(shop)
    first = await shop.first_ticket(order_id)
    made = await shop.ask(order_id, ticketIds=[first], reason="He shouted")
    (waits,) = await refunds(shop, order_id)
    assert (waits["refundId"], waits["status"], waits["endedAt"]) == (
        *(made["refundId"], "PENDING"),
        None,
    )
    shop.gateway.faults.refused["refund"] = 1
    await shop.refunds.drain()
    (theirs,) = await refunds(shop, order_id)
    (ours,) = await refunds(shop, order_id, who=shop.manager)
    assert (ours["status"], ours["askedBy"], ours["reason"], ours["code"]) == (
        *("FAILED", "ORGANIZER", "He shouted", "refused"),
    )
    assert theirs == ours | {"reason": None, "code": None}
    assert (ours["amount"], ours["currency"], ours["ticketIds"]) == (4650, "EUR", [first])
    assert ours["endedAt"] >= ours["askedAt"]
    for who, code in ((shop.fan, None), (shop.manager, "refused")):
        assert (await kinds(shop, order_id, who=who))[2:] == [
            ("REFUND_ASKED", "ORGANIZER"),
            ("REFUND_FAILED", code),
        ]


async def test_who_may_read_them(shop: Shop) -> None:
    order_id = await bought(shop)
    (stranger,) = await make_fans(shop.db, shop.world, 1)
    (staff,) = await make_fans(shop.db, shop.world, 1, role="STAFF")
    assert await refunds(shop, order_id) == await refunds(shop, order_id, who=shop.manager) == []
    assert await refunds(shop, order_id, who=stranger) == "ORDER001"
    assert await refunds(shop, order_id, who=staff) == "AUTH004"


async def test_what_a_bank_sent_back_is_told_and_may_be_given_once_more(shop: Shop) -> None:
    order_id = await bought(shop)
    await shop.ask(order_id, reason="Rain")
    await shop.refunds.drain()
    assert (await shop.statuses(order_id))[:2] == ("REFUNDED", "REFUNDED")
    await shop.gateway.twin.undo_refund(await shop.db.fetchval("SELECT vendor_id FROM refunds"))
    for _ in range(2):
        await hear(shop)
    (undone,) = await refunds(shop, order_id, who=shop.manager)
    assert (undone["status"], undone["code"]) == ("SUCCEEDED", "lost_or_stolen_card")
    assert undone["undoneAt"] == undone["endedAt"]
    await shop.in_order()
    # Part of it, then the rest: an order that was refunded stays so.
    for amount in (1000, 8300):
        await shop.ask(order_id, amount=amount, reason="By hand")
        await shop.refunds.drain()
        assert (await shop.statuses(order_id))[:2] == ("REFUNDED", "REFUNDED")
        await shop.in_order()
    assert [one["status"] for one in await refunds(shop, order_id)] == ["SUCCEEDED"] * 3
    for who, code in ((shop.fan, None), (shop.manager, "lost_or_stolen_card")):
        assert (await kinds(shop, order_id, who=who))[2:] == [
            ("REFUND_ASKED", "ORGANIZER"),
            ("REFUNDED", None),
            ("REFUND_UNDONE", code),
            *(("REFUND_ASKED", "ORGANIZER"), ("REFUNDED", None)) * 2,
        ]


async def test_a_part_that_came_back_and_went_again_leaves_the_rest_sold(shop: Shop) -> None:
    order_id = await bought(shop)
    for _ in range(2):
        await shop.ask(order_id, amount=5000, reason="Rain")
        await shop.refunds.drain()
        name = await shop.db.fetchval("SELECT vendor_id FROM refunds WHERE undone_at IS NULL")
        await shop.gateway.twin.undo_refund(name)
        await hear(shop)
        found = await shop.statuses(order_id)
        assert found == ("PARTIALLY_REFUNDED", "SUCCEEDED", ["VALID", "VALID"])
        await shop.in_order()


@pytest.mark.parametrize("is_won", [True, False])
async def test_how_a_dispute_ended_is_told(shop: Shop, is_won: bool) -> None:
    order_id = await bought(shop)
    opened = await shop.gateway.twin.open_dispute(await intent_of(shop, order_id))
    await hear(shop)
    await shop.gateway.twin.close_dispute(opened["id"], is_won=is_won)
    await hear(shop)
    told = [kind for kind, _ in await kinds(shop, order_id)][2:]
    assert told[0] == "DISPUTED"
    assert ("DISPUTE_WON" if is_won else "DISPUTE_LOST") in told
    assert ("REFUND_ASKED" in told) is not is_won


async def test_the_organizers_people_see_messages_and_who_went_in_besides(shop: Shop) -> None:
    order_id = await bought(shop)
    await shop.db.execute(
        """
        INSERT INTO messages (id, key, channel, template, locale, recipient, name, order_id,
            organization_id, priority, content, status, created_at, updated_at)
        VALUES (gen_random_uuid(), 'k', 'EMAIL', 'order_confirmed', 'en', 'fan@demo.test', 'Fan',
            $1, $2, 1, '{}', 'DELIVERED', now(), now())
        """,
        *(UUID(order_id), shop.world.organization_id),
    )
    await shop.db.execute(
        """
        INSERT INTO checkins (event_id, client_id, sequence, order_id, number, result, gate,
            device_id, actor_id, scanned_at, recorded_at, is_offline)
        VALUES ($2, 'scan-1', 1, $1, 1, 'ADMITTED', 'North', 'd', gen_random_uuid(),
            now() + interval '1 hour', now(), FALSE)
        """,
        *(UUID(order_id), shop.world.event_id),
    )
    assert (await kinds(shop, order_id, who=shop.manager))[2:] == [
        ("MESSAGE", "order_confirmed"),
        ("ADMITTED", "North"),
    ]
    assert [kind for kind, _ in await kinds(shop, order_id)] == ["PLACED", "CONFIRMED"]


async def test_what_a_bank_sends_back_before_we_know_the_refunds_name_is_heard_later(
    shop: Shop,
) -> None:
    order_id = await bought(shop)
    shop.gateway.faults.lost_answers["refund"] = 1
    await shop.ask(order_id, reason="Rain")
    await shop.refunds.drain()
    made = await shop.db.fetchval("SELECT id FROM sandbox_refunds")
    await shop.gateway.twin.undo_refund(made)
    with pytest.raises(RefundIsOnItsWay):
        await hear(shop)
    await shop.later()
    told = await shop.db.fetchval("SELECT event_id FROM webhook_inbox WHERE handled_at IS NULL")
    await service.apply_event(
        shop.database, event_id=told, gateway=shop.gateway, now=clock.now(), news=Unheard()
    )
    (undone,) = await refunds(shop, order_id)
    assert undone["undoneAt"] is not None
    await shop.in_order()
