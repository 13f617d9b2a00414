"""How long until the last of many sockets has a frame: our server, stock python-socketio, Node.

    python -m bench.fanout            1,000, 5,000 and 10,000 sockets, interleaved; ~10 minutes
    python -m bench.fanout --quick    1,000 sockets, a few frames, 20 s
    python -m bench.fanout --servers fanout --sizes 2000 --rounds 2 --at-once 2000 --no-knee
                                      a storm: all of them reconnect at the same moment

Each run connects a crowd of `wsload.c`, lets the server emit frames of ~220 bytes to one room, and
takes the lateness of the last receiver of each. The crowd has one core and a single server another:
left to the scheduler, a burst of writes pulls the reader to the writer's core. The servers take
turns, so that a slow phase of the machine meets all of them; figures are over all frames of all
rounds. `fanout×2` is two processes with half of the sockets each, told to emit at the same moments,
free to run where they like. Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import msgspec
import socketio
import uvicorn
import uvloop

from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.server import make_server, tune_gc, uvicorn_options

ROOT = Path(__file__).parent.parent
NODE_FOLDER = ROOT / "tests" / "socket" / "client"
HOST = "127.0.0.1"
PAD = "x" * 160
ROOM = "hall"
FRAME_GAP_SECONDS = 0.05
READY_SECONDS_MAX = 90.0
FILES_MAX = 65_536
# The server keeps up if of so many frames 95 % are with their last receiver before the next is due.
KNEE_FRAMES = 60
KNEE_GAPS_MS = (400, 200, 150, 100, 75, 60, 50, 40, 30, 25, 20, 15, 10)

NODE_SERVER = """
import { createServer } from "http";
import { Server } from "socket.io";
const http = createServer();
const io = new Server(http, { pingInterval: 25000, pingTimeout: 60000 });
io.on("connection", (socket) => {
  socket.on("join", (room, ack) => { socket.join(room); ack(true); });
  socket.on("blast", async ({ frames, gap, pad }) => {
    const begun = performance.now();
    for (let n = 0; n < frames; n++) {
      const wait = Math.max(gap / 5, begun + (n + 1) * gap - performance.now());
      await new Promise((go) => setTimeout(go, wait));
      io.to("hall").emit("frame", { n, t: Number(process.hrtime.bigint()), pad });
    }
  });
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
"""


async def pace(frames: int, gap: float, emit: Any) -> None:
    """Emit on schedule; a server that cannot keep up still gives its sockets a moment."""
    begun = time.monotonic()
    for n in range(frames):
        await asyncio.sleep(max(gap / 5, begun + (n + 1) * gap - time.monotonic()))
        await emit({"n": n, "t": time.monotonic_ns(), "pad": PAD})


def fanout_app() -> tuple[Any, dict[str, Any]]:
    """Our server, without the limits that a crowd on one machine would meet."""
    server = make_server(
        settings=SocketSettings(
            ping_timeout_seconds=60,
            connections_max=100_000,
            connections_per_address_max=100_000,
            handshakes_per_second=1e6,
            handshakes_burst=1_000_000,
        )
    )
    tasks: set[asyncio.Task[None]] = set()

    async def join(sid: str, room: Any) -> dict[str, Any]:
        server.join(sid, room=room)
        return {"ok": True}

    async def emit(payload: dict[str, Any]) -> None:
        server.emit_local(ROOM, event="frame", payload=msgspec.json.encode(payload))

    async def blast(_sid: str, order: Any) -> dict[str, Any]:
        tasks.add(asyncio.create_task(pace(order["frames"], order["gap"] / 1000, emit)))
        return {"ok": True}

    server.on("join", join)
    server.on("blast", blast)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await server.asgi_app(scope, receive, send)

    return app, uvicorn_options(server)


def stock_app() -> tuple[Any, dict[str, Any]]:
    """python-socketio on uvicorn as their documentation shows it, with the faster loop."""
    sio = socketio.AsyncServer(async_mode="asgi", ping_timeout=60)
    tasks: set[asyncio.Task[None]] = set()

    async def join(sid: str, room: str) -> bool:
        await sio.enter_room(sid, room)
        return True

    async def emit(payload: dict[str, Any]) -> None:
        await sio.emit("frame", payload, room=ROOM)

    async def blast(_sid: str, order: Any) -> None:
        tasks.add(asyncio.create_task(pace(order["frames"], order["gap"] / 1000, emit)))

    sio.on("join", join)
    sio.on("blast", blast)
    return socketio.ASGIApp(sio), {"loop": "uvloop", "http": "httptools"}


async def serve(kind: str) -> None:
    # As an operator gives a server; where even root may not, what there is has to do.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, FILES_MAX))
    app, options = fanout_app() if kind == "fanout" else stock_app()
    config = uvicorn.Config(
        app, host=HOST, port=0, log_config=None, access_log=False, lifespan="off", **options
    )
    listener = uvicorn.Server(config)
    running = asyncio.create_task(listener.serve())
    while not listener.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    if kind == "fanout":
        tune_gc()
    print(listener.servers[0].sockets[0].getsockname()[1], flush=True)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), os._exit, 0)
    await running


def pin(pid: int, *, core: int) -> None:
    """Keep a process on one of the cores that we have; the first, or counted from the last."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {cores[core]})


class Process:
    """A server of one kind, with what the kernel says about it."""

    def __init__(self, kind: str, *, alone: bool = True) -> None:
        self.alone = alone
        if kind == "node":
            node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
            command = [node, "--input-type=module", "-e", NODE_SERVER]
        else:
            # As a module: a script's own folder comes first, and has a `queue` of ours.
            command = [sys.executable, "-m", "bench.fanout", "--serve", kind]
        self.process = subprocess.Popen(
            command,
            cwd=NODE_FOLDER if kind == "node" else ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )
        if alone:
            pin(self.process.pid, core=0)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.process.kill()
        self.process.communicate()

    def cpu_seconds(self) -> float:
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self) -> int:
        return int(self._stat()[21]) * os.sysconf("SC_PAGESIZE")

    def _stat(self) -> list[str]:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rsplit(")", 1)[1].split()


@dataclass
class Crowd:
    """One run of wsload against one process."""

    process: Process
    clients: int
    frames: int
    gap_ms: float
    at_once: int
    load: subprocess.Popen[str] = field(init=False)
    bytes_per_socket: float = field(init=False)
    cpu_before: float = field(init=False)

    def enter(self, wsload: Path) -> None:
        seconds_max = self.frames * (self.gap_ms / 1000 + 3) + 10
        order = {"frames": self.frames, "gap": self.gap_ms, "pad": PAD}
        packet = f"42{json.dumps(['blast', order])}"
        rss = self.process.rss_bytes()
        numbers = map(str, (self.process.port, self.clients, self.at_once, self.frames))
        self.load = subprocess.Popen(
            [wsload, HOST, *numbers, f"{seconds_max:.1f}", packet],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.process.alone:
            pin(self.load.pid, core=-1)
        assert self.load.stdout is not None
        line = self.load.stdout.readline()
        assert line == "ready\n", "the crowd did not get in"
        self.bytes_per_socket = (self.process.rss_bytes() - rss) / self.clients
        self.cpu_before = self.process.cpu_seconds()

    def blast(self) -> dict[str, Any]:
        assert self.load.stdin is not None
        assert self.load.stdout is not None
        self.load.stdin.write("go\n")
        self.load.stdin.flush()
        result: dict[str, Any] = json.loads(self.load.stdout.readline())
        result["cpu_s"] = self.process.cpu_seconds() - self.cpu_before
        self.load.communicate("bye\n")
        return result


@dataclass
class Figures:
    """What the rounds of one kind at one size add up to."""

    last_ms: list[float] = field(default_factory=list)
    medians_ms: list[float] = field(default_factory=list)
    incomplete: int = 0
    handshakes: list[float] = field(default_factory=list)
    kilobytes: float = 0.0
    delivered: int = 0
    cpu_s: float = 0.0

    def add(self, crowds: list[Crowd], results: list[dict[str, Any]]) -> None:
        if not self.last_ms:
            self.kilobytes = statistics.mean(c.bytes_per_socket for c in crowds) / 1024
        frames = list(zip(*(r["last_ms"] for r in results), strict=True))
        whole = [max(parts) for parts in frames if None not in parts]
        self.incomplete += len(frames) - len(whole)
        self.last_ms += whole
        if whole:
            self.medians_ms.append(statistics.median(whole))
        self.handshakes.append(sum(r["joined"] / r["connect_s"] for r in results))
        self.delivered += sum(r["delivered"] for r in results)
        self.cpu_s += sum(r["cpu_s"] for r in results)

    def row(self, kind: str, clients: int, knee: str) -> str:
        late = sorted(self.last_ms) or [float("nan")]
        p99 = late[min(len(late) - 1, int(len(late) * 0.99))]
        rounds = statistics.median(self.medians_ms) if self.medians_ms else float("nan")
        cells = [
            kind,
            f"{clients:,}",
            f"{statistics.median(late):.0f}",
            f"{p99:.0f}",
            f"{late[-1]:.0f}",
            f"{rounds:.0f}",
            f"{len(self.last_ms)}" + (f" (+{self.incomplete} lost)" if self.incomplete else ""),
            f"{self.delivered / self.cpu_s:,.0f}" if self.cpu_s else "-",
            knee,
            f"{statistics.median(self.handshakes):,.0f}",
            f"{self.kilobytes:.1f}",
        ]
        return f"| {' | '.join(cells)} |"


HEAD = """
| server | sockets | last p50 ms | p99 | max | median of rounds | frames | deliveries/s/core (CPU) \
| deliveries/s/core at the knee | handshakes/s | kB/socket |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def run(
    wsload: Path,
    processes: list[Process],
    *,
    clients: int,
    frames: int,
    gap_ms: float,
    at_once: int = 100,
) -> tuple[list[Crowd], list[dict[str, Any]]]:
    """One crowd a process; all blasts begin together."""
    each = clients // len(processes)
    crowds = [Crowd(p, each, frames, gap_ms, at_once) for p in processes]
    with ThreadPoolExecutor(len(crowds)) as pool:
        for entered in [pool.submit(c.enter, wsload) for c in crowds]:
            entered.result(READY_SECONDS_MAX)
        blasts = [pool.submit(c.blast) for c in crowds]
        return crowds, [b.result() for b in blasts]


def knee(wsload: Path, processes: list[Process], *, clients: int) -> str:
    """The shortest gap at which the last receiver is done before the next frame is due."""
    best = "-"
    for gap_ms in KNEE_GAPS_MS:
        _, results = run(wsload, processes, clients=clients, frames=KNEE_FRAMES, gap_ms=gap_ms)
        late = [value for r in results for value in r["last_ms"]]
        if None in late or statistics.quantiles(late, n=20)[-1] > gap_ms:
            break
        best = f"{clients * 1000 / gap_ms / len(processes):,.0f} ({gap_ms} ms)"
    return best


def compare(wsload: Path, given: argparse.Namespace) -> list[str]:
    rows: list[str] = []
    for clients in given.sizes:
        figures = {kind: Figures() for kind in given.servers}
        made = {
            kind: [Process(kind.split("×")[0], alone="×" not in kind) for _ in kind.split("×")]
            for kind in given.servers
        }
        try:
            for number in range(given.rounds):
                for kind, processes in made.items():
                    print(f"{clients} sockets, round {number + 1}, {kind}", file=sys.stderr)
                    ran = run(
                        wsload,
                        processes,
                        clients=clients,
                        frames=given.frames,
                        gap_ms=max(FRAME_GAP_SECONDS * 1000, clients / 40),
                        at_once=given.at_once,
                    )
                    figures[kind].add(*ran)
            for kind, processes in made.items():
                wanted = given.knee and kind == "fanout"
                found = knee(wsload, processes, clients=clients) if wanted else "-"
                rows.append(figures[kind].row(kind, clients, found))
        finally:
            for processes in made.values():
                for process in processes:
                    process.__exit__()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--sizes", type=lambda s: [int(n) for n in s.split(",")])
    parser.add_argument("--servers", type=lambda s: s.split(","))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--frames", type=int, help="of each round")
    parser.add_argument("--at-once", type=int, default=100, help="handshakes under way: a storm")
    parser.add_argument("--knee", action=argparse.BooleanOptionalAction)
    parser.add_argument("--serve", choices=["fanout", "stock"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(given.serve))
        return
    quick = given.quick
    has_node = (NODE_FOLDER / "node_modules" / "socket.io").exists()
    kinds = ["fanout", "stock", *(["node"] if has_node else [])]
    given.sizes = given.sizes or ([1_000] if quick else [1_000, 5_000, 10_000])
    given.servers = given.servers or (kinds if quick else [*kinds, "fanout×2"])
    given.rounds = given.rounds or (2 if quick else 5)
    given.frames = given.frames or (10 if quick else 15)
    given.knee = not quick if given.knee is None else given.knee
    with tempfile.TemporaryDirectory() as folder:
        wsload = Path(folder) / "wsload"
        source = Path(__file__).with_name("wsload.c")
        subprocess.run(["gcc", "-O2", "-o", wsload, source], check=True)
        print(HEAD.strip())
        for row in compare(wsload, given):
            print(row, flush=True)


if __name__ == "__main__":
    main()
