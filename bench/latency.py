"""From an order's answer to the screen: through the database, Redis and another process's sockets.

    python -m bench.latency [--quick]

Two server processes, a worker, PostgreSQL and Valkey. Orders of two places go to the first server
by an open loop; the sockets are at the second one, in a process of their own. Twenty of them,
spread over the crowd, note every `event:capacity`. Published → received counts from the frame's own
timestamp. Acknowledged → received counts from the nth 201 of a section to the first frame that
shows n orders' places held there. The coalescing window (100 ms, 250 ms past 1,000 listeners) is
part of the second. Exit 1 only where the last frame is not what was sold.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.load import open_loop
from bench.orders import USUALLY, requests
from bench.stack import Stack, running_stack
from tests.worlds import Place, World, make_fans, make_world

PROBES = 20
AT_ONCE = 50
FANS = 500
# Of each order, as bench.orders makes them.
PLACES = 2
PLENTY = 1_000_000
SETTLE_SECONDS = 2.5
URL = "ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"


class Client(WSListener):
    """Joins the event; a probe keeps its frames with the time that they came."""

    def __init__(self, event_id: str, *, notes: list[tuple[float, float, str]] | None) -> None:
        self.event_id = event_id
        self.notes = notes
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            return
        head = frame.get_payload_as_bytes()[:18]
        if head.startswith(b"0{"):
            transport.send(WSMsgType.TEXT, b"40")
        elif head.startswith(b"40"):
            body = json.dumps(["event:subscribe", {"eventId": self.event_id}])
            transport.send(WSMsgType.TEXT, f"420{body}".encode())
        elif head == b"2":
            transport.send(WSMsgType.TEXT, b"3")
        elif head.startswith(b"430["):
            self.joined.set_result(None)
        elif self.notes is not None and head == b'42["event:capacity':
            text = frame.get_payload_as_utf8_text()
            self.notes.append((time.monotonic(), time.time(), text))


async def crowd(port: int, event_id: str, count: int) -> None:
    """Says "ready" once all are in, and what the probes noted after a line on standard input."""
    every = max(1, count // PROBES)
    clients: list[Client] = []
    for start in range(0, count, AT_ONCE):
        some = [
            Client(event_id, notes=[] if n % every == 0 else None)
            for n in range(start, min(count, start + AT_ONCE))
        ]
        await asyncio.gather(*(ws_connect(lambda c=c: c, URL.format(port=port)) for c in some))
        await asyncio.gather(*(client.joined for client in some))
        clients += some
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps([client.notes for client in clients if client.notes is not None]), flush=True)


@dataclass
class Figures:
    published_ms: list[float] = field(default_factory=list)
    acknowledged_ms: list[float] = field(default_factory=list)
    frames: int = 0
    faults: list[str] = field(default_factory=list)


async def measure(stack: Stack, *, sockets: int, rate: int, seconds: float) -> Figures:
    db = await asyncpg.connect(stack.settings.database_url)
    places = tuple(Place(PLENTY) for _ in range(4))
    world = await make_world(db, stack.settings, sections=places)
    fans = await make_fans(db, world, FANS)
    make = requests(world, fans, USUALLY[0])
    loader = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.latency", "--crowd"),
        *(str(stack.ports[1]), str(world.event_id), str(sockets)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1 << 28,
    )
    assert loader.stdin is not None
    assert loader.stdout is not None
    assert await loader.stdout.readline() == b"ready\n"
    # The number of listeners, which sets the window, is reported every two seconds.
    await asyncio.sleep(SETTLE_SECONDS)
    acks: dict[str, list[float]] = {str(section_id): [] for section_id in world.section_ids}

    def keep(body: bytes) -> None:
        at = body.index(b'"sectionId":"') + 13
        acks[body[at : at + 36].decode()].append(time.monotonic())

    result = await open_loop(
        stack.ports[0], make, rate=rate, connections=64, seconds=seconds, keep=keep
    )
    await asyncio.sleep(SETTLE_SECONDS)
    loader.stdin.write(b"\n")
    notes = json.loads(await loader.stdout.readline())
    await loader.wait()
    found = judge(notes, acks)
    if set(result.statuses) != {201}:
        found.faults.append(f"answers other than 201: {dict(result.statuses)}")
    found.faults += await wrong_ends(db, world, notes)
    await db.close()
    return found


def judge(notes: Sequence[Sequence[Any]], acks: dict[str, list[float]]) -> Figures:
    found = Figures()
    for probe in notes:
        shown = dict.fromkeys(acks, 0)
        for monotonic, wall, text in probe:
            frame = json.loads(text[2:])[1]
            found.frames += 1
            at = dt.datetime.fromisoformat(frame["timestamp"]).timestamp()
            found.published_ms.append((wall - at) * 1000)
            for section in frame["sections"]:
                times = acks[section["sectionId"]]
                before = shown[section["sectionId"]]
                now = section["held"] // PLACES
                # Each order from the last frame's to this one's was first seen here.
                found.acknowledged_ms += [(monotonic - t) * 1000 for t in times[before:now]]
                shown[section["sectionId"]] = max(before, now)
    return found


async def wrong_ends(
    db: asyncpg.Connection, world: World, notes: Sequence[Sequence[Any]]
) -> list[str]:
    free = await db.fetchval(
        "SELECT sum(capacity - held - sold - blocked) FROM stock WHERE event_id = $1",
        world.event_id,
    )
    ends = {json.loads(probe[-1][2][2:])[1]["currentCapacity"] for probe in notes}
    return [] if ends == {free} else [f"{free} places are free, the last frames say {ends}"]


def cells(values: list[float]) -> str:
    ordered = sorted(values) or [float("nan")]
    shares = (ordered[min(len(ordered) - 1, int(len(ordered) * s))] for s in (0.5, 0.95, 0.99))
    return " | ".join(f"{value:.0f}" for value in shares)


async def run(stack: Stack, *, quick: bool) -> list[str]:
    print(
        "| load | frames | published → received p50 ms | p95 | p99 "
        "| acknowledged → received p50 ms | p95 | p99 | goal p95 |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    loads = (
        ("500 orders/s, 2,000 sockets", 200 if quick else 2_000, 500, 20.0, "100 and 350"),
        ("1 order/s, 100 sockets", 100, 1, 40.0, "100 in all"),
    )
    faults: list[str] = []
    for name, sockets, rate, seconds, goal in loads:
        shown = name.replace("2,000", f"{sockets:,}") if rate > 1 else name
        found = await measure(stack, sockets=sockets, rate=rate, seconds=5.0 if quick else seconds)
        faults += found.faults
        print(
            f"| {shown} | {found.frames:,} | {cells(found.published_ms)} "
            f"| {cells(found.acknowledged_ms)} | {goal} |",
            flush=True,
        )
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="200 sockets and 5 s a load")
    parser.add_argument("--crowd", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.crowd:
        port, event_id, count = given.crowd
        uvloop.run(crowd(int(port), event_id, int(count)))
        return 0
    with running_stack(servers=2) as stack:
        faults = uvloop.run(run(stack, quick=given.quick))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
