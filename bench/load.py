"""A small HTTP load client: keep-alive connections, whole requests prepared, one process.

About 20 µs of CPU a request, so that what is measured is the server. Closed loop: each connection
sends its next request when it has the answer. Open loop: requests leave on a schedule whatever the
server does, and latency counts from the schedule, so a stall is not hidden.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

NextRequest = Callable[[], bytes]
# With nothing behind it: we send the next request when we have the answer.
_LAST_CHUNK = b"\r\n0\r\n\r\n"
# Request, status and body of every answer.
Hear = Callable[[bytes, int, bytes], None]
# Request, status and milliseconds of every answer.
Time = Callable[[bytes, int, float], None]


@dataclass
class Result:
    seconds: float
    statuses: Counter[int]
    latencies_ms: list[float] = field(repr=False)

    def percentile(self, share: float) -> float:
        if not self.latencies_ms:
            return float("nan")
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self.run = run
        self.buffer = b""
        self.request = b""
        self.sent_at = 0.0
        self.is_waiting = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, *, at: float) -> None:
        assert self.transport is not None
        self.request = request
        self.sent_at = at
        self.is_waiting = True
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if not self.is_waiting:
            # Silent for longer than the server waits: told so, and closed.
            if self in self.run.idle:
                self.run.idle.remove(self)
            return
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        if at >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
        elif self.buffer[9:12] in (b"204", b"304"):
            body = b""
        elif self.buffer.endswith(_LAST_CHUNK):
            # In chunks, as a file that is made while it is sent: kept as it came.
            body = self.buffer[end + 4 :]
        else:
            return
        status = int(self.buffer[9:12])
        self.buffer = b""
        self.is_waiting = False
        self.run.answered(self, status, body)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.run.lost(self)


class _Run:
    def __init__(self, next_request: NextRequest, *, keep: Callable[[bytes], None] | None) -> None:
        self.next_request = next_request
        self.keep = keep
        self.hear: Hear | None = None
        self.time: Time | None = None
        self.statuses: Counter[int] = Counter()
        self.latencies: list[float] = []
        self.stop_at = 0.0
        self.idle: list[_Connection] = []
        self.in_flight = 0
        self.closed_loop = True
        self.done = asyncio.Event()

    def answered(self, connection: _Connection, status: int, body: bytes) -> None:
        now = time.perf_counter()
        self.statuses[status] += 1
        self.latencies.append((now - connection.sent_at) * 1000)
        self.in_flight -= 1
        if self.time is not None:
            self.time(connection.request, status, self.latencies[-1])
        if self.keep is not None and status == 201:
            self.keep(body)
        if self.hear is not None:
            self.hear(connection.request, status, body)
        if self.closed_loop and now < self.stop_at:
            self.in_flight += 1
            connection.send(self.next_request(), at=now)
            return
        self.idle.append(connection)
        if self.in_flight == 0 and now >= self.stop_at:
            self.done.set()

    def lost(self, connection: _Connection) -> None:
        if connection in self.idle:
            self.idle.remove(connection)
        if not connection.is_waiting:
            return
        self.statuses[0] += 1
        self.in_flight -= 1
        if self.in_flight <= 0:
            self.done.set()


async def connect(port: int, run: _Run, count: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    made: list[_Connection] = []
    for _ in range(count):
        _, protocol = await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
        made.append(protocol)
    return made


async def closed_loop(
    port: int,
    next_request: NextRequest,
    *,
    connections: int,
    seconds: float,
    keep: Callable[[bytes], None] | None = None,
    hear: Hear | None = None,
) -> Result:
    run = _Run(next_request, keep=keep)
    run.hear = hear
    made = await connect(port, run, connections)
    started = time.perf_counter()
    run.stop_at = started + seconds
    run.in_flight = len(made)
    for connection in made:
        connection.send(next_request(), at=time.perf_counter())
    await asyncio.wait_for(run.done.wait(), seconds + 30)
    elapsed = time.perf_counter() - started
    _close(made)
    return Result(elapsed, run.statuses, run.latencies)


async def open_loop(
    port: int,
    next_request: NextRequest,
    *,
    rate: int,
    connections: int,
    seconds: float,
    keep: Callable[[bytes], None] | None = None,
    time_each: Time | None = None,
) -> Result:
    """Sends `rate` requests a second; what finds no idle connection waits, and that counts."""
    run = _Run(next_request, keep=keep)
    run.closed_loop = False
    run.time = time_each
    made = await connect(port, run, connections)
    run.idle = list(made)
    started = time.perf_counter()
    run.stop_at = started + seconds
    sent = 0
    total = int(rate * seconds)
    while sent < total:
        now = time.perf_counter()
        due = min(total, int((now - started) * rate) + 1)
        while sent < due and run.idle:
            run.in_flight += 1
            # In turn, so that none is silent for long.
            run.idle.pop(0).send(next_request(), at=started + sent / rate)
            sent += 1
        # Until the next one is due: whoever looks each millisecond takes a tenth of a core for it.
        until_due = started + sent / rate - time.perf_counter()
        await asyncio.sleep(min(0.005, max(0.001, until_due)))
        if time.perf_counter() > run.stop_at + 10:
            break
    # All are sent, early too where they are few: the last answer ends it. A moment with none in
    # flight may have ended it too soon.
    run.stop_at = 0.0
    run.done.clear()
    if run.in_flight:
        await asyncio.wait_for(run.done.wait(), 30)
    elapsed = time.perf_counter() - started
    _close(made)
    return Result(elapsed, run.statuses, run.latencies)


def _close(made: list[_Connection]) -> None:
    for connection in made:
        if connection.transport is not None:
            connection.transport.close()
