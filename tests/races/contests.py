"""The races as bodies that run again and again: with every guard in its place, and without one."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx

from arenapulse.core.settings import Settings
from tests.books import faults
from tests.conftest import as_owner
from tests.servers import Server, start_server, stop
from tests.worlds import Fan, Place, World, make_fans, make_world

CONNECTIONS: Final = 200
# Before a server under load is killed.
ANSWERED_LEAST: Final = 100


@dataclass(frozen=True)
class Arena:
    settings: Settings
    pair: list[Server]
    db: asyncpg.Connection
    http: httpx.AsyncClient

    @property
    def database_url(self) -> str:
        return as_owner(self.settings)

    async def world(self, *sections: Place, **config: object) -> World:
        return await make_world(self.db, self.settings, sections=sections, config=config)

    async def order(
        self, host: int, fan: Fan, body: Mapping[str, object], *, key: str | None = None
    ) -> httpx.Response:
        headers = fan.headers if key is None else fan.headers | {"Idempotency-Key": key}
        return await self.http.post(
            f"{self.pair[host % 2].url}/api/v1/orders", json=body, headers=headers, timeout=30
        )


@dataclass(frozen=True)
class Found:
    """How many got which answer, and what is wrong now."""

    verdicts: Counter[str]
    breaches: list[str]


def verdict(answer: httpx.Response) -> str:
    made: dict[str, Any] = answer.json()
    return "held" if made["success"] else str(made["error"]["code"])


async def deadlocks(arena: Arena) -> int:
    """How many there were; whoever was in one has said so by now."""
    found: int = await arena.db.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return found


async def _raw_order(
    server: Server, fan: Fan, body: bytes, *, gate: asyncio.Event, opened: asyncio.Semaphore
) -> str:
    """One order over a connection of its own, opened before anybody sends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    opened.release()
    try:
        await gate.wait()
        writer.write(
            b"POST /api/v1/orders HTTP/1.1\r\nHost: arena\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            % (fan.token.encode(), len(body), body)
        )
        answer = await reader.read()
    finally:
        writer.close()
    content = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    return "held" if content["success"] else str(content["error"]["code"])


async def quota(arena: Arena, *, buyers: int = 80, places: int = 20) -> Found:
    """Everybody wants one of the last places, over connections that stand ready."""
    world = await arena.world(Place(places))
    fans = await make_fans(arena.db, world, buyers)
    body = json.dumps(world.order()).encode()
    gate, opened = asyncio.Event(), asyncio.Semaphore(0)
    attempts = [
        asyncio.create_task(_raw_order(arena.pair[n % 2], fan, body, gate=gate, opened=opened))
        for n, fan in enumerate(fans)
    ]
    for _ in fans:
        await opened.acquire()
    gate.set()
    verdicts = Counter(await asyncio.gather(*attempts))
    return Found(verdicts, await faults(arena.db))


async def crossing_quotas(arena: Arena, *, buyers: int = 120, places: int = 100) -> Found:
    """Orders over two sections, each all or nothing, that name them in either order."""
    world = await arena.world(Place(places), Place(places))
    fans = await make_fans(arena.db, world, buyers)
    chance = random.Random(places)
    bodies = [
        world.order()
        | {
            "tickets": [
                {
                    "sectionId": str(world.section_ids[section]),
                    "quantity": chance.randint(1, 4),
                    "priceLevel": "STANDARD",
                }
                for section in ((0, 1) if n // 2 % 2 else (1, 0))
            ]
        }
        for n in range(buyers)
    ]
    answers = await asyncio.gather(
        *(arena.order(n, fan, body) for n, (fan, body) in enumerate(zip(fans, bodies, strict=True)))
    )
    return Found(Counter(map(verdict, answers)), await faults(arena.db))


async def same_seats(arena: Arena, *, buyers: int = 50) -> Found:
    """All want the same ten seats."""
    world = await arena.world(Place(rows=(("A", 30),)))
    fans = await make_fans(arena.db, world, buyers)
    body = world.order(quantity=10, seats=[{"row": "A", "seat": n} for n in range(11, 21)])
    answers = await asyncio.gather(*(arena.order(n, fan, body) for n, fan in enumerate(fans)))
    breaches = await faults(arena.db)
    for answer in answers:
        if verdict(answer) == "SEAT001":
            told = answer.json()["error"]["details"]
            if [seat["seat"] for seat in told["seats"]] != list(range(11, 21)):
                breaches.append(f"who came late is told that {told['seats']} are gone")
            if len(told["nearest"]) != 10:
                breaches.append(f"who came late is shown {told['nearest']}")
    return Found(Counter(map(verdict, answers)), breaches)


async def _fight(arena: Arena, fan: Fan, world: World, *, seed: int, ends_at: float) -> Found:
    """Takes overlapping seats by name or by quantity, and gives some of them back."""
    chance = random.Random(seed)
    found = Found(Counter(), [])
    while asyncio.get_running_loop().time() < ends_at:
        count = chance.randint(1, 4)
        picked = chance.sample(range(120), count)
        named: dict[str, object] = {
            "seats": [{"row": "ABCD"[n // 30], "seat": n % 30 + 1} for n in picked]
        }
        body = world.order(quantity=count, **(named if chance.random() < 0.7 else {}))
        answer = await arena.order(chance.randint(0, 1), fan, body)
        found.verdicts[verdict(answer)] += 1
        if answer.status_code == 201 and chance.random() < 0.9:
            order_id = answer.json()["data"]["orderId"]
            path = f"{chance.choice(arena.pair).url}/api/v1/orders/{order_id}/cancel"
            back = await arena.http.post(path, headers=fan.headers, timeout=30)
            if back.status_code != 200:
                found.breaches.append(f"a hold cannot be given back: {back.text}")
    return found


async def overlapping_seats(arena: Arena, *, seconds: float, fighters: int = 40) -> Found:
    """Seats are taken and given back at random; the books are looked at all the while."""
    world = await arena.world(Place(rows=tuple((label, 30) for label in "ABCD")))
    fans = await make_fans(arena.db, world, fighters)
    ends_at = asyncio.get_running_loop().time() + seconds
    fights = [
        asyncio.create_task(_fight(arena, fan, world, seed=n, ends_at=ends_at))
        for n, fan in enumerate(fans)
    ]
    breaches: list[str] = []
    while not all(fight.done() for fight in fights):
        # One statement, so one snapshot: what is committed is in order at any moment.
        breaches += await faults(arena.db)
        await asyncio.wait(fights, timeout=0.25)
    breaches += await faults(arena.db)
    verdicts: Counter[str] = Counter()
    for fight in fights:
        verdicts += fight.result().verdicts
        breaches += fight.result().breaches
    return Found(verdicts, breaches)


async def same_key(arena: Arena, *, rounds: int = 4, askers: int = 8) -> Found:
    """One order is sent again and again, to both processes at once."""
    world = await arena.world(Place(100))
    (fan,) = await make_fans(arena.db, world, 1)
    found = Found(Counter(), [])
    for _ in range(rounds):
        key = f"key-{uuid4()}"
        answers = await asyncio.gather(
            *(arena.order(n, fan, world.order(), key=key) for n in range(askers))
        )
        found.verdicts.update(map(verdict, answers))
        if len({answer.content for answer in answers}) != 1:
            found.breaches.append("the same key has several answers")
    found.breaches.extend(await faults(arena.db))
    return found


async def one_key_for_two_orders(arena: Arena, *, rounds: int = 4) -> Found:
    """Two orders of two sections, so of two stock rows, under one key."""
    world = await arena.world(Place(100), Place(100))
    (fan,) = await make_fans(arena.db, world, 1)
    verdicts: Counter[str] = Counter()
    for _ in range(rounds):
        key = f"key-{uuid4()}"
        answers = await asyncio.gather(
            *(arena.order(n, fan, world.order(n % 2), key=key) for n in range(2))
        )
        verdicts.update(map(verdict, answers))
    return Found(verdicts, await faults(arena.db))


async def person_cap(arena: Arena, *, cap: int = 5, people: int = 4, each: int = 10) -> Found:
    """People ask for more than they may have, in one section here and in another there."""
    world = await arena.world(Place(500), Place(500), maxTicketsPerPerson=cap)
    fans = await make_fans(arena.db, world, people)
    # The first order of a person makes their counter, and whoever comes then waits for that alone.
    first = await asyncio.gather(
        *(arena.order(n, fan, world.order()) for n, fan in enumerate(fans))
    )
    assert {verdict(answer) for answer in first} == {"held"}
    verdicts = await _apart(arena, world, [fan for fan in fans for _ in range(each)])
    breaches = await faults(arena.db)
    for row in await arena.db.fetch(
        "SELECT o.user_id, count(*) AS places FROM orders o JOIN tickets t ON t.order_id = o.id"
        " WHERE o.event_id = $1 AND t.status = 'RESERVED' GROUP BY 1",
        world.event_id,
    ):
        if row["places"] > cap:
            breaches.append(f"person {row['user_id']} has {row['places']} of {cap} places")
    return Found(verdicts + Counter(map(verdict, first)), breaches)


async def last_uses(arena: Arena, *, uses: int = 5, buyers: int = 40) -> Found:
    """A promo code with few uses left, for many."""
    return await _promo(arena, buyers, max_uses=uses)


async def own_uses(arena: Arena, *, uses: int = 3, people: int = 4) -> Found:
    """A promo code of which each may use only so many."""
    return await _promo(arena, people, max_per_person=uses, each=10)


async def _promo(
    arena: Arena,
    buyers: int,
    *,
    max_uses: int | None = None,
    max_per_person: int | None = None,
    each: int = 1,
) -> Found:
    world = await arena.world(Place(500), Place(500))
    fans = await make_fans(arena.db, world, buyers)
    await arena.db.execute(
        "INSERT INTO promo_codes (id, event_id, code, kind, value, max_uses, max_per_person)"
        " VALUES (gen_random_uuid(), $1, 'LAST', 'PERCENT', 10, $2, $3)",
        *(world.event_id, max_uses, max_per_person),
    )
    people = [fan for fan in fans for _ in range(each)]
    verdicts = await _apart(arena, world, people, promoCode="LAST")
    return Found(verdicts, await faults(arena.db))


async def _apart(
    arena: Arena, world: World, fans: Sequence[Fan], **changes: object
) -> Counter[str]:
    """One order each, every second one in another section at another process.

    No stock row is wanted by both processes, so its lock is no guard here.
    """
    answers = await asyncio.gather(
        *(
            arena.order(n, fan, world.order(n % 2, **changes), key=f"apart-{uuid4()}")
            for n, fan in enumerate(fans)
        )
    )
    return Counter(map(verdict, answers))


@dataclass(frozen=True)
class Load:
    """What was sent to a server that will be killed, and what it said before."""

    world: World
    fans: Sequence[Fan]
    answered: dict[str, str] = field(default_factory=dict[str, str])
    sent: dict[str, int] = field(default_factory=dict[str, int])

    async def ask(self, http: httpx.AsyncClient, server: Server, key: str) -> str | None:
        """The order under this key, asked for as often as one likes; None where it is refused."""
        fan = self.fans[self.sent[key]]
        method = {"type": "free"}
        answer = await http.post(
            f"{server.url}/api/v1/orders",
            json=self.world.order(self.sent[key] % 2, paymentMethod=method),
            headers=fan.headers | {"Idempotency-Key": key},
            timeout=30,
        )
        return answer.json()["data"]["orderId"] if answer.status_code == 201 else None

    async def buy_until_cut_off(self, server: Server, buyer: int) -> None:
        async with httpx.AsyncClient() as http:
            while True:
                key = f"kill-{uuid4()}"
                self.sent[key] = buyer
                try:
                    order_id = await self.ask(http, server, key)
                except httpx.TransportError:
                    return
                assert order_id is not None
                self.answered[key] = order_id

    async def stored(self, db: asyncpg.Connection) -> dict[str, set[str]]:
        rows = await db.fetch(
            "SELECT idempotency_key, id FROM orders WHERE event_id = $1", self.world.event_id
        )
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row["idempotency_key"], set()).add(str(row["id"]))
        return found


async def killed(arena: Arena, *, buyers: int = 24) -> Found:
    """`kill -9` under a load; who got no answer asks another process, with the same key."""
    free = Place(100_000, amount=0, fee=0)
    world = await arena.world(free, free)
    load = Load(world, await make_fans(arena.db, world, buyers))
    server = await start_server(arena.settings)
    try:
        buying = [
            asyncio.create_task(load.buy_until_cut_off(server, buyer)) for buyer in range(buyers)
        ]
        async with asyncio.timeout(60):
            while len(load.answered) < ANSWERED_LEAST:  # noqa: ASYNC110 - counts what others do
                await asyncio.sleep(0.01)
        server.kill()
        await asyncio.gather(*buying)
    finally:
        stop([server.process])
    before = await load.stored(arena.db)
    again = {
        key: await load.ask(arena.http, arena.pair[0], key)
        for key in load.sent
        if key not in load.answered
    }
    breaches = [
        f"{key} was answered and is not there"
        for key, order_id in load.answered.items()
        if order_id not in before.get(key, set())
    ]
    after = await load.stored(arena.db)
    breaches += [
        f"{key}, asked twice, is {after.get(key)}"
        for key, made in again.items()
        if made is not None and after.get(key) != {made}
    ]
    breaches += [f"nobody asked for {key}" for key in after.keys() - load.sent.keys()]
    breaches += await faults(arena.db)
    refused = sum(made is None for made in again.values())
    verdicts = Counter(answered=len(load.answered), again=len(again), refused=refused)
    return Found(verdicts, breaches)
