"""Sign-ins a second, what a storm of them costs orders, and requests with their token verified.

    python -m bench.auth [--quick]

One server process with a worker and the engines; limits are lifted. First everybody once, each told
by mail of a new device; then sign-ins alone (argon2id off the event loop), orders alone by an open
loop, and the same orders while people sign in as fast as they are answered, by a process that gives
way: people have machines of their own. In the storm all sign in by a browser that is known, as at
an opening nearly all do. Last, `GET /auth/mfa` with one token again and again, and with tokens that
no process has seen. Exit 1 where an order was refused, or orders beside the storm took more than
`TIMES_MAX` times as long (p95) as alone.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg
import httpx
import uvloop

from arenapulse.identity.service.accounts import hash_password
from arenapulse.runtime.priority import give_way
from bench.load import open_loop
from bench.orders import USUALLY, requests
from bench.stack import Stack, running_stack
from tests.worlds import Fan, Place, World, make_fans, make_world

PASSWORD = "a long walk to the north stand"
PEOPLE = 40
FANS = 500
STRANGERS = 2_000
PLENTY = 1_000_000
ORDERS_A_SECOND = 50
AT_ONCE = 16
TIMES_MAX = 1.5
STORM_SECONDS_MORE = 4.0


async def prepared(stack: Stack) -> tuple[World, list[Fan], list[Fan]]:
    """The world, fans with tokens, and others whose tokens no process has seen.

    People who sign in are there as well.
    """
    db = await asyncpg.connect(stack.settings.database_url)
    world = await make_world(db, stack.settings, sections=(Place(PLENTY),))
    fans = await make_fans(db, world, FANS)
    strangers = await make_fans(db, world, STRANGERS)
    encoded = await hash_password(PASSWORD)
    await db.executemany(
        "INSERT INTO users (id, email, password_hash, full_name) VALUES ($1, $2, $3, 'Fan')",
        [(uuid4(), email_of(number), encoded) for number in range(PEOPLE)],
    )
    await db.close()
    return world, fans, strangers


def email_of(number: int) -> str:
    return f"person{number % PEOPLE}@bench.test"


async def repeated(
    work: Callable[[int], Awaitable[None]], *, seconds: float, at_once: int
) -> list[float]:
    """How long each call took; `at_once` of them are always under way."""
    taken: list[float] = []
    ends = time.perf_counter() + seconds
    count = iter(range(10**9))

    async def lane() -> None:
        while time.perf_counter() < ends:
            began = time.perf_counter()
            await work(next(count))
            taken.append(time.perf_counter() - began)

    await asyncio.gather(*(lane() for _ in range(at_once)))
    return taken


def told(name: str, taken: list[float], *, seconds: float) -> None:
    p95 = statistics.quantiles(taken, n=20)[18] * 1000
    print(f"{name:32} {len(taken) / seconds:8.0f}/s   p95 {p95:7.1f} ms", flush=True)


async def sign_ins(port: int, *, seconds: float) -> list[float]:
    """How long each took; `AT_ONCE` are always under way."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits) as client:

        async def sign_in(number: int) -> None:
            body = {"email": email_of(number), "password": PASSWORD}
            answer = await client.post("/api/v1/auth/login", json=body, timeout=30)
            assert answer.status_code in {200, 503}, answer.text

        return await repeated(sign_in, seconds=seconds, at_once=AT_ONCE)


async def first_sign_ins(port: int) -> None:
    """Of everybody once: each is told by mail of a new device."""
    began = time.perf_counter()
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits) as client:

        async def sign_in(number: int) -> float:
            asked = time.perf_counter()
            body = {"email": email_of(number), "password": PASSWORD}
            answer = await client.post("/api/v1/auth/login", json=body, timeout=60)
            assert answer.status_code == 200, answer.text
            return time.perf_counter() - asked

        taken = await asyncio.gather(*map(sign_in, range(PEOPLE)))
    told("first sign-ins, all at once", taken, seconds=time.perf_counter() - began)


async def storm(port: int, *, seconds: float) -> list[float]:
    """The same by a process of its own."""
    words = ("-m", "bench.auth", "--storm", str(port), "--seconds", str(seconds))
    child = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await child.communicate()
    assert child.returncode == 0
    return [float(each) for each in told.split()]


async def measure(stack: Stack, *, seconds: float) -> bool:
    world, fans, strangers = await prepared(stack)
    port = stack.ports[0]
    await first_sign_ins(port)
    told("sign-ins alone", await storm(port, seconds=seconds), seconds=seconds)
    alone = await orders(port, world, fans, seconds=seconds)
    # It takes a while to begin, and ends after them.
    stormy = seconds + STORM_SECONDS_MORE
    others = asyncio.create_task(storm(port, seconds=stormy))
    await asyncio.sleep(STORM_SECONDS_MORE / 2)
    beside = await orders(port, world, fans, seconds=seconds)
    told("sign-ins beside orders", await others, seconds=stormy)
    times = beside / alone
    print(f"orders p95: alone {alone:.1f} ms, in the storm {beside:.1f} ms, {times:.2f} ×")
    await verified(port, fans[0], strangers, seconds=seconds)
    return beside <= alone * TIMES_MAX


async def verified(port: int, fan: Fan, strangers: list[Fan], *, seconds: float) -> None:
    """With the cache of tokens, and past it: each stranger comes once."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:

        async def known(_: int) -> None:
            await client.get("/api/v1/auth/mfa", headers=fan.headers)

        left = iter(strangers)
        taken = await repeated(known, seconds=seconds, at_once=4)
        told("verified, the token known", taken, seconds=seconds)
        first: list[float] = []

        async def lane() -> None:
            for stranger in left:
                asked = time.perf_counter()
                answer = await client.get("/api/v1/auth/mfa", headers=stranger.headers)
                assert answer.status_code == 200, answer.text
                first.append(time.perf_counter() - asked)

        began = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(4)))
        told("verified, each token new", first, seconds=time.perf_counter() - began)


async def orders(port: int, world: World, fans: list[Fan], *, seconds: float) -> float:
    """The 95th percentile in milliseconds."""
    result = await open_loop(
        port,
        requests(world, fans, USUALLY[0]),
        rate=ORDERS_A_SECOND,
        connections=64,
        seconds=seconds,
    )
    assert set(result.statuses) == {201}, result.statuses
    return result.percentile(0.95)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seconds each")
    parser.add_argument("--storm", type=int, help="sign in at this port, and say how long it took")
    parser.add_argument("--seconds", type=float)
    given = parser.parse_args()
    if given.storm is not None:
        give_way(10)
        print(*uvloop.run(sign_ins(given.storm, seconds=given.seconds)))
        return 0
    with running_stack() as stack:
        is_fine = uvloop.run(measure(stack, seconds=2 if given.quick else 10))
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
