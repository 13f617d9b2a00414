"""What the inlet follows is measured: orders, the pool, charges that are tried again."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import httpx
import msgspec

from arenapulse.core import clock
from arenapulse.core.settings import Settings
from arenapulse.payments.service.health import CHARGES_LEAST, struggling_share
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import connect
from arenapulse.waitingroom.vitals import FRESH_SECONDS, KEY, Pulse, Vital, VitalSigns
from tests.worlds import make_fans, make_world


def test_a_pulse_is_that_of_the_last_two_seconds_and_of_five_orders() -> None:
    pulse = Pulse()
    for at in range(4):
        pulse.note(at=10.0 + at / 10, seconds=0.010)
    assert pulse.p95_ms(now=10.5) is None, "four say nothing"
    for _ in range(96):
        pulse.note(at=11.0, seconds=0.020)
    assert pulse.p95_ms(now=11.0) == 20.0
    for _ in range(6):
        pulse.note(at=12.0, seconds=0.5)
    assert pulse.p95_ms(now=12.0) == 500.0
    assert pulse.p95_ms(now=14.1) is None, "all are older"


async def test_the_worst_of_all_servers_is_heard_and_who_is_silent_is_not(
    settings: Settings,
) -> None:
    assert settings.redis_url is not None
    redis = connect(settings.redis_url.rpartition("/")[0] + "/12")
    await redis.flushdb()
    one, other, idle = VitalSigns(redis), VitalSigns(redis), VitalSigns(redis)
    assert await one.read() is None, "nobody has told"
    await one.report(p95_ms=12.0, pool_use=0.7)
    await other.report(p95_ms=30.0, pool_use=0.2)
    await idle.report(p95_ms=None, pool_use=0.1)
    assert await one.read() == (30.0, 0.7)
    gone = Vital(clock.unix_seconds() - FRESH_SECONDS - 1, 900.0, 1.0)
    await redis.hset(KEY, "gone", msgspec.json.encode(gone))
    assert await one.read() == (30.0, 0.7)
    await redis.aclose()


async def test_orders_of_a_server_are_heard_by_the_worker(
    client: httpx.AsyncClient, db: asyncpg.Connection, settings: Settings
) -> None:
    assert settings.redis_url is not None
    world = await make_world(db, settings)
    fans = await make_fans(db, world, 8)
    redis = connect(settings.redis_url)
    signs = VitalSigns(redis)
    deadline = time.monotonic() + 10
    while True:
        for fan in fans:
            await client.post("/api/v1/orders", json=world.order(), headers=fan.headers)
        heard = await signs.read()
        if heard is not None and heard[0] is not None:
            break
        assert time.monotonic() < deadline, heard
        await asyncio.sleep(0.1)
    assert 0 < heard[0] < 60_000
    assert 0 <= heard[1] <= 1
    await redis.aclose()


async def test_charges_that_had_to_be_tried_again_are_a_share_of_all(
    fresh_database_url: str,
) -> None:
    database = Database(fresh_database_url, pool_size=1)
    await database.open()
    try:

        async def charge(many: int, *, tries: int) -> None:
            await database.pool.execute(
                "INSERT INTO charges (order_id, attempt, amount, currency, token, status,"
                " due_at, tries, created_at) SELECT gen_random_uuid(), 1, 100, 'EUR', 't',"
                " 'DUE', now(), $2, now() FROM generate_series(1, $1)",
                *(many, tries),
            )

        await charge(CHARGES_LEAST - 1, tries=2)
        assert await struggling_share(database) == 0.0, "fewer say nothing"
        await charge(CHARGES_LEAST + 1, tries=1)
        assert await struggling_share(database) == (CHARGES_LEAST - 1) / (2 * CHARGES_LEAST)
    finally:
        await database.close()
