"""A waiting room of a million: joins and polls a second, bytes, the draw, its proof.

    python -m bench.queue [--people 1000000] [--joining 100000] [--seconds 10]

`--joining` people join by HTTP before the sale starts, the rest by the batch's own function. The
event goes on sale, the worker draws; the draw is then computed again by bench/verify_draw.py, which
knows nothing of our code. One in a hundred of who joined by HTTP joins again and again until then.
Then everybody's place is asked for by HTTP, and people go in for a minute. Exit 1 where joins fall
below 5,000 a second, polls below 20,000, Redis has more than 300 bytes a person, the draw takes
more than 5 s or does not verify, more go in than were asked for, a pass takes more than 5 µs to
check, or where those who joined early or often stand elsewhere than by chance (chi-square: one fair
draw in a thousand would fail). What a join and a poll cost is told by process: the load client has
the same processors.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import redis.asyncio as redis_client
import uvloop

from arenapulse.core.ids import EventId, UserId
from arenapulse.runtime.crypto import Keyring
from arenapulse.waitingroom import draw
from arenapulse.waitingroom.access import PassCheck
from arenapulse.waitingroom.schemas import Place
from arenapulse.waitingroom.tokens import Passes
from bench.load import closed_loop
from bench.stack import Stack, running_stack
from tests.worlds import Fan, World, make_fans, make_world

JOINS_LEAST, POLLS_LEAST, BYTES_MOST, DRAW_SECONDS_MOST = 5_000, 20_000, 300, 5.0
PASS_MICROSECONDS_MOST = 5.0
PASS_CHECKS = 200_000
CONNECTIONS = 256
PER_MINUTE = 60_000
FILLING = 20_000
BANDS = 10
# Chi-square at 0.999 with 81 degrees of freedom (ten tenths by ten tenths), and with nine.
EARLY_MOST, OFTEN_MOST = 126.08, 27.88
KEEN_EVERY = 100
CROWD = Path(__file__).with_name("polls.c")
VERIFIER = Path(__file__).with_name("verify_draw.py")


def row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


@contextlib.contextmanager
def costing(stack: Stack, what: str, *, many: Callable[[], int]) -> Generator[None]:
    """Tells what each of so many took of the processors, by who took it."""
    before, crowd = stack.cpu_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN)
    yield
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = {"crowd": after.ru_utime + after.ru_stime - crowd.ru_utime - crowd.ru_stime}
    for name, seconds in stack.cpu_seconds().items():
        label = name.rstrip(" 0123456789")
        used[label] = used.get(label, 0.0) + seconds - before.get(name, 0.0)
    each = {label: 1e6 * seconds / max(1, many()) for label, seconds in used.items()}
    told = ", ".join(f"{label} {cost:.0f}" for label, cost in sorted(each.items()) if cost >= 0.5)
    row(f"µs of processor {what}", told)


async def join_by_http(
    stack: Stack, world: World, *, fans: Sequence[Fan], seconds: float
) -> tuple[float, list[str]]:
    """Joins a second over all servers, and the tokens of the places."""
    waiting = iter([join_request(world, fan) for fan in fans])
    tokens: list[str] = []
    began = last_at = time.perf_counter()

    def keep(body: bytes) -> None:
        nonlocal last_at
        last_at = time.perf_counter()
        tokens.append(msgspec.json.decode(body)["data"]["token"])

    last = b""

    def next_request() -> bytes:
        nonlocal last
        last = next(waiting, last)
        return last

    with costing(stack, "a join", many=lambda: len(tokens)):
        results = await asyncio.gather(
            *(
                closed_loop(
                    port,
                    next_request,
                    connections=CONNECTIONS // len(stack.ports),
                    seconds=seconds,
                    keep=keep,
                )
                for port in stack.ports
            )
        )
    # Who has joined only asks again: what counts is over with the last new place.
    rate = len(tokens) / (last_at - began)
    p95 = max(result.percentile(0.95) for result in results)
    row(f"joins a second by HTTP, p95 ({len(tokens):,} joined)", f"{rate:,.0f}, {p95:.0f} ms")
    return rate, tokens


def join_request(world: World, fan: Fan) -> bytes:
    return (
        f"POST /api/v1/events/{world.event_id}/queue HTTP/1.1\r\nHost: a\r\n"
        f"Authorization: Bearer {fan.token}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


async def join_again(stack: Stack, world: World, *, keen: Sequence[Fan], seconds: float) -> None:
    """They have their place and ask for another one, again and again."""
    turn = itertools.cycle([join_request(world, fan) for fan in keen])
    results = await asyncio.gather(
        *(
            closed_loop(port, lambda: next(turn), connections=16, seconds=seconds)
            for port in stack.ports
        )
    )
    again = sum(result.statuses[200] for result in results)
    row("joined again", f"{len(keen):,} people, {again / len(keen):,.0f} times each")


async def fill(db: asyncpg.Connection, world: World, *, people: int) -> None:
    began = time.perf_counter()
    for first in range(0, people, FILLING):
        many = min(FILLING, people - first)
        await db.execute(
            "SELECT count(*) FROM join_lanes($1, $2, $3, $4, $5, 4000000)",
            *([world.event_id] * many, [0] * many, [uuid4() for _ in range(many)]),
            *([os.urandom(draw.TICKET_BYTES) for _ in range(many)], [0] * many),
        )
    rate = people / (time.perf_counter() - began)
    row(f"{people:,} more by the batch's function", f"{rate:,.0f} a second")


async def drawn(db: asyncpg.Connection, world: World) -> float:
    """Seconds from closing the list to the open seed."""
    await db.execute("UPDATE events SET status = 'ON_SALE' WHERE id = $1", world.event_id)
    while True:
        took: float | None = await db.fetchval(
            "SELECT extract(epoch FROM drawn_at - closed_at)::FLOAT FROM waiting_rooms "
            "WHERE event_id = $1",
            world.event_id,
        )
        if took is not None:
            row("the draw", f"{took:.2f} s")
            return took
        await asyncio.sleep(0.1)


async def verified(client: httpx.AsyncClient, db: asyncpg.Connection, world: World) -> bool:
    """Whether a stranger's program finds the same places, from what is public."""
    path = f"/api/v1/events/{world.event_id}/queue"
    told: dict[str, Any] = {}
    while "seed" not in told:
        # A server has read the room again within a second.
        await asyncio.sleep(0.1)
        told = (await client.get(f"{path}/draw")).json()["data"]
    entrants: int = told["lanes"][0]["entrants"]
    parts = [
        (await client.get(f"{path}/tickets?lane=0&first={first}")).content
        for first in range(0, entrants, 65_536)
    ]
    kept: bytes = await db.fetchval(
        "SELECT ranks FROM waiting_draws WHERE event_id = $1 AND lane = 0", world.event_id
    )
    began = time.perf_counter()
    same = await asyncio.to_thread(found_again, told, b"".join(parts)) == kept
    row("verified by bench/verify_draw.py", f"{same}, {time.perf_counter() - began:.1f} s")
    return same


async def is_fair(db: asyncpg.Connection, world: World, *, keen: Sequence[Fan]) -> list[str]:
    """What of chance the places do not have: by when one joined, and by how often."""
    kept: bytes = await db.fetchval(
        "SELECT ranks FROM waiting_draws WHERE event_id = $1 AND lane = 0", world.event_id
    )
    ranks = draw.unpacked(kept)
    table = [[0] * BANDS for _ in range(BANDS)]
    for number, rank in enumerate(ranks):
        table[number * BANDS // len(ranks)][(rank - 1) * BANDS // len(ranks)] += 1
    early = chi_square([count for line in table for count in line])
    numbers = await db.fetch(
        "SELECT number FROM waiting_places WHERE event_id = $1 AND lane = 0 AND user_id = ANY($2)",
        *(world.event_id, [fan.user_id for fan in keen]),
    )
    assert len(numbers) == len(keen), "one place each, however often they joined"
    bands = [0] * BANDS
    for (number,) in numbers:
        bands[(ranks[number - 1] - 1) * BANDS // len(ranks)] += 1
    often = chi_square(bands)
    row(f"chi-square of joining early (most {EARLY_MOST})", f"{early:.1f}")
    row(f"chi-square of joining often (most {OFTEN_MOST})", f"{often:.1f}")
    found = [("early", early, EARLY_MOST), ("often", often, OFTEN_MOST)]
    return [f"who joins {how} stands elsewhere" for how, value, most in found if value > most]


def chi_square(counts: Sequence[int]) -> float:
    """How far counts are from being all the same."""
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 for count in counts) / expected


def found_again(told: dict[str, Any], tickets: bytes) -> bytes:
    """The places as the stranger's program writes them; nothing where it refuses the seal."""
    with tempfile.TemporaryDirectory() as folder:
        listed, places = Path(folder, "tickets"), Path(folder, "places")
        listed.write_bytes(tickets)
        done = subprocess.run(
            [sys.executable, VERIFIER, told["seal"], told["seed"], listed, places], check=False
        )
        return places.read_bytes() if done.returncode == 0 else b""


async def polled(stack: Stack, world: World, tokens: list[str], *, seconds: float) -> float:
    """Each asks for a place of its own over a connection that stays open, by bench/polls.c."""
    path = f"/api/v1/events/{world.event_id}/queue"
    with tempfile.TemporaryDirectory() as folder:
        crowd = Path(folder, "polls")
        await asyncio.to_thread(subprocess.run, ["gcc", "-O2", "-o", crowd, CROWD], check=True)
        asked = [crowd, f"{seconds}", f"{CONNECTIONS}", *map(str, stack.ports)]
        answers: list[str] = []
        with costing(stack, "a poll", many=lambda: int(answers[0])):
            done = await asyncio.to_thread(
                subprocess.run,
                asked,
                input="".join(f"{path}/{token}\n" for token in tokens),
                capture_output=True,
                text=True,
                check=True,
            )
            answers += done.stdout.split()
    good, others, lost, took, p50, p95 = answers
    assert (others, lost) == ("0", "0"), done.stdout
    rate = int(good) / float(took)
    row("polls of places a second, p50 and p95", f"{rate:,.0f}, {p50} and {p95} ms")
    return rate


def pass_check(stack: Stack, world: World, fan: Fan) -> float:
    """Microseconds of processor that POST /orders spends on a good pass."""
    keyring = Keyring(stack.settings.secret or "")
    event_id, user_id = EventId(world.event_id), UserId(fan.user_id)
    given = Passes(keyring).mint(
        event_id, place=Place(0, 7, user_id), position=7, expires_at=int(time.time()) + 600
    )
    check = PassCheck(keyring)
    began = time.process_time()
    for _ in range(PASS_CHECKS):
        assert check.lets_in(given.encode(), event_id=event_id, user_id=user_id)
    took = 1e6 * (time.process_time() - began) / PASS_CHECKS
    row("µs of processor a pass check", f"{took:.2f}")
    return took


async def memory(stack: Stack, db: asyncpg.Connection, *, people: int) -> float:
    client = redis_client.Redis.from_url(stack.settings.redis_url or "")
    used = 0
    async for name in client.scan_iter("*waiting*"):
        used += await client.memory_usage(name) or 0
    await client.aclose()
    tables: int = await db.fetchval(
        "SELECT sum(pg_total_relation_size(oid))::BIGINT FROM pg_class "
        "WHERE relkind = 'r' AND relname LIKE 'waiting%'"
    )
    row("bytes of Redis a waiting person", f"{used / people:.3f}")
    row("bytes of PostgreSQL a waiting person", f"{tables / people:.0f}")
    return used / people


async def let_in(db: asyncpg.Connection, world: World, *, seconds: int) -> bool:
    """Whether no minute (or what was measured of one) let in more than was asked for."""
    counts: list[int] = []
    for _ in range(seconds):
        counts.append(
            await db.fetchval(
                "SELECT serving FROM waiting_lanes WHERE event_id = $1 AND lane = 0",
                world.event_id,
            )
        )
        await asyncio.sleep(1)
    steps = [b - a for a, b in itertools.pairwise(counts)]
    whole = counts[-1] - counts[0]
    asked = PER_MINUTE * (seconds - 1) / 60
    row("let in a second, median and most", f"{statistics.median(steps):,.0f}, {max(steps):,}")
    row(f"let in, of {asked:,.0f} asked for", f"{whole:,}")
    return whole <= asked * 1.01 + PER_MINUTE / 60


async def measure(stack: Stack, options: argparse.Namespace) -> list[str]:
    db = await asyncpg.connect(stack.settings.database_url)
    room = {"enabled": True, "admitPerMinute": PER_MINUTE}
    world = await make_world(db, stack.settings, status="SCHEDULED", config={"waitingRoom": room})
    faults: list[str] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stack.ports[0]}") as client:
        await client.get(f"/api/v1/events/{world.event_id}/queue/serving")
        fans = await make_fans(db, world, options.joining)
        joins, tokens = await join_by_http(stack, world, fans=fans, seconds=options.seconds)
        keen = fans[: len(tokens)][::KEEN_EVERY]
        await join_again(stack, world, keen=keen, seconds=min(2.0, options.seconds))
        await fill(db, world, people=max(0, options.people - len(tokens)))
        took = await drawn(db, world)
        proven = await verified(client, db, world)
        faults += await is_fair(db, world, keen=keen)
        check = pass_check(stack, world, fans[0])
        polls = await polled(stack, world, tokens, seconds=options.seconds)
        bytes_each = await memory(stack, db, people=options.people)
        bounded = await let_in(db, world, seconds=options.minute)
    if joins < JOINS_LEAST:
        faults.append(f"{joins:,.0f} joins a second")
    if polls < POLLS_LEAST:
        faults.append(f"{polls:,.0f} polls a second")
    if check > PASS_MICROSECONDS_MOST:
        faults.append(f"{check:.1f} µs a pass check")
    if bytes_each > BYTES_MOST:
        faults.append(f"{bytes_each:.0f} bytes of Redis a person")
    if took > DRAW_SECONDS_MOST:
        faults.append(f"a draw of {took:.1f} s")
    if not proven:
        faults.append("the draw does not verify")
    if not bounded:
        faults.append("more went in than were asked for")
    await db.close()
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--joining", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--minute", type=int, default=61)
    options = parser.parse_args()
    print("| what | figure |\n| --- | --- |")
    with running_stack(servers=2) as stack:
        faults = uvloop.run(measure(stack, options))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
