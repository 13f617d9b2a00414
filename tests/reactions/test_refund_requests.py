"""What buyers may have back by themselves."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arenapulse.wiring import running_worker
from tests.conftest import TestEngines, settings_for
from tests.reactions.conftest import until
from tests.reactions.refund_shop import Shop, open_shop
from tests.worlds import make_fans


@pytest.fixture
async def shop(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Shop]:
    async with open_shop(settings_for(fresh_database_url, engines.redis_url)) as made:
        yield made


async def set_policy(shop: Shop, *tiers: tuple[int, int]) -> httpx.Response:
    return await shop.client.put(
        f"/api/v1/events/{shop.world.event_id}/refund-policy",
        json={"tiers": [{"hoursBefore": hours, "percent": part} for hours, part in tiers]},
        headers=shop.manager.headers,
    )


async def ask(shop: Shop, order_id: str, **body: Any) -> httpx.Response:
    return await shop.client.post(
        f"/api/v1/orders/{order_id}/refund-requests",
        json={"reason": "Ill"} | body,
        headers=shop.fan.headers,
    )


async def starts_in(shop: Shop, hours: int) -> None:
    await shop.db.execute(
        "UPDATE events SET start_time = now() + $1, end_time = now() + $1 + interval '2 hours'",
        dt.timedelta(hours=hours),
    )


async def paid(shop: Shop) -> str:
    order_id = await shop.buy()
    await shop.till.drain()
    return order_id


@pytest.mark.parametrize(("hours", "amount"), [(200, 4650), (100, 2325), (30, None)])
async def test_the_policy_bounds_what_a_buyer_may_have(
    shop: Shop, hours: int, amount: int | None
) -> None:
    order_id = await paid(shop)
    assert (await set_policy(shop, (168, 100), (48, 50))).status_code == 200
    await starts_in(shop, hours)
    answer = await ask(shop, order_id, ticketIds=[await shop.first_ticket(order_id)])
    if amount is None:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PAY003")
        assert await shop.db.fetchval("SELECT count(*) FROM refunds") == 0
    else:
        assert (answer.status_code, answer.json()["data"]["amount"]) == (202, amount)
        await shop.refunds.drain()
        _, _, tickets = await shop.statuses(order_id)
        assert tickets == ["VOID", "VALID"]
    await shop.in_order()
    # A manager is never bound.
    assert (await shop.ask(order_id))["amount"] == 9300 - (amount or 0)


async def test_without_a_policy_nothing_and_postponed_everything(shop: Shop) -> None:
    order_id = await paid(shop)
    assert (await ask(shop, order_id)).json()["error"]["code"] == "PAY003"
    await shop.db.execute("UPDATE events SET status = 'POSTPONED'")
    answer = await ask(shop, order_id)
    assert (answer.status_code, answer.json()["data"]["amount"]) == (202, 9300)
    again = await ask(shop, order_id)
    assert again.json()["error"]["code"] == "PAY003"


@pytest.mark.parametrize(
    ("moved", "days", "bought_before", "is_given"),
    [
        (dt.timedelta(days=7), 13, True, True),
        (dt.timedelta(days=7), 15, True, False),
        (dt.timedelta(days=7), 1, False, False),
        (dt.timedelta(hours=2), 1, True, False),
    ],
)
async def test_who_cannot_come_on_the_new_date_has_all_back_for_two_weeks(
    shop: Shop, moved: dt.timedelta, days: int, bought_before: bool, is_given: bool
) -> None:
    order_id = await paid(shop)
    await starts_in(shop, 24 * 60)
    path = f"/api/v1/events/{shop.world.event_id}"
    event = (await shop.client.get(path, headers=shop.manager.headers)).json()["data"]
    start = dt.datetime.fromisoformat(event["startTime"]) + moved
    answer = await shop.client.patch(
        path,
        json={
            "startTime": start.isoformat(),
            "endTime": (start + dt.timedelta(hours=2)).isoformat(),
        },
        headers=shop.manager.headers | {"If-Match": f'"{event["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    async with running_worker(shop.settings) as worker:
        running = asyncio.create_task(worker.run())
        await until(lambda: has_reacted(shop))
        worker.stop()
        await running
    # So many days later.
    age = dt.timedelta(days=days)
    await shop.db.execute(
        "UPDATE refund_policies SET date_changed_at = date_changed_at - $1::INTERVAL", age
    )
    if bought_before:
        await shop.db.execute(
            "UPDATE orders SET created_at = created_at - $1::INTERVAL,"
            " expires_at = expires_at - $1::INTERVAL",
            age,
        )
    told = (await shop.client.get(f"{path}/refund-policy")).json()["data"]
    if moved < dt.timedelta(days=1):
        assert told == {"tiers": [], "dateChange": None}
    else:
        changed, end = (
            dt.datetime.fromisoformat(told["dateChange"][name])
            for name in ("changedAt", "wholeUntil")
        )
        assert end - changed == dt.timedelta(days=14)
    asked = await ask(shop, order_id)
    if is_given:
        assert (asked.status_code, asked.json()["data"]["amount"]) == (202, 9300)
    else:
        assert (asked.status_code, asked.json()["error"]["code"]) == (409, "PAY003")


async def has_reacted(shop: Shop) -> bool:
    found = await shop.db.fetchval(
        "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'payments.note_new_date'"
    )
    return found == 0


async def test_what_was_used_or_is_anothers_is_not_asked_for(shop: Shop) -> None:
    order_id = await paid(shop)
    await set_policy(shop, (0, 100))
    await shop.db.execute("UPDATE tickets SET status = 'CHECKED_IN' WHERE number = 1")
    used = await ask(shop, order_id, ticketIds=[await shop.first_ticket(order_id)])
    assert used.json()["error"]["code"] == "PAY003"
    (other,) = await make_fans(shop.db, shop.world, 1)
    foreign = await shop.client.post(
        f"/api/v1/orders/{order_id}/refund-requests",
        json={"reason": "Mine"},
        headers=other.headers,
    )
    assert foreign.json()["error"]["code"] == "ORDER001"
    rest = await ask(shop, order_id)
    assert rest.json()["data"]["amount"] == 4650


async def test_a_policy_is_seen_by_all_and_made_by_managers(shop: Shop) -> None:
    path = f"/api/v1/events/{shop.world.event_id}/refund-policy"
    refused = await shop.client.put(path, json={"tiers": []}, headers=shop.fan.headers)
    assert refused.status_code == 403
    await set_policy(shop, (24, 80))
    seen = await shop.client.get(path)
    assert seen.json()["data"] == {
        "tiers": [{"hoursBefore": 24, "percent": 80}],
        "dateChange": None,
    }
    for tier in ({"hoursBefore": -1, "percent": 50}, {"hoursBefore": 1, "percent": 101}):
        bad = await shop.client.put(path, json={"tiers": [tier]}, headers=shop.manager.headers)
        assert bad.status_code == 422
