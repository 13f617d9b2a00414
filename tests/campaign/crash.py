"""kill -9 in the middle of selling, round after round, and a look at what is left.

    python -m tests.campaign.crash [--rounds 20] [--seed 1]

Two API processes, a worker, PostgreSQL and Valkey sell an event of a few thousand places to
clients that keep their idempotency keys and every answer. At a random moment somebody is killed.
Then all is started again, whoever got no answer asks again under the same key, and the books are
compared with the answers. Prints a table for docs/explanation/never-lost.md; exit 1 where anything
is lost, doubled or oversold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg
import httpx

from arenapulse.core.settings import Environment, Settings
from arenapulse.migrations.run import migrate
from arenapulse.runtime import log
from arenapulse.runtime.engines import Engines
from arenapulse.runtime.engines.folder import claimed
from bench.load import closed_loop
from tests.books import faults
from tests.conftest import as_owner, settings_for
from tests.forks import Fork, forked
from tests.servers import Server, environment, free_port, start_server, stop
from tests.worlds import Fan, Place, World, make_fans, make_world

CONNECTIONS: Final = 48
FANS: Final = 200
AGAIN_AT_ONCE: Final = 32
READY_SECONDS_MAX: Final = 60.0
ROWS: Final = tuple((f"R{n}", 40) for n in range(20))
# The small ones sell out before the kill, most often.
PLACES: Final = (
    Place(400),
    Place(rows=ROWS, amount=6000),
    Place(100_000, amount=0, fee=0),
    Place(20),
)
VICTIMS: Final = (
    ("one API process", ("api 1",)),
    ("both API processes", ("api 1", "api 2")),
    ("PostgreSQL", ("postgres",)),
    ("PostgreSQL and both API processes", ("postgres", "api 1", "api 2")),
    ("one API process and the worker", ("api 2", "worker")),
    ("PostgreSQL and the worker", ("postgres", "worker")),
)


@dataclass
class Ledger:
    """What was sent and what came back, by key."""

    sent: dict[str, bytes] = field(default_factory=dict)
    acknowledged: dict[str, Any] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    closed: set[str] = field(default_factory=set)

    def hear(self, request: bytes, status: int, body: bytes) -> None:
        key = _key_of(request)
        if status == 201:
            self.acknowledged[key] = json.loads(body)["data"]
        elif status < 500:
            self.refused[json.loads(body)["error"]["code"]] += 1
            self.closed.add(key)

    def unanswered(self) -> list[str]:
        """No answer, or one that says "ask again"."""
        return [k for k in self.sent if k not in self.acknowledged and k not in self.closed]


@dataclass
class Round:
    victims: str
    after_seconds: float
    acknowledged: int = 0
    refused: int = 0
    unanswered: int = 0
    stored: int = 0
    ready_seconds: float = 0.0
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


class Stack:
    """Everything that can be killed, and started again."""

    def __init__(self, engines: Engines, settings: Settings, **worker: str) -> None:
        """`worker` are variables of the worker alone."""
        self._engines = engines
        self.settings = settings
        self._for_worker = worker
        self.ports = (free_port(), free_port())
        self._servers: dict[str, Server] = {}
        self._worker: Fork | None = None

    async def start(self) -> None:
        """Starts whatever does not run, and waits until all of it answers."""
        self._start_worker()
        missing = {
            f"api {number}": port
            for number, port in enumerate(self.ports, start=1)
            if not self._is_running(f"api {number}")
        }
        made = await asyncio.gather(
            *(start_server(self.settings, port=port) for port in missing.values())
        )
        self._servers.update(zip(missing, made, strict=True))
        async with httpx.AsyncClient() as client:
            for server in self._servers.values():
                await _await_ready(client, server)

    def _is_running(self, name: str) -> bool:
        known = self._servers.get(name)
        return known is not None and known.process.poll() is None

    def _start_worker(self) -> None:
        if self._worker is None or self._worker.poll() is not None:
            variables = environment(self.settings, **self._for_worker)
            self._worker = forked(("worker",), variables)

    def kill(self, victims: Sequence[str]) -> None:
        processes: dict[str, Fork] = {n: s.process for n, s in self._servers.items()}
        assert self._worker is not None
        processes["worker"] = self._worker
        for name in victims:
            if name == "postgres":
                os.kill(self._engines.pids()["postgres"], signal.SIGKILL)
            else:
                processes[name].send_signal(signal.SIGKILL)
        for name in victims:
            if name in processes:
                processes[name].wait(10)

    def mend(self) -> None:
        """PostgreSQL again, with what it had committed."""
        # Its patience with engines that keep dying is not for us.
        self._engines._deaths = 0
        deadline = time.monotonic() + READY_SECONDS_MAX
        while "postgres" not in self._engines.tend():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def stop(self) -> None:
        stop([s.process for s in self._servers.values()] + [p for p in [self._worker] if p])


class Crowd:
    """Requests for one round: each with a key of its own, by somebody who can be asked again."""

    def __init__(self, world: World, fans: Sequence[Fan], *, dice: random.Random) -> None:
        self._world = world
        self._fans = fans
        self._dice = dice
        self._count = itertools.count()
        self.ledger = Ledger()

    def next_request(self) -> bytes:
        dice = self._dice
        number = next(self._count)
        key = f"key-{number}"
        section = dice.choices((0, 1, 2, 3), (35, 35, 25, 5))[0]
        changes: dict[str, Any] = {"quantity": dice.choice((1, 2, 3))}
        if section == 1:
            row, first = dice.randrange(len(ROWS)), dice.randint(1, 38)
            quantity = changes["quantity"]
            changes["seats"] = [{"row": f"R{row}", "seat": first + n} for n in range(quantity)]
        if section == 2:
            changes["paymentMethod"] = {"type": "free"}
        elif dice.random() < 0.3:
            changes["paymentMethod"] = {"type": "card", "token": "pm_card_visa"}
        body = json.dumps(self._world.order(section, **changes)).encode()
        fan = self._fans[number % len(self._fans)]
        request = (
            b"POST /api/v1/orders HTTP/1.1\r\nHost: arena\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (fan.token.encode(), key.encode(), len(body), body)
        )
        self.ledger.sent[key] = request
        return request

    async def ask_again(self, keys: Sequence[str], *, ports: Sequence[int]) -> dict[str, Any]:
        """The same requests once more; status and body by key."""
        found: dict[str, Any] = {}
        gate = asyncio.Semaphore(AGAIN_AT_ONCE)
        async with httpx.AsyncClient(timeout=30) as client:

            async def one(number: int, key: str) -> None:
                head, body = self.ledger.sent[key].split(b"\r\n\r\n", 1)
                lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
                url = f"http://127.0.0.1:{ports[number % len(ports)]}/api/v1/orders"
                async with gate:
                    answer = await client.post(url, content=body, headers=dict(lines))
                found[key] = (answer.status_code, answer.json())

            await asyncio.gather(*(one(n, key) for n, key in enumerate(keys)))
        return found


def _key_of(request: bytes) -> str:
    return request.split(b"Idempotency-Key: ", 1)[1].split(b"\r\n", 1)[0].decode()


async def _await_ready(client: httpx.AsyncClient, server: Server) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if (await client.get(f"{server.url}/health/ready")).status_code == 200:
                return
        await asyncio.sleep(0.02)
    raise AssertionError("it does not come back")


async def play(stack: Stack, number: int, *, dice: random.Random) -> Round:
    name, victims = VICTIMS[number % len(VICTIMS)]
    played = Round(name, after_seconds=dice.uniform(0.3, 2.5))
    db = await asyncpg.connect(as_owner(stack.settings))
    world = await make_world(db, stack.settings, sections=PLACES)
    fans = await make_fans(db, world, FANS)
    await db.close()
    crowd = Crowd(world, fans, dice=dice)
    loads = [
        asyncio.create_task(
            closed_loop(
                port,
                crowd.next_request,
                connections=CONNECTIONS // len(stack.ports),
                seconds=played.after_seconds + 0.7,
                hear=crowd.ledger.hear,
            )
        )
        for port in stack.ports
    ]
    await asyncio.sleep(played.after_seconds)
    stack.kill(victims)
    killed_at = time.monotonic()
    # Those who are left go on: to each other, and to a database that is away.
    await asyncio.gather(*loads)
    if "postgres" in victims:
        stack.mend()
    await stack.start()
    played.ready_seconds = time.monotonic() - killed_at
    await judge(stack, crowd, world=world, played=played)
    return played


async def judge(stack: Stack, crowd: Crowd, *, world: World, played: Round) -> None:
    ledger = crowd.ledger
    db = await asyncpg.connect(as_owner(stack.settings))
    try:
        stored = await _stored(db, world)
        unanswered = ledger.unanswered()
        played.acknowledged, played.refused = len(ledger.acknowledged), len(ledger.closed)
        played.unanswered = len(unanswered)
        played.stored = sum(key in stored for key in unanswered)
        played.wrong += await faults(db)
        played.lost += _lost(ledger, stored)
        again = await crowd.ask_again(unanswered, ports=stack.ports)
        for key, (status, body) in again.items():
            if key in stored and (status, body.get("data", {}).get("orderId")) != (
                201,
                stored[key],
            ):
                played.wrong.append(f"{key} was stored, and its retry says {status} {body}")
            elif status >= 500:
                played.wrong.append(f"{key}: {status} after the restart")
            ledger.hear(ledger.sent[key], status, json.dumps(body).encode())
        some = random.Random(1).sample(sorted(ledger.acknowledged), min(100, played.acknowledged))
        for key, (status, body) in (await crowd.ask_again(some, ports=stack.ports)).items():
            if (status, body.get("data")) != (201, ledger.acknowledged[key]):
                played.wrong.append(f"{key} was answered otherwise before: {status} {body}")
        stored = await _stored(db, world)
        played.lost += _lost(ledger, stored)
        orders = await db.fetchval(
            "SELECT count(*) FROM orders WHERE event_id = $1", world.event_id
        )
        played.doubled = orders - len(ledger.acknowledged)
        played.wrong += await faults(db)
    finally:
        await db.close()


async def _stored(db: asyncpg.Connection, world: World) -> dict[str, str]:
    rows = await db.fetch(
        "SELECT idempotency_key, id FROM orders WHERE event_id = $1", world.event_id
    )
    return {row["idempotency_key"]: str(row["id"]) for row in rows}


def _lost(ledger: Ledger, stored: dict[str, str]) -> int:
    """Acknowledged, and not there as it was acknowledged."""
    return sum(stored.get(key) != a["orderId"] for key, a in ledger.acknowledged.items())


HEAD: Final = (
    "| round | killed | after s | answered | refused | no answer | of these stored | ready again s"
    " | lost | doubled | oversold or wrong |\n" + "| ---: | --- |" + " ---: |" * 9
)


def row(number: int, played: Round) -> str:
    cells = [
        str(number),
        played.victims,
        f"{played.after_seconds:.2f}",
        f"{played.acknowledged:,}",
        f"{played.refused:,}",
        f"{played.unanswered:,}",
        f"{played.stored:,}",
        f"{played.ready_seconds:.1f}",
        str(played.lost),
        str(played.doubled),
        str(len(played.wrong)),
    ]
    return f"| {' | '.join(cells)} |"


async def campaign(stack: Stack, *, rounds: int, seed: int) -> list[Round]:
    dice = random.Random(seed)
    await stack.start()
    print(HEAD, flush=True)
    found: list[Round] = []
    for number in range(rounds):
        played = await play(stack, number, dice=dice)
        found.append(played)
        print(row(number + 1, played), flush=True)
        for fault in played.wrong[:10]:
            print(f"WRONG in round {number + 1}: {fault}", file=sys.stderr, flush=True)
    return found


@contextlib.contextmanager
def powered() -> Iterator[tuple[Engines, Settings]]:
    """Engines of our own, migrated, and settings that lead to them."""
    # Whoever stops it finds no server left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    log.configure(Settings().model_copy(update={"environment": Environment.TEST}))
    with TemporaryDirectory(prefix="arenapulse-crash-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        base = Settings().model_copy(
            update={"data_folder": folder / "data", "database_url": None, "redis_url": None}
        )
        with claimed(base.data_folder) as data, Engines(base, folder=data) as engines:
            urls = engines.urls
            asyncio.run(migrate(urls.database_url))
            yield engines, settings_for(urls.database_url, urls.redis_url)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with powered() as (engines, settings):
        stack = Stack(engines, settings)
        try:
            found = asyncio.run(campaign(stack, rounds=options.rounds, seed=options.seed))
        finally:
            stack.stop()
    answered = sum(r.acknowledged for r in found)
    lost, doubled = sum(r.lost for r in found), sum(r.doubled for r in found)
    wrong = sum(len(r.wrong) for r in found)
    print(
        f"\n{len(found)} rounds, {answered:,} orders answered:"
        f" {lost} lost, {doubled} doubled, {wrong} oversold or otherwise wrong."
    )
    return 0 if all(r.is_right for r in found) else 1


if __name__ == "__main__":
    sys.exit(main())
