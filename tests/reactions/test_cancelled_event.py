"""An event that is off takes its unpaid orders with it: route, fact, worker, stock."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.wiring import make_app, running_worker
from tests.conftest import as_owner, settings_for
from tests.worlds import Fan, Place, World, make_fans, make_world


@pytest.fixture
def own_settings(fresh_database_url: str, settings: Settings) -> Settings:
    """A database of its own: the jobs of other tests are not ours to run."""
    return settings_for(fresh_database_url, settings.redis_url or "")


async def order(client: httpx.AsyncClient, fan: Fan, world: World, kind: str) -> str:
    answer = await client.post(
        "/api/v1/orders",
        json=world.order(quantity=2, paymentMethod={"type": kind}),
        headers=fan.headers,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["orderId"]


async def test_unpaid_orders_go_and_paid_ones_wait_for_their_refund(
    own_settings: Settings,
) -> None:
    db = await asyncpg.connect(as_owner(own_settings))
    world = await make_world(db, own_settings, sections=(Place(20),))
    manager = (await make_fans(db, world, 1, role="MANAGER"))[0]
    site = make_app(own_settings)
    transport = httpx.ASGITransport(app=site)
    async with (
        site.running(),
        httpx.AsyncClient(transport=transport, base_url="http://arena.test") as client,
        running_worker(own_settings) as worker,
    ):
        held, sold, paid = [
            await order(client, manager, world, kind) for kind in ("card", "box_office", "card")
        ]
        await db.execute(
            "UPDATE orders SET status = 'CONFIRMED', payment_status = 'SUCCEEDED'"
            " WHERE id = $1::uuid",
            paid,
        )
        # Who is in already is out with the others.
        await db.execute(
            "UPDATE tickets SET status = 'CHECKED_IN' WHERE order_id = $1::uuid AND number = 1",
            sold,
        )
        running = asyncio.create_task(worker.run())
        answer = await client.post(
            f"/api/v1/events/{world.event_id}/status",
            json={"status": "CANCELLED"},
            headers=manager.headers,
        )
        assert answer.status_code == 200, answer.text
        statuses: dict[str, str] = {}
        async with asyncio.timeout(15):
            while list(statuses.values()).count("CANCELLED") < 2:
                rows = await db.fetch("SELECT id::text, status::text FROM orders")
                statuses = {row["id"]: row["status"] for row in rows}
                await asyncio.sleep(0.05)
        assert statuses == {held: "CANCELLED", sold: "CANCELLED", paid: "CONFIRMED"}
        tickets = await db.fetch("SELECT DISTINCT order_id::text, status::text FROM tickets")
        assert {row["order_id"]: row["status"] for row in tickets} == {
            held: "VOID",
            sold: "VOID",
            paid: "RESERVED",
        }
        row = await db.fetchrow("SELECT held, sold FROM stock WHERE event_id = $1", world.event_id)
        assert tuple(row) == (2, 0)
        worker.stop()
        await asyncio.wait_for(running, 10)
    await db.close()
