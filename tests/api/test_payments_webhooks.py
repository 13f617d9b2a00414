"""The vendor's news over HTTP: signed, kept once, in any order, and only ever a hint."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.payments.signature import sign
from arenapulse.wiring import make_app
from tests.paying import THREE_D_SECURE, charge_is, hold, intents, pays_as, read, worker_of
from tests.worlds import Fan, World, make_fans, make_world

SECRET = "whsec_test_secret"


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings)


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


@pytest.fixture
async def worker(settings: Settings) -> AsyncIterator[None]:
    async with worker_of(settings):
        yield


def event(kind: str, intent_id: str, **changes: object) -> dict[str, Any]:
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": kind,
        "created": int(time.time()),
        "data": {"object": {"id": intent_id, "object": "payment_intent", "livemode": False}},
    } | changes


async def post(
    client: httpx.AsyncClient,
    payload: bytes | dict[str, Any],
    *,
    secret: str = SECRET,
    age: int = 0,
    header: str | None = None,
) -> httpx.Response:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload, indent=1).encode()
    signed = sign(raw, secret=secret, at_unix=int(time.time()) - age)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    headers["Stripe-Signature"] = signed if header is None else header
    return await client.post("/api/v1/webhooks/stripe", content=raw, headers=headers)


async def inbox(db: asyncpg.Connection, event_id: str) -> list[tuple[str, str | None, bool]]:
    rows = await db.fetch(
        "SELECT type, intent_id, handled_at IS NOT NULL FROM webhook_inbox WHERE event_id = $1",
        event_id,
    )
    return [tuple(row) for row in rows]


async def test_an_event_is_kept_once_however_often_it_comes(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    told = event("payment_intent.succeeded", "pi_nobody")
    before = await db.fetchval("SELECT count(*) FROM pgqueuer")
    answers = await asyncio.gather(*(post(client, told) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[0].json() == {"success": True, "data": {"received": True}}
    assert await inbox(db, told["id"]) == [("payment_intent.succeeded", "pi_nobody", False)]
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == before + 1


@pytest.mark.parametrize(
    "bad",
    [
        {"secret": "whsec_of_somebody_else"},
        {"age": 301},
        {"age": -302},
        {"header": ""},
        {"header": "t=1,v1=00"},
        {"header": "nonsense"},
    ],
)
async def test_what_is_not_signed_by_the_vendor_is_refused(
    client: httpx.AsyncClient, db: asyncpg.Connection, bad: dict[str, Any]
) -> None:
    told = event("payment_intent.succeeded", "pi_nobody")
    answer = await post(client, told, **bad)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "PAY002"
    assert await inbox(db, told["id"]) == []


async def test_without_a_signature_even_broken_json_is_a_bad_signature(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/api/v1/webhooks/stripe", content=b"{")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PAY002")


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        (b"{", 400, "REQUEST001"),
        (b"[]", 422, "VALIDATION001"),
        (b"[" * 100_000 + b"]" * 100_000, 422, "VALIDATION001"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "REQUEST001"),
        (b'{"id": "\xff"}', 400, "REQUEST001"),
        (b'{"id": "evt_1", "type": "x"}', 422, "VALIDATION001"),
        (b'{"id": "evt\\u0000", "type": "x", "data": {"object": {}}}', 422, "VALIDATION001"),
    ],
)
async def test_signed_nonsense_is_told_apart(
    client: httpx.AsyncClient, payload: bytes, status: int, code: str
) -> None:
    answer = await post(client, payload)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_an_event_that_says_nothing_to_us_is_taken(
    client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    told = event("customer.created", "cus_1")
    assert (await post(client, told)).status_code == 200
    assert await inbox(db, told["id"]) == [("customer.created", None, False)]


async def test_while_secrets_change_both_are_good(
    settings: Settings, db: asyncpg.Connection
) -> None:
    changing = settings.model_copy(update={"stripe_webhook_secret": "whsec_new, whsec_old"})
    app = make_app(changing)
    async with (
        app.running(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://arena.test"
        ) as client,
    ):
        for secret, status in [("whsec_new", 200), ("whsec_old", 200), (SECRET, 400)]:
            told = event("payment_intent.succeeded", "pi_nobody")
            assert (await post(client, told, secret=secret)).status_code == status


@pytest.mark.usefixtures("worker")
async def test_what_an_event_says_is_not_believed_but_looked_up(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order_id = (await hold(client, fan, world, token=THREE_D_SECURE))["orderId"]
    await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    intent_id = await db.fetchval("SELECT intent_id FROM charges WHERE order_id = $1", order_id)
    for kind in ("payment_intent.succeeded", "payment_intent.canceled"):
        told = event(kind, intent_id)
        assert (await post(client, told)).status_code == 200
        deadline = time.monotonic() + 30
        while await inbox(db, told["id"]) != [(kind, intent_id, True)]:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    assert (await read(client, fan, order_id))["paymentStatus"] == "REQUIRES_ACTION"


@pytest.mark.usefixtures("worker")
async def test_a_persons_answer_reaches_us_by_any_event_late_doubled_or_reversed(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order_id = (await hold(client, fan, world, token=THREE_D_SECURE))["orderId"]
    await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    # The bank said yes, and the twin's own event was lost.
    intent_id = await db.fetchval(
        "UPDATE sandbox_intents SET status = 'requires_capture' WHERE order_id = $1 RETURNING id",
        order_id,
    )
    newest = event("payment_intent.amount_capturable_updated", intent_id)
    oldest = event("payment_intent.requires_action", intent_id)
    for told in (newest, oldest, newest, oldest):
        assert (await post(client, told)).status_code == 200
    await pays_as(client, fan, order_id, "SUCCEEDED")
    await charge_is(db, order_id, (1, "SUCCEEDED"))
    assert await intents(db, order_id) == [("succeeded", 9300)]


@pytest.mark.usefixtures("worker")
async def test_a_lost_event_is_made_up_for_by_looking(
    client: httpx.AsyncClient, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    order_id = (await hold(client, fan, world, token=THREE_D_SECURE))["orderId"]
    await pays_as(client, fan, order_id, "REQUIRES_ACTION")
    await db.execute(
        "UPDATE sandbox_intents SET status = 'requires_capture' WHERE order_id = $1", order_id
    )
    async with asyncio.timeout(10):
        while (await read(client, fan, order_id))["status"] != "CONFIRMED":
            # 30 s pass, and again: a look that was under way saw the bank before it was asked.
            await db.execute(
                "UPDATE charges SET due_at = due_at - interval '30 s' WHERE order_id = $1"
                " AND status = 'REQUIRES_ACTION'",
                order_id,
            )
            await asyncio.sleep(0.1)
    assert (await read(client, fan, order_id))["paymentStatus"] == "SUCCEEDED"
