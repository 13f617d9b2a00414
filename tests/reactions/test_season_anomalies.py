"""What banks, organizers and dying workers do to a season ticket: one charge, the books of many."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from arenapulse.core import clock
from arenapulse.core.ids import EventId
from arenapulse.orders.news import Unheard
from arenapulse.payments import service
from tests.answers import code
from tests.conftest import TestEngines, as_owner, cloned_database, settings_for
from tests.forks import forked_worker
from tests.papers import words_of
from tests.paying import given_back, refund
from tests.reactions.conftest import until
from tests.reactions.refund_shop import Shop, hear, intent_of, open_shop, reconcile
from tests.seasons import DATES, SHARE, WHOLE, Club, open_club
from tests.worlds import Fan

SHUT = (409, "TICKET004")


@pytest.fixture(scope="module")
async def shop(engines: TestEngines, database_lock: Path) -> AsyncIterator[Shop]:
    async with (
        cloned_database(engines, lock=database_lock) as url,
        open_shop(settings_for(url, engines.redis_url)) as made,
    ):
        yield made


@pytest.fixture
async def club(shop: Shop) -> AsyncIterator[Club]:
    made = await open_club(shop.client, shop.db, shop.settings)
    yield made
    await shop.in_order()


async def buy(shop: Shop, club: Club, fan: Fan, *seats: int) -> Any:
    """A season ticket that is paid."""
    season = await club.held(fan, *seats)
    assert (await club.pay(fan, season)).status_code == 202
    await shop.till.drain()
    assert await club.statuses(season) == {"SUCCEEDED"}
    return await club.read(fan, season)


async def back_of(shop: Shop, club: Club, order: Any) -> None:
    """One date's money goes back."""
    asked = await refund(shop.client, club.manager, order["orderId"])
    assert asked.status_code == 202, asked.text
    await shop.refunds.drain()


async def shown(club: Club, fan: Fan, season: Any) -> list[httpx.Response]:
    """What the holder sees of the code of each date's ticket."""
    tickets = [order["tickets"][0]["ticketId"] for order in season["orders"]]
    return [
        await club.client.get(f"/api/v1/tickets/{ticket}/code", headers=fan.headers)
        for ticket in tickets
    ]


async def payments(club: Club, fan: Fan, season: Any) -> list[str]:
    return [order["paymentStatus"] for order in (await club.read(fan, season))["orders"]]


async def tickets(club: Club, fan: Fan, season: Any) -> list[str]:
    return [order["tickets"][0]["status"] for order in (await club.read(fan, season))["orders"]]


async def sums(club: Club) -> dict[str, int]:
    """What the ledger says of the house, all dates together."""
    rows = await club.db.fetch(
        "SELECT account, sum(amount)::INT AS amount FROM ledger_entries"
        " WHERE organization_id = $1 GROUP BY 1 HAVING sum(amount) <> 0",
        club.world.organization_id,
    )
    return {row["account"]: row["amount"] for row in rows}


async def scan(club: Club, order: Any) -> None:
    await club.db.execute(
        "UPDATE tickets SET status = 'CHECKED_IN' WHERE order_id = $1", order["orderId"]
    )


async def test_a_dispute_shuts_what_is_not_scanned_at_every_date_and_won_it_opens_again(
    shop: Shop, club: Club
) -> None:
    fan = await club.fan()
    season = await buy(shop, club, fan, 3)
    await scan(club, season["orders"][0])
    before = await sums(club)
    assert before["processor"] == WHOLE
    opened = await shop.gateway.twin.open_dispute(await intent_of(shop, season["seasonOrderId"]))
    await hear(shop)
    assert await payments(club, fan, season) == ["DISPUTED"] * DATES
    assert [code(each) for each in (await shown(club, fan, season))[1:]] == [SHUT] * (DATES - 1)
    during = await sums(club)
    assert (during.pop("disputes"), during.get("processor")) == (WHOLE, None)
    path = f"/api/v1/organizations/{club.world.organization_id}/disputes"
    told = await shop.client.get(path, headers=club.manager.headers)
    (dispute,) = told.json()["data"]
    assert (dispute["orderId"], dispute["amount"]) == (season["seasonOrderId"], WHOLE)
    # The paper is one, whichever date it is asked of, and says what became of each.
    for order in season["orders"][:2]:
        paper = await shop.client.get(
            f"/api/v1/orders/{order['orderId']}/evidence", headers=club.manager.headers
        )
        said = words_of(paper.content)
        assert "one payment of 126.00 EUR for 4 dates" in said
        assert all(each["orderId"] in said for each in season["orders"])
    await shop.gateway.twin.close_dispute(opened["id"], is_won=True)
    await hear(shop)
    assert await payments(club, fan, season) == ["SUCCEEDED"] * DATES
    assert [each.status_code for each in await shown(club, fan, season)] == [409, 200, 200, 200]
    assert await tickets(club, fan, season) == ["CHECKED_IN", "VALID", "VALID", "VALID"]
    assert await sums(club) == before


async def test_a_dispute_that_is_lost_is_of_what_was_left_and_stays(shop: Shop, club: Club) -> None:
    fan = await club.fan()
    season = await buy(shop, club, fan, 3)
    # The first date, whose charge carries the others, went back before.
    await back_of(shop, club, season["orders"][0])
    opened = await shop.gateway.twin.open_dispute(await intent_of(shop, season["seasonOrderId"]))
    await hear(shop)
    await shop.gateway.twin.close_dispute(opened["id"], is_won=False)
    await hear(shop)
    assert await payments(club, fan, season) == ["REFUNDED", *["DISPUTED"] * (DATES - 1)]
    assert [code(each) for each in await shown(club, fan, season)] == [SHUT] * DATES
    found = await sums(club)
    assert (found.get("processor"), found["disputes"]) == (None, WHOLE - SHARE)


@pytest.mark.parametrize("by", ["a date", "the whole", "dates that are off"])
async def test_of_a_dispute_over_a_part_all_that_no_bank_has_goes_back_and_no_more(
    shop: Shop, club: Club, by: str
) -> None:
    fan = await club.fan()
    season = await buy(shop, club, fan, 3)
    intent = await intent_of(shop, season["seasonOrderId"])
    part = 4000
    await shop.gateway.twin.open_dispute(intent, amount=part)
    if by == "dates that are off":
        dates = [UUID(date) for date in club.dates[:3]]
        await shop.db.execute("UPDATE events SET status = 'CANCELLED' WHERE id = ANY ($1)", dates)
    await hear(shop)
    back = {"a date": SHARE, "the whole": WHOLE - part, "dates that are off": WHOLE - part}[by]
    if by == "a date":
        await back_of(shop, club, season["orders"][2])
    elif by == "the whole":
        path = f"/api/v1/season-orders/{season['seasonOrderId']}/refunds"
        asked = await shop.client.post(
            path, json={"reason": "Their wish"}, headers=club.manager.headers
        )
        assert asked.status_code == 202, asked.text
        assert [each["amount"] for each in asked.json()["data"]] == [SHARE, SHARE, 2300]
    await shop.refunds.drain()
    assert await given_back(club.db, season["seasonOrderId"]) == (WHOLE, back)
    failed = await shop.db.fetchval(
        "SELECT count(*) FROM refunds WHERE organization_id = $1 AND status = 'FAILED'",
        club.world.organization_id,
    )
    assert failed == 0
    if by != "a date":
        more = await refund(shop.client, club.manager, season["orders"][3]["orderId"])
        assert code(more) == (409, "PAY003")


async def test_a_warning_gives_back_each_date_that_is_not_scanned(shop: Shop, club: Club) -> None:
    wish = f"/api/v1/organizations/{club.world.organization_id}/payment-settings"
    put = await shop.client.put(wish, json={"refundOnWarning": True}, headers=club.manager.headers)
    assert put.status_code == 200, put.text
    fan = await club.fan()
    season = await buy(shop, club, fan, 3)
    await scan(club, season["orders"][0])
    await back_of(shop, club, season["orders"][1])
    await shop.gateway.twin.warn(await intent_of(shop, season["seasonOrderId"]))
    await hear(shop)
    await shop.refunds.drain()
    assert await tickets(club, fan, season) == ["CHECKED_IN", "VOID", "VOID", "VOID"]
    assert await given_back(club.db, season["seasonOrderId"]) == (WHOLE, WHOLE - SHARE)
    assert await club.places() == [(0, 1), (0, 0), (0, 0), (0, 0)]


@pytest.mark.parametrize("off", [0, 2], ids=["the first date", "another date"])
async def test_a_date_that_is_cancelled_gives_its_share_back_and_takes_what_is_not_paid(
    shop: Shop, club: Club, off: int
) -> None:
    fan, slow, paying = [await club.fan() for _ in range(3)]
    season = await buy(shop, club, fan, 3)
    unpaid = await club.held(slow, 4)
    begun = await club.held(paying, 5)
    assert (await club.pay(paying, begun)).status_code == 202
    date = club.dates[off]
    answer = await shop.client.post(
        f"/api/v1/events/{date}/status",
        json={"status": "CANCELLED"},
        headers=club.manager.headers,
    )
    assert answer.status_code == 200, answer.text
    for refunds in (1, 0):
        made = await service.refund_event(
            shop.database, event_id=EventId(UUID(date)), now=clock.now(), news=Unheard()
        )
        assert made == refunds
    await shop.till.drain()
    await shop.refunds.drain()
    assert await given_back(club.db, season["seasonOrderId"]) == (WHOLE, SHARE)
    assert await tickets(club, fan, season) == [
        "VOID" if n == off else "VALID" for n in range(DATES)
    ]
    for whose, gone in ((slow, unpaid), (paying, begun)):
        orders = (await club.read(whose, gone))["orders"]
        assert {order["status"] for order in orders} == {"CANCELLED"}
    taken = await club.db.fetchval(
        "SELECT coalesce(sum(captured), 0) FROM sandbox_intents WHERE order_id = $1",
        begun["seasonOrderId"],
    )
    assert taken == 0
    assert await club.places() == [(0, 0) if n == off else (0, 1) for n in range(DATES)]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("captured = captured - 1", "amount_differs"),
        ("captured = 3150", "amount_differs"),
        ("refunded = refunded + 1", "refunds_differ"),
    ],
)
async def test_the_vendors_books_of_a_season_agree_until_somebody_alters_them(
    shop: Shop, club: Club, change: str, kind: str
) -> None:
    fan = await club.fan()
    season = await buy(shop, club, fan, 3)
    await back_of(shop, club, season["orders"][2])
    assert await reconcile(shop) == 0
    lead = season["seasonOrderId"]
    kept = await given_back(club.db, lead)
    assert kept == (WHOLE, SHARE)
    await club.db.execute(f"UPDATE sandbox_intents SET {change} WHERE order_id = $1", lead)
    assert await reconcile(shop) == 1
    found = await club.db.fetch("SELECT order_id::TEXT, kind FROM payment_differences")
    assert [tuple(row) for row in found] == [(lead, kind)]
    await club.db.execute(
        "UPDATE sandbox_intents SET captured = $2, refunded = $3 WHERE order_id = $1", lead, *kept
    )
    assert await reconcile(shop) == 0


async def test_a_worker_killed_between_the_capture_and_our_mark_takes_the_money_once(
    shop: Shop, club: Club, engines: TestEngines
) -> None:
    fan = await club.fan()
    season = await club.held(fan, 3)
    lead = season["seasonOrderId"]
    # Whoever marks what was captured waits for us, and is killed there.
    await club.db.execute(_WAIT_FOR_US)
    await club.db.fetchval("SELECT pg_advisory_lock(36)")
    await club.db.execute("DELETE FROM pgqueuer")
    assert (await club.pay(fan, season)).status_code == 202
    worker = forked_worker(as_owner(shop.settings), engines.redis_url)

    async def is_marking() -> bool:
        waiting: bool = await club.db.fetchval(
            "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE d.datname = current_database() AND locktype = 'advisory' AND objid = 36"
            " AND NOT granted)"
        )
        return waiting

    try:
        await until(is_marking, seconds=60)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=30)
        await club.db.fetchval("SELECT pg_advisory_unlock(36)")
        await club.db.execute("DROP TRIGGER wait_for_us ON charges")
    assert await given_back(club.db, lead) == (WHOLE, 0)
    assert await club.statuses(season) == {"CAPTURING"}
    await shop.in_order()
    # What the dead had taken is free within seconds; of those that are carried none falls due.
    await club.db.execute(
        "UPDATE charges SET due_at = now(), taken_by = NULL WHERE order_id = $1", lead
    )
    await shop.till.drain()
    assert await club.statuses(season) == {"SUCCEEDED"}
    assert await given_back(club.db, lead) == (WHOLE, 0)
    assert await tickets(club, fan, season) == ["VALID"] * DATES
    found = await club.db.fetch(
        "SELECT attempt, count(*) FROM charges WHERE order_id = ANY ($1) GROUP BY 1",
        [order["orderId"] for order in season["orders"]],
    )
    assert [tuple(row) for row in found] == [(1, DATES)]
    assert (await sums(club))["processor"] == WHOLE


_WAIT_FOR_US = """
CREATE OR REPLACE FUNCTION wait_for_us() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_advisory_xact_lock(36); RETURN NEW; END $$;
CREATE TRIGGER wait_for_us BEFORE UPDATE ON charges FOR EACH ROW
  WHEN (NEW.status = 'SUCCEEDED' AND OLD.status <> 'SUCCEEDED') EXECUTE FUNCTION wait_for_us()
"""
