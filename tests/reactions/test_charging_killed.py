"""kill -9 of real workers in the middle of charging: every order is charged once all the same."""

from __future__ import annotations

import asyncio
import signal
import time

import asyncpg
import httpx

from arenapulse.wiring import make_app
from tests.conftest import TestEngines, settings_for
from tests.forks import forked_worker
from tests.paying import VISA, hold
from tests.reactions.conftest import until
from tests.worlds import Place, make_fans, make_world

ORDERS = 40
KILLS = 2


async def test_workers_killed_while_they_charge_lose_and_double_nothing(
    fresh_database_url: str, rows: asyncpg.Connection, engines: TestEngines
) -> None:
    settings = settings_for(fresh_database_url, engines.redis_url)
    world = await make_world(rows, settings, sections=(Place(ORDERS * 2),))
    fans = await make_fans(rows, world, ORDERS)
    app = make_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.running(),
        httpx.AsyncClient(transport=transport, base_url="http://arena.test") as client,
    ):
        await asyncio.gather(*(hold(client, fan, world, token=VISA) for fan in fans))
    # A vendor that takes its time, one after the other, so that a kill comes in the middle.
    await rows.execute(
        "CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END $$; "
        "CREATE TRIGGER take_time BEFORE INSERT OR UPDATE ON sandbox_intents "
        "FOR EACH ROW EXECUTE FUNCTION take_time()"
    )

    async def steps() -> int:
        """What the vendor has done so far: an intent and a capture for each order."""
        return int(
            await rows.fetchval(
                "SELECT count(*) + count(*) FILTER (WHERE captured > 0) FROM sandbox_intents"
            )
        )

    for round_number in range(1, KILLS + 1):
        worker = forked_worker(fresh_database_url, engines.redis_url)
        goal = round_number * 2 * ORDERS // (KILLS + 1)

        async def is_under_way(goal: int = goal) -> bool:
            return await steps() >= goal

        try:
            await until(is_under_way, seconds=60)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait(timeout=10)
        assert await steps() < 2 * ORDERS
    worker = forked_worker(fresh_database_url, engines.redis_url)
    try:

        async def is_done() -> bool:
            return (
                await rows.fetchval("SELECT count(*) FROM charges WHERE status = 'SUCCEEDED'")
                == ORDERS
            )

        # Nobody turns a clock: what the dead had taken is free within seconds.
        await until(is_done, seconds=30)
    finally:
        worker.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 5
        assert worker.wait(timeout=max(0.1, deadline - time.monotonic())) == 0
    assert await rows.fetch(
        "SELECT status, captured, count(*) FROM sandbox_intents GROUP BY 1, 2"
    ) == [("succeeded", 9300, ORDERS)]
    assert await rows.fetch(
        "SELECT status::TEXT, payment_status::TEXT, count(*) FROM orders GROUP BY 1, 2"
    ) == [("CONFIRMED", "SUCCEEDED", ORDERS)]
    assert await rows.fetch("SELECT held, sold FROM stock") == [(0, 2 * ORDERS)]
    assert await rows.fetch("SELECT attempt, count(*) FROM charges GROUP BY 1") == [(1, ORDERS)]
