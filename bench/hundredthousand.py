"""A hundred thousand sockets open at once on this one machine, while it sells.

    python -m bench.hundredthousand               about six minutes; wants 16 GB and nothing beside
    python -m bench.hundredthousand --sockets 2000 --seconds 10        the same, small

One event has a fifth of the watchers, two hundred events share the others. Orders come at 300 a
second: a third for the large event, the others for the small ones, one a second each, so that each
event has a frame every second, made by sales and not for the bench. Servers are `serve --role
realtime` on addresses 127.0.0.x, as many as their file limits ask for; one process sells; a worker,
PostgreSQL and Valkey run beside. Watchers are processes of `watchers.c`. Those of a small event
come to one server, as an ingress that hashes events sends them; the large one's are everywhere.

Printed: how many joined, memory a socket, how late the last receiver of each frame was, deliveries
a second, CPU by kind, and what a second machine would add. Watchers are nicer than all else: they
stand for machines of their own. Exit 1 where one could not connect or was put out, or where a
frame is lost: a sequence that somebody did not have, or a last frame that not all have. Loopback
only; ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import uvloop

from bench.capacity import USED
from bench.load import NextRequest, Result, open_loop
from bench.orders import USUALLY, requests
from bench.stack import TICKS, Stack, cpu_seconds_of, free_port, running_stack, start_server
from tests.worlds import Place, World, make_fans, make_world

LARGE_SHARE = 5
SMALL_EVENTS = 200
RATE = 300
PLENTY = 1_000_000
FANS = 5
AT_ONCE = 64
SETTLE_SECONDS = 8.0
CONNECT_SECONDS_MAX = 900
# A socket has a descriptor and its duplicate; a third of a process's are for sockets.
SHARE = 3
SPARE = 200
MACHINE, INTERRUPTS = "machine", "interrupts"


@dataclass
class Frame:
    watchers: int = 0
    last_ms: float = 0.0


@dataclass
class Crowd:
    """The processes of watchers together."""

    children: list[asyncio.subprocess.Process]
    joined: int = 0
    gone: int = 0
    missed: int = 0
    frames: dict[tuple[str, int], Frame] = field(default_factory=lambda: defaultdict(Frame))

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds_of(child.pid) for child in self.children)

    async def ready(self) -> None:
        for child in self.children:
            assert child.stdout is not None
            line = await asyncio.wait_for(child.stdout.readline(), CONNECT_SECONDS_MAX)
            assert line.startswith(b"ready "), "a crowd did not get in"
            self.joined += int(line.split()[1])

    async def report(self) -> None:
        for child in self.children:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(b"\n")
            while True:
                words = (await child.stdout.readline()).split()
                if words[0] == b"end":
                    self.gone += int(words[2])
                    self.missed += int(words[3])
                    break
                frame = self.frames[words[0].decode(), int(words[1])]
                frame.watchers += int(words[2])
                frame.last_ms = max(frame.last_ms, float(words[3]))
            await child.wait()


@dataclass(frozen=True)
class Group:
    host: str
    port: int
    count: int
    event: str

    def line(self) -> str:
        return f"{self.host} {self.port} {self.count} {self.event}\n"


def spread(worlds: list[World], ports: list[int], *, sockets: int) -> list[Group]:
    """Who watches what, and by which server."""
    places = [(f"127.0.0.{2 + number}", port) for number, port in enumerate(ports)]
    large, *small = worlds
    groups: list[Group] = []
    left = sockets // LARGE_SHARE
    for number, (host, port) in enumerate(places):
        count = left // (len(places) - number)
        left -= count
        groups.append(Group(host, port, count, str(large.event_id)))
    left = sockets - sockets // LARGE_SHARE
    for number, world in enumerate(small):
        host, port = places[number % len(places)]
        count = left // (len(small) - number)
        left -= count
        groups.append(Group(host, port, count, str(world.event_id)))
    return groups


def crowds_of(groups: list[Group], *, most: int) -> list[list[Group]]:
    """By process, none with more than `most`."""
    made: list[list[Group]] = [[]]
    room = most
    for group in groups:
        left = group.count
        while left:
            if not room:
                made.append([])
                room = most
            count = min(left, room)
            made[-1].append(Group(group.host, group.port, count, group.event))
            room -= count
            left -= count
    return made


async def start_crowd(watchers: Path, groups: list[Group], *, most: int) -> Crowd:
    children: list[asyncio.subprocess.Process] = []
    for number, some in enumerate(crowds_of(groups, most=most)):
        child = await asyncio.create_subprocess_exec(
            *(str(watchers), str(100 + number), str(AT_ONCE)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert child.stdin is not None
        child.stdin.write("".join(group.line() for group in some).encode() + b"\n")
        children.append(child)
    return Crowd(children)


def in_turn(makers: list[NextRequest]) -> NextRequest:
    """A third for the first, the others in turn."""
    large, small = makers[0], itertools.cycle(makers[1:])
    count = itertools.count()
    return lambda: large() if next(count) % 3 == 0 else next(small)()


def rss_bytes(stack: Stack) -> int:
    pages = 0
    for name, child in stack.processes.items():
        if name.startswith("realtime"):
            pages += int(Path(f"/proc/{child.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def machine_seconds() -> dict[str, float]:
    """Of all cores: what ran, and of that what the kernel did in nobody's name."""
    line = Path("/proc/stat").read_text().splitlines()[0].split()
    user, nice, system, _, _, hard, soft = (int(word) / TICKS for word in line[1:8])
    return {MACHINE: user + nice + system + hard + soft, INTERRUPTS: hard + soft}


def kernel_bytes() -> int:
    """What the kernel keeps for sockets and everything else of its own."""
    lines = dict(
        line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines() if ":" in line
    )
    return sum(int(lines[name].split()[0]) for name in ("Slab", "KernelStack")) * 1024


async def measure(stack: Stack, watchers: Path, given: argparse.Namespace) -> list[str]:
    db = await asyncpg.connect(stack.settings.database_url)
    makers: list[NextRequest] = []
    worlds: list[World] = []
    for _ in range(SMALL_EVENTS + 1):
        worlds.append(await make_world(db, stack.settings, sections=(Place(PLENTY),)))
        makers.append(requests(worlds[-1], await make_fans(db, worlds[-1], FANS), USUALLY[0]))
    await db.close()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    ports = start_realtime(stack, count=-(-given.sockets // (files // SHARE - SPARE)))
    memory, kernel = rss_bytes(stack), kernel_bytes()
    begun = time.perf_counter()
    groups = spread(worlds, ports, sockets=given.sockets)
    crowd = await start_crowd(watchers, groups, most=files - SPARE)
    await crowd.ready()
    took = time.perf_counter() - begun
    print(
        f"{crowd.joined:,} of {given.sockets:,} sockets open and subscribed after {took:.0f} s, at "
        f"{len(ports)} server processes; "
        f"{(rss_bytes(stack) - memory) / crowd.joined / 1024:.1f} kB a socket in the servers, "
        f"{(kernel_bytes() - kernel) / crowd.joined / 1024:.1f} kB in the kernel for both ends",
        flush=True,
    )
    before = stack.cpu_seconds() | {"watchers": crowd.cpu_seconds()} | machine_seconds()
    result = await open_loop(
        stack.ports[0], in_turn(makers), rate=RATE, connections=64, seconds=given.seconds
    )
    used = stack.cpu_seconds() | {"watchers": crowd.cpu_seconds()} | machine_seconds()
    await asyncio.sleep(SETTLE_SECONDS)
    await crowd.report()
    show(crowd, result, {name: used[name] - before.get(name, 0.0) for name in used})
    return judge(crowd, groups, result, given)


def start_realtime(stack: Stack, *, count: int) -> list[int]:
    ports: list[int] = []
    for number in range(count):
        ports.append(free_port())
        stack.processes[f"realtime {number + 1}"] = start_server(
            ports[-1],
            environment=stack.environment,
            words=("--role", "realtime"),
            ARENAPULSE_HOST=f"127.0.0.{2 + number}",
            ARENAPULSE_SOCKETS="100000",
            ARENAPULSE_CONNECTIONS="100000",
            ARENAPULSE_DB_POOL="2",
        )
    return ports


def show(crowd: Crowd, result: Result, cpu: dict[str, float]) -> None:
    late = sorted(frame.last_ms for frame in crowd.frames.values())
    deliveries = sum(frame.watchers for frame in crowd.frames.values())

    def at(share: float) -> float:
        return late[min(len(late) - 1, int(len(late) * share))] if late else float("nan")

    print(
        f"{len(late):,} frames, {deliveries:,} deliveries, {deliveries / result.seconds:,.0f} a "
        f"second; last receiver p50 {at(0.5):.0f} ms, p95 {at(0.95):.0f}, p99 {at(0.99):.0f}, "
        f"slowest {at(1):.0f}\n"
        f"{sum(result.statuses.values()):,} orders, {dict(result.statuses)}, p95 "
        f"{result.percentile(0.95):.0f} ms\n"
        f"{crowd.missed} sequences missed, {crowd.gone} sockets put out"
    )
    machine, interrupts = (cpu.pop(name) / result.seconds for name in (MACHINE, INTERRUPTS))
    together: dict[str, float] = defaultdict(float)
    for name, seconds in cpu.items():
        together[name.split(" ")[0] if name.startswith("realtime") else name] += seconds
    parts = sorted(together.items(), key=lambda part: -part[1])
    print(
        f"cores, {sum(cpu.values()) / result.seconds:.2f} in all: "
        + ", ".join(f"{name} {seconds / result.seconds:.2f}" for name, seconds in parts)
        + f"; the machine {machine:.2f} of {os.cpu_count()}, {interrupts:.2f} for interrupts"
    )
    print(second_machine(crowd.joined, cores=together["realtime"] / result.seconds))


def second_machine(sockets: int, *, cores: float) -> str:
    """What as many cores with nothing but such servers would carry; `cores` had these sockets."""
    count = os.cpu_count() or 1
    more = round(sockets / cores * count * USED, -3)
    return (
        f"a second machine of {count} cores with nothing but these servers, {USED:.0%} full: "
        f"{more:,.0f} sockets more at that pace"
    )


def judge(
    crowd: Crowd, groups: list[Group], result: Result, given: argparse.Namespace
) -> list[str]:
    faults: list[str] = []
    if crowd.joined != given.sockets or crowd.gone:
        faults.append(f"{given.sockets - crowd.joined} did not get in, {crowd.gone} were put out")
    if crowd.missed:
        faults.append(f"{crowd.missed} frames are lost")
    watching: dict[str, int] = defaultdict(int)
    for group in groups:
        watching[group.event] += group.count
    for event, count in watching.items():
        last = max((sequence for seen, sequence in crowd.frames if seen == event), default=None)
        if last is None:
            faults.append(f"nobody had a frame of {event}")
        elif crowd.frames[event, last].watchers != count:
            faults.append(f"{crowd.frames[event, last].watchers} of {count} have the last frame")
    if set(result.statuses) != {201}:
        faults.append(f"answers other than 201: {dict(result.statuses)}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sockets", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="of selling")
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        watchers = Path(folder) / "watchers"
        source = Path(__file__).with_name("watchers.c")
        subprocess.run(["gcc", "-O2", "-o", watchers, source], check=True)
        with running_stack(servers=1) as stack:
            faults = uvloop.run(measure(stack, watchers, given))
    for fault in faults[:20]:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
