"""What banks do behind our back: soft declines, disputes, warnings, refunds that come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.answers import code as code_of
from tests.conftest import TestEngines, settings_for
from tests.mailbox import mails
from tests.papers import words_of
from tests.paying import charges, hold, stock
from tests.reactions.refund_shop import Shop, hear, intent_of, open_shop, tell
from tests.worlds import Fan, make_fans


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def sums(shop: Shop) -> dict[str, int]:
    path = f"/api/v1/organizations/{shop.world.organization_id}/ledger"
    answer = await shop.client.get(path, headers=shop.manager.headers)
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["data"]
    assert line.pop("eventId") == str(shop.world.event_id)
    assert line.pop("currency") == "EUR"
    assert sum(line.values()) == 0
    return {name: amount for name, amount in line.items() if amount}


async def test_the_ledger_says_what_was_sold_and_given_back(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    assert await sums(shop) == {"processor": 9300, "sales": -7500, "fees": -250, "tax": -1550}
    await shop.ask(order_id, ticketIds=[await shop.first_ticket(order_id)])
    await shop.refunds.drain()
    assert await sums(shop) == {
        "processor": 4650,
        "sales": -7500,
        "fees": -250,
        "tax": -775,
        "refunds": 3875,
    }
    await shop.in_order()


async def test_the_ledger_is_for_ever(shop: Shop) -> None:
    await shop.buy()
    await shop.till.drain()
    for sql in (
        "UPDATE ledger_entries SET amount = 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        """INSERT INTO ledger_entries SELECT gen_random_uuid(), 1, kind, order_id, event_id,
        organization_id, account, 7, currency, at FROM ledger_entries LIMIT 1""",
    ):
        with pytest.raises(Exception, match="ledger"):
            await shop.db.execute(sql)
    assert (await sums(shop))["processor"] == 9300


async def test_the_box_office_and_invoices_are_in_the_ledger(shop: Shop) -> None:
    for kind in ("box_office", "invoice"):
        body = shop.world.order(paymentMethod={"type": kind})
        answer = await shop.client.post("/api/v1/orders", json=body, headers=shop.manager.headers)
        assert answer.status_code == 201, answer.text
    order_id = answer.json()["data"]["orderId"]
    found = await sums(shop)
    assert (found["till"], found["receivable"]) == (4650, 4650)
    path = f"/api/v1/orders/{order_id}/invoice-payment"
    await shop.client.post(path, json={"reference": "R1"}, headers=shop.manager.headers)
    found = await sums(shop)
    assert (found["till"], found["bank"], found.get("receivable")) == (4650, 4650, None)
    await shop.ask(order_id)
    await shop.refunds.drain()
    found = await sums(shop)
    assert (found.get("bank"), found["refunds"]) == (None, 3875)
    await shop.in_order()


async def test_a_decline_that_may_pass_is_asked_again_and_the_places_stay(shop: Shop) -> None:
    shop.gateway.faults.soft_declines = 1
    order = await hold(shop.client, shop.fan, shop.world, token="pm_card_visa")
    order_id = order["orderId"]
    await shop.till.drain()
    found = await shop.order(order_id)
    assert (found["status"], found["paymentStatus"]) == ("PENDING", "RETRYING")
    # Five seconds after it was heard, however slow the machine is.
    assert await shop.db.fetchval(
        "SELECT due_at > created_at + interval '5 s' AND due_at <= now() + interval '5 s'"
        " FROM charges WHERE order_id = $1",
        UUID(order_id),
    )
    await shop.db.execute("UPDATE charges SET due_at = now()")
    await shop.till.drain()
    assert await shop.statuses(order_id) == ("CONFIRMED", "SUCCEEDED", ["VALID", "VALID"])
    assert await charges(shop.db, order_id) == [(1, "SUCCEEDED")]
    await shop.in_order()


async def test_the_card_of_an_order_that_was_given_up_is_not_asked_again(shop: Shop) -> None:
    shop.gateway.faults.soft_declines = 1
    order_id = (await hold(shop.client, shop.fan, shop.world, token="pm_card_visa"))["orderId"]
    await shop.till.drain()
    path = f"/api/v1/orders/{order_id}/cancel"
    assert (await shop.client.post(path, headers=shop.fan.headers)).status_code == 200
    await shop.db.execute("UPDATE charges SET due_at = now()")
    await shop.till.drain()
    assert await shop.db.fetchval("SELECT count(*) FROM sandbox_intents") == 1
    assert await charges(shop.db, order_id) == [(1, "CANCELLED")]
    await shop.in_order()


async def test_it_is_asked_three_times_and_then_declined(shop: Shop) -> None:
    order = await hold(
        shop.client, shop.fan, shop.world, token="pm_card_chargeDeclinedProcessingError"
    )
    for _ in range(5):
        await shop.db.execute("UPDATE charges SET due_at = now() WHERE due_at IS NOT NULL")
        await shop.till.drain()
    found = await shop.order(order["orderId"])
    assert (found["paymentStatus"], found["lastError"]["declineCode"]) == (
        "FAILED",
        "processing_error",
    )
    assert await shop.db.fetchval("SELECT count(*) FROM sandbox_intents") == 4


async def test_a_hold_that_ends_before_is_not_kept_for_another_try(shop: Shop) -> None:
    shop.gateway.faults.soft_declines = 1
    order = await hold(shop.client, shop.fan, shop.world, token="pm_card_visa")
    await shop.db.execute("UPDATE orders SET expires_at = now() + interval '3 s'")
    await shop.till.drain()
    assert (await shop.order(order["orderId"]))["paymentStatus"] == "FAILED"


@pytest.mark.parametrize("token", ["pm_card_chargeDeclined"])
async def test_a_hard_decline_is_never_asked_again(shop: Shop, token: str) -> None:
    order = await hold(shop.client, shop.fan, shop.world, token=token)
    await shop.till.drain()
    assert (await shop.order(order["orderId"]))["paymentStatus"] == "FAILED"
    assert await shop.db.fetchval("SELECT count(*) FROM sandbox_intents") == 1


async def test_a_dispute_is_opened_and_won(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    opened = await shop.gateway.twin.open_dispute(await intent_of(shop, order_id))
    await hear(shop)
    assert (await shop.order(order_id))["paymentStatus"] == "DISPUTED"
    found = await sums(shop)
    assert (found.get("processor"), found["disputes"]) == (None, 9300)
    path = f"/api/v1/organizations/{shop.world.organization_id}/disputes"
    told = await shop.client.get(path, headers=shop.manager.headers)
    (dispute,) = told.json()["data"]
    assert (dispute["orderId"], dispute["amount"], dispute["status"], dispute["reason"]) == (
        *(order_id, 9300, "OPEN"),
        "fraudulent",
    )
    assert dispute["dueBy"]
    await shop.gateway.twin.close_dispute(opened["id"], is_won=True)
    await hear(shop)
    assert await shop.statuses(order_id) == ("CONFIRMED", "SUCCEEDED", ["VALID", "VALID"])
    found = await sums(shop)
    assert (found["processor"], found.get("disputes")) == (9300, None)
    await shop.in_order()


async def test_what_stands_against_a_dispute_is_one_paper_for_managers(shop: Shop) -> None:
    order_id = await shop.buy("pm_card_createDispute")
    await shop.till.drain()
    await hear(shop)
    dispute_id = await shop.db.fetchval("SELECT id FROM disputes")
    await shop.db.execute(_SCANNED, UUID(order_id), shop.world.event_id)
    await shop.db.execute(_TOLD, UUID(order_id), shop.world.organization_id)
    path = f"/api/v1/orders/{order_id}/evidence"
    paper = await shop.client.get(path, headers=shop.manager.headers)
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    said = words_of(paper.content)
    for fact in (
        *(dispute_id, order_id, "93.00 EUR, fraudulent", "admitted at gate North"),
        *("order confirmed to fan@demo.test", "delivered", "Nothing, unless the event is"),
    ):
        assert fact in said, said
    stranger = (await make_fans(shop.db, shop.world, 1))[0]
    for person, code in ((stranger, "ORDER001"), (shop.fan, "AUTH004")):
        hidden = await shop.client.get(path, headers=person.headers)
        assert hidden.json()["error"]["code"] == code
    undisputed = await shop.buy()
    path = f"/api/v1/orders/{undisputed}/evidence"
    missing = await shop.client.get(path, headers=shop.manager.headers)
    assert missing.json()["error"]["code"] == "NOTFOUND001"


_SCANNED = """
INSERT INTO checkins (event_id, client_id, sequence, order_id, number, result, gate, device_id,
    actor_id, scanned_at, recorded_at, is_offline)
VALUES ($2, 'scan-1', 1, $1, 1, 'ADMITTED', 'North', 'd', gen_random_uuid(), now(), now(), FALSE)
"""
_TOLD = """
INSERT INTO messages (id, key, channel, template, locale, recipient, name, order_id,
    organization_id, priority, content, status, created_at, updated_at)
VALUES (gen_random_uuid(), 'k', 'EMAIL', 'order_confirmed', 'en', 'fan@demo.test', 'Fan', $1,
    $2, 1, '{}', 'DELIVERED', now(), now())
"""


async def test_a_dispute_that_is_lost_stays_lost_whatever_comes_late(shop: Shop) -> None:
    order_id = await shop.buy("pm_card_createDispute")
    await shop.till.drain()
    await hear(shop)
    dispute_id = await shop.db.fetchval("SELECT id FROM disputes")
    await shop.gateway.twin.close_dispute(dispute_id, is_won=False)
    rows = await shop.db.fetch(
        "SELECT payload FROM pgqueuer WHERE entrypoint = 'payments.deliver_sandbox_event'"
    )
    closed = [event for row in rows for event in msgspec.json.decode(row["payload"])["events"]]
    # The opening comes once more under another name, after the end; each twice.
    late = [event | {"id": f"evt_late_{n}"} for n, event in enumerate(closed)]
    assert await tell(shop, [*closed, *late, *closed]) == len(closed) + len(late)
    assert (await shop.order(order_id))["paymentStatus"] == "DISPUTED"
    assert await shop.db.fetchval("SELECT status::TEXT FROM disputes") == "LOST"
    found = await sums(shop)
    assert (found.get("processor"), found["disputes"]) == (None, 9300)
    await shop.in_order()
    # The bank has it for good: the places may be sold again.
    await shop.refunds.drain()
    found = await shop.statuses(order_id)
    assert found == ("PARTIALLY_REFUNDED", "DISPUTED", ["VOID", "VOID"])
    assert await stock(shop.db, shop.world) == (0, 0)
    await shop.in_order()


@pytest.mark.parametrize("wished", [True, False])
async def test_a_warning_refunds_what_is_not_scanned_if_that_is_wished(
    shop: Shop, wished: bool
) -> None:
    path = f"/api/v1/organizations/{shop.world.organization_id}/payment-settings"
    if wished:
        put = await shop.client.put(
            path, json={"refundOnWarning": True}, headers=shop.manager.headers
        )
        assert put.status_code == 200, put.text
    told = await shop.client.get(path, headers=shop.manager.headers)
    assert told.json()["data"] == {"refundOnWarning": wished}
    order_id = await shop.buy()
    await shop.till.drain()
    await shop.db.execute("UPDATE tickets SET status = 'CHECKED_IN' WHERE number = 1")
    await shop.gateway.twin.warn(await intent_of(shop, order_id))
    await hear(shop)
    await shop.refunds.drain()
    status, _, tickets = await shop.statuses(order_id)
    assert (status, tickets) == (
        ("PARTIALLY_REFUNDED", ["CHECKED_IN", "VOID"])
        if wished
        else ("CONFIRMED", ["CHECKED_IN", "VALID"])
    )
    await shop.in_order()


async def test_a_warning_reaches_tickets_that_were_passed_on(shop: Shop) -> None:
    path = f"/api/v1/organizations/{shop.world.organization_id}/payment-settings"
    put = await shop.client.put(path, json={"refundOnWarning": True}, headers=shop.manager.headers)
    assert put.status_code == 200, put.text
    order_id = await shop.buy()
    await shop.till.drain()
    (friend,) = await make_fans(shop.db, shop.world, 1)
    token = await offered(shop, order_id, 1, to=friend)
    assert (await taken(shop, token, by=friend)).status_code == 200
    await shop.gateway.twin.warn(await intent_of(shop, order_id))
    await hear(shop)
    await shop.refunds.drain()
    rows = await shop.db.fetch("SELECT number, status::TEXT AS status FROM tickets ORDER BY number")
    assert [tuple(row) for row in rows] == [(1, "TRANSFERRED"), (2, "VOID"), (3, "VOID")]
    assert (await shop.order(order_id))["status"] == "REFUNDED"
    await shop.in_order()


async def test_a_ticket_whose_money_is_on_its_way_back_is_not_passed_on(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    (friend,) = await make_fans(shop.db, shop.world, 1)
    token = await offered(shop, order_id, 1, to=friend)
    first = str(UUID(int=UUID(order_id).int + 1))
    await shop.ask(order_id, ticketIds=[first])
    assert code_of(await taken(shop, token, by=friend)) == (409, "TICKET004")
    await shop.refunds.drain()
    assert await shop.statuses(order_id) == (
        *("PARTIALLY_REFUNDED", "SUCCEEDED"),
        ["VOID", "VALID"],
    )
    # Nor is one offered that is asked for.
    second = str(UUID(int=UUID(order_id).int + 2))
    await shop.ask(order_id, ticketIds=[second])
    again = await shop.client.post(
        f"/api/v1/tickets/{second}/transfer",
        json={"email": f"{friend.user_id}@fans.test"},
        headers=shop.fan.headers,
    )
    assert code_of(again) == (409, "TICKET004")
    await shop.in_order()


async def offered(shop: Shop, order_id: str, number: int, *, to: Fan) -> str:
    """The token of an offer, as it stands in the mail that waits."""
    ticket = UUID(int=UUID(order_id).int + number)
    email = f"{to.user_id}@fans.test"
    made = await shop.client.post(
        f"/api/v1/tickets/{ticket}/transfer", json={"email": email}, headers=shop.fan.headers
    )
    assert made.status_code == 201, made.text
    (mail,) = await mails(shop.db, to=email, template="transfer_offered")
    return str(mail["url"].rsplit("/", 1)[-1])


async def taken(shop: Shop, token: str, *, by: Fan) -> httpx.Response:
    return await shop.client.post(f"/api/v1/tickets/transfers/{token}/accept", headers=by.headers)


async def test_a_refund_that_a_bank_undoes_is_seen(shop: Shop) -> None:
    order_id = await shop.buy("pm_card_refundFail")
    await shop.till.drain()
    await shop.ask(order_id)
    await shop.refunds.drain()
    await hear(shop)
    row = await shop.db.fetchrow("SELECT undone_at, stuck_why, error_code FROM refunds")
    assert row is not None
    assert row["undone_at"] is not None
    assert tuple(row)[1:] == ("undone_by_bank", "lost_or_stolen_card")
    assert (await sums(shop))["processor"] == 9300
    # Heard again it is not booked again.
    refund_id = await shop.db.fetchval("SELECT vendor_id FROM refunds")
    told = {"id": "evt_again", "type": "refund.failed", "data": {"object": {"id": refund_id}}}
    assert await tell(shop, [told]) == 1
    assert (await sums(shop))["processor"] == 9300
