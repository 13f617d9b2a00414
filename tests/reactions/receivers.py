"""An organization's own server, and a shop whose worker is the test."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from arenapulse.core.settings import Settings
from arenapulse.orders.terms import SPREAD_TASK
from arenapulse.runtime.db import SERVICE
from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.jobs.due import DueRunner, DueWork
from arenapulse.webhooks.outbound import Caller
from arenapulse.webhooks.service.delivering import Delivering
from arenapulse.wiring import job_registries, make_core, make_jobs, make_runtime
from tests.reactions.office import Clock
from tests.reactions.refund_shop import Shop, open_shop

JSON = {"Content-Type": "application/json"}
ALL = [
    "order.confirmed",
    "order.cancelled",
    "order.refunded",
    "event.status",
    "event.sold_out",
]


@dataclass
class Receiver:
    """A club's own server; `answer` says what it answers a request with, when `gate` is open."""

    url: str = ""
    answer: Callable[[], int] = lambda: 200
    location: str = ""
    gate: asyncio.Event | None = None
    heard: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append(request)
        self.bodies.append(await request.read())
        if self.gate is not None:
            await self.gate.wait()
        headers = {"Location": self.location} if self.location else {}
        return web.Response(status=self.answer(), headers=headers)

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body in self.bodies]


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


@dataclass
class Desk:
    """A shop whose worker is the test; `clock` moves its time."""

    shop: Shop
    registry: Registry
    clock: Clock
    runner: DueRunner

    @property
    def path(self) -> str:
        return f"/api/v1/organizations/{self.shop.world.organization_id}/webhooks"

    async def make(self, url: str, events: list[str] | None = None) -> dict[str, Any]:
        answer = await self.shop.client.post(
            self.path, json={"url": url, "events": events or ALL}, headers=self.shop.manager.headers
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def react(self) -> None:
        """Each fact so far, backwards and twice: jobs keep no order, and run at least once."""
        # What was sold at once is spread first.
        for jobs in (SPREAD_TASK, "webhooks.tell%"):
            rows = await self.shop.db.fetch(
                "DELETE FROM pgqueuer WHERE entrypoint LIKE $1 RETURNING entrypoint, payload", jobs
            )
            for row in [*reversed(rows), *rows]:
                await self.registry.entries[row["entrypoint"]].run(row["payload"])

    async def deliver(self) -> None:
        await self.react()
        await self.runner.drain()

    async def pass_by(self, seconds: float) -> None:
        self.clock.pass_by(seconds)
        await self.deliver()

    async def one(self, webhook_id: str) -> dict[str, Any]:
        listed = await self.shop.client.get(self.path, headers=self.shop.manager.headers)
        return next(each for each in listed.json()["data"] if each["id"] == webhook_id)

    async def deliveries(self, webhook_id: str, **query: Any) -> Any:
        answer = await self.shop.client.get(
            f"{self.path}/{webhook_id}/deliveries", params=query, headers=self.shop.manager.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def change(self, webhook_id: str, **body: Any) -> dict[str, Any]:
        answer = await self.shop.client.patch(
            f"{self.path}/{webhook_id}", json=body, headers=self.shop.manager.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def sell(self) -> str:
        """A box-office order: confirmed at once."""
        sale = self.shop.world.order(quantity=2, paymentMethod={"type": "box_office"})
        answer = await self.shop.client.post(
            "/api/v1/orders", json=sale, headers=self.shop.manager.headers
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["orderId"])

    def caller(self, caller: Caller) -> DueRunner:
        """A runner that calls otherwise."""
        return runner_of(self.shop, self.clock, caller)


def runner_of(shop: Shop, clock: Clock, caller: Caller) -> DueRunner:
    delivering = Delivering(
        caller=caller,
        keyring=make_runtime(shop.settings).keyring,
        base_url="http://arena.test",
        # They rest by the real clock; a test's clock moves on, so that they need not.
        rest_seconds_max=0,
        now=clock.now,
    )
    return DueRunner(shop.database, works=[DueWork(kind=delivering)], now=clock.now)


@contextlib.asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    async with open_shop(settings) as shop:
        runtime = make_runtime(settings, actor=SERVICE)
        core = make_core(runtime)
        jobs = make_jobs(core)
        await runtime.database.open()
        clock = Clock()
        yield Desk(
            shop,
            Registry.of(job_registries(core)),
            clock,
            runner_of(shop, clock, Caller(allow_private=True)),
        )
        await jobs.close()
        await runtime.database.close()
        await runtime.redis.aclose()
