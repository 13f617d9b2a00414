"""Selling from several processes at once, and through the death of one."""

from __future__ import annotations

import asyncio
from collections import Counter

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.races import contests
from tests.races.contests import Arena, Found, deadlocks
from tests.servers import Server, start_server, stop
from tests.worlds import Fan, Place, World, make_fans, make_world


async def _books(db: asyncpg.Connection, world: World) -> dict[str, int]:
    """What the stock row says and what the tickets say."""
    row = await db.fetchrow(
        "SELECT sum(held)::int AS held, sum(sold)::int AS sold,"
        " (SELECT count(*) FROM tickets t WHERE t.event_id = $1 AND t.status = 'RESERVED')::int"
        "   AS reserved,"
        " (SELECT count(*) FROM tickets t WHERE t.event_id = $1 AND t.status = 'VALID')::int"
        "   AS valid,"
        " (SELECT count(*) FROM orders o WHERE o.event_id = $1)::int AS orders"
        " FROM stock WHERE event_id = $1",
        world.event_id,
    )
    assert row is not None
    return dict(row)


async def test_four_hundred_connections_to_two_processes_on_a_hundred_places(
    arena: Arena,
) -> None:
    found = await contests.quota(arena, buyers=400, places=100)
    assert found == Found(Counter({"held": 100, "EVENT002": 300}), [])


async def test_orders_over_two_sections_named_in_either_order(arena: Arena) -> None:
    before = await deadlocks(arena)
    found = await contests.crossing_quotas(arena)
    assert found.breaches == []
    assert found.verdicts.keys() == {"held", "EVENT002"}
    assert await deadlocks(arena) == before


async def test_the_same_key_at_two_processes_makes_one_order(arena: Arena) -> None:
    found = await contests.same_key(arena, rounds=10)
    assert found == Found(Counter({"held": 80}), [])


async def test_a_key_for_two_orders_at_two_processes_makes_one_of_them(arena: Arena) -> None:
    found = await contests.one_key_for_two_orders(arena, rounds=10)
    assert found == Found(Counter({"held": 10, "IDEMPOTENCY001": 10}), [])


async def _buy_until_cut_off(
    server: Server, fan: Fan, world: World, acknowledged: dict[str, str], sent: set[str]
) -> None:
    async with httpx.AsyncClient() as client:
        for n in range(10_000):
            key = f"{fan.user_id}-{n}"
            sent.add(key)
            try:
                answer = await client.post(
                    f"{server.url}/api/v1/orders",
                    json=world.order(n % 2, paymentMethod={"type": "free"}),
                    headers=fan.headers | {"Idempotency-Key": key},
                )
            except httpx.TransportError:
                return
            assert answer.status_code == 201
            acknowledged[key] = answer.json()["data"]["orderId"]


async def test_kill_9_in_the_middle_of_a_load_loses_nothing_and_doubles_nothing(
    db: asyncpg.Connection, settings: Settings
) -> None:
    world = await make_world(
        db, settings, sections=(Place(100_000, amount=0, fee=0), Place(100_000, amount=0, fee=0))
    )
    fans = await make_fans(db, world, 24)
    acknowledged: dict[str, str] = {}
    sent: set[str] = set()
    server = await start_server(settings)
    try:
        buyers = [
            asyncio.create_task(_buy_until_cut_off(server, fan, world, acknowledged, sent))
            for fan in fans
        ]
        async with asyncio.timeout(30):
            while len(acknowledged) < 200:  # noqa: ASYNC110 - counts what others do
                await asyncio.sleep(0.01)
        server.kill()
        await asyncio.gather(*buyers)
        server = await start_server(settings, port=server.port)
        stored = {
            row["idempotency_key"]: str(row["id"])
            for row in await db.fetch(
                "SELECT idempotency_key, id FROM orders WHERE event_id = $1", world.event_id
            )
        }
        assert {key: stored.get(key) for key in acknowledged} == acknowledged
        assert set(stored) <= sent
        # Who got no answer asks again with the same key, and has one order in the end.
        async with httpx.AsyncClient() as client:
            for key in sent - set(acknowledged):
                fan = next(f for f in fans if key.startswith(str(f.user_id)))
                n = int(key.rsplit("-", 1)[1])
                answer = await client.post(
                    f"{server.url}/api/v1/orders",
                    json=world.order(n % 2, paymentMethod={"type": "free"}),
                    headers=fan.headers | {"Idempotency-Key": key},
                )
                assert answer.status_code == 201
                if key in stored:
                    assert answer.json()["data"]["orderId"] == stored[key]
    finally:
        stop([server.process])
    books = await _books(db, world)
    assert books["orders"] == len(sent)
    assert books["sold"] == books["valid"] == len(sent)
