"""One connection to an ArenaPulse server, opened anew whenever it is lost."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import urllib.request
from collections.abc import Callable
from typing import Literal, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import websockets

from arenapulse_client.states import (
    EventState,
    Followed,
    Message,
    RefusedError,
    SeatState,
    StaffState,
)

ACK_SECONDS_MAX = 15.0
FRAME_BYTES_MAX = 4_000_000
PING, PONG = "2", "3"
CONNECT, EVENT, ACK, CONNECT_ERROR = "40", "42", "43", "44"

Connection = websockets.ClientConnection
Topic = Literal["gate", "dashboard"]
Key = TypeVar("Key")
State = TypeVar("State", bound=Followed)


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
        self._staff: dict[tuple[str, str], StaffState] = {}
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
        return await _followed_in(self._events, event_id, lambda: EventState(self, event_id))

    async def follow_seats(self, event_id: str, section_id: str) -> SeatState:
        """Raises `RefusedError`."""
        key = (event_id, section_id)
        return await _followed_in(self._seats, key, lambda: SeatState(self, *key))

    async def follow_staff(self, topic: Topic, event_id: str) -> StaffState:
        """What comes in at the gates, or the organizer's figures. Raises `RefusedError`."""
        key = (topic, event_id)
        return await _followed_in(self._staff, key, lambda: StaffState(self, topic, event_id))

    async def renew(self, token: str) -> None:
        """A fresh token, after `auth:expired` and before. Raises `RefusedError`."""
        self.token = token
        await self.call("auth:refresh", {"token": token})
        for state in self._staff.values():
            state.ask()

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
        return [*self._events.values(), *self._seats.values(), *self._staff.values()]

    async def _run(self, opened: asyncio.Future[None]) -> None:
        attempt = 0
        while True:
            try:
                await self._connect_once(opened)
                attempt = 0
            except Exception as error:  # noqa: BLE001 - an odd frame ends a connection, never all of them
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
        self._left()
        for answer, _ in self._acks.values():
            if not answer.done():
                answer.set_exception(websockets.ConnectionClosedError(None, None))

    def _left(self) -> None:
        for state in self._staff.values():
            state.leave()

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
        topic = name.partition(":")[0]
        if topic == "event" and message["eventId"] in self._events:
            self._events[message["eventId"]].hear(name, message)
        elif topic == "seats":
            seats = self._seats.get((message["eventId"], message["sectionId"]))
            if seats is not None:
                seats.hear(name, message)
        elif (topic, message.get("eventId")) in self._staff:
            self._staff[topic, message["eventId"]].hear(message)
        elif name == "auth:expired":
            self._left()
        for handler in self._handlers.get(name, ()):
            handler(message)


async def _followed_in(table: dict[Key, State], key: Key, make: Callable[[], State]) -> State:
    """The one that is followed already, or a new one; who is refused may ask again."""
    state = table.get(key)
    if state is None:
        state = table[key] = make()
        try:
            await state.first()
        except BaseException:
            del table[key]
            raise
    return state
