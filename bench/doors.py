"""How newcomers and orders fare while thousands of connections owe the server something.

    python -m bench.doors [--lines 20000] [--quick]

One server process with a worker and the engines. First alone, then while other processes hold so
many connections from several loopback addresses: a third says nothing, a third sends half a head, a
third half a body; what the server closes is opened again, a thousand a second. Each time:
`/health/live` on a connection of its own ten times a second, and orders by an open loop. Limits by
address are lifted, so what stands against them are the deadlines and the cap in all. Exit 1 where a
newcomer was refused, or an order not taken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from bench.load import Result, open_loop
from bench.orders import USUALLY, requests
from bench.stack import Stack, running_stack
from tests.worlds import Place, make_fans, make_world

ADDRESSES = 20
A_PROCESS = 4_000
AT_ONCE = 100
OPENED_A_SECOND_MAX = 1_000
FANS = 500
PLENTY = 1_000_000
ASK_SECONDS = 0.1
PATIENCE_SECONDS = 10.0
LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
OWING = (
    b"",
    b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\nX-Half:",
    (
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b'Content-Length: 99\r\n\r\n{"email":'
    ),
)


class Line(asyncio.Protocol):
    """A connection that never says what it wants."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd = crowd
        self.number = number

    def connection_made(self, transport: Any) -> None:
        self.crowd.open += 1
        transport.write(OWING[self.number % len(OWING)])

    def data_received(self, data: bytes) -> None:
        self.crowd.told[data[9:12].decode()] += 1

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.crowd.open -= 1
        self.crowd.closed.put_nowait(self.number)


class Crowd:
    def __init__(self, port: int, *, opened_a_second: float) -> None:
        self.port = port
        self.opened_a_second = opened_a_second
        self.open = 0
        self.told: Counter[str] = Counter()
        self.closed: asyncio.Queue[int] = asyncio.Queue()

    async def hold(self, numbers: range) -> None:
        for start in range(0, len(numbers), AT_ONCE):
            await asyncio.gather(*map(self._open, numbers[start : start + AT_ONCE]))
        print("ready", flush=True)
        reopening = asyncio.create_task(self._reopen())
        await asyncio.to_thread(sys.stdin.readline)
        reopening.cancel()
        print(json.dumps({"open": self.open, "told": self.told}), flush=True)

    async def _open(self, number: int) -> None:
        address = f"127.0.{1 + number % ADDRESSES}.1"
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: Line(self, number), "127.0.0.1", self.port, local_addr=(address, 0)
            )
        except OSError:
            self.told["not let in"] += 1
            self.closed.put_nowait(number)

    async def _reopen(self) -> None:
        while True:
            await self._open(await self.closed.get())
            await asyncio.sleep(1 / self.opened_a_second)


@dataclass
class Newcomers:
    milliseconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    async def come(self, port: int) -> None:
        while True:
            await asyncio.sleep(ASK_SECONDS)
            began = time.perf_counter()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(LIVE)
                    answer = await reader.read()
                writer.close()
            except (OSError, TimeoutError) as error:
                self.failures[type(error).__name__] += 1
                continue
            self.milliseconds.append((time.perf_counter() - began) * 1000)
            if not answer.startswith(b"HTTP/1.1 200"):
                self.failures[answer[9:12].decode()] += 1

    def percentile(self, share: float) -> float:
        return Result(0.0, Counter(), self.milliseconds).percentile(share)


async def phase(stack: Stack, make: Any, *, rate: int, seconds: float, name: str) -> bool:
    """Prints a line; whether all were served."""
    port = stack.ports[0]
    newcomers = Newcomers()
    coming = asyncio.create_task(newcomers.come(port))
    orders = await open_loop(port, make, rate=rate, connections=64, seconds=seconds)
    coming.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await coming
    print(
        f"{name}: /health/live p50 {newcomers.percentile(0.5):.1f}, "
        f"p95 {newcomers.percentile(0.95):.1f}, max {newcomers.percentile(1):.0f} ms; "
        f"{rate} orders a second p50 {orders.percentile(0.5):.1f}, "
        f"p95 {orders.percentile(0.95):.1f} ms; the server has {_files(stack)} files open; "
        f"newcomers refused: {dict(newcomers.failures) or 'none'}, "
        f"orders: {dict(orders.statuses)}",
        flush=True,
    )
    return not newcomers.failures and set(orders.statuses) == {201}


def _files(stack: Stack) -> int:
    return sum(1 for _ in Path(f"/proc/{stack.processes['server 1'].pid}/fd").iterdir())


@contextlib.asynccontextmanager
async def attackers(port: int, lines: int) -> Any:
    """Holds so many lines in processes of their own."""
    made: list[asyncio.subprocess.Process] = []
    for start in range(0, lines, A_PROCESS):
        end = min(lines, start + A_PROCESS)
        share = OPENED_A_SECOND_MAX * (end - start) // lines
        words = ("--hold", str(port), str(start), str(end), str(share))
        made.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.doors", *words),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
    for process in made:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    yield
    told: Counter[str] = Counter()
    held = 0
    for process in made:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        said = json.loads(await process.stdout.readline())
        held += said["open"]
        told.update(said["told"])
        await process.wait()
    print(f"at the end {held} of {lines} lines were open; they were told {dict(told)}", flush=True)


async def measure(stack: Stack, *, lines: int, rate: int, seconds: float) -> bool:
    db = await asyncpg.connect(stack.settings.database_url)
    world = await make_world(db, stack.settings, sections=(Place(PLENTY),))
    fans = await make_fans(db, world, FANS)
    make = requests(world, fans, USUALLY[0])
    alone = await phase(stack, make, rate=rate, seconds=seconds, name="alone")
    async with attackers(stack.ports[0], lines):
        under = await phase(stack, make, rate=rate, seconds=seconds, name=f"under {lines} lines")
    await db.close()
    return alone and under


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=300, help="orders a second")
    parser.add_argument("--quick", action="store_true", help="2,000 lines, a few seconds")
    parser.add_argument("--hold", nargs=4, type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if given.hold is not None:
        port, start, end, share = given.hold
        uvloop.run(Crowd(port, opened_a_second=share).hold(range(start, end)))
        return 0
    lines = 2_000 if given.quick else given.lines
    with running_stack() as stack:
        seconds = 5.0 if given.quick else 20.0
        good = uvloop.run(measure(stack, lines=lines, rate=given.rate, seconds=seconds))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
