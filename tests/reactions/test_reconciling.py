"""The vendor's books and ours, compared both ways; jobs that failed, seen and run again."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from arenapulse.core import clock
from arenapulse.orders.news import Unheard
from arenapulse.payments import service, stripe_gateway
from arenapulse.payments.service import reconciling
from arenapulse.payments.service.reconciling import AGAIN, SETTLED
from tests.conftest import TestEngines, settings_for
from tests.paying import THREE_D_SECURE, hold
from tests.reactions.refund_shop import Shop, intent_of, open_shop, reconcile
from tests.worlds import make_fans

HOUR = dt.timedelta(hours=1)


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def kinds(shop: Shop) -> list[str]:
    rows = await shop.db.fetch("SELECT kind FROM payment_differences ORDER BY kind")
    return [row["kind"] for row in rows]


async def test_books_that_agree_have_no_differences(shop: Shop) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    await shop.ask(order_id, amount=1000)
    await shop.refunds.drain()
    assert await reconcile(shop) == 0
    assert await kinds(shop) == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE sandbox_intents SET refunded = 500", "refunds_differ"),
        ("UPDATE sandbox_intents SET captured = 9000", "amount_differs"),
        ("UPDATE sandbox_intents SET captured = 0, status = 'canceled'", "not_captured"),
        ("DELETE FROM sandbox_intents", "unknown_to_the_vendor"),
        ("DELETE FROM charges", "captured_for_nothing_known"),
        ("UPDATE charges SET status = 'CANCELLED'", "captured_without_places"),
    ],
)
async def test_each_difference_is_written_down_and_goes_when_it_is_mended(
    shop: Shop, change: str, kind: str
) -> None:
    await shop.buy()
    await shop.till.drain()
    await shop.db.execute("CREATE TABLE kept_i AS SELECT * FROM sandbox_intents")
    await shop.db.execute("CREATE TABLE kept_c AS SELECT * FROM charges")
    await shop.db.execute(change)
    assert await reconcile(shop) == 1
    assert await reconcile(shop) == 1
    assert await kinds(shop) == [kind]
    await shop.db.execute("DELETE FROM sandbox_intents; DELETE FROM charges")
    await shop.db.execute("INSERT INTO sandbox_intents SELECT * FROM kept_i")
    await shop.db.execute("INSERT INTO charges SELECT * FROM kept_c")
    assert await reconcile(shop) == 0
    assert await kinds(shop) == []


async def test_a_lost_event_is_healed(shop: Shop) -> None:
    order_id = await shop.buy(THREE_D_SECURE)
    intent_id = await shop.db.fetchval("SELECT intent_id FROM charges")
    await shop.gateway.authenticate(intent_id, passes=True)
    await shop.till.drain()
    assert (await shop.order(order_id))["paymentStatus"] == "REQUIRES_ACTION"
    assert await reconcile(shop) == 0
    await shop.till.drain()
    assert (await shop.order(order_id))["status"] == "CONFIRMED"
    await shop.in_order()


async def test_who_runs_the_platform_sees_what_failed_and_runs_it_again(shop: Shop) -> None:
    client = shop.client
    (admin,) = await make_fans(shop.db, shop.world, 1, platform="ADMIN")
    for name in ("jobs", "payment-differences"):
        for fan, status in ((shop.manager, 403), (admin, 200)):
            answer = await client.get(f"/api/v1/admin/{name}", headers=fan.headers)
            assert answer.status_code == status
    job_id = await shop.db.fetchval(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
        " VALUES (0, 'failed', 'payments.apply_event', '{}') RETURNING id"
    )
    seen = await client.get("/api/v1/admin/jobs", headers=admin.headers)
    (job,) = seen.json()["data"]
    assert (job["jobId"], job["name"]) == (str(job_id), "payments.apply_event")
    path = f"/api/v1/admin/jobs/{job_id}/retry"
    for status in (204, 404):
        assert (await client.post(path, headers=admin.headers)).status_code == status
    found = await shop.db.fetchval("SELECT status::TEXT FROM pgqueuer WHERE id = $1", job_id)
    assert found == "queued"
    noted = "SELECT organization_id FROM audit_log WHERE action = $1"
    assert [row[0] for row in await shop.db.fetch(noted, "jobs.retry")] == [None]


@pytest.mark.parametrize(
    ("waited", "after"),
    [
        # Across the end of what is listed, which is the end of a day as well.
        (dt.timedelta(milliseconds=300), SETTLED),
        # Within the second that the vendor's list ends with, and leaves out.
        (dt.timedelta(0), SETTLED),
        # In a rush, and while the vendor was away.
        (dt.timedelta(seconds=100), SETTLED),
        (dt.timedelta(minutes=20), AGAIN),
        # By a clock that is behind ours: only its name finds it.
        (dt.timedelta(hours=-2), SETTLED),
        (dt.timedelta(hours=-2), AGAIN),
    ],
)
async def test_an_intent_that_is_not_as_old_as_its_charge_is_no_difference(
    shop: Shop, waited: dt.timedelta, after: dt.timedelta
) -> None:
    await shop.buy()
    await shop.till.drain()
    until = dt.datetime(2030, 1, 1, 0, 0, 0, 500_000, dt.UTC)
    made = until - dt.timedelta(milliseconds=100)
    await shop.db.execute("UPDATE charges SET created_at = $1", made)
    await shop.db.execute("UPDATE sandbox_intents SET created_at = $1", made + waited)
    now = until + after
    assert await service.reconcile(shop.database, gateway=shop.gateway, now=now) == 0
    assert await kinds(shop) == []
    await shop.db.execute("DELETE FROM sandbox_intents")
    assert await service.reconcile(shop.database, gateway=shop.gateway, now=now) == 1
    assert await kinds(shop) == ["unknown_to_the_vendor"]


async def test_a_difference_that_is_mended_hours_later_goes_at_the_next_look(shop: Shop) -> None:
    await shop.buy()
    await shop.till.drain()
    await shop.db.execute("UPDATE sandbox_intents SET captured = 9000")
    assert await reconcile(shop) == 1
    later = clock.now() + 5 * HOUR
    assert await service.reconcile(shop.database, gateway=shop.gateway, now=later) == 1
    assert await kinds(shop) == ["amount_differs"]
    await shop.db.execute("UPDATE sandbox_intents SET captured = 9300")
    assert await service.reconcile(shop.database, gateway=shop.gateway, now=later) == 0
    assert await kinds(shop) == []


async def test_lines_that_stay_do_not_keep_others_from_being_looked_at(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await shop.buy()
    await shop.till.drain()
    await shop.db.execute("UPDATE sandbox_intents SET captured = 9000")
    assert await reconcile(shop) == 2
    first, second = await shop.db.fetch(
        "SELECT intent_id FROM payment_differences ORDER BY found_at, intent_id"
    )
    await shop.db.execute("DELETE FROM sandbox_intents WHERE id = $1", first["intent_id"])
    await shop.db.execute(
        "UPDATE sandbox_intents SET captured = 9300 WHERE id = $1", second["intent_id"]
    )
    monkeypatch.setattr("arenapulse.payments.service.reconciling.OPEN_MAX", 1)
    for hours in (5, 6):
        later = clock.now() + hours * HOUR
        await service.reconcile(shop.database, gateway=shop.gateway, now=later)
    left = await shop.db.fetch("SELECT intent_id FROM payment_differences")
    assert left == [first]


async def test_a_difference_is_taken_off_the_list_until_it_says_something_else(shop: Shop) -> None:
    (admin,) = await make_fans(shop.db, shop.world, 1, platform="ADMIN")
    for _ in range(2):
        await shop.buy()
    await shop.till.drain()
    await shop.db.execute("UPDATE sandbox_intents SET captured = 9000")
    assert await reconcile(shop) == 2
    path = "/api/v1/admin/payment-differences"
    first = (await shop.client.get(path, params={"limit": 1}, headers=admin.headers)).json()
    query = {"cursor": first["meta"]["nextCursor"], "limit": 1}
    second = (await shop.client.get(path, params=query, headers=admin.headers)).json()
    lines = [*first["data"], *second["data"]]
    assert second["meta"] == {}
    assert sorted(each["intentId"] for each in lines) == sorted(
        [row["id"] for row in await shop.db.fetch("SELECT id FROM sandbox_intents")]
    )
    names = {name: lines[0][name] for name in ("intentId", "kind")}
    for fan, status in ((shop.manager, 403), (admin, 204), (admin, 404)):
        answer = await shop.client.post(f"{path}/dismiss", json=names, headers=fan.headers)
        assert answer.status_code == status
    noted = await shop.db.fetch(
        "SELECT actor_id FROM audit_log WHERE action = $1", "payment_difference.dismissed"
    )
    assert [row["actor_id"] for row in noted] == [UUID(str(admin.user_id))]
    assert await reconcile(shop) == 1
    left = (await shop.client.get(path, headers=admin.headers)).json()["data"]
    assert left == [lines[1]]
    await shop.db.execute(
        "UPDATE sandbox_intents SET captured = 8000 WHERE id = $1", names["intentId"]
    )
    assert await reconcile(shop) == 2


@pytest.mark.parametrize("is_taken", [True, False])
async def test_money_for_an_order_that_came_to_nothing_goes_back_by_itself(
    shop: Shop, is_taken: bool
) -> None:
    order = await hold(shop.client, shop.fan, shop.world, token="pm_card_chargeDeclined")
    order_id = order["orderId"]
    await shop.till.drain()
    # Somebody pays the old intent with another card, past us.
    await shop.db.execute(
        "UPDATE sandbox_intents SET status = $1, captured = $2",
        *(("succeeded", 9300) if is_taken else ("requires_capture", 0)),
    )
    assert await reconcile(shop) == 0
    assert await kinds(shop) == []
    (found,) = await shop.db.fetch("SELECT status, captured, refunded FROM sandbox_intents")
    assert tuple(found) == (("succeeded", 9300, 9300) if is_taken else ("canceled", 0, 0))
    assert (await shop.order(order_id))["paymentStatus"] == "FAILED"
    assert await reconcile(shop) == 0


@pytest.mark.parametrize("is_old", [True, False])
async def test_disputes_that_nobody_told_us_of_are_heard_of(shop: Shop, is_old: bool) -> None:
    order_id = await shop.buy()
    await shop.till.drain()
    opened = await shop.gateway.twin.open_dispute(await intent_of(shop, order_id))

    async def ask_after() -> None:
        await service.ask_after_disputes(
            shop.database, gateway=shop.gateway, now=clock.now(), news=Unheard()
        )

    await ask_after()
    assert (await shop.order(order_id))["paymentStatus"] == "DISPUTED"
    await shop.gateway.twin.close_dispute(opened["id"], is_won=True)
    if is_old:
        await shop.db.execute(
            "UPDATE sandbox_disputes SET created_at = created_at - interval '30 days'"
        )
    for _ in range(2):
        await ask_after()
    assert await shop.statuses(order_id) == ("CONFIRMED", "SUCCEEDED", ["VALID", "VALID"])
    await shop.in_order()


async def test_a_warning_that_nobody_told_us_of_is_heeded_once(shop: Shop) -> None:
    path = f"/api/v1/organizations/{shop.world.organization_id}/payment-settings"
    put = await shop.client.put(path, json={"refundOnWarning": True}, headers=shop.manager.headers)
    assert put.status_code == 200, put.text
    order_id, other = await shop.buy(), await shop.buy()
    await shop.till.drain()
    shop.gateway.faults.deliveries = 0
    for each in (order_id, other):
        await shop.gateway.twin.warn(await intent_of(shop, each))
    # What is given back for a warning and fails is for a person, and not asked again each time.
    await shop.db.execute(
        "UPDATE tickets SET status = 'CHECKED_IN' WHERE order_id = $1", UUID(other)
    )
    shop.gateway.faults.refused["refund"] = 1
    for _ in range(2):
        await service.ask_after_warnings(shop.database, gateway=shop.gateway, now=clock.now())
        await shop.refunds.drain()
    rows = await shop.db.fetch("SELECT order_id, status::TEXT FROM refunds")
    assert [tuple(row) for row in rows] == [(UUID(order_id), "FAILED")]


async def test_what_is_more_than_is_looked_at_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        await shop.buy()
    await shop.till.drain()
    monkeypatch.setattr(stripe_gateway, "PAGE_MAX", 1)
    for pages, is_said in ((3, False), (2, True)):
        monkeypatch.setattr(reconciling, "PAGES_MAX", pages)
        await reconcile(shop)
        said = capsys.readouterr()
        assert ("more than is looked at" in said.out + said.err) is is_said
