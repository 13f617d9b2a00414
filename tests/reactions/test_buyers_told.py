"""Buyers are told what became of their orders: each thing once, with links of ours."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.conftest import TestEngines, client_of, settings_for
from tests.paying import DECLINED, VISA, hold, pay, pays_as, refund, worker_of
from tests.worlds import Fan, Place, World, make_fans, make_world

SECONDS = 15


@dataclass
class Street:
    """A shop with a worker, on a database of its own."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    fan: Fan
    manager: Fan
    base_url: str

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
    world = await make_world(db, settings, sections=(Place(rows=(("F", 12),)), Place(100)))
    (fan,) = await make_fans(db, world, 1)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    await db.execute(
        "UPDATE users SET full_name = E'Eve\\r\\nBcc: all@fans.test', preferences ="
        ' \'{"locale": "de-AT", "currency": "EUR", "timezone": "Europe/Vienna",'
        ' "notifications": {"email": true, "sms": false, "push": false}}\' WHERE id = $1',
        fan.user_id,
    )
    async with client_of(settings) as client, worker_of(settings):
        yield Street(client, db, world, fan, manager, settings.base_url)
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
