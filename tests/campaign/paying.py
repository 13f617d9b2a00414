"""kill -9 in the middle of paying, round after round: nobody pays twice, nobody pays for nothing.

    python -m tests.campaign.paying [--rounds 20] [--seed 1] [--orders 200]

Orders by card come in over two API processes; a worker charges them at the twin of Stripe, which is
a process of its own and takes its time for each call. When a random part of the charges is done
somebody is killed, and again while what was left is taken up. Then all is started anew, whoever got
no answer asks again under the same key, and when nothing is due any more the bank's books are
compared with ours. Prints a line a round; exit 1 where money was taken twice, or without places.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import httpx

from tests.books import faults
from tests.campaign.crash import AGAIN_AT_ONCE, Stack, powered
from tests.conftest import as_owner
from tests.paying import DECLINED, THREE_D_SECURE, VISA
from tests.servers import environment, free_port
from tests.worlds import Fan, Place, World, make_fans, make_world

FANS: Final = 50
CALL_MS: Final = 60
PLACES: Final = 150
SETTLED_SECONDS_MAX: Final = 90.0
PROGRESS_SECONDS_MAX: Final = 60.0
CARDS: Final = (VISA, VISA, VISA, VISA, THREE_D_SECURE, DECLINED)
VICTIMS: Final = (
    ("worker",),
    ("postgres",),
    ("worker", "api 1"),
    ("worker", "postgres"),
    ("api 1", "api 2"),
    ("worker", "postgres", "api 1", "api 2"),
)


@dataclass
class Round:
    victims: str
    orders: int = 0
    paid: int = 0
    refused: int = 0
    kills_at: list[int] = field(default_factory=list[int])
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list[str])


class Buyers:
    """Orders by card under keys, asked for again until there is an answer."""

    def __init__(
        self, stack: Stack, world: World, fans: Sequence[Fan], *, dice: random.Random
    ) -> None:
        self._stack = stack
        self._world = world
        self._fans = fans
        self._dice = dice
        self._count = itertools.count()
        self.acknowledged: dict[str, str] = {}
        self.refused = 0

    async def buy(self, many: int) -> None:
        gate = asyncio.Semaphore(AGAIN_AT_ONCE)
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            await asyncio.gather(*(self._one(client, gate) for _ in range(many)))

    async def _one(self, client: httpx.AsyncClient, gate: asyncio.Semaphore) -> None:
        number = next(self._count)
        card = {"type": "card", "token": self._dice.choice(CARDS)}
        body = self._world.order(quantity=self._dice.choice((1, 2)), paymentMethod=card)
        fan, key = self._fans[number % len(self._fans)], f"pay-{number}"
        async with gate:
            deadline = time.monotonic() + SETTLED_SECONDS_MAX
            while True:
                assert time.monotonic() < deadline, "no server answers"
                port = self._stack.ports[number % 2]
                try:
                    answer = await client.post(
                        f"http://127.0.0.1:{port}/api/v1/orders",
                        json=body,
                        headers=fan.headers | {"Idempotency-Key": key},
                    )
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code < 500:
                    break
                await asyncio.sleep(0.1)
        if answer.status_code == 201:
            self.acknowledged[key] = answer.json()["data"]["orderId"]
        else:
            assert answer.status_code in {409, 422}, answer.text
            self.refused += 1


async def steps_done(db: asyncpg.Connection, world: World) -> int:
    """What the bank has done so far: intents and captures of this round."""
    return int(
        await db.fetchval(
            "SELECT count(*) + count(*) FILTER (WHERE captured > 0) FROM sandbox_intents i "
            "JOIN orders o ON o.id = i.order_id WHERE o.event_id = $1",
            world.event_id,
        )
    )


async def kill_at(stack: Stack, world: World, *, steps: int, victims: Sequence[str]) -> int:
    """Kills when the bank has done so much; what it had done then."""
    deadline = time.monotonic() + PROGRESS_SECONDS_MAX
    db = await asyncpg.connect(as_owner(stack.settings))
    while (done := await steps_done(db, world)) < steps:
        assert time.monotonic() < deadline, f"the bank did {done} of {steps} steps"
        await asyncio.sleep(0.01)
    stack.kill(victims)
    db.terminate()
    if "postgres" in victims:
        stack.mend()
    await stack.start()
    return done


async def settled(db: asyncpg.Connection) -> None:
    """Until nothing is due; people at their banks do not answer, and their time runs out."""
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while await db.fetchval("SELECT EXISTS (SELECT 1 FROM charges WHERE due_at IS NOT NULL)"):
        assert time.monotonic() < deadline, "charges that do not end"
        await db.execute(_NOBODY_ANSWERS)
        await asyncio.sleep(0.2)


async def play(stack: Stack, number: int, *, orders: int, dice: random.Random) -> Round:
    victims = VICTIMS[number % len(VICTIMS)]
    played = Round(" and ".join(victims))
    began = time.monotonic()
    db = await asyncpg.connect(as_owner(stack.settings))
    world = await make_world(db, stack.settings, sections=(Place(PLACES), Place(4 * orders)))
    fans = await make_fans(db, world, FANS)
    await db.close()
    buyers = Buyers(stack, world, fans, dice=dice)
    buying = asyncio.create_task(buyers.buy(orders))
    for share in (dice.uniform(0.05, 0.4), dice.uniform(0.5, 0.9)):
        # An intent and a capture each, of most of those who find places.
        goal = int(share * min(PLACES, 1.2 * orders))
        played.kills_at.append(await kill_at(stack, world, steps=goal, victims=victims))
    await buying
    db = await asyncpg.connect(as_owner(stack.settings))
    try:
        await settled(db)
        await judge(db, buyers, world=world, played=played)
    finally:
        await db.close()
    played.seconds = time.monotonic() - began
    return played


async def judge(db: asyncpg.Connection, buyers: Buyers, *, world: World, played: Round) -> None:
    played.orders, played.refused = len(buyers.acknowledged), buyers.refused
    for name, query in _RULES.items():
        found = await db.fetch(query, world.event_id)
        played.wrong += [f"{name}: {json.dumps(dict(row), default=str)}" for row in found]
    stored: dict[str, Any] = {
        row["idempotency_key"]: str(row["id"])
        for row in await db.fetch(
            "SELECT idempotency_key, id FROM orders WHERE event_id = $1", world.event_id
        )
    }
    if stored != buyers.acknowledged:
        played.wrong.append(f"{len(stored)} stored, {played.orders} acknowledged")
    played.paid = await db.fetchval(
        "SELECT count(*) FROM orders WHERE event_id = $1 AND status = 'CONFIRMED'", world.event_id
    )
    if not played.paid:
        played.wrong.append("nobody paid: the round shows nothing")
    played.wrong += await faults(db)


_NOBODY_ANSWERS: Final = """
UPDATE charges SET due_at = now(), hold_until = now() - interval '1 s'
WHERE status = 'REQUIRES_ACTION' AND taken_by IS NULL AND due_at > now()
"""
_RULES: Final = {
    "charged twice": """
      SELECT i.order_id, count(*) FROM sandbox_intents i JOIN orders o ON o.id = i.order_id
      WHERE o.event_id = $1 AND i.captured > i.refunded GROUP BY 1 HAVING count(*) > 1""",
    "paid without places": """
      SELECT o.id, o.status::TEXT, i.captured FROM sandbox_intents i
      JOIN orders o ON o.id = i.order_id
      WHERE o.event_id = $1 AND i.captured > i.refunded AND o.status <> 'CONFIRMED'""",
    "places without money": """
      SELECT o.id FROM orders o WHERE o.event_id = $1 AND o.status = 'CONFIRMED'
        AND NOT EXISTS (SELECT 1 FROM sandbox_intents i
          WHERE i.order_id = o.id AND i.captured = o.total)""",
    "an authorisation that nobody let go": """
      SELECT i.id, o.status::TEXT FROM sandbox_intents i JOIN orders o ON o.id = i.order_id
      WHERE o.event_id = $1 AND i.status IN ('requires_capture', 'requires_action')""",
}


def line(number: int, played: Round) -> str:
    return (
        f"{number:3} killed {played.victims:<32} at {played.kills_at} of the bank's steps: "
        f"{played.orders} orders, {played.refused} refused, {played.paid} paid, "
        f"{len(played.wrong)} wrong, {played.seconds:.0f} s"
    )


async def campaign(stack: Stack, *, rounds: int, orders: int, seed: int) -> list[Round]:
    dice = random.Random(seed)
    await stack.start()
    found: list[Round] = []
    for number in range(rounds):
        played = await play(stack, number, orders=orders, dice=dice)
        found.append(played)
        print(line(number + 1, played), flush=True)
        for fault in played.wrong[:10]:
            print(f"WRONG in round {number + 1}: {fault}", file=sys.stderr, flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=200)
    options = parser.parse_args()
    with powered() as (engines, settings):
        port = free_port()
        twin = [sys.executable, "-m", "bench.payments", "--twin", str(port)]
        vendor = subprocess.Popen(
            [*twin, "--call-ms", str(CALL_MS)],
            env=environment(settings),
            stdout=subprocess.PIPE,
        )
        stack = Stack(engines, settings, STRIPE_HOST=f"http://127.0.0.1:{port}")
        try:
            assert vendor.stdout is not None
            assert vendor.stdout.readline() == b"ready\n"
            found = asyncio.run(
                campaign(stack, rounds=options.rounds, orders=options.orders, seed=options.seed)
            )
        finally:
            stack.stop()
            vendor.terminate()
            vendor.wait(20)
    wrong = sum(len(played.wrong) for played in found)
    print(
        f"{len(found)} rounds, {sum(r.orders for r in found):,} orders,"
        f" {sum(r.paid for r in found):,} paid: {wrong} charged twice, paid without places"
        " or otherwise wrong"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
