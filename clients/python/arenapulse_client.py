"""Follows events of an ArenaPulse server: numbers that are right, or known to be old.

    async with ArenaPulse("https://tickets.example.com", token=None) as arena:
        event = await arena.follow_event(event_id)
        seats = await arena.follow_seats(event_id, section_id)
        arena.on("order:update", print)
        while True:
            await event.changed()
            print(event.current_capacity, event.status, event.live)

Speaks Socket.IO 4 over a websocket; needs `websockets` and nothing else. Frames carry states and a
gap-free sequence: the next one is applied, older ones are ignored, and after a gap, a reconnect or
a `…:position` that is ahead, what was missed is asked for by `since`. Where the server has it no
longer, or its epoch is another, there comes a snapshot. Lost connections are opened anew after 1 to
30 seconds with full jitter. The messages are described in /api/v1/asyncapi.json.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import websockets

ACK_SECONDS_MAX = 15.0
AGAIN_SECONDS = 1.0
FRAME_BYTES_MAX = 4_000_000
PING, PONG = "2", "3"
CONNECT, EVENT, ACK, CONNECT_ERROR = "40", "42", "43", "44"

Message = dict[str, Any]
Connection = websockets.ClientConnection


class RefusedError(Exception):
    """The server said no; `code` is one of the API's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Followed:
    """Something that frames keep up to date."""

    def __init__(self, arena: ArenaPulse) -> None:
        self._arena = arena
        self._news = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None
        self.epoch: str | None = None
        self.confirmed_at = 0.0

    @property
    def live(self) -> bool:
        """Nothing is known to be missing and the connection stands."""
        return self._arena.connected and self._asking is None and self.epoch is not None

    @property
    def age_seconds(self) -> float:
        """How long ago the server last confirmed these numbers."""
        return time.monotonic() - self.confirmed_at

    async def changed(self) -> None:
        """Waits for the next change."""
        self._news.clear()
        await self._news.wait()

    def ask(self) -> None:
        """Asks the server for what is missing, unless that is under way."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())

    def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def first(self) -> None:
        """Raises `RefusedError` if the server does not let us follow this."""
        if not await self._subscribe():
            self.ask()

    async def _ask(self) -> None:
        try:
            while self._arena.connected:
                with contextlib.suppress(RefusedError, TimeoutError, websockets.ConnectionClosed):
                    if await self._subscribe():
                        return
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            self._asking = None

    async def _subscribe(self) -> bool:
        raise NotImplementedError

    def _confirm(self) -> None:
        self.confirmed_at = time.monotonic()

    def _tell(self) -> None:
        self._confirm()
        self._news.set()


class EventState(Followed):
    """An event's places, its status and its prices."""

    def __init__(self, arena: ArenaPulse, event_id: str) -> None:
        super().__init__(arena)
        self.event_id = event_id
        self.current_capacity = 0
        self.sections: dict[str, Message] = {}
        self.status: str | None = None
        self.pricing_tiers: list[Message] = []
        self.sequences: dict[str, int] = {}

    async def _subscribe(self) -> bool:
        body: Message = {"eventId": self.event_id}
        if self.sequences:
            body["since"] = dict(self.sequences)
        ack = await self._arena.call("event:subscribe", body, then=self._begin)
        if "snapshot" in ack:
            await self._read_event()
        # Without sequences Redis is away: these numbers are right, but none will follow. Without
        # an epoch the replay was of another one.
        return bool(self.sequences)

    def _begin(self, ack: Message) -> None:
        if "snapshot" in ack:
            self.epoch = ack["epoch"]
            self.sequences = {k: n for k, n in ack["sequences"].items() if n is not None}
            self._show(ack["snapshot"])
        elif ack["epoch"] == self.epoch:
            # The missed frames follow.
            self._confirm()
        else:
            self.epoch, self.sequences = None, {}

    async def _read_event(self) -> None:
        """Status and prices have no snapshot of their own."""
        found = await self._arena.get(f"/api/v1/events/{self.event_id}")
        if found is not None:
            self.status, self.pricing_tiers = found["status"], found["pricingTiers"]
            self._tell()

    def hear(self, name: str, frame: Message) -> None:
        if name == "event:position":
            ahead = any(n != self.sequences.get(k) for k, n in frame["sequences"].items())
            if frame["epoch"] != self.epoch or ahead:
                self.ask()
            else:
                self._confirm()
            return
        kind = name.removeprefix("event:")
        last = self.sequences.get(kind)
        if frame["epoch"] != self.epoch or last is None or frame["sequence"] > last + 1:
            self.ask()
        elif frame["sequence"] == last + 1:
            self.sequences[kind] = last + 1
            if kind == "capacity":
                self._show(frame)
            else:
                self._update(frame["data"])

    def _show(self, frame: Message) -> None:
        self.current_capacity = frame["currentCapacity"]
        self.sections |= {section["sectionId"]: section for section in frame["sections"]}
        self._tell()

    def _update(self, data: Message) -> None:
        self.status = data.get("status", self.status)
        self.pricing_tiers = data.get("price", {}).get("pricingTiers", self.pricing_tiers)
        self._tell()


class SeatState(Followed):
    """The seats of a section: a letter each, by row. F free, H held, S sold, B blocked."""

    def __init__(self, arena: ArenaPulse, event_id: str, section_id: str) -> None:
        super().__init__(arena)
        self.event_id = event_id
        self.section_id = section_id
        self.rows: dict[str, str] = {}
        self.sequence: int | None = None

    async def _subscribe(self) -> bool:
        body: Message = {"eventId": self.event_id, "sectionId": self.section_id}
        if self.sequence is not None:
            body["since"] = self.sequence
        await self._arena.call("seats:subscribe", body, then=self._begin)
        return self.sequence is not None

    def _begin(self, ack: Message) -> None:
        if "snapshot" in ack:
            self.epoch, self.sequence = ack["epoch"], ack["sequence"]
            self.rows = {row["label"]: row["seats"] for row in ack["snapshot"]["rows"]}
            self._tell()
        elif ack["epoch"] == self.epoch:
            self._confirm()
        else:
            self.epoch, self.sequence = None, None

    def hear(self, name: str, frame: Message) -> None:
        last = self.sequence
        if name == "seats:position":
            if (frame["epoch"], frame["sequence"]) != (self.epoch, last):
                self.ask()
            else:
                self._confirm()
        elif frame["epoch"] != self.epoch or last is None or frame["sequence"] > last + 1:
            self.ask()
        elif frame["sequence"] == last + 1:
            self.sequence = last + 1
            for row, seat, state in frame["changes"]:
                letters = self.rows[row]
                self.rows[row] = letters[: seat - 1] + state + letters[seat:]
            self._tell()


class ArenaPulse:
    """One connection. `delay_seconds` is the first pause before a reconnect, doubled up to 30."""

    def __init__(self, url: str, *, token: str | None = None, delay_seconds: float = 1.0) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.connected = False
        self._delay_seconds = delay_seconds
        self._connection: Connection | None = None
        self._acks: dict[int, tuple[asyncio.Future[Message], Callable[[Message], None] | None]] = {}
        self._numbers = itertools.count(1)
        self._events: dict[str, EventState] = {}
        self._seats: dict[tuple[str, str], SeatState] = {}
        self._handlers: dict[str, list[Callable[[Message], object]]] = {}
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Raises `RefusedError` for a bad token, `OSError` where there is no server."""
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(opened))
        await opened
        return self

    async def __aexit__(self, *_error: object) -> None:
        for followed in self._followed():
            followed.stop()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    def on(self, name: str, handler: Callable[[Message], object]) -> None:
        """Calls `handler` with every message of this name."""
        self._handlers.setdefault(name, []).append(handler)

    async def follow_event(self, event_id: str) -> EventState:
        """Raises `RefusedError`."""
        state = self._events.get(event_id)
        if state is None:
            state = self._events[event_id] = EventState(self, event_id)
            await state.first()
        return state

    async def follow_seats(self, event_id: str, section_id: str) -> SeatState:
        """Raises `RefusedError`."""
        state = self._seats.get((event_id, section_id))
        if state is None:
            state = self._seats[event_id, section_id] = SeatState(self, event_id, section_id)
            await state.first()
        return state

    async def renew(self, token: str) -> None:
        """A fresh token, after `auth:expired` and before. Raises `RefusedError`."""
        self.token = token
        await self.call("auth:refresh", {"token": token})

    async def call(
        self, name: str, body: Message, *, then: Callable[[Message], None] | None = None
    ) -> Message:
        """The ack; `then` has it before any frame that follows it.

        Raises `RefusedError`, `TimeoutError` and `websockets.ConnectionClosed`.
        """
        connection = self._connection
        if connection is None:
            raise websockets.ConnectionClosedError(None, None)
        number = next(self._numbers)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._acks[number] = (answer, then)
        try:
            await connection.send(f"{EVENT}{number}{json.dumps([name, body])}")
            async with asyncio.timeout(ACK_SECONDS_MAX):
                ack = await answer
        finally:
            self._acks.pop(number, None)
        if not ack.get("ok"):
            raise RefusedError(ack["error"]["code"], ack["error"]["message"])
        return ack

    async def get(self, path: str) -> Message | None:
        """`data` of a GET, None where that does not succeed."""
        return await asyncio.to_thread(self._get, path)

    def _get(self, path: str) -> Message | None:
        request = urllib.request.Request(self.url + path)  # noqa: S310 - the server's own address
        if self.token is not None:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=ACK_SECONDS_MAX) as answer:  # noqa: S310
                data: Message = json.load(answer)["data"]
                return data
        except (OSError, ValueError, KeyError):
            return None

    def _followed(self) -> list[Followed]:
        return [*self._events.values(), *self._seats.values()]

    async def _run(self, opened: asyncio.Future[None]) -> None:
        attempt = 0
        while True:
            try:
                await self._connect_once(opened)
                attempt = 0
            except (OSError, ValueError, websockets.WebSocketException, RefusedError) as error:
                if not opened.done():
                    opened.set_exception(error)
                    return
            finally:
                self._disconnected()
            ceiling = min(30.0, self._delay_seconds * 2**attempt)
            await asyncio.sleep(random.uniform(0, ceiling))  # noqa: S311 - spreads load
            attempt += 1

    async def _connect_once(self, opened: asyncio.Future[None]) -> None:
        parts = urlsplit(self.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        address = urlunsplit((scheme, parts.netloc, "/socket.io/", "EIO=4&transport=websocket", ""))
        async with websockets.connect(
            address, ping_interval=None, max_size=FRAME_BYTES_MAX, open_timeout=ACK_SECONDS_MAX
        ) as connection:
            hello = json.loads(str(await connection.recv())[1:])
            silence = (hello["pingInterval"] + hello["pingTimeout"]) / 1000
            auth = "" if self.token is None else json.dumps({"token": self.token})
            await connection.send(CONNECT + auth)
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    # The server pings: who hears nothing for so long is cut off.
                    async with asyncio.timeout(silence):
                        text = str(await connection.recv())
                    if text == PING:
                        await connection.send(PONG)
                    elif text.startswith(CONNECT):
                        self._established(connection, opened)
                    else:
                        self._receive(text)

    def _established(self, connection: Connection, opened: asyncio.Future[None]) -> None:
        self._connection, self.connected = connection, True
        if opened.done():
            for followed in self._followed():
                followed.ask()
        else:
            opened.set_result(None)

    def _disconnected(self) -> None:
        self._connection, self.connected = None, False
        for answer, _ in self._acks.values():
            if not answer.done():
                answer.set_exception(websockets.ConnectionClosedError(None, None))

    def _receive(self, text: str) -> None:
        if text.startswith(ACK):
            at = text.index("[")
            answer, then = self._acks.get(int(text[2:at]), (None, None))
            if answer is not None and not answer.done():
                ack = json.loads(text[at:])[0]
                if then is not None and ack.get("ok"):
                    then(ack)
                answer.set_result(ack)
        elif text.startswith(EVENT):
            name, message = json.loads(text[2:])
            self._hear(name, message)
        elif text.startswith(CONNECT_ERROR):
            said = json.loads(text[2:])
            raise RefusedError(said.get("data", {}).get("code", "SYS001"), said["message"])

    def _hear(self, name: str, message: Message) -> None:
        followed: EventState | SeatState | None = None
        if name.startswith("event:"):
            followed = self._events.get(message["eventId"])
        elif name.startswith("seats:"):
            followed = self._seats.get((message["eventId"], message["sectionId"]))
        if followed is not None:
            followed.hear(name, message)
        for handler in self._handlers.get(name, ()):
            handler(message)
