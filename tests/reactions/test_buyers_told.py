"""Buyers are told what became of their orders: each thing once, with links of ours."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.core.ids import OrderId
from arenapulse.core.settings import Settings
from arenapulse.outreach.service.telling import Teller
from arenapulse.wiring import opened
from tests.conftest import TestEngines, client_of, settings_for
from tests.mailbox import mails
from tests.paying import (
    DECLINED,
    RETRIED,
    THREE_D_SECURE,
    VISA,
    hold,
    pay,
    pays_as,
    refund,
    worker_of,
)
from tests.worlds import Fan, Place, World, make_fans, make_world

SECONDS = 15
# Seats, and standing places that cost nothing.
SECTIONS = (Place(rows=(("F", 12),)), Place(100, amount=0, fee=0))


@dataclass
class Street:
    """A shop with a worker, on a database of its own."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    fan: Fan
    manager: Fan
    settings: Settings

    @property
    def base_url(self) -> str:
        return self.settings.base_url

    async def mails(self) -> list[tuple[str, str]]:
        rows = await self.db.fetch(
            "SELECT template, body FROM sandbox_messages ORDER BY template, number"
        )
        return [(row["template"], row["body"]) for row in rows]

    async def told(self, *templates: str) -> list[str]:
        """The texts, once exactly these are there; a little later there are no more."""
        deadline = time.monotonic() + SECONDS
        while [name for name, _ in await self.mails()] != sorted(templates):
            assert time.monotonic() < deadline, await self.mails()
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        found = await self.mails()
        assert [name for name, _ in found] == sorted(templates)
        return [body for _, body in found]

    async def move(self, status: str) -> None:
        answer = await self.client.post(
            f"/api/v1/events/{self.world.event_id}/status",
            json={"status": status},
            headers=self.manager.headers,
        )
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def street(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Street]:
    settings: Settings = settings_for(fresh_database_url, engines.redis_url)
    db = await asyncpg.connect(fresh_database_url)
    world = await make_world(db, settings, sections=SECTIONS)
    (fan,) = await make_fans(db, world, 1)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    await db.execute(
        "UPDATE users SET full_name = E'Eve\\r\\nBcc: all@fans.test', preferences ="
        ' \'{"locale": "de-AT", "currency": "EUR", "timezone": "Europe/Vienna",'
        ' "notifications": {"email": true, "sms": false, "push": false}}\' WHERE id = $1',
        fan.user_id,
    )
    async with client_of(settings) as client, worker_of(settings):
        yield Street(client, db, world, fan, manager, settings)
    await db.close()


async def test_a_paid_order_has_its_receipt_in_the_readers_language(street: Street) -> None:
    order = await hold(street.client, street.fan, street.world, token=VISA)
    (said,) = await street.told("receipt")
    assert "Du bist dabei!" in said
    assert "Section 1, Reihe F, Platz" in said
    assert "Summe: €\u00a093,00" in said
    assert "(Mitteleuropäische" in said
    assert f"\n{street.base_url}/tickets\n" in said
    # A name begins no line, and no header.
    assert "\nBcc:" not in said
    row = await street.db.fetchrow("SELECT order_id, name, status::TEXT FROM messages")
    assert row is not None
    assert str(row["order_id"]) == order["orderId"]
    assert row["name"] == "Eve Bcc: all@fans.test"


@pytest.mark.parametrize(("password", "is_shown"), [("", True), ("$argon2id$", False)])
async def test_who_bought_without_a_password_finds_the_way_to_one_in_the_receipt(
    street: Street, password: str, is_shown: bool
) -> None:
    await street.db.execute(
        "UPDATE users SET password_hash = $2, email = 'eve+fan@arena.test' WHERE id = $1",
        street.fan.user_id,
        password,
    )
    await hold(street.client, street.fan, street.world, token=VISA)
    (said,) = await street.told("receipt")
    way = f"{street.base_url}/forgot?email=eve%2Bfan%40arena.test"
    assert (f"Dein Konto hat noch kein Passwort. Wähle hier eines: {way}\n" in said) is is_shown
    assert ("/forgot" in said) is is_shown


async def test_the_host_header_never_reaches_a_link(street: Street) -> None:
    body = street.world.order(quantity=1, paymentMethod={"type": "card", "token": VISA})
    answer = await street.client.post(
        "/api/v1/orders", json=body, headers=street.fan.headers | {"Host": "evil.test"}
    )
    assert answer.status_code == 201, answer.text
    await street.told("receipt")
    row = await street.db.fetchrow("SELECT body, html FROM sandbox_messages")
    assert row is not None
    assert "evil" not in row["body"] + row["html"]
    assert street.base_url in row["html"]


async def test_a_declined_card_is_told_once_for_each_try(street: Street) -> None:
    order = await hold(street.client, street.fan, street.world, token=DECLINED)
    (said,) = await street.told("payment_failed")
    assert f"{street.base_url}/checkout/{order['orderId']}" in said
    await pay(street.client, street.fan, order["orderId"], token=DECLINED)
    await street.told("payment_failed", "payment_failed")
    await pay(street.client, street.fan, order["orderId"], token=VISA)
    await street.told("payment_failed", "payment_failed", "receipt")


async def test_a_card_that_is_asked_again_by_itself_is_told_to_nobody(street: Street) -> None:
    order = await hold(street.client, street.fan, street.world, token=RETRIED)
    await pays_as(street.client, street.fan, order["orderId"], "RETRYING")
    # What happened after it is told, so what was to be told of it would be.
    other = await hold(street.client, street.fan, street.world, token=DECLINED)
    (said,) = await street.told("payment_failed")
    assert f"/checkout/{other['orderId']}" in said


async def test_a_decline_that_is_told_late_is_not_told_of_what_is_paid_or_given_up(
    street: Street,
) -> None:
    paid = await hold(street.client, street.fan, street.world, token=VISA)
    await pays_as(street.client, street.fan, paid["orderId"], "SUCCEEDED")
    gone = await hold(street.client, street.fan, street.world)
    answer = await street.client.post(
        f"/api/v1/orders/{gone['orderId']}/cancel", headers=street.fan.headers
    )
    assert answer.status_code == 200, answer.text
    busy = await hold(street.client, street.fan, street.world, token=THREE_D_SECURE)
    await pays_as(street.client, street.fan, busy["orderId"], "REQUIRES_ACTION")
    async with opened(street.settings) as runtime:
        teller = Teller(runtime.database, base_url=street.base_url)
        late = [OrderId(UUID(order["orderId"])) for order in (paid, gone, busy)]
        await teller.declined(late, key=":late")
    await street.told("receipt")


async def test_a_refund_says_how_much(street: Street) -> None:
    order = await hold(street.client, street.fan, street.world, token=VISA)
    await street.told("receipt")
    answer = await refund(street.client, street.manager, order["orderId"], amount=1250)
    assert answer.status_code == 202, answer.text
    _, said = await street.told("receipt", "refund")
    assert "€\u00a012,50" in said


async def test_a_cancelled_event_is_told_to_each_order_once_beside_its_refund(
    street: Street,
) -> None:
    paid = await hold(street.client, street.fan, street.world, token=VISA)
    await pays_as(street.client, street.fan, paid["orderId"], "SUCCEEDED")
    await hold(street.client, street.fan, street.world)
    await street.move("CANCELLED")
    await pays_as(street.client, street.fan, paid["orderId"], "REFUNDED")
    await street.told("event_cancelled", "receipt", "refund")


async def _take_free(street: Street, fan: Fan) -> None:
    body = street.world.order(1, quantity=1, paymentMethod={"type": "free"})
    answer = await street.client.post("/api/v1/orders", json=body, headers=fan.headers)
    assert answer.status_code == 201, answer.text


async def _give(street: Street) -> tuple[Fan, Any]:
    """A friend, and the order of two tickets of which the second is theirs now."""
    (friend,) = await make_fans(street.db, street.world, 1)
    order = await hold(street.client, street.fan, street.world, token=VISA)
    await pays_as(street.client, street.fan, order["orderId"], "SUCCEEDED")
    answer = await street.client.post(
        f"/api/v1/tickets/{order['tickets'][1]['ticketId']}/transfer",
        json={"email": f"{friend.user_id}@fans.test"},
        headers=street.fan.headers,
    )
    assert answer.status_code == 201, answer.text
    (offered,) = await mails(
        street.db, to=f"{friend.user_id}@fans.test", template="transfer_offered"
    )
    token = offered["url"].rsplit("/", 1)[-1]
    taken = await street.client.post(
        f"/api/v1/tickets/transfers/{token}/accept", headers=friend.headers
    )
    assert taken.status_code == 200, taken.text
    return friend, order


async def test_who_was_given_a_ticket_is_told_that_the_event_is_postponed_and_its_new_date(
    street: Street,
) -> None:
    friend, order = await _give(street)
    await street.move("POSTPONED")
    about_it = ("receipt", "transfer_offered", "transfer_taken")
    await street.told("event_delayed", "event_delayed", *about_it)
    rows = await street.db.fetch(
        "SELECT user_id, content FROM messages WHERE template = 'event_delayed'"
    )
    urls = {row["user_id"]: json.loads(row["content"])["url"] for row in rows}
    assert urls == {
        street.fan.user_id: f"{street.base_url}/checkout/{order['orderId']}",
        friend.user_id: f"{street.base_url}/tickets",
    }
    path = f"/api/v1/events/{street.world.event_id}"
    event = (await street.client.get(path)).json()["data"]
    times = {"startTime": "2035-07-14T18:30:00Z", "endTime": "2035-07-14T20:30:00Z"}
    answer = await street.client.patch(
        path,
        json=times,
        headers=street.manager.headers | {"If-Match": f'"{event["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    await street.told(*("event_delayed", "event_postponed") * 2, *about_it)


async def test_who_was_given_a_ticket_is_told_that_the_event_is_off_and_whose_the_money_is(
    street: Street,
) -> None:
    friend, order = await _give(street)
    await _take_free(street, friend)
    await street.told("receipt", "receipt", "transfer_offered", "transfer_taken")
    await street.move("CANCELLED")
    await pays_as(street.client, street.fan, order["orderId"], "REFUNDED")
    about_it = ("receipt", "receipt", "refund", "transfer_offered", "transfer_taken")
    await street.told(*("event_cancelled",) * 3, *about_it)
    rows = await street.db.fetch(
        "SELECT m.user_id, s.body FROM sandbox_messages s JOIN messages m ON m.id = s.message_id "
        "WHERE m.template = 'event_cancelled' ORDER BY m.user_id = $1, s.body",
        friend.user_id,
    )
    assert [row["user_id"] for row in rows] == [street.fan.user_id, *[friend.user_id] * 2]
    assert "geht auf die Karte zurück, mit der du bezahlt hast" in rows[0]["body"]
    assert "You paid nothing, and nothing is to be paid any more" in rows[1]["body"]
    assert "goes back to who bought it" in rows[2]["body"]


async def test_a_receipt_that_is_late_is_not_written_for_what_is_void_by_then(
    street: Street,
) -> None:
    await _take_free(street, street.fan)
    await street.told("receipt")
    await street.move("CANCELLED")
    await street.told("event_cancelled", "receipt")
    order_id = await street.db.fetchval("SELECT id FROM orders")
    async with opened(street.settings) as runtime:
        teller = Teller(runtime.database, base_url=street.base_url)
        await street.db.execute("UPDATE messages SET key = 'before' WHERE template = 'receipt'")
        await teller.confirmed([order_id])
    assert await street.db.fetchval("SELECT count(*) FROM messages") == 2


async def test_who_gave_all_tickets_back_is_told_nothing_more_of_the_event(street: Street) -> None:
    order = await hold(street.client, street.fan, street.world, token=VISA)
    await pays_as(street.client, street.fan, order["orderId"], "SUCCEEDED")
    await street.db.execute(
        "INSERT INTO refund_policies (event_id, tiers) VALUES ($1, $2::TEXT::JSONB)",
        street.world.event_id,
        json.dumps([{"hoursBefore": 0, "percent": 50}]),
    )
    answer = await street.client.post(
        f"/api/v1/orders/{order['orderId']}/refund-requests",
        json={"reason": "Ill"},
        headers=street.fan.headers,
    )
    assert answer.status_code == 202, answer.text
    await street.told("receipt", "refund")
    # Half of the money is the organizer's, and no ticket is the buyer's.
    (other,) = await make_fans(street.db, street.world, 1)
    await _take_free(street, other)
    await street.move("POSTPONED")
    await street.told("event_delayed", "receipt", "receipt", "refund")
    told = await street.db.fetchval("SELECT user_id FROM messages WHERE template='event_delayed'")
    assert told == other.user_id


async def test_money_that_came_by_invoice_is_not_said_to_go_to_a_card(street: Street) -> None:
    body = street.world.order(quantity=1, paymentMethod={"type": "invoice"})
    made = await street.client.post("/api/v1/orders", json=body, headers=street.manager.headers)
    assert made.status_code == 201, made.text
    order_id = made.json()["data"]["orderId"]
    paid = await street.client.post(
        f"/api/v1/orders/{order_id}/invoice-payment",
        json={"reference": "R1"},
        headers=street.manager.headers,
    )
    assert paid.status_code == 200, paid.text
    await street.told("receipt")
    assert (await refund(street.client, street.manager, order_id)).status_code == 202
    _, said = await street.told("receipt", "refund")
    assert "come back to you by bank transfer" in said
    assert "card" not in said


async def test_a_new_date_is_told_with_the_old_one_and_other_changes_are_not(
    street: Street,
) -> None:
    order = await hold(street.client, street.fan, street.world, token=VISA)
    await pays_as(street.client, street.fan, order["orderId"], "SUCCEEDED")
    path = f"/api/v1/events/{street.world.event_id}"
    event = (await street.client.get(path)).json()["data"]

    async def patch(version: int, **fields: Any) -> None:
        answer = await street.client.patch(
            path, json=fields, headers=street.manager.headers | {"If-Match": f'"{version}"'}
        )
        assert answer.status_code == 200, answer.text

    await patch(event["version"], description="Bring a scarf")
    await street.told("receipt")
    start = dt.datetime(2035, 7, 14, 18, 30, tzinfo=dt.UTC)
    times = {
        "startTime": start.isoformat(),
        "endTime": (start + dt.timedelta(hours=2)).isoformat(),
    }
    await patch(event["version"] + 1, **times)
    said, _ = await street.told("event_postponed", "receipt")
    assert "Samstag, 14. Juli 2035, 20:30 (Mitteleuropäische Sommerzeit)" in said
    await patch(event["version"] + 2, **times)
    await street.told("event_postponed", "receipt")
