"""What is followed: an event's numbers, a section's seats, what its staff hears."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

import websockets

AGAIN_SECONDS = 1.0

Message = dict[str, Any]


class RefusedError(Exception):
    """The server said no; `code` is one of the API's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Line(Protocol):
    """The connection that frames come by."""

    @property
    def connected(self) -> bool: ...
    async def call(
        self, name: str, body: Message, *, then: Callable[[Message], None] | None = None
    ) -> Message: ...
    async def get(self, path: str) -> Message | None: ...


class Followed(abc.ABC):
    """Something that frames keep up to date."""

    def __init__(self, arena: Line) -> None:
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

    @abc.abstractmethod
    async def _subscribe(self) -> bool:
        """Asks for what is missing; False where nothing will follow, so that one asks again."""

    def _confirm(self) -> None:
        self.confirmed_at = time.monotonic()

    def _tell(self) -> None:
        self._confirm()
        self._news.set()


class EventState(Followed):
    """An event's places, its status and its prices."""

    def __init__(self, arena: Line, event_id: str) -> None:
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

    def __init__(self, arena: Line, event_id: str, section_id: str) -> None:
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


class StaffState(Followed):
    """The newest `gate:update` or `dashboard:update` of an event; no sequence, each says it all."""

    def __init__(self, arena: Line, topic: Literal["gate", "dashboard"], event_id: str) -> None:
        super().__init__(arena)
        self.topic = topic
        self.event_id = event_id
        self.latest: Message | None = None
        self._joined = False

    @property
    def live(self) -> bool:
        """The server sends us what changes."""
        return self._arena.connected and self._asking is None and self._joined

    def leave(self) -> None:
        """The server has put us out: with the token that ran out, or with the connection."""
        self._joined = False

    async def _subscribe(self) -> bool:
        await self._arena.call(f"{self.topic}:subscribe", {"eventId": self.event_id})
        self._joined = True
        self._confirm()
        return True

    def hear(self, frame: Message) -> None:
        self.latest = frame
        self._tell()
