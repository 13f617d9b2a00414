"""A shop for tests of refunds: an application without a worker, whose work the test does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import msgspec

from arenapulse.core import clock
from arenapulse.core.settings import Settings
from arenapulse.orders.news import Unheard
from arenapulse.payments import service, signature
from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs.due import DueRunner
from arenapulse.wiring import make_core, make_jobs, make_runtime
from tests.books import faults
from tests.conftest import as_owner, client_of
from tests.paying import VISA, hold, read, refund, refunds_of, till_of
from tests.twins import TwinGateway, twin_gateway
from tests.worlds import Fan, Place, World, make_fans, make_world

SECRET = "whsec_banks"
DUE_NOW = "UPDATE refunds SET due_at = now(), taken_by = NULL WHERE due_at IS NOT NULL"


@dataclass
class Shop:
    """An application on a database of its own, without a worker: the test does its work."""

    client: httpx.AsyncClient
    database: Database
    db: asyncpg.Connection
    gateway: TwinGateway
    till: DueRunner
    refunds: DueRunner
    world: World
    fan: Fan
    manager: Fan
    settings: Settings

    async def buy(self, token: str = VISA) -> str:
        order = await hold(self.client, self.fan, self.world, token=token)
        await self.till.drain()
        return str(order["orderId"])

    async def order(self, order_id: str) -> Any:
        return await read(self.client, self.fan, order_id)

    async def statuses(self, order_id: str) -> tuple[str, str, list[str]]:
        found = await self.order(order_id)
        return found["status"], found["paymentStatus"], [t["status"] for t in found["tickets"]]

    async def ask(self, order_id: str, **body: object) -> Any:
        answer = await refund(self.client, self.manager, order_id, **body)
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]

    async def first_ticket(self, order_id: str) -> str:
        return str((await self.order(order_id))["tickets"][0]["ticketId"])

    async def later(self) -> None:
        """What was put off, or was taken by a worker that died, falls due."""
        await self.db.execute(DUE_NOW)
        await self.refunds.drain()

    async def in_order(self) -> None:
        assert await faults(self.db) == []


@asynccontextmanager
async def open_shop(settings: Settings) -> AsyncIterator[Shop]:
    runtime = make_runtime(settings, actor=SERVICE)
    jobs = make_jobs(make_core(runtime, news=Unheard()))
    db = await asyncpg.connect(as_owner(settings))
    world = await make_world(db, settings, sections=(Place(100),))
    fan = (await make_fans(db, world, 1))[0]
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    await runtime.database.open()
    async with client_of(settings) as client, twin_gateway(runtime.database) as gateway:
        till = till_of(runtime.database, gateway=gateway)
        refunds = refunds_of(runtime.database, gateway=gateway)
        yield Shop(
            client, runtime.database, db, gateway, till, refunds, world, fan, manager, settings
        )
    await jobs.close()
    await runtime.database.close()
    await runtime.redis.aclose()
    await db.close()


async def hear(shop: Shop) -> int:
    """What the twin told comes as it would by HTTP, and is looked into; how many were new."""
    rows = await shop.db.fetch(
        "DELETE FROM pgqueuer WHERE entrypoint = 'payments.deliver_sandbox_event'"
        " RETURNING id, payload"
    )
    events = [
        event for row in sorted(rows) for event in msgspec.json.decode(row["payload"])["events"]
    ]
    return await tell(shop, events)


async def tell(shop: Shop, events: list[Any]) -> int:
    new, now = 0, clock.now()
    for event in events:
        payload = msgspec.json.encode(event)
        header = signature.sign(payload, secret=SECRET, at_unix=int(now.timestamp()))
        async with shop.database.transaction() as session:
            new += await service.receive_events(
                session, letters=[service.Letter(payload, header)], secrets=[SECRET], now=now
            )
        await service.apply_event(
            shop.database, event_id=event["id"], gateway=shop.gateway, now=now, news=Unheard()
        )
    return new


async def intent_of(shop: Shop, order_id: str) -> str:
    return await shop.db.fetchval("SELECT intent_id FROM charges WHERE order_id = $1", order_id)


async def reconcile(shop: Shop) -> int:
    """Of what happened minutes ago."""
    await shop.db.execute("UPDATE sandbox_intents SET created_at = now() - interval '5 min'")
    await shop.db.execute("UPDATE charges SET created_at = now() - interval '5 min'")
    return await service.reconcile(shop.database, gateway=shop.gateway, now=clock.now())
