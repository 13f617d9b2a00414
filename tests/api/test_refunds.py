"""Refunds through HTTP, with a worker in the loop and the twin of Stripe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.books import faults
from tests.conftest import TestEngines, as_owner, client_of, cloned_database, settings_for
from tests.gates import scan
from tests.paying import (
    VISA,
    becomes,
    charge_is,
    given_back,
    hold,
    pays_as,
    refund,
    stock,
    worker_of,
)
from tests.worlds import Fan, Place, World, make_fans, make_world

ONE, TWO = 4650, 9300


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


@dataclass
class Counter:
    """An event with a cap a person, a buyer with two paid tickets, and a manager."""

    client: httpx.AsyncClient
    db: asyncpg.Connection
    world: World
    fan: Fan
    manager: Fan
    order: Any

    @property
    def order_id(self) -> str:
        return str(self.order["orderId"])

    def ticket(self, position: int) -> str:
        return str(self.order["tickets"][position]["ticketId"])

    async def ask(self, by: Fan | None = None, **body: object) -> httpx.Response:
        return await refund(self.client, by or self.manager, self.order_id, **body)

    async def refunded(self, **body: object) -> Any:
        answer = await self.ask(**body)
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]

    async def becomes(self, status: str) -> Any:
        return await becomes(
            self.client, self.fan, self.order_id, lambda order: order["status"] == status
        )

    async def succeeded(self, many: int) -> None:
        async with asyncio.timeout(10):
            while await self._successes() != many:  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.02)

    async def _successes(self) -> int:
        found = await self.db.fetchval(
            "SELECT count(*) FROM refunds WHERE order_id = $1 AND status = 'SUCCEEDED'",
            self.order_id,
        )
        return int(found)

    async def rows(self) -> list[Any]:
        return await self.db.fetch("SELECT * FROM refunds WHERE order_id = $1", self.order_id)


async def open_counter(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings, *, capacity: int = 100
) -> Counter:
    world = await make_world(
        db, settings, sections=(Place(capacity),), config={"maxTicketsPerPerson": 2}
    )
    fan = (await make_fans(db, world, 1))[0]
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    placed = await hold(client, fan, world, token=VISA)
    order = await pays_as(client, fan, placed["orderId"], "SUCCEEDED")
    await charge_is(db, placed["orderId"], (1, "SUCCEEDED"))
    return Counter(client, db, world, fan, manager, order)


@pytest.fixture
async def counter(client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings) -> Counter:
    return await open_counter(client, db, settings)


async def test_a_manager_of_former_days_hears_no_answer_again(counter: Counter) -> None:
    path = f"/api/v1/orders/{counter.order_id}/refunds"
    headers = counter.manager.headers | {"Idempotency-Key": "once"}

    async def ask(**body: object) -> httpx.Response:
        return await counter.client.post(path, json={"reason": "Rain."} | body, headers=headers)

    first = await ask(amount=100)
    assert first.status_code == 202
    assert (await ask(amount=100)).content == first.content
    await counter.db.execute("DELETE FROM memberships WHERE user_id = $1", counter.manager.user_id)
    for amount in (100, 200):
        refused = await ask(amount=amount)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "ORDER001")
    assert len(await counter.rows()) == 1


async def test_a_ticket_goes_back_and_its_place_is_free(counter: Counter) -> None:
    asked = await counter.refunded(ticketIds=[counter.ticket(1)])
    assert asked["refundId"]
    assert asked == asked | {
        "amount": ONE,
        "currency": "EUR",
        "status": "PENDING",
        "ticketIds": [counter.ticket(1)],
    }
    order = await counter.becomes("PARTIALLY_REFUNDED")
    assert order["paymentStatus"] == "SUCCEEDED"
    assert [ticket["status"] for ticket in order["tickets"]] == ["VALID", "VOID"]
    assert order["total"] == TWO
    assert await given_back(counter.db, counter.order_id) == (TWO, ONE)
    assert await stock(counter.db, counter.world) == (0, 1)
    # The person may have another place instead.
    again = counter.world.order(paymentMethod={"type": "card"})
    answer = await counter.client.post("/api/v1/orders", json=again, headers=counter.fan.headers)
    assert answer.status_code == 201, answer.text
    await counter.refunded(ticketIds=[counter.ticket(0)])
    order = await counter.becomes("REFUNDED")
    assert order["paymentStatus"] == "REFUNDED"
    assert [ticket["status"] for ticket in order["tickets"]] == ["VOID", "VOID"]
    assert await given_back(counter.db, counter.order_id) == (TWO, TWO)
    assert await stock(counter.db, counter.world) == (1, 0)
    assert await faults(counter.db) == []


async def test_a_refunded_ticket_opens_no_gate_and_the_other_of_its_order_does(
    counter: Counter,
) -> None:
    path = f"/api/v1/events/{counter.world.event_id}"
    codes = [
        (
            await counter.client.get(
                f"/api/v1/tickets/{counter.ticket(n)}/code", headers=counter.fan.headers
            )
        ).json()["data"]["code"]
        for n in range(2)
    ]
    await counter.refunded(ticketIds=[counter.ticket(1)])
    await counter.becomes("PARTIALLY_REFUNDED")
    await counter.db.execute(
        "UPDATE events SET status = 'LIVE' WHERE id = $1", counter.world.event_id
    )
    answers = [
        await counter.client.post(
            f"{path}/checkins", json=scan(code), headers=counter.manager.headers
        )
        for code in codes
    ]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["error"]["code"] == "TICKET004"


async def test_an_amount_is_money_alone(counter: Counter) -> None:
    assert (await counter.refunded(amount=1000))["ticketIds"] == []
    order = await counter.becomes("PARTIALLY_REFUNDED")
    assert [ticket["status"] for ticket in order["tickets"]] == ["VALID", "VALID"]
    assert await given_back(counter.db, counter.order_id) == (TWO, 1000)
    assert await stock(counter.db, counter.world) == (0, 2)
    # What is left is less than the tickets cost.
    rest = await counter.refunded()
    assert rest["amount"] == TWO - 1000
    assert rest["ticketIds"] == [counter.ticket(0), counter.ticket(1)]
    order = await counter.becomes("REFUNDED")
    assert [ticket["status"] for ticket in order["tickets"]] == ["VOID", "VOID"]
    assert await given_back(counter.db, counter.order_id) == (TWO, TWO)
    assert await stock(counter.db, counter.world) == (0, 0)
    assert await faults(counter.db) == []


async def test_all_money_back_is_refunded_and_leaves_the_tickets_that_nobody_named(
    counter: Counter,
) -> None:
    await counter.refunded(amount=TWO)
    order = await counter.becomes("REFUNDED")
    assert order["paymentStatus"] == "REFUNDED"
    assert [ticket["status"] for ticket in order["tickets"]] == ["VALID", "VALID"]
    assert await stock(counter.db, counter.world) == (0, 2)
    assert await faults(counter.db) == []


async def test_a_ticket_gives_back_its_share_of_the_discount(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings, sections=(Place(10),))
    await db.execute(
        "INSERT INTO promo_codes (id, event_id, code, kind, value, unlocks)"
        " VALUES (gen_random_uuid(), $1, 'ODD', 'AMOUNT', 1001, '{}')",
        world.event_id,
    )
    fan = (await make_fans(db, world, 1))[0]
    manager = (await make_fans(db, world, 1, role="OWNER"))[0]
    body = world.order(quantity=2, promoCode="ODD", paymentMethod={"type": "card", "token": VISA})
    placed = (await client.post("/api/v1/orders", json=body, headers=fan.headers)).json()["data"]
    order = await pays_as(client, fan, placed["orderId"], "SUCCEEDED")
    shares = []
    for ticket in order["tickets"]:
        answer = await refund(client, manager, order["orderId"], ticketIds=[ticket["ticketId"]])
        assert answer.status_code == 202, answer.text
        shares.append(answer.json()["data"]["amount"])
    assert shares == [4650 - 501, 4650 - 500]
    await becomes(client, fan, order["orderId"], lambda o: o["status"] == "REFUNDED")
    assert await given_back(db, order["orderId"]) == (8299, 8299)
    # A code's use comes back with a cancelled order, not with a refunded one.
    assert (
        await db.fetchval("SELECT uses FROM promo_codes WHERE event_id = $1", world.event_id) == 1
    )
    assert await faults(db) == []


async def test_a_place_that_comes_back_ends_sold_out(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    counter = await open_counter(client, db, settings, capacity=2)

    async def status() -> str:
        answer = await client.get(f"/api/v1/events/{counter.world.event_id}")
        return str(answer.json()["data"]["status"])

    assert await status() == "SOLD_OUT"
    await counter.refunded(ticketIds=[counter.ticket(0)])
    await counter.becomes("PARTIALLY_REFUNDED")
    assert await status() == "ON_SALE"
    assert await faults(db) == []


async def test_what_cannot_go_back_is_refused_and_nothing_changes(counter: Counter) -> None:
    await counter.refunded(ticketIds=[counter.ticket(0)])
    await counter.becomes("PARTIALLY_REFUNDED")
    before = await counter.rows()
    known, other, none = counter.ticket(1), counter.ticket(0), str(uuid4())
    for body, status, code in [
        ({"amount": ONE + 1}, 409, "PAY003"),
        ({"amount": 10**12}, 409, "PAY003"),
        ({"ticketIds": [other]}, 409, "PAY003"),
        ({"ticketIds": [known, other]}, 409, "PAY003"),
        ({"ticketIds": [known, known]}, 409, "PAY003"),
        ({"ticketIds": [known], "amount": 1}, 422, "VALIDATION001"),
        ({"ticketIds": [none]}, 422, "VALIDATION001"),
        ({"ticketIds": [counter.order_id]}, 422, "VALIDATION001"),
        ({"ticketIds": [known, counter.order_id[:-1] + "9"]}, 422, "VALIDATION001"),
        ({"ticketIds": []}, 422, "VALIDATION001"),
        ({"ticketIds": ["x"]}, 422, "VALIDATION001"),
        ({"amount": 0}, 422, "VALIDATION001"),
        ({"amount": -1}, 422, "VALIDATION001"),
        ({"amount": 1.5}, 422, "VALIDATION001"),
        ({"amount": 2**63}, 422, "VALIDATION001"),
        ({"reason": ""}, 422, "VALIDATION001"),
        ({"reason": "a\x00b"}, 422, "VALIDATION001"),
        ({"reason": None}, 422, "VALIDATION001"),
        ({"other": 1}, 422, "VALIDATION001"),
    ]:
        answer = await counter.ask(**body)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), body
    assert await counter.rows() == before
    assert await given_back(counter.db, counter.order_id) == (TWO, ONE)
    assert await faults(counter.db) == []


async def test_nothing_goes_back_where_nothing_was_paid(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(db, settings)
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    for method in ({"type": "card"}, {"type": "box_office"}, {"type": "invoice"}):
        body = world.order(paymentMethod=method)
        placed = await client.post("/api/v1/orders", json=body, headers=manager.headers)
        order_id = placed.json()["data"]["orderId"]
        for wanted in ({}, {"amount": 1}):
            answer = await refund(client, manager, order_id, **wanted)
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PAY003")
    assert await faults(db) == []


async def test_only_who_manages_the_event_may_refund(counter: Counter, settings: Settings) -> None:
    db, world = counter.db, counter.world
    elsewhere = await make_world(db, settings)
    people = {
        "the buyer": (counter.fan, 403, "AUTH004"),
        "a stranger": ((await make_fans(db, world, 1))[0], 404, "ORDER001"),
        "a manager elsewhere": (
            (await make_fans(db, elsewhere, 1, role="OWNER"))[0],
            404,
            "ORDER001",
        ),
        "staff": ((await make_fans(db, world, 1, role="STAFF"))[0], 403, "AUTH004"),
        "an analyst": ((await make_fans(db, world, 1, role="ANALYST"))[0], 403, "AUTH004"),
    }
    for who, (person, status, code) in people.items():
        for body in ({}, {"ticketIds": [str(uuid4())]}):
            answer = await counter.ask(by=person, **body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), who
    answer = await refund(counter.client, counter.manager, str(uuid4()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ORDER001")
    assert await counter.rows() == []


async def test_the_same_key_is_the_same_refund(counter: Counter) -> None:
    first = await counter.ask(key="rain-1", amount=100)
    again = await counter.ask(key="rain-1", amount=100)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    other = await counter.ask(key="rain-1", amount=200)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY001")
    await counter.succeeded(1)
    assert await given_back(counter.db, counter.order_id) == (TWO, 100)


async def test_a_refund_is_in_the_audit_log(counter: Counter) -> None:
    made = await counter.refunded(ticketIds=[counter.ticket(0)])
    row = await counter.db.fetchrow(
        "SELECT actor_id, action, details FROM audit_log WHERE subject_id = $1", counter.order_id
    )
    assert row is not None
    assert (row["actor_id"], row["action"]) == (counter.manager.user_id, "order.refund")
    assert json.loads(row["details"]) == {
        "refundId": made["refundId"],
        "amount": ONE,
        "currency": "EUR",
        "ticketIds": [counter.ticket(0)],
    }


async def test_two_managers_refund_the_same_ticket_at_once(counter: Counter) -> None:
    second = (await make_fans(counter.db, counter.world, 1, role="MANAGER"))[0]
    answers = await asyncio.gather(
        *(counter.ask(by=by, ticketIds=[counter.ticket(0)]) for by in (counter.manager, second) * 5)
    )
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 9
    await counter.becomes("PARTIALLY_REFUNDED")
    assert await given_back(counter.db, counter.order_id) == (TWO, ONE)
    assert await stock(counter.db, counter.world) == (0, 1)
    assert await faults(counter.db) == []


async def test_ten_at_once_never_give_back_more_than_was_paid(counter: Counter) -> None:
    answers = await asyncio.gather(*(counter.ask(amount=2000) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [202] * 4 + [409] * 6
    await counter.succeeded(4)
    assert await given_back(counter.db, counter.order_id) == (TWO, 8000)
    assert (await counter.ask(amount=1301)).status_code == 409
    assert await faults(counter.db) == []
