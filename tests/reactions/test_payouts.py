"""Our account at the vendor beside the ledger, and what it paid out: each difference pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from arenapulse.core import clock
from arenapulse.payments import service, tasks
from arenapulse.payments.gateway import GatewayAway
from arenapulse.payments.queries import account
from arenapulse.payments.service import paying_out
from arenapulse.runtime.telemetry import PAYMENT_DIFFERENCES
from tests.conftest import TestEngines, settings_for
from tests.reactions.refund_shop import Shop, open_shop
from tests.worlds import make_fans

# Of 93.00: 1.5 % and 0.25.
FEE = 164
OLDER = """
UPDATE sandbox_movements SET created_at = created_at - interval '1 hour',
  available_at = available_at - interval '2 days';
UPDATE sandbox_payouts SET created_at = created_at - interval '1 hour';
UPDATE payouts SET created_at = created_at - interval '1 hour';
UPDATE charges SET created_at = created_at - interval '1 hour'
"""


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        # The ledger is for ever, but this test plays hours in a moment.
        await made.db.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_is_for_ever")
        yield made


async def age(shop: Shop) -> None:
    """What happened is an hour ago."""
    await shop.db.execute(OLDER)
    await shop.db.execute("UPDATE ledger_entries SET at = at - interval '1 hour'")


async def look(shop: Shop) -> list[tuple[str, str, str]]:
    await service.compare_account(shop.database, gateway=shop.gateway, now=clock.now())
    rows = await shop.db.fetch("SELECT kind, ours, theirs FROM payment_differences ORDER BY kind")
    return [tuple(row) for row in rows]


async def sold_and_paid_out(shop: Shop) -> None:
    """Two orders, 10.00 of one given back; all of it is on its way to the bank."""
    order_id = await shop.buy()
    await shop.buy()
    await shop.till.drain()
    await shop.ask(order_id, amount=1000)
    await shop.refunds.drain()
    await age(shop)
    await shop.gateway.twin.pay_out()
    await age(shop)


async def get(shop: Shop, path: str, who: Any) -> Any:
    answer = await shop.client.get(f"/api/v1{path}", headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_was_paid_out_is_shown_to_whom_it_is_of_and_agrees(shop: Shop) -> None:
    await sold_and_paid_out(shop)
    assert await look(shop) == []
    assert await look(shop) == []
    own = f"/organizations/{shop.world.organization_id}/payouts"
    (share,) = (await get(shop, own, shop.manager))["data"]
    gross = 2 * 9300 - 1000
    assert (share["gross"], share["fees"], share["amount"]) == (gross, 2 * FEE, gross - 2 * FEE)
    assert (share["status"], share["currency"], share["payments"]) == ("paid", "EUR", 2)
    (admin,) = await make_fans(shop.db, shop.world, 1, platform="ADMIN")
    (whole,) = (await get(shop, "/admin/payouts", admin))["data"]
    assert (whole["amount"], whole["check"]) == (gross - 2 * FEE, "AGREES")
    assert whole["payoutId"] == share["payoutId"]
    balances = await shop.db.fetch("SELECT currency, moved, before FROM vendor_balances")
    assert [tuple(row) for row in balances] == [("EUR", 0, 0)]


async def test_lists_of_payouts_have_pages(shop: Shop) -> None:
    for _ in range(2):
        await shop.buy()
        await shop.till.drain()
        await age(shop)
        await shop.gateway.twin.pay_out()
        await age(shop)
    assert await look(shop) == []
    (admin,) = await make_fans(shop.db, shop.world, 1, platform="ADMIN")
    own = f"/organizations/{shop.world.organization_id}/payouts"
    for path, who in ((own, shop.manager), ("/admin/payouts", admin)):
        first = await get(shop, f"{path}?limit=1", who)
        cursor = first["meta"]["nextCursor"]
        second = (
            await shop.client.get(
                f"/api/v1{path}", params={"limit": 1, "cursor": cursor}, headers=who.headers
            )
        ).json()
        assert second["meta"].get("nextCursor") is None
        found = [page["data"][0]["createdAt"] for page in (first, second)]
        assert found == sorted(found, reverse=True)
        assert len(set(found)) == 2


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            "UPDATE sandbox_movements SET amount = amount - 500 WHERE kind = 'charge'",
            [("not_in_the_balance", "ledger 9300", "balance 8800")],
        ),
        (
            "DELETE FROM sandbox_movements WHERE kind = 'charge'",
            [("not_in_the_balance", "ledger 9300", "balance 0")],
        ),
        (
            # A dispute that nobody told us of.
            """INSERT INTO sandbox_movements SELECT 'txn_other', 'adjustment', 'dp_1', intent_id,
            -amount, 2000, currency, created_at, available_at FROM sandbox_movements""",
            [("not_in_the_balance", "ledger 9300", "balance 0")],
        ),
    ],
)
async def test_a_payment_that_the_balance_says_otherwise_is_a_difference(
    shop: Shop, change: str, found: list[tuple[str, str, str]]
) -> None:
    await shop.buy()
    await shop.till.drain()
    await age(shop)
    await shop.db.execute("CREATE TABLE kept AS SELECT * FROM sandbox_movements")
    await shop.db.execute(change)
    assert await look(shop) == found
    assert await look(shop) == found
    await tell(shop)
    assert PAYMENT_DIFFERENCES.collect()[0].samples[0].value == 1
    # Told late, it is mended by itself.
    await shop.db.execute(
        "DELETE FROM sandbox_movements; DELETE FROM vendor_movements;"
        "INSERT INTO sandbox_movements SELECT * FROM kept;"
        "UPDATE vendor_books SET since = since - interval '2 hours'; DELETE FROM vendor_balances"
    )
    assert await look(shop) == []
    # Whichever worker compared: this one is asked no more for what it once saw.
    await tell(shop)
    assert PAYMENT_DIFFERENCES.collect()[0].samples[0].value == 0


async def tell(shop: Shop) -> None:
    """What each worker does by itself, twice a minute."""
    registry = tasks.comparing(shop.database, gateway=shop.gateway)
    await registry.loops["payments.tell_differences"].run()


async def test_a_balance_that_its_movements_do_not_come_to_is_a_difference(shop: Shop) -> None:
    await shop.buy()
    await shop.till.drain()
    await age(shop)
    assert await look(shop) == []
    # Money that left without a word: of an hour that was read already.
    await shop.db.execute(
        "INSERT INTO sandbox_movements VALUES ('txn_other', 'adjustment', 'x', NULL, -700, 0,"
        " 'EUR', now() - interval '3 hours', now())"
    )
    assert await look(shop) == [
        ("balance_differs", f"movements {9300 - FEE}", f"balance {8600 - FEE}")
    ]
    await shop.db.execute("DELETE FROM sandbox_movements WHERE id = 'txn_other'")
    assert await look(shop) == []


async def test_while_money_moves_the_balance_is_not_judged(shop: Shop) -> None:
    await shop.buy()
    await shop.till.drain()
    await shop.db.execute("UPDATE charges SET created_at = now() - interval '1 hour'")
    assert await look(shop) == []
    assert await shop.db.fetch("SELECT * FROM vendor_balances") == []


async def test_a_payout_that_differs_or_that_no_bank_took_is_a_difference(shop: Shop) -> None:
    await sold_and_paid_out(shop)
    await shop.db.execute("UPDATE sandbox_payouts SET amount = amount + 1")
    counted = 2 * 9300 - 1000 - 2 * FEE
    differs = ("payout_differs", f"movements {counted}", f"payout {counted + 1}")
    assert await look(shop) == [differs]
    await shop.db.execute("UPDATE payouts SET amount = amount - 1")
    assert await look(shop) == []
    payout_id = await shop.db.fetchval("SELECT id FROM payouts")
    await shop.gateway.twin.fail_payout(payout_id)
    failed = ("payout_failed", f"movements {counted}", f"payout {counted} account_closed")
    assert await look(shop) == [failed]
    # The bank is another, and the next one goes.
    await age(shop)
    await shop.gateway.twin.pay_out()
    await age(shop)
    assert await look(shop) == []


async def test_what_is_too_much_for_one_look_is_read_on_by_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await shop.buy()
    await shop.till.drain()
    await age(shop)
    monkeypatch.setattr("arenapulse.payments.stripe_gateway.PAGE_MAX", 1)
    monkeypatch.setattr(paying_out, "PAGES_MAX", 2)
    read: list[int] = []
    for _ in range(3):
        assert await look(shop) == []
        read.append(await shop.db.fetchval("SELECT count(*) FROM vendor_movements"))
    assert read == [2, 3, 3]


async def test_a_vendor_that_is_away_is_asked_again_from_where_it_was(shop: Shop) -> None:
    await shop.buy()
    await shop.till.drain()
    await age(shop)
    shop.gateway.faults.away["movements"] = 1
    with pytest.raises(GatewayAway):
        await look(shop)
    assert await look(shop) == []
    assert await shop.db.fetchval("SELECT count(*) FROM vendor_movements") == 1


async def test_two_workers_that_read_at_once_write_each_page_once(shop: Shop) -> None:
    await shop.buy()
    await shop.till.drain()
    await age(shop)
    now = clock.now()
    async with shop.database.transaction() as session:
        before = await account.books(session, now=now)
    until = now - dt.timedelta(minutes=2)
    page, _ = await shop.gateway.movements(since=before.since, until=until, after=None)
    for _ in range(2):
        async with shop.database.transaction() as session:
            await account.keep(session, movements=page)
    balances = await shop.db.fetch("SELECT moved FROM vendor_balances")
    assert [row["moved"] for row in balances] == [9300 - FEE]
