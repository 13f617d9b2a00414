"""Numbered seats sold by two processes at once: no seat twice, no seat lost, the books agree."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.servers import Server, servers
from tests.worlds import Fan, Place, World, make_fans, make_world

FIGHT_SECONDS = 6.0
FIGHTERS = 40


@pytest.fixture(scope="module")
async def pair(settings: Settings) -> AsyncIterator[list[Server]]:
    async with servers(settings, 2) as made:
        yield made


@contextlib.asynccontextmanager
async def client(connections: int) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=connections)
    async with httpx.AsyncClient(limits=limits, timeout=30) as made:
        yield made


async def order(
    http: httpx.AsyncClient, server: Server, fan: Fan, body: Mapping[str, object]
) -> dict[str, Any]:
    answer = await http.post(f"{server.url}/api/v1/orders", json=body, headers=fan.headers)
    made: dict[str, Any] = answer.json()
    return made


def verdict(answer: dict[str, Any]) -> str:
    return "held" if answer["success"] else str(answer["error"]["code"])


async def check_books(db: asyncpg.Connection, world: World) -> int:
    """Stock, bitmaps and tickets say the same, and no seat is had twice; how many are held."""
    stock = await db.fetchrow(
        "SELECT seats, held, sold, taken_seats, sold_seats FROM stock WHERE event_id = $1",
        world.event_id,
    )
    assert stock is not None
    live = [
        row["seat_index"]
        for row in await db.fetch(
            "SELECT seat_index FROM tickets WHERE event_id = $1 AND status = 'RESERVED'",
            world.event_id,
        )
    ]
    assert len(live) == len(set(live)), "a seat was held twice"
    bits = stock["taken_seats"]
    taken = {n for n in range(stock["seats"]) if bits[n >> 3] >> (n & 7) & 1}
    assert taken == set(live)
    assert (stock["held"], stock["sold"]) == (len(live), 0)
    assert not any(stock["sold_seats"])
    return len(live)


async def test_fifty_buyers_of_the_same_ten_seats(
    db: asyncpg.Connection, settings: Settings, pair: list[Server]
) -> None:
    world = await make_world(db, settings, sections=(Place(rows=(("A", 30),)),))
    fans = await make_fans(db, world, 50)
    body = world.order(quantity=10, seats=[{"row": "A", "seat": n} for n in range(11, 21)])
    async with client(50) as http:
        answers = await asyncio.gather(
            *(order(http, pair[n % 2], fan, body) for n, fan in enumerate(fans))
        )
    assert Counter(map(verdict, answers)) == {"held": 1, "SEAT001": 49}
    for answer in answers:
        if not answer["success"]:
            told = answer["error"]["details"]
            assert [seat["seat"] for seat in told["seats"]] == list(range(11, 21))
            assert len(told["nearest"]) == 10
    assert await check_books(db, world) == 10


async def _fight(
    http: httpx.AsyncClient, pair: list[Server], fan: Fan, world: World, *, seed: int
) -> Counter[str]:
    """Takes overlapping seats by name or by quantity, and gives some of them back."""
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    ends_at = asyncio.get_running_loop().time() + FIGHT_SECONDS
    while asyncio.get_running_loop().time() < ends_at:
        server = chance.choice(pair)
        count = chance.randint(1, 4)
        if chance.random() < 0.7:
            picked = chance.sample(range(120), count)
            named = [{"row": "ABCD"[n // 30], "seat": n % 30 + 1} for n in picked]
            answer = await order(http, server, fan, world.order(quantity=count, seats=named))
        else:
            answer = await order(http, server, fan, world.order(quantity=count))
        seen[verdict(answer)] += 1
        if answer["success"] and chance.random() < 0.9:
            path = f"{chance.choice(pair).url}/api/v1/orders/{answer['data']['orderId']}/cancel"
            given_back = await http.post(path, headers=fan.headers)
            assert given_back.status_code == 200, given_back.text
    return seen


async def test_overlapping_seats_taken_and_given_back_at_random(
    db: asyncpg.Connection, settings: Settings, pair: list[Server]
) -> None:
    rows = tuple((label, 30) for label in "ABCD")
    world = await make_world(db, settings, sections=(Place(rows=rows),))
    fans = await make_fans(db, world, FIGHTERS)
    async with client(FIGHTERS) as http:
        fights = [
            asyncio.create_task(_fight(http, pair, fan, world, seed=n))
            for n, fan in enumerate(fans)
        ]
        while not all(fight.done() for fight in fights):
            await check_books_at_once(db, world)
            await asyncio.wait(fights, timeout=0.25)
        seen = sum((fight.result() for fight in fights), Counter[str]())
    assert seen.keys() <= {"held", "SEAT001", "EVENT002"}
    assert seen["held"] > 10
    assert seen["SEAT001"] > 20
    await check_books(db, world)


async def check_books_at_once(db: asyncpg.Connection, world: World) -> None:
    """The same while they fight: in one snapshot."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        await check_books(db, world)


@pytest.mark.parametrize("seats", [401, 301])
async def test_two_hundred_askers_for_two_seats_all_succeed_while_seats_last(
    db: asyncpg.Connection, settings: Settings, pair: list[Server], seats: int
) -> None:
    whole, rest = divmod(seats, 20)
    rows = tuple((f"R{n}", 20) for n in range(whole)) + ((("Z", rest),) if rest else ())
    world = await make_world(db, settings, sections=(Place(rows=rows),))
    fans = await make_fans(db, world, 200)
    body = world.order(quantity=2)
    async with client(200) as http:
        answers = await asyncio.gather(
            *(order(http, pair[n % 2], fan, body) for n, fan in enumerate(fans))
        )
    pairs = min(200, seats // 2)
    expected = {"held": pairs} | ({"EVENT002": 200 - pairs} if pairs < 200 else {})
    assert Counter(map(verdict, answers)) == expected
    assert await check_books(db, world) == 2 * pairs
