"""A release rehearsed: traffic through a real HAProxy while one version takes the other's place.

    python -m bench.rehearse [--rate 500] [--sockets 200] [--watch 5]     `make rehearse`

Blue sells; orders come by an open loop through the proxy, sockets watch the event. Green starts
beside it and takes over by steps (`arenapulse release green`); blue sends its sockets away and
ends. Then a version with a bug starts as blue (`bench.bad_version`: half of its orders are answered
by a 500 though they stand), and is taken back by itself. Exit 1 where an order failed or is there
twice, a socket missed a frame, the good one did not get through, the bad one did, or taking it back
took longer than 30 s. Needs Debian's `haproxy`. Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import uvloop
from arenapulse_client import ArenaPulse

from bench.load import Result, open_loop
from bench.orders import USUALLY, requests, wrong_totals
from bench.stack import READY_SECONDS, Stack, free_port, running_stack
from tests.worlds import Place, World, make_fans, make_world

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "clients" / "python"
FANS = 500
PLENTY = 5_000_000
CONNECTIONS = 128
DRAIN_SECONDS = 4
ROLLBACK_SECONDS_MAX = 30.0
SETTLE_SECONDS = 3.0
RELEASE_SECONDS_MAX = 240.0


@dataclass
class Watcher:
    """One socket; `lost` are frames that it neither had nor was given when it asked."""

    seen: dict[str, list[int]] = field(default_factory=dict)

    def hear(self, frame: dict[str, object]) -> None:
        self.seen.setdefault(str(frame["epoch"]), []).append(int(str(frame["sequence"])))

    def lost(self) -> int:
        missing = 0
        for numbers in self.seen.values():
            missing += max(numbers) - min(numbers) + 1 - len(set(numbers))
        return missing


async def crowd(url: str, event_id: str, count: int) -> None:
    """Says "ready", and after a line on standard input how many frames each had and lost."""
    watchers: list[Watcher] = []
    async with contextlib.AsyncExitStack() as opened:
        for _ in range(count):
            watcher = Watcher()
            arena = await opened.enter_async_context(ArenaPulse(url, delay_seconds=0.5))
            arena.on("event:capacity", watcher.hear)
            await arena.follow_event(event_id)
            watchers.append(watcher)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        frames = [sum(len(set(n)) for n in w.seen.values()) for w in watchers]
        ends = [max(numbers[-1] for numbers in w.seen.values()) for w in watchers if w.seen]
        print(
            json.dumps(
                {
                    "frames": sum(frames),
                    "fewest": min(frames),
                    "lost": sum(w.lost() for w in watchers),
                    "ends": sorted(set(ends)),
                }
            ),
            flush=True,
        )


@dataclass
class House:
    stack: Stack
    proxy_port: int
    ports: dict[str, int]
    socket: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, colour: str, *, module: str = "arenapulse") -> None:
        words = [module] if module != "arenapulse" else [module, "serve"]
        environment = self.stack.environment | {
            "ARENAPULSE_PORT": str(self.ports[colour]),
            "ARENAPULSE_DRAIN": str(DRAIN_SECONDS),
        }
        self.running[colour] = subprocess.Popen([sys.executable, "-m", *words], env=environment)

    def stop(self, colour: str) -> None:
        child = self.running.pop(colour)
        child.terminate()
        child.wait(60)

    async def release(self, colour: str, *, watch: float) -> tuple[int, str, float]:
        begun = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "arenapulse", "release", colour),
            *("--proxy", str(self.socket), "--watch", str(watch)),
            stdout=subprocess.PIPE,
        )
        said, _ = await asyncio.wait_for(child.communicate(), RELEASE_SECONDS_MAX)
        print(said.decode(), end="", flush=True)
        assert child.returncode is not None
        return child.returncode, said.decode(), time.monotonic() - begun


@contextlib.contextmanager
def proxied(stack: Stack) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="arenapulse-proxy-") as folder:
        house = House(
            stack,
            proxy_port=free_port(),
            ports={"blue": free_port(), "green": free_port()},
            socket=Path(folder) / "admin.sock",
        )
        environment = os.environ | {
            "PROXY_BIND": f"127.0.0.1:{house.proxy_port}",
            "PROXY_SOCKET": str(house.socket),
            "PROXY_STATE": str(house.socket.with_suffix(".state")),
            "PROXY_BLUE": f"127.0.0.1:{house.ports['blue']}",
            "PROXY_GREEN": f"127.0.0.1:{house.ports['green']}",
        }
        configuration = ROOT / "deploy" / "haproxy" / "haproxy.cfg"
        proxy = subprocess.Popen(
            ["/usr/sbin/haproxy", "-db", "-q", "-f", configuration], env=environment
        )
        try:
            yield house
        finally:
            for child in (*house.running.values(), proxy):
                child.terminate()
            for child in (*house.running.values(), proxy):
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()


async def up(house: House, colour: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.ports[colour])
            writer.write(b"GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            line = await reader.readline()
            writer.close()
            if b" 200 " in line:
                return
    raise TimeoutError(f"{colour} does not get ready")


async def story(house: House, *, watch: float) -> list[str]:
    """What happens while orders come; what went wrong."""
    faults: list[str] = []
    house.start("green")
    await up(house, "green")
    code, _, took = await house.release("green", watch=watch)
    print(f"blue became green in {took:.1f} s", flush=True)
    if code != 0:
        faults.append("the good version was taken back")
    await asyncio.to_thread(house.stop, "blue")
    await asyncio.sleep(SETTLE_SECONDS)
    house.start("blue", module="bench.bad_version")
    await up(house, "blue")
    code, _, took = await house.release("blue", watch=watch)
    print(f"the bad version was away {took:.1f} s after it had its first of the traffic")
    if code != 1:
        faults.append("the bad version got through")
    if took > ROLLBACK_SECONDS_MAX:
        faults.append(f"taking it back took {took:.1f} s")
    await asyncio.to_thread(house.stop, "blue")
    await asyncio.sleep(SETTLE_SECONDS)
    return faults


async def rehearse(stack: Stack, house: House, given: argparse.Namespace) -> list[str]:
    db = await asyncpg.connect(stack.settings.database_url)
    world = await make_world(db, stack.settings, sections=(Place(PLENTY),) * 4)
    fans = await make_fans(db, world, FANS)
    await db.close()
    house.start("blue")
    await up(house, "blue")
    await asyncio.sleep(2.0)
    watching = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.rehearse", "--crowd"),
        *(f"http://127.0.0.1:{house.proxy_port}", str(world.event_id), str(given.sockets)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{CLIENT}"},
    )
    assert watching.stdin is not None
    assert watching.stdout is not None
    assert await watching.stdout.readline() == b"ready\n"
    telling = asyncio.create_task(story(house, watch=given.watch))
    results: list[Result] = []
    make = requests(world, fans, USUALLY[0])
    while not telling.done():
        results.append(
            await open_loop(
                house.proxy_port, make, rate=given.rate, connections=CONNECTIONS, seconds=5
            )
        )
    faults = await telling
    await asyncio.sleep(SETTLE_SECONDS)
    watching.stdin.write(b"\n")
    report = json.loads(await watching.stdout.readline())
    await watching.wait()
    return faults + await judge(stack, world, results, report)


async def judge(
    stack: Stack, world: World, results: list[Result], report: dict[str, object]
) -> list[str]:
    sent = sum(sum(result.statuses.values()) for result in results)
    good = sum(result.statuses[201] for result in results)
    latencies = sorted(ms for result in results for ms in result.latencies_ms)
    seconds = sum(result.seconds for result in results)
    print(
        f"{sent:,} orders at {sent / seconds:.0f}/s, {sent - good} failed; p95 "
        f"{latencies[int(len(latencies) * 0.95)]:.0f} ms, slowest {latencies[-1]:.0f} ms\n"
        f"sockets: {report['frames']:,} frames, the fewest of one {report['fewest']}, "
        f"lost {report['lost']}, last frames {report['ends']}"
    )
    faults = [] if sent == good else [f"{sent - good} orders failed"]
    if report["lost"] or len(list(report["ends"])) != 1:  # type: ignore[call-overload]
        faults.append("sockets missed frames")
    return faults + await wrong_totals(stack, world, acknowledged=good)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=int, default=500, help="orders a second")
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--watch", type=float, default=5.0, help="seconds a step")
    parser.add_argument("--crowd", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.crowd:
        url, event_id, count = given.crowd
        uvloop.run(crowd(url, event_id, int(count)))
        return 0
    with running_stack(servers=0) as stack, proxied(stack) as house:
        faults = uvloop.run(rehearse(stack, house, given))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
