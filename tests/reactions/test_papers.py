"""The papers of an order: an invoice, what of it was credited; they never say another thing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from string import ascii_letters, digits
from typing import Any
from uuid import UUID

import pytest

from arenapulse.core.ids import UserId
from arenapulse.payments.service import PersonalPapers
from arenapulse.payments.service.personal import PersonalPayments
from tests.conftest import TestEngines, settings_for
from tests.papers import words_of
from tests.paying import VISA, hold
from tests.reactions.refund_shop import Shop, hear, open_shop
from tests.worlds import make_fans, make_world


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def paid(shop: Shop) -> str:
    order_id = await shop.buy()
    await shop.till.drain()
    return order_id


async def issue(shop: Shop, order_id: str) -> list[Any]:
    answer = await shop.client.post(f"/api/v1/orders/{order_id}/invoices", headers=shop.fan.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_invoices_are_numbered_without_gaps_whoever_asks_at_once(shop: Shop) -> None:
    orders = [await paid(shop) for _ in range(4)]
    made = await asyncio.gather(*(issue(shop, order_id) for order_id in [*orders, *orders]))
    year = dt.datetime.now(dt.UTC).year
    assert sorted({one[0]["number"] for one in made}) == [f"{year}-{n:06d}" for n in range(1, 5)]
    assert (made[0][0]["amount"], made[0][0]["tax"]) == (9300, 1550)
    held = await hold(shop.client, shop.fan, shop.world)
    path = f"/api/v1/orders/{held['orderId']}/invoices"
    refused = await shop.client.post(path, headers=shop.fan.headers)
    assert refused.json()["error"]["code"] == "ORDER004"


async def test_each_organization_counts_for_itself_and_begins_anew_with_the_year(
    shop: Shop,
) -> None:
    year = dt.datetime.now(dt.UTC).year
    other = await make_world(shop.db, shop.settings)
    theirs = str((await hold(shop.client, shop.fan, other, token=VISA))["orderId"])
    orders = [await paid(shop), await paid(shop), theirs]
    await shop.till.drain()
    numbers = [(await issue(shop, order_id))[0]["number"] for order_id in orders]
    assert numbers == [f"{year}-000001", f"{year}-000002", f"{year}-000001"]
    new_year = dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC)
    found = []
    for at in (new_year - dt.timedelta(seconds=1), new_year):
        for order_id in orders:
            made = await shop.db.fetchval(
                "SELECT write_paper($1, 'CREDIT_NOTE', $2, 1, 0, $3)",
                *(UUID(order_id), f"{at}:{order_id}", at),
            )
            row = await shop.db.fetchrow("SELECT year, number FROM invoices WHERE id = $1", made)
            found.append(tuple(row or ()))
    assert found == [
        *((year, 3), (year, 4), (year, 2)),
        *((year + 1, 1), (year + 1, 2), (year + 1, 1)),
    ]


async def test_a_refund_of_what_was_invoiced_has_its_credit_note(shop: Shop) -> None:
    order_id = await paid(shop)
    await issue(shop, order_id)
    await shop.ask(order_id, amount=1200)
    await shop.refunds.drain()
    invoice, note = await issue(shop, order_id)
    assert (invoice["kind"], note["kind"], note["amount"], note["tax"]) == (
        *("INVOICE", "CREDIT_NOTE"),
        *(1200, 200),
    )
    assert note["number"].endswith("-000002")
    for paper in (invoice, note):
        path = f"/api/v1/invoices/{paper['invoiceId']}/pdf"
        drawn = await shop.client.get(path, headers=shop.fan.headers)
        assert drawn.headers["content-type"] == "application/pdf"
        assert drawn.content.startswith(b"%PDF-")
        assert len(drawn.content) > 3_000
        (stranger,) = await make_fans(shop.db, shop.world, 1)
        hidden = await shop.client.get(path, headers=stranger.headers)
        assert hidden.status_code == 404
    path = f"/api/v1/organizations/{shop.world.organization_id}/invoices?limit=1"
    newest = (await shop.client.get(path, headers=shop.manager.headers)).json()
    assert newest["data"] == [note]
    following = {"cursor": newest["meta"]["nextCursor"]}
    oldest = await shop.client.get(path, params=following, headers=shop.manager.headers)
    assert (oldest.json()["data"], oldest.json()["meta"]) == ([invoice], {})
    told = following["cursor"]
    assert not set(told) - set(ascii_letters + digits + "~.:-")  # It needs no encoding in a URL.
    for wrong in (told[:-40], told.replace("~", ""), told.replace("Z~", "+23:59~"), "~", "x"):
        refused = await shop.client.get(
            path, params={"cursor": wrong}, headers=shop.manager.headers
        )
        assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (
            422,
            "cursor",
        )


async def papers(shop: Shop, order_id: str) -> list[tuple[str, int, int]]:
    path = f"/api/v1/orders/{order_id}/invoices"
    told = (await shop.client.get(path, headers=shop.manager.headers)).json()["data"]
    return [(one["kind"], one["amount"], one["tax"]) for one in told]


async def said(shop: Shop, paper: Any) -> str:
    path = f"/api/v1/invoices/{paper['invoiceId']}/pdf"
    return words_of((await shop.client.get(path, headers=shop.manager.headers)).content)


@pytest.mark.parametrize("amount", [9300, 1200])
async def test_what_went_back_before_the_invoice_is_credited_with_it(
    shop: Shop, amount: int
) -> None:
    order_id = await paid(shop)
    await shop.ask(order_id, amount=amount)
    await shop.refunds.drain()
    for _ in range(2):
        await issue(shop, order_id)
        assert await papers(shop, order_id) == [
            ("INVOICE", 9300, 1550),
            ("CREDIT_NOTE", amount, amount // 6),
        ]


async def test_an_invoice_that_nobody_pays_any_more_is_credited(shop: Shop) -> None:
    body = shop.world.order(quantity=2, paymentMethod={"type": "invoice"})
    answer = await shop.client.post("/api/v1/orders", json=body, headers=shop.manager.headers)
    order_id = answer.json()["data"]["orderId"]
    path = f"/api/v1/orders/{order_id}"
    (invoice,) = (await shop.client.post(f"{path}/invoices", headers=shop.manager.headers)).json()[
        "data"
    ]
    assert "To be paid." in await said(shop, invoice)
    given_up = await shop.client.post(f"{path}/cancel", headers=shop.manager.headers)
    assert given_up.status_code == 200, given_up.text
    assert await papers(shop, order_id) == [("INVOICE", 9300, 1550), ("CREDIT_NOTE", 9300, 1550)]
    again = await shop.client.post(f"{path}/invoices", headers=shop.manager.headers)
    assert again.json()["error"]["code"] == "ORDER004"
    await shop.in_order()


async def test_a_debt_that_is_let_go_is_credited(shop: Shop) -> None:
    shop.gateway.faults.away["capture"] = 1
    order_id = await shop.buy()
    await shop.db.execute("UPDATE sandbox_intents SET status = 'canceled'")
    await shop.db.execute("UPDATE charges SET due_at = now() WHERE due_at IS NOT NULL")
    await shop.till.drain()
    await issue(shop, order_id)
    await shop.ask(order_id)
    await shop.refunds.drain()
    assert await papers(shop, order_id) == [("INVOICE", 9300, 1550), ("CREDIT_NOTE", 9300, 1550)]


async def test_a_refund_that_a_bank_undid_is_no_credit(shop: Shop) -> None:
    order_id = await paid(shop)
    await issue(shop, order_id)
    await shop.ask(order_id, amount=1200)
    await shop.refunds.drain()
    await shop.gateway.twin.undo_refund(await shop.db.fetchval("SELECT vendor_id FROM refunds"))
    await hear(shop)
    assert await papers(shop, order_id) == [
        ("INVOICE", 9300, 1550),
        ("CREDIT_NOTE", 1200, 200),
        ("CORRECTION", 1200, 200),
    ]
    correction = (await issue(shop, order_id))[2]
    assert "Belongs to invoice" in await said(shop, correction)


async def test_a_paper_says_the_same_for_ever(shop: Shop) -> None:
    order_id = await paid(shop)
    (invoice,) = await issue(shop, order_id)
    before = await said(shop, invoice)
    assert "Paid by card." in before
    await shop.db.execute("UPDATE users SET full_name = 'New Name', email = id || '@new.test'")
    await shop.db.execute("UPDATE organizations SET name = 'New house'")
    await shop.db.execute(
        "UPDATE events SET name = 'New show', start_time = start_time + interval '1 day',"
        " end_time = end_time + interval '1 day'"
    )
    assert await said(shop, invoice) == before
    async with shop.database.transaction() as session:
        await PersonalPapers().erase(session, user_id=UserId(shop.fan.user_id))
    assert [
        (old, new)
        for old, new in zip(
            before.splitlines(), (await said(shop, invoice)).splitlines(), strict=True
        )
        if old != new
    ] == [(before.splitlines()[2], "To a person whose account is deleted")]


async def test_a_paper_is_written_in_the_buyers_language(shop: Shop) -> None:
    await shop.db.execute(
        'UPDATE users SET preferences = \'{"locale": "de-AT"}\' WHERE id = $1',
        UUID(str(shop.fan.user_id)),
    )
    (invoice,) = await issue(shop, await paid(shop))
    assert "Mit Karte bezahlt." in await said(shop, invoice)


async def test_what_was_paid_by_hand_goes_back_so_when_its_buyer_is_gone(shop: Shop) -> None:
    body = shop.world.order(quantity=2, paymentMethod={"type": "invoice"})
    answer = await shop.client.post("/api/v1/orders", json=body, headers=shop.manager.headers)
    path = f"/api/v1/orders/{answer.json()['data']['orderId']}"
    paid_so = {"reference": "R-1"}
    await shop.client.post(f"{path}/invoice-payment", json=paid_so, headers=shop.manager.headers)
    async with shop.database.transaction() as session:
        await PersonalPayments().erase(session, user_id=UserId(shop.manager.user_id))
    row = await shop.db.fetchrow("SELECT token, reference FROM charges")
    assert row is not None
    assert tuple(row) == ("invoice", None)
    await shop.ask(answer.json()["data"]["orderId"])
    await shop.refunds.drain()
    left = await shop.db.fetch(
        "SELECT account, sum(amount)::INT AS amount FROM ledger_entries"
        " WHERE account IN ('bank', 'processor') GROUP BY 1"
    )
    assert [tuple(each) for each in left] == [("bank", 0)]
