"""Steps of paying through HTTP, and what is in the tables afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from arenapulse.orders.news import SaleNews, Unheard
from arenapulse.payments.gateway import Gateway
from arenapulse.payments.service import Charging, Giving
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from arenapulse.wiring import running_worker
from tests.worlds import Fan, World

VISA = "pm_card_visa"
DECLINED = "pm_card_chargeDeclined"
RETRIED = "pm_card_chargeDeclinedProcessingError"
INSUFFICIENT = "pm_card_chargeDeclinedInsufficientFunds"
THREE_D_SECURE = "pm_card_threeDSecure2Required"


class PromptCharging(Charging):
    """Writes each end down as it comes: nobody waits for the others of a test."""

    gather_seconds = 0.0


def till_of(
    database: Database, *, gateway: Gateway, news: SaleNews | None = None, **clock: Any
) -> DueRunner:
    """What a worker does for charges."""
    kind = PromptCharging(gateway=gateway, news=news or Unheard(), **clock)
    return DueRunner(database, works=[DueWork(kind=kind)], **clock)


def refunds_of(
    database: Database, *, gateway: Gateway, news: SaleNews | None = None, **clock: Any
) -> DueRunner:
    """What a worker does for refunds."""
    kind = Giving(gateway=gateway, news=news or Unheard(), **clock)
    return DueRunner(database, works=[DueWork(kind=kind)], **clock)


@contextlib.asynccontextmanager
async def worker_of(settings: Settings) -> AsyncIterator[None]:
    """A worker in this loop, which takes what falls due."""
    async with running_worker(settings) as made:
        running = asyncio.create_task(made.run())
        yield
        made.stop()
        await running


async def hold(client: httpx.AsyncClient, fan: Fan, world: World, **method: object) -> Any:
    """An order; with a token it is paid at once."""
    body = world.order(quantity=2, paymentMethod={"type": "card", **method})
    answer = await client.post("/api/v1/orders", json=body, headers=fan.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def pay(
    client: httpx.AsyncClient, fan: Fan, order_id: str, token: str = VISA, **headers: str
) -> httpx.Response:
    return await client.post(
        f"/api/v1/orders/{order_id}/payment",
        json={"paymentMethod": {"type": "card", "token": token}},
        headers=fan.headers | headers,
    )


async def authenticate(
    client: httpx.AsyncClient, fan: Fan, order_id: str, outcome: str
) -> httpx.Response:
    return await client.post(
        f"/api/v1/sandbox/payments/{order_id}/authenticate",
        json={"outcome": outcome},
        headers=fan.headers,
    )


async def read(client: httpx.AsyncClient, fan: Fan, order_id: str) -> Any:
    answer = await client.get(f"/api/v1/orders/{order_id}", headers=fan.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def becomes(
    client: httpx.AsyncClient, fan: Fan, order_id: str, what: Callable[[Any], bool]
) -> Any:
    deadline = time.monotonic() + 30
    while not what(order := await read(client, fan, order_id)):
        assert time.monotonic() < deadline, order
        await asyncio.sleep(0.02)
    return order


async def pays_as(client: httpx.AsyncClient, fan: Fan, order_id: str, status: str) -> Any:
    return await becomes(client, fan, order_id, lambda order: order["paymentStatus"] == status)


async def charges(db: asyncpg.Connection, order_id: str) -> list[tuple[int, str]]:
    rows = await db.fetch(
        "SELECT attempt, status::TEXT FROM charges WHERE order_id = $1 ORDER BY attempt", order_id
    )
    return [tuple(row) for row in rows]


async def charge_is(db: asyncpg.Connection, order_id: str, *expected: tuple[int, str]) -> None:
    deadline = time.monotonic() + 30
    while (found := await charges(db, order_id)) != list(expected):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)


async def intents(db: asyncpg.Connection, order_id: str) -> list[tuple[str, int]]:
    rows = await db.fetch(
        "SELECT status, captured FROM sandbox_intents WHERE order_id = $1 ORDER BY attempt",
        order_id,
    )
    return [tuple(row) for row in rows]


async def stock(db: asyncpg.Connection, world: World) -> tuple[int, int]:
    row = await db.fetchrow(
        "SELECT sum(held)::INT AS held, sum(sold)::INT AS sold FROM stock WHERE event_id = $1",
        world.event_id,
    )
    assert row is not None
    return row["held"], row["sold"]


async def refund(
    client: httpx.AsyncClient, person: Fan, order_id: str, *, key: str | None = None, **body: object
) -> httpx.Response:
    return await client.post(
        f"/api/v1/orders/{order_id}/refunds",
        json={"reason": "Rain"} | body,
        headers=person.headers | ({} if key is None else {"Idempotency-Key": key}),
    )


async def given_back(db: asyncpg.Connection, order_id: str) -> tuple[int, int]:
    """What the vendor took for an order and what of it went back."""
    row = await db.fetchrow(
        "SELECT sum(captured)::INT AS captured, sum(refunded)::INT AS refunded"
        " FROM sandbox_intents WHERE order_id = $1",
        order_id,
    )
    assert row is not None
    return row["captured"], row["refunded"]
