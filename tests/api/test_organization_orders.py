"""An organization's orders, for who runs it: list, one, notes, file, invoices that are paid."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from arenapulse.activity.service.overseeing import FOUND_PEOPLE_MAX
from arenapulse.core.ids import OrderId
from arenapulse.core.settings import Settings
from arenapulse.outreach.service.scenes import numbered
from tests.logged import logged
from tests.paying import VISA, hold, refund
from tests.worlds import Fan, World, make_fans, make_world


@dataclass(frozen=True)
class Office:
    client: httpx.AsyncClient
    world: World
    manager: Fan
    staff: Fan
    fans: list[Fan]
    orders: list[Any]
    """Oldest first: one of each fan."""

    @property
    def path(self) -> str:
        return f"/api/v1/organizations/{self.world.organization_id}/orders"

    async def ids(self, **query: Any) -> list[str]:
        answer = await self.client.get(self.path, params=query, headers=self.manager.headers)
        assert answer.status_code == 200, answer.text
        return [order["orderId"] for order in answer.json()["data"]]


@pytest.fixture
async def office(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Office:
    world = await make_world(db, settings)
    (manager,) = await make_fans(db, world, 1, role="MANAGER")
    (staff,) = await make_fans(db, world, 1, role="STAFF")
    fans = await make_fans(db, world, 3)
    for number, fan in enumerate(fans):
        name = "=SUM(A1), Ann" if number == 0 else f"Fan {number}"
        await db.execute("UPDATE users SET full_name = $2 WHERE id = $1", fan.user_id, name)
    orders = [await hold(client, fan, world) for fan in fans]
    return Office(client, world, manager, staff, fans, orders)


async def test_the_list_is_newest_first_and_goes_on_by_cursor(office: Office) -> None:
    newest = [order["orderId"] for order in office.orders[::-1]]
    answer = await office.client.get(
        office.path, params={"limit": 2}, headers=office.manager.headers
    )
    page = answer.json()
    assert [order["orderId"] for order in page["data"]] == newest[:2]
    assert page["data"][0]["buyer"]["fullName"] == "Fan 2"
    assert page["data"][0]["total"] == office.orders[2]["total"]
    assert "clientSecret" not in page["data"][0]
    assert await office.ids(cursor=page["meta"]["nextCursor"]) == newest[2:]


async def test_orders_are_found_by_event_status_and_words(
    office: Office, db: asyncpg.Connection, settings: Settings
) -> None:
    first = office.orders[0]
    cancelled = f"/api/v1/orders/{first['orderId']}/cancel"
    assert (await office.client.post(cancelled, headers=office.fans[0].headers)).status_code == 200
    assert await office.ids(status="CANCELLED") == [first["orderId"]]
    assert await office.ids(eventId=str(office.world.event_id), status="PENDING") == [
        order["orderId"] for order in office.orders[:0:-1]
    ]
    other = await make_world(db, settings)
    assert await office.ids(eventId=str(other.event_id)) == []
    second = office.orders[1]
    email = await db.fetchval("SELECT email FROM users WHERE id = $1", office.fans[1].user_id)
    # As it stands in mails and receipts.
    number = numbered(OrderId(UUID(second["orderId"])))["number"]
    named = (second["orderId"], number, number.lower(), second["tickets"][1]["ticketId"])
    for words in (*named, email, email.upper()):
        assert await office.ids(q=words) == [second["orderId"]], words
    assert await office.ids(q="00000000") == []
    assert await office.ids(q="sum(a1)") == [first["orderId"]]
    assert await office.ids(q="100% nobody_") == []


async def test_orders_whose_refund_failed_are_found_until_one_is_made(
    office: Office, db: asyncpg.Connection
) -> None:
    made = (
        "INSERT INTO refunds (id, order_id, attempt, amount, currency, reason, numbers, status,"
        " created_at, updated_at)"
        " SELECT gen_random_uuid(), order_id, attempt, 100, 'EUR', 'ASKED', '{}',"
        " $2::TEXT::refund_status, clock_timestamp(), now() FROM charges WHERE order_id = $1"
    )
    fans = await make_fans(db, office.world, 2)
    first, second = [
        (await hold(office.client, fan, office.world, token=VISA))["orderId"] for fan in fans
    ]
    for order_id in (first, first, second):
        await db.execute(made, order_id, "FAILED")
    event_id = str(office.world.event_id)
    assert await office.ids(refund="FAILED", eventId=event_id) == [second, first]
    assert await office.ids(refund="FAILED", limit=1) == [second]
    assert await office.ids(refund="FAILED", cursor=second, status="PENDING") == [first]
    assert await office.ids(refund="FAILED", q=first) == [first]
    await db.execute(made, second, "SUCCEEDED")
    assert await office.ids(refund="FAILED") == [first]


async def test_a_buyer_is_found_however_many_others_are_called_so(
    office: Office, db: asyncpg.Connection
) -> None:
    await db.execute(
        """
        INSERT INTO users (id, email, password_hash, full_name)
        SELECT gen_random_uuid(), gen_random_uuid() || '@else.test', '', 'Philippa ' || n
        FROM generate_series(1, $1) n
        """,
        FOUND_PEOPLE_MAX + 1,
    )
    await db.execute(
        "UPDATE users SET full_name = 'Philippa Late' WHERE id = $1", office.fans[1].user_id
    )
    assert await office.ids(q="philippa") == [office.orders[1]["orderId"]]
    file = await office.client.get(
        f"{office.path}/export.csv", params={"q": "PHILIPPA"}, headers=office.manager.headers
    )
    lines = list(csv.DictReader(io.StringIO(file.text)))
    assert [line["buyer"] for line in lines] == ["Philippa Late"]
    # As the contract writes times, and as JSON tells this very one.
    assert [line["createdAt"] for line in lines] == [office.orders[1]["createdAt"]]
    # One after the other, by the words as well.
    for fan in office.fans:
        await db.execute("UPDATE users SET full_name = 'Philippa' WHERE id = $1", fan.user_id)
    newest = [order["orderId"] for order in office.orders[::-1]]
    assert await office.ids(q="philippa", limit=2) == newest[:2]
    assert await office.ids(q="philippa", cursor=newest[1]) == newest[2:]
    # In a database that others use as well.
    await db.execute("DELETE FROM users WHERE email LIKE '%@else.test'")


async def test_only_who_manages_sees_them(office: Office) -> None:
    for path in (office.path, f"{office.path}/export.csv"):
        below = await office.client.get(path, headers=office.staff.headers)
        assert (below.status_code, below.json()["error"]["code"]) == (403, "AUTH004")
        stranger = await office.client.get(path, headers=office.fans[0].headers)
        assert (stranger.status_code, stranger.json()["error"]["code"]) == (404, "NOTFOUND001")
    one = f"/api/v1/orders/{office.orders[0]['orderId']}"
    assert (await office.client.get(one, headers=office.manager.headers)).status_code == 200
    assert (await office.client.get(one, headers=office.staff.headers)).status_code == 403
    assert (await office.client.get(one, headers=office.fans[1].headers)).status_code == 404


@pytest.mark.asvs("V5.4.1", "V5.4.2")
async def test_the_file_has_all_and_nothing_in_it_computes(office: Office) -> None:
    answer = await office.client.get(f"{office.path}/export.csv", headers=office.manager.headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["orderId"] for line in lines] == [o["orderId"] for o in office.orders[::-1]]
    assert lines[2]["buyer"] == "'=SUM(A1), Ann"
    assert (lines[0]["tickets"], lines[0]["total"], lines[0]["currency"]) == ("2", "9300", "EUR")


async def test_notes_are_the_managers_alone(office: Office) -> None:
    order = office.orders[0]["orderId"]
    path = f"/api/v1/orders/{order}/notes"
    headers = office.manager.headers | {"Idempotency-Key": "note-1"}
    for _ in range(2):
        written = await office.client.post(path, json={"text": "Called back"}, headers=headers)
        assert written.status_code == 201, written.text
    found = await office.client.get(path, headers=office.manager.headers)
    assert found.json()["data"] == [written.json()["data"]]
    assert written.json()["data"]["by"] == str(office.manager.user_id)
    buyer = await office.client.get(path, headers=office.fans[0].headers)
    assert buyer.status_code == 404


async def test_an_invoice_is_paid_once_and_given_back_by_hand(
    office: Office, db: asyncpg.Connection
) -> None:
    body = office.world.order(quantity=2, paymentMethod={"type": "invoice"})
    placed = await office.client.post("/api/v1/orders", json=body, headers=office.manager.headers)
    order = placed.json()["data"]
    assert (order["status"], order["paymentStatus"]) == ("CONFIRMED", "PENDING")
    path = f"/api/v1/orders/{order['orderId']}/invoice-payment"
    for fan, status in ((office.staff, 404), (office.fans[0], 404)):
        refused = await office.client.post(path, json={"reference": "R1"}, headers=fan.headers)
        assert refused.status_code in {403, status}
    paid = await office.client.post(
        path, json={"reference": "R-2026-1"}, headers=office.manager.headers
    )
    assert paid.status_code == 200, paid.text
    assert paid.json()["data"]["paymentStatus"] == "SUCCEEDED"
    of = await logged(db, "order.invoice_paid", subject=order["orderId"])
    assert of == office.world.organization_id
    again = await office.client.post(path, json={"reference": "R2"}, headers=office.manager.headers)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "ORDER004")
    cancel = await office.client.post(
        f"/api/v1/orders/{order['orderId']}/cancel", headers=office.manager.headers
    )
    assert cancel.json()["error"]["code"] == "ORDER004"
    back = await refund(office.client, office.manager, order["orderId"], amount=1000)
    assert back.status_code == 202, back.text
    kept = await db.fetchrow(
        "SELECT token, reference, refunded FROM charges WHERE order_id = $1", order["orderId"]
    )
    assert tuple(kept) == ("invoice", "R-2026-1", 1000)
    card = await office.client.post(
        f"/api/v1/orders/{office.orders[0]['orderId']}/invoice-payment",
        json={"reference": "R3"},
        headers=office.manager.headers,
    )
    assert card.json()["error"]["code"] == "ORDER004"
