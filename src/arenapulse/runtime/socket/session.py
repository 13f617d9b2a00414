"""An engine session's own half: where its packets go, and what it has yet to handle."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from arenapulse.runtime.socket import limits, packets
from arenapulse.runtime.socket.packets import CountedQueue
from arenapulse.runtime.socket.wire import Wire, frame

_tasks: set[asyncio.Task[Any]] = set()


def spawn(work: Any) -> None:
    """Run a coroutine by itself; the loop alone would keep a weak reference only."""
    task = asyncio.ensure_future(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


class StockOutlet:
    """A stock engine session as the fan-out sees it: always a queue, which its writer empties."""

    wire: Wire | None = None

    def __init__(self, session: Any) -> None:
        self._session = session

    def backlog(self) -> int:
        return self._session.queue.backlog()

    def push(self, text: str) -> None:
        if self._session.closed or self._session.closing:
            return
        if self.backlog() >= limits.BACKLOG_BYTES_MAX:
            self.cut()
        else:
            self._session.queue.put_nowait(packets.message(text))

    def push_frame(self, text: str, framed: bytes) -> None:
        del framed
        self.push(text)

    def cut(self) -> None:
        spawn(self._end(abort=True))

    def end(self) -> None:
        spawn(self._end(abort=False))

    async def _end(self, *, abort: bool) -> None:
        await self._session.close(wait=False, abort=abort)
        # Ends the writer, which then closes the websocket.
        self._session.queue.put_nowait(None)


class WireSession:
    """Writes to its websocket itself once there is one; until then polling fetches a queue."""

    closing: bool
    closed: bool
    connected: bool
    upgrading: bool
    upgraded: bool

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self.pong_due = 0.0
        # Made when needed: 2 kB that a session born as a websocket never uses.
        self._queue: CountedQueue | None = None
        self._inbox: deque[Any] | None = None
        self._pump_task: asyncio.Task[None] | None = None

    async def deliver(self, data: Any) -> None:
        raise NotImplementedError

    def cut(self) -> None:
        raise NotImplementedError

    @property
    def queue(self) -> CountedQueue:
        if self._queue is None:
            self._queue = CountedQueue()
        return self._queue

    def backlog(self) -> int:
        return self.queue.backlog() if self.wire is None else self.wire.backlog()

    def push(self, text: str) -> None:
        if self.wire is None:
            self.enqueue(packets.message(text))
        else:
            self.wire.write(frame(b"4" + text.encode()))

    def push_frame(self, text: str, framed: bytes) -> None:
        if self.wire is None:
            self.enqueue(packets.message(text))
        else:
            self.wire.write(framed)

    async def send(self, pkt: Any) -> None:
        if self.wire is None:
            self.enqueue(pkt)
        else:
            self.wire.write(packets.framed(pkt))

    def enqueue(self, packet: Any) -> None:
        if self.closed or self.closing:
            return
        if self.backlog() >= limits.BACKLOG_BYTES_MAX:
            self.cut()
        else:
            self.queue.put_nowait(packet)

    def is_over(self) -> bool:
        return self.closed or self.closing

    def ping(self) -> None:
        if self.wire is None:
            self.enqueue(packets.engine(packets.PING))
        else:
            self.wire.write(packets.PING_FRAME)

    def attach(self, wire: Wire) -> None:
        """From here on packets go to the websocket; first those that polling did not fetch."""
        self.connected = self.upgraded = True
        self.upgrading = False
        self.wire = wire
        queue, self._queue = self._queue, None
        if queue is None:
            return
        while not queue.empty():
            packet = queue.get_nowait()
            if packet is not None and packet.packet_type != packets.NOOP:
                wire.write(packets.framed(packet))
        # A GET that still waits would close the session when its time is up.
        queue.put_nowait(None)

    def release_poll(self) -> None:
        """Let a waiting GET return so that the client can pause polling."""
        self.upgrading = True
        self.enqueue(packets.engine(packets.NOOP))

    def accept(self, data: Any) -> bool:
        """Queue what came for its handlers, in order; False when reading should pause."""
        if self.closing:
            return True
        if self._inbox is None:
            self._inbox = deque()
        self._inbox.append(data)
        if self._pump_task is None:
            self._pump_task = asyncio.create_task(self._pump())
        return len(self._inbox) < limits.INBOX_MAX

    async def _pump(self) -> None:
        inbox = self._inbox
        try:
            while inbox and not self.closing:
                await self.deliver(inbox.popleft())
        finally:
            self._pump_task = self._inbox = None
            transport = None if self.wire is None else self.wire.transport
            if transport is not None and not transport.is_closing():
                transport.resume_reading()

    async def handlers_done(self, *, seconds_max: float) -> None:
        """Wait for a handler that is still at it, unless it is the one that asks."""
        pump = self._pump_task
        if pump is not None and pump is not asyncio.current_task():
            await asyncio.wait({pump}, timeout=seconds_max)
