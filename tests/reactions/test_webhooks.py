"""Facts reach the machines of an organization: signed, and again until they are heard."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from arenapulse.core import clock
from arenapulse.core.ids import OrderId, ticket_id
from arenapulse.orders.terms import SPREAD_TASK
from arenapulse.webhooks.service.delivering import AT_ONCE_MAX
from arenapulse.webhooks.service.forgetting import forget
from arenapulse.wiring import opened
from tests.conftest import TestEngines, settings_for
from tests.paying import hold
from tests.reactions.conftest import until
from tests.reactions.receivers import Desk, Receiver, open_desk, receiving
from tests.worlds import make_fans


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def desk(fresh_database_url: str, engines: TestEngines) -> AsyncIterator[Desk]:
    settings = settings_for(fresh_database_url, engines.redis_url, webhook_allow_private=True)
    async with open_desk(settings) as made:
        yield made


def is_signed(request: web.Request, body: bytes, secret: str) -> bool:
    """As a receiver checks it, by the words of the standard."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = base64.b64encode(hmac.new(key, signed + body, hashlib.sha256).digest()).decode()
    return request.headers["webhook-signature"] == f"v1,{made}"


async def test_sales_that_are_told_together_have_each_its_own_time(
    desk: Desk, receiver: Receiver
) -> None:
    await desk.make(receiver.url)
    db = desk.shop.db
    sold = [await desk.sell() for _ in range(3)]
    taken = await db.fetch(
        "DELETE FROM pgqueuer WHERE entrypoint = $1 RETURNING payload", SPREAD_TASK
    )
    assert len(taken) == len(sold)
    together = desk.registry.entries[SPREAD_TASK].run_many
    assert together is not None
    await together([row["payload"] for row in taken])
    jobs = "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'webhooks.tell_placed'"
    assert await db.fetchval(jobs) == 1
    await desk.deliver()
    told = {
        body["data"]["orderId"]: dt.datetime.fromisoformat(body["timestamp"])
        for body in map(json.loads, receiver.bodies)
    }
    placed = await db.fetch("SELECT id, created_at FROM orders WHERE id = ANY ($1::uuid[])", sold)
    assert told == {str(row["id"]): row["created_at"] for row in placed}


async def test_what_happens_to_orders_and_events_is_told_once_each(
    desk: Desk, receiver: Receiver
) -> None:
    made = await desk.make(receiver.url)
    shop = desk.shop
    paid, sold = await shop.buy(), await desk.sell()
    held = str((await hold(shop.client, shop.fan, shop.world))["orderId"])
    for order_id, person in ((held, shop.fan), (sold, shop.manager)):
        path = f"/api/v1/orders/{order_id}/cancel"
        assert (await shop.client.post(path, headers=person.headers)).status_code == 200
    refund = await shop.ask(paid, amount=100, reason="kindness")
    await shop.refunds.drain()
    await shop.client.post(
        f"/api/v1/events/{shop.world.event_id}/status",
        json={"status": "PAUSED"},
        headers=shop.manager.headers,
    )
    await desk.deliver()
    told = sorted(
        (body["type"], body["data"].get("orderId", ""), body["data"].get("status", ""))
        for body in map(json.loads, receiver.bodies)
    )
    assert told == sorted(
        [
            ("order.confirmed", paid, "CONFIRMED"),
            ("order.confirmed", sold, "CONFIRMED"),
            ("order.cancelled", held, "CANCELLED"),
            ("order.cancelled", sold, "CANCELLED"),
            ("order.refunded", paid, "PARTIALLY_REFUNDED"),
            ("event.status", "", "PAUSED"),
        ]
    )
    data = {
        (body["type"], body["data"].get("orderId")): body["data"]
        for body in map(json.loads, receiver.bodies)
    }
    order = await shop.order(paid)
    assert data["order.refunded", paid] == {
        "orderId": paid,
        "eventId": str(shop.world.event_id),
        "refundId": refund["refundId"],
        "status": "PARTIALLY_REFUNDED",
        "amount": 100,
        "currency": "EUR",
        "ticketIds": [],
    }
    assert data["order.confirmed", paid] == {
        "orderId": paid,
        "status": "CONFIRMED",
        "eventId": str(shop.world.event_id),
        "total": order["total"],
        "currency": "EUR",
        "ticketIds": [ticket["ticketId"] for ticket in order["tickets"]],
    }
    for request, body in zip(receiver.heard, receiver.bodies, strict=True):
        assert is_signed(request, body, made["secret"])
        assert json.loads(body).keys() == {"type", "timestamp", "data"}
    await desk.deliver()
    assert len(receiver.heard) == len(told)


async def test_who_goes_in_is_told_once_and_what_a_server_of_before_wrote_too(
    desk: Desk, receiver: Receiver
) -> None:
    await desk.make(receiver.url, ["ticket.checked_in"])
    shop, event = desk.shop, f"/api/v1/events/{desk.shop.world.event_id}"
    live = {"status": "LIVE"}
    await shop.client.post(f"{event}/status", json=live, headers=shop.manager.headers)
    order = UUID(await desk.sell())
    tickets = [str(ticket_id(OrderId(order), number=number)) for number in (1, 2)]

    async def scan(ticket: str, client_id: str) -> int:
        asked = {"ticketId": ticket, "gate": "North", "deviceId": "d", "clientId": client_id}
        answer = await shop.client.post(
            f"{event}/checkins", json=asked, headers=shop.manager.headers
        )
        return answer.status_code

    # The second is refused, the third a replay: neither is news.
    scans = [(tickets[0], "a"), (tickets[0], "b"), (tickets[0], "a"), (tickets[1], "c")]
    assert [await scan(*each) for each in scans] == [200, 409, 200, 200]
    await desk.deliver()
    expected = [
        {
            "ticketId": ticket,
            "orderId": str(order),
            "eventId": str(shop.world.event_id),
            "sectionId": str(shop.world.section_ids[0]),
            "gate": "North",
        }
        for ticket in tickets
    ]

    def told() -> list[dict[str, str]]:
        bodies = map(json.loads, receiver.bodies)
        return sorted((body["data"] for body in bodies), key=lambda data: data["ticketId"])

    assert told() == expected
    assert set(receiver.types) == {"ticket.checked_in"}
    before = {
        "fact_id": str(uuid4()),
        "at": "2026-11-29T18:00:00+00:00",
        "tickets": [
            {
                "order_id": str(order),
                "number": 3,
                "event_id": str(shop.world.event_id),
                "organization_id": str(shop.world.organization_id),
                "holder_id": str(shop.manager.user_id),
                "section_id": str(shop.world.section_ids[0]),
                "gate": "South",
                "scanned_at": "2026-11-29T18:00:00+00:00",
            }
        ],
    }
    reaction = desk.registry.entries["webhooks.tell_checked_in"]
    await reaction.run(json.dumps(before).encode())
    await desk.deliver()
    assert [each["gate"] for each in told()] == ["North", "North", "South"]


async def test_the_last_place_sold_is_told_and_one_that_comes_back(
    desk: Desk, receiver: Receiver
) -> None:
    await desk.make(receiver.url, ["event.status", "event.sold_out"])
    await desk.shop.db.execute(
        "UPDATE stock SET capacity = 2 WHERE event_id = $1", desk.shop.world.event_id
    )
    sold = await desk.sell()
    path = f"/api/v1/orders/{sold}/cancel"
    await desk.shop.client.post(path, headers=desk.shop.manager.headers)
    await desk.deliver()
    told = [json.loads(body) for body in receiver.bodies]
    assert sorted((each["type"], each["data"].get("status")) for each in told if each) == sorted(
        [("event.status", "SOLD_OUT"), ("event.status", "ON_SALE"), ("event.sold_out", None)],
        key=str,
    )


async def test_only_what_was_asked_for_and_of_nobody_else(desk: Desk, receiver: Receiver) -> None:
    await desk.make(receiver.url, ["order.refunded"])
    await desk.sell()
    await desk.deliver()
    assert receiver.heard == []


async def test_it_is_tried_again_after_5_s_30_s_5_min_1_h_6_h_24_h_and_48_h(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.answer = lambda: 500
    made = await desk.make(receiver.url, ["order.confirmed"])
    # Older failures are forgotten here: being paused for them has a test of its own.
    await desk.sell()
    await desk.deliver()
    for n, wait in enumerate((5, 30, 300, 3_600, 21_600, 86_400, 172_800), start=1):
        await desk.pass_by(wait - 1)
        assert len(receiver.heard) == n
        await desk.shop.db.execute("UPDATE webhook_endpoints SET failing_since = NULL")
        await desk.pass_by(1)
        assert len(receiver.heard) == n + 1
    assert {request.headers["webhook-id"] for request in receiver.heard} == {
        receiver.heard[0].headers["webhook-id"]
    }
    shown = (await desk.deliveries(made["id"]))["data"][0]
    assert (shown["status"], shown["nextAttemptAt"]) == ("FAILED", None)
    assert [attempt["status"] for attempt in shown["attempts"]] == [500] * 8
    assert shown["body"].encode() == receiver.bodies[0]
    await desk.pass_by(1_000_000)
    assert len(receiver.heard) == 8


async def test_a_failed_delivery_is_replayed_under_its_id(desk: Desk, receiver: Receiver) -> None:
    receiver.answer = lambda: 404
    made = await desk.make(receiver.url)
    await desk.sell()
    await desk.deliver()
    receiver.answer = lambda: 204
    shown = (await desk.deliveries(made["id"]))["data"][0]
    assert shown["status"] == "PENDING"
    path = f"{desk.path}/{made['id']}/deliveries/{shown['id']}/replay"
    again = await desk.shop.client.post(path, headers=desk.shop.manager.headers)
    assert (again.status_code, again.json()["data"]["status"]) == (202, "PENDING")
    # The runner's clock may be behind the server's by what both took.
    await desk.pass_by(1)
    shown = (await desk.deliveries(made["id"]))["data"][0]
    assert [attempt["status"] for attempt in shown["attempts"]] == [404, 204]
    assert shown["status"] == "DELIVERED"
    ids = {request.headers["webhook-id"] for request in receiver.heard}
    assert ids == {shown["id"]}
    assert receiver.bodies[0] == receiver.bodies[1]


async def test_three_days_of_failures_pause_it_and_its_owners_are_told(
    desk: Desk, receiver: Receiver
) -> None:
    (owner,) = await make_fans(desk.shop.db, desk.shop.world, 1, role="OWNER")
    receiver.answer = lambda: 503
    made = await desk.make(receiver.url)
    await desk.sell()
    await desk.deliver()
    assert (await desk.one(made["id"]))["failingSince"] is not None
    await desk.pass_by(3 * 86_400 - 60)
    assert (await desk.one(made["id"]))["pausedAt"] is None
    await desk.sell()
    await desk.pass_by(120)
    found = await desk.one(made["id"])
    assert found["pauseReason"] == "FAILING"
    told = await desk.shop.db.fetch("SELECT user_id, template FROM messages")
    assert [(row["user_id"], row["template"]) for row in told if row["template"] != "receipt"] == [
        (owner.user_id, "webhook_paused")
    ]
    heard = len(receiver.heard)
    await desk.sell()
    await desk.pass_by(10_000)
    assert len(receiver.heard) == heard
    statuses = [each["status"] for each in (await desk.deliveries(made["id"]))["data"]]
    assert statuses == ["WAITING"] * 3
    # What happened meanwhile is delivered when it is resumed.
    receiver.answer = lambda: 200
    assert (await desk.change(made["id"], paused=False))["pausedAt"] is None
    # One by one until the first was heard.
    for _ in range(3):
        await desk.pass_by(2)
    assert len(receiver.heard) == heard + 3
    statuses = [each["status"] for each in (await desk.deliveries(made["id"]))["data"]]
    assert statuses == ["DELIVERED"] * 3
    assert (await desk.one(made["id"]))["failingSince"] is None


async def test_a_receiver_that_is_gone_is_paused_at_once(desk: Desk, receiver: Receiver) -> None:
    receiver.answer = lambda: 410
    made = await desk.make(receiver.url)
    await desk.sell()
    await desk.deliver()
    assert (await desk.one(made["id"]))["pauseReason"] == "GONE"


async def test_a_slow_receiver_and_a_dead_one_keep_nobody_waiting(
    desk: Desk, receiver: Receiver
) -> None:
    async with receiving() as slow:
        slow.gate = asyncio.Event()
        await desk.make(slow.url, ["order.confirmed"])
        await desk.make("http://127.0.0.1:9/dead", ["order.confirmed"])
        await desk.make(receiver.url, ["order.confirmed"])
        for _ in range(20):
            await desk.sell()
        await desk.react()
        draining = asyncio.create_task(desk.runner.drain())

        async def all_heard() -> bool:
            return len(receiver.heard) == 20

        await until(all_heard, seconds=9)
        assert 0 < len(slow.heard) <= AT_ONCE_MAX
        slow.gate.set()
        await draining


async def test_who_ended_it_hears_nothing_more(desk: Desk, receiver: Receiver) -> None:
    made = await desk.make(receiver.url)
    await desk.sell()
    await desk.react()
    path = f"{desk.path}/{made['id']}"
    assert (await desk.shop.client.delete(path, headers=desk.shop.manager.headers)).is_success
    await desk.sell()
    await desk.deliver()
    assert receiver.heard == []
    assert (await desk.shop.client.delete(path, headers=desk.shop.manager.headers)).status_code == (
        404
    )


async def test_deliveries_are_pages_of_thirty_days(desk: Desk, receiver: Receiver) -> None:
    made = await desk.make(receiver.url)
    for _ in range(3):
        await desk.sell()
    await desk.deliver()
    first = await desk.deliveries(made["id"], limit=2)
    second = await desk.deliveries(made["id"], limit=2, cursor=first["meta"]["nextCursor"])
    ids = [each["id"] for each in (*first["data"], *second["data"])]
    assert len(set(ids)) == 3
    assert ids == sorted(ids, reverse=True)
    assert "nextCursor" not in second["meta"]
    oldest = UUID(ids[-1])
    await desk.shop.db.execute(
        "UPDATE webhook_deliveries SET created_at = now() - INTERVAL '31 days' WHERE id = $1",
        oldest,
    )
    await desk.registry.entries["webhooks.forget_old"].run(b"{}")
    assert len((await desk.deliveries(made["id"]))["data"]) == 2


async def test_more_than_a_page_of_old_deliveries_is_forgotten(
    desk: Desk, receiver: Receiver, fresh_database_url: str, engines: TestEngines
) -> None:
    made = await desk.make(receiver.url)
    for _ in range(5):
        await desk.sell()
    await desk.deliver()
    async with opened(settings_for(fresh_database_url, engines.redis_url)) as runtime:
        before = clock.now() + dt.timedelta(minutes=1)
        gone = await forget(runtime.database, before=before, rows=2)
    assert gone == 5
    assert (await desk.deliveries(made["id"]))["data"] == []


async def test_the_secret_is_kept_encrypted_and_shown_once(desk: Desk) -> None:
    made = await desk.make("https://hooks.example.org/x")
    assert made["secret"].startswith("whsec_")
    assert "secret" not in await desk.one(made["id"])
    stored = await desk.shop.db.fetchval("SELECT secret FROM webhook_endpoints")
    assert base64.b64decode(made["secret"].removeprefix("whsec_")) not in stored
    entries = await desk.shop.db.fetch("SELECT details FROM audit_log")
    assert not any(made["secret"] in row["details"] for row in entries)
