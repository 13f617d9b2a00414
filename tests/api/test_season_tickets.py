"""Season tickets: the same place at every date, all or none, one payment, each date's own books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pytest

from arenapulse.core import clock
from arenapulse.core.settings import Settings
from arenapulse.orders.news import Unheard
from arenapulse.orders.service import reclaim
from arenapulse.runtime.db import SERVICE, Database
from tests.books import faults
from tests.conftest import TestEngines, as_owner, client_of, cloned_database, settings_for
from tests.factories import another_process
from tests.paying import (
    DECLINED,
    THREE_D_SECURE,
    VISA,
    authenticate,
    given_back,
    refund,
    worker_of,
)
from tests.seasons import DATES, FEE, SEASON, WHOLE, Club, open_club
from tests.worlds import make_fans


@pytest.fixture(scope="module")
async def settings(engines: TestEngines, database_lock: Path) -> AsyncIterator[Settings]:
    """Of a database of this file's own: all of its books are looked at."""
    async with cloned_database(engines, lock=database_lock) as url:
        yield settings_for(url, engines.redis_url)


@pytest.fixture(scope="module")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(settings) as made:
        yield made


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(as_owner(settings))
    yield connection
    await connection.close()


@pytest.fixture(scope="module", autouse=True)
async def worker(settings: Settings) -> AsyncIterator[None]:
    async with worker_of(settings):
        yield


@pytest.fixture
async def club(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> AsyncIterator[Club]:
    made = await open_club(client, db, settings)
    yield made
    assert await faults(db) == []


async def test_it_is_one_payment_and_a_ticket_at_each_date_with_each_dates_own_books(
    club: Club,
) -> None:
    shown = (await club.client.get(f"/api/v1/series/{club.world.event_id}/season-ticket")).json()
    assert shown["data"]["prices"] == [
        {
            "sectionId": str(club.world.section_ids[0]),
            "priceLevel": "STANDARD",
            "amount": SEASON,
            "byDate": [SEASON + FEE] * DATES,
            "total": WHOLE,
            "single": DATES * (4500 + FEE),
        }
    ]
    assert "levels" not in shown["data"]
    path = f"/api/v1/series/{club.world.event_id}/season-ticket"
    managed = (await club.client.get(path, headers=club.manager.headers)).json()["data"]
    assert managed["levels"] == [{"priceLevel": "STANDARD", "amount": SEASON}]
    noted = await club.client.get(
        f"/api/v1/organizations/{club.world.organization_id}/audit?action=series.",
        headers=(await make_fans(club.db, club.world, 1, role="OWNER"))[0].headers,
    )
    (line,) = noted.json()["data"]
    assert line["action"] == "series.season_ticket"
    assert line["details"] == {
        "before": [],
        "after": [{"priceLevel": "STANDARD", "amount": SEASON}],
    }
    fan = await club.fan()
    season = await club.held(fan, 3)
    assert (season["status"], season["total"]) == ("PENDING", WHOLE)
    assert [order["eventId"] for order in season["orders"]] == club.dates
    assert {order["expiresAt"] for order in season["orders"]} == {season["expiresAt"]}
    assert {order["seasonOrderId"] for order in season["orders"]} == {season["seasonOrderId"]}
    assert await club.places() == [(1, 0)] * DATES
    assert (await club.pay(fan, season)).status_code == 202
    await club.all_become(fan, season, "SUCCEEDED")
    assert await club.places() == [(0, 1)] * DATES
    tickets = (await club.client.get("/api/v1/tickets?limit=100", headers=fan.headers)).json()
    assert {(each["eventId"], each["row"], each["seat"]) for each in tickets["data"]} == {
        (date, "A", 3) for date in club.dates
    }
    async with asyncio.timeout(10):
        while await club.statuses(season) != {"SUCCEEDED"}:  # noqa: ASYNC110 - the subject
            await asyncio.sleep(0.02)
    assert await given_back(club.db, season["seasonOrderId"]) == (WHOLE, 0)
    assert await club.db.fetchval("SELECT count(*) FROM sandbox_intents") == 1
    sold = await club.db.fetch(
        "SELECT event_id, sum(amount)::INT AS amount FROM ledger_entries "
        "WHERE account = 'processor' GROUP BY 1"
    )
    assert {str(row["event_id"]): row["amount"] for row in sold} == dict.fromkeys(
        club.dates, SEASON + FEE
    )


async def test_many_at_once_need_no_second_connection_beside_their_own(
    club: Club, settings: Settings
) -> None:
    fans = [await club.fan() for _ in range(6)]
    async with another_process(settings, database_pool_size=1) as narrow:
        shop = replace(club, client=narrow)
        answers = await asyncio.gather(
            *(shop.buy(fan, seat, key="mine") for seat, fan in enumerate(fans, start=1))
        )
        again = await shop.buy(fans[0], 1, key="mine")
    assert [answer.status_code for answer in answers] == [201] * len(fans)
    assert again.json() == answers[0].json()
    assert await club.places() == [(len(fans), 0)] * DATES


async def test_one_date_that_is_full_holds_nothing_anywhere(club: Club) -> None:
    fan, other = await club.fan(), await club.fan()
    taken = club.world.order(seats=[{"row": "A", "seat": 5}], eventId=club.dates[2])
    single = await club.client.post("/api/v1/orders", json=taken, headers=other.headers)
    assert single.status_code == 201, single.text
    before = await club.places()
    refused = await club.buy(fan, 4, 5)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SEAT001")
    assert refused.json()["error"]["details"]["eventId"] == club.dates[2]
    assert await club.places() == before
    assert (
        await club.db.fetchval("SELECT count(*) FROM orders WHERE user_id = $1", fan.user_id) == 0
    )
    # Dates that the buyer did not see are not sold to them, nor levels that are not offered.
    await club.db.execute("UPDATE events SET status = 'PAUSED' WHERE id = $1", club.dates[1])
    other_dates = await club.buy(fan, 4)
    assert (other_dates.status_code, other_dates.json()["error"]["code"]) == (409, "ORDER005")
    gone = [date for date in club.dates if date != club.dates[1]]
    assert (await club.buy(fan, 4, eventIds=gone)).status_code == 201


async def test_two_dozen_buyers_of_twelve_seats_share_them_and_no_date_is_oversold(
    club: Club,
) -> None:
    fans = await make_fans(club.db, club.world, 24)
    answers = await asyncio.gather(
        *(club.buy(fan, n % 12 + 1, (n + 1) % 12 + 1) for n, fan in enumerate(fans))
    )
    assert {answer.status_code for answer in answers} == {201, 409}
    won = sum(answer.status_code == 201 for answer in answers)
    assert await club.places() == [(2 * won, 0)] * DATES


async def test_a_hold_is_one_whoever_ends_it(club: Club, settings: Settings) -> None:
    fan = await club.fan()
    season = await club.held(fan, 1)
    path = f"/api/v1/orders/{season['orders'][2]['orderId']}"
    alone = await club.client.post(
        f"{path}/payment",
        json={"paymentMethod": {"type": "card", "token": VISA}},
        headers=fan.headers,
    )
    assert (alone.status_code, alone.json()["error"]["code"]) == (409, "ORDER004")
    gone = await club.client.post(f"{path}/cancel", headers=fan.headers)
    assert gone.status_code == 200, gone.text
    assert (await club.read(fan, season))["status"] == "CANCELLED"
    assert await club.places() == [(0, 0)] * DATES
    again = await club.held(fan, 1)
    await club.db.execute(
        "UPDATE orders SET created_at = created_at - interval '1 hour', "
        "expires_at = expires_at - interval '1 hour' WHERE id = ANY ($1)",
        [order["orderId"] for order in again["orders"]],
    )
    assert settings.database_url is not None
    database = Database(settings.database_url, pool_size=2, actor=SERVICE)
    await database.open()
    await reclaim(database, news=Unheard(), now=clock.now())
    await database.close()
    assert await club.places() == [(0, 0)] * DATES
    assert (await club.read(fan, again))["status"] == "EXPIRED"
    assert (await club.pay(fan, again)).json()["error"]["code"] == "ORDER002"


async def test_a_declined_card_leaves_all_of_it_for_another_one(club: Club) -> None:
    fan = await club.fan()
    season = await club.held(fan, 7)
    await club.pay(fan, season, DECLINED)
    await club.all_become(fan, season, "FAILED")
    assert await club.places() == [(1, 0)] * DATES
    await club.pay(fan, season, THREE_D_SECURE)
    await club.all_become(fan, season, "REQUIRES_ACTION")
    lead = season["seasonOrderId"]
    done = await authenticate(club.client, fan, lead, "pass")
    assert done.status_code == 200, done.text
    await club.all_become(fan, season, "SUCCEEDED")
    async with asyncio.timeout(10):
        while (await given_back(club.db, lead)) != (WHOLE, 0):  # noqa: ASYNC110 - the subject
            await asyncio.sleep(0.02)


async def test_a_date_that_is_off_gives_its_share_back_and_all_of_it_the_rest(club: Club) -> None:
    fan = await club.fan()
    season = await club.paid(fan, 2)
    one = season["orders"][1]
    assert (await refund(club.client, club.manager, one["orderId"])).status_code == 202
    lead = season["seasonOrderId"]
    async with asyncio.timeout(10):
        while (await given_back(club.db, lead)) != (WHOLE, SEASON + FEE):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    path = f"/api/v1/season-orders/{lead}/refunds"
    forbidden = await club.client.post(path, json={"reason": "Moved"}, headers=fan.headers)
    assert forbidden.status_code == 403
    back = await club.client.post(path, json={"reason": "Moved"}, headers=club.manager.headers)
    assert back.status_code == 202, back.text
    assert [each["amount"] for each in back.json()["data"]] == [SEASON + FEE] * (DATES - 1)
    await club.all_become(fan, season, "REFUNDED")
    assert await club.places() == [(0, 0)] * DATES
    assert await given_back(club.db, lead) == (WHOLE, WHOLE)
    again = await club.client.post(path, json={"reason": "Moved"}, headers=club.manager.headers)
    assert again.status_code == 409


async def test_caps_of_dates_hold_and_a_key_is_one_ticket(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    club = await open_club(client, db, settings, config={"maxTicketsPerPerson": 2})
    fan = await club.fan()
    first = await club.buy(fan, 1, 2, key="mine")
    assert (await club.buy(fan, 1, 2, key="mine")).content == first.content
    assert await club.places() == [(2, 0)] * DATES
    over = await club.buy(fan, 3)
    assert (over.status_code, over.json()["error"]["code"]) == (422, "ORDER003")
    stranger = await club.fan()
    path = f"/api/v1/season-orders/{first.json()['data']['seasonOrderId']}"
    assert (await client.get(path, headers=stranger.headers)).status_code == 404
    assert (await client.post(f"{path}/cancel", headers=stranger.headers)).status_code == 404
    assert await club.places() == [(2, 0)] * DATES
    assert await faults(db) == []
