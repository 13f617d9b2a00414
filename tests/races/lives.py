"""Orders that are paid, cancelled and out of time at the same moment, at different processes."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx

from tests.books import faults
from tests.paying import DECLINED, THREE_D_SECURE, VISA
from tests.races.contests import Arena, Found, deadlocks, verdict
from tests.worlds import Fan, Place, World, make_fans

HOLD_SECONDS: Final = 2
SETTLED_SECONDS: Final = 30.0
APART_SECONDS: Final = 0.1
BUYERS: Final = 24
ROUNDS_MAX: Final = 10
TOKENS: Final = (VISA, VISA, THREE_D_SECURE, THREE_D_SECURE, DECLINED)
SEATED, STANDING, SCARCE = range(3)


@dataclass(frozen=True)
class _Race:
    arena: Arena
    world: World
    clockwork: asyncpg.Pool
    chance: random.Random
    verdicts: Counter[str]
    breaches: list[str]

    async def somewhen(self) -> None:
        """Lets the others of an order go first, or not; which is up to the seed."""
        await asyncio.sleep(self.chance.random() * APART_SECONDS)

    async def ask(self, what: str, fan: Fan, path: str, body: Any = None) -> httpx.Response:
        host = self.chance.choice(self.arena.pair)
        url = f"{host.url}/api/v1{path}"
        try:
            answer = await self.arena.http.post(url, json=body, headers=fan.headers, timeout=60)
        except httpx.TransportError:
            # Of a line that was cut nothing is known, which is for the books to bear.
            self.verdicts[f"{what} cut"] += 1
            answer = await self.arena.http.post(url, json=body, headers=fan.headers, timeout=60)
        self.verdicts[f"{what} {verdict(answer)}"] += 1
        if answer.status_code >= 500:
            self.breaches.append(f"no answer: {what} {answer.status_code} {answer.text}")
        return answer

    async def live(self, fan: Fan, *, ends_at: float) -> None:
        """One order after the other, each pulled at from all sides."""
        while asyncio.get_running_loop().time() < ends_at:
            section = self.chance.choices((SEATED, STANDING, SCARCE), (5, 3, 2))[0]
            by_bank = section != SCARCE and self.chance.random() < 0.5
            method = {"type": "card"} | ({"token": THREE_D_SECURE} if by_bank else {})
            body = self.world.order(
                section, quantity=self.chance.randint(1, 3), paymentMethod=method
            )
            answer = await self.ask("order", fan, "/orders", body)
            if answer.status_code != 201:
                continue
            order_id = answer.json()["data"]["orderId"]
            if by_bank:
                # It may be past that already: where the worker is slow, the hold is over by then.
                await self._until(
                    "SELECT status NOT IN ('DUE', 'PROCESSING') FROM charges WHERE order_id = $1",
                    UUID(order_id),
                )
            pulls: list[Awaitable[None]] = [self._cancel(fan, order_id), self._expire(order_id)]
            if by_bank:
                pulls += [self._answer_bank(fan, order_id), self._pay(fan, order_id)]
            elif section != SCARCE:
                pulls += [self._pay(fan, order_id), self._pay(fan, order_id)]
            await asyncio.gather(*pulls)

    async def _until(self, question: str, key: UUID) -> None:
        """Asks until it is so; what is asked for must stay so."""
        async with asyncio.timeout(60):
            while not await self.clockwork.fetchval(question, key):  # noqa: ASYNC110 - others do it
                await asyncio.sleep(0.02)

    async def works(self, fan: Fan) -> None:
        """The worker process has come up and takes cards."""
        body = self.world.order(STANDING, paymentMethod={"type": "card", "token": VISA})
        answer = await self.ask("order", fan, "/orders", body)
        order_id = UUID(answer.json()["data"]["orderId"])
        await self._until("SELECT status = 'CONFIRMED' FROM orders WHERE id = $1", order_id)

    async def _pay(self, fan: Fan, order_id: str) -> None:
        if self.chance.random() < 0.7:
            await self.somewhen()
            card = {"type": "card", "token": self.chance.choice(TOKENS)}
            await self.ask("pay", fan, f"/orders/{order_id}/payment", {"paymentMethod": card})

    async def _answer_bank(self, fan: Fan, order_id: str) -> None:
        await self.somewhen()
        outcome = {"outcome": "pass" if self.chance.random() < 0.8 else "fail"}
        await self.ask("bank", fan, f"/sandbox/payments/{order_id}/authenticate", outcome)

    async def _cancel(self, fan: Fan, order_id: str) -> None:
        for _ in range(self.chance.choice((0, 1, 2))):
            await self.somewhen()
            await self.ask("cancel", fan, f"/orders/{order_id}/cancel")

    async def _expire(self, order_id: str) -> None:
        if self.chance.random() < 0.4:
            await self.somewhen()
            await _end_hold(self.clockwork, UUID(order_id))


async def _end_hold(clockwork: asyncpg.Pool, order_id: UUID) -> None:
    """The hold's time is over now, and the till looks whether the person answered their bank."""
    await clockwork.execute(
        "UPDATE orders SET expires_at = least(expires_at, now()) WHERE id = $1", order_id
    )
    await clockwork.execute(
        "UPDATE charges SET hold_until = least(hold_until, now()), due_at = least(due_at, now())"
        " WHERE order_id = $1 AND status = 'REQUIRES_ACTION'",
        order_id,
    )


async def _settled(clockwork: asyncpg.Pool, world: World) -> Sequence[UUID]:
    """Ends every hold and waits until nothing is under way; the orders of which something is."""
    ends_at = asyncio.get_running_loop().time() + SETTLED_SECONDS
    while True:
        open_orders = [
            row["id"]
            for row in await clockwork.fetch(
                "SELECT o.id FROM orders o WHERE o.event_id = $1 AND (o.status = 'PENDING' OR"
                " EXISTS (SELECT 1 FROM charges c WHERE c.order_id = o.id"
                "         AND c.due_at IS NOT NULL))",
                world.event_id,
            )
        ]
        if not open_orders or asyncio.get_running_loop().time() > ends_at:
            return open_orders
        for order_id in open_orders:
            await _end_hold(clockwork, order_id)
        await asyncio.sleep(0.1)


async def lives(arena: Arena, *, seconds: float, until: Callable[[Found], bool]) -> Found:
    """Goes on for `seconds`, and then until enough is found, or it has been long enough.

    `verdicts` says what was answered, and under "is …" how the orders ended.
    """
    world = await arena.world(
        Place(rows=tuple((f"R{n}", 30) for n in range(20))),
        Place(5000),
        Place(6),
        holdSeconds=HOLD_SECONDS,
    )
    fans = await make_fans(arena.db, world, BUYERS)
    before = await deadlocks(arena)
    found = Found(Counter(), [])
    async with asyncpg.create_pool(arena.database_url, min_size=2, max_size=4) as clockwork:
        race = _Race(arena, world, clockwork, random.Random(1), found.verdicts, found.breaches)
        await race.works(fans[0])
        for _ in range(ROUNDS_MAX):
            ends_at = asyncio.get_running_loop().time() + seconds
            await asyncio.gather(*(race.live(fan, ends_at=ends_at) for fan in fans))
            if left := await _settled(clockwork, world):
                found.breaches.append(f"{len(left)} orders never come to an end")
            found.breaches.extend(await faults(arena.db))
            await _note_ends(arena, world, found)
            if found.breaches or until(found):
                break
    if (waited := await deadlocks(arena) - before) > 0:
        found.breaches.append(f"{waited} deadlocks")
    return found


async def _note_ends(arena: Arena, world: World, found: Found) -> None:
    for row in await arena.db.fetch(
        "SELECT o.status::TEXT, array(SELECT c.status::TEXT FROM charges c WHERE c.order_id = o.id"
        " ORDER BY c.attempt) AS charges FROM orders o WHERE o.event_id = $1",
        world.event_id,
    ):
        last = row["charges"][-1] if row["charges"] else "none"
        found.verdicts[f"is {row['status']}, charge {last}"] += 1
