"""What a process hears from Redis, handed to its sockets; it listens only where somebody is there.

Every channel keeps its last frames, so that a socket which subscribes gets all that came after its
snapshot, in order, whatever arrived while the snapshot was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from typing import Any, Final

from arenapulse.core.ids import EventId, UserId
from arenapulse.realtime.newsroom import Newsroom
from arenapulse.realtime.streams import (
    KINDS,
    Frame,
    Kind,
    Streams,
    event_channel,
    parse,
)
from arenapulse.runtime import log
from arenapulse.runtime.redis import REDIS_ERRORS, Redis
from arenapulse.runtime.socket.server import SocketServer

RECENT_MAX: Final = 256
LISTEN_SECONDS: Final = 1.0
RECONNECT_SECONDS: Final = 0.5
RECONCILE_SECONDS: Final = 5.0
LISTENERS_REPORT_SECONDS: Final = 2.0
SUBSCRIBE_SECONDS_MAX: Final = 2.0
MESSAGE_OF: Final[dict[Kind, str]] = {"capacity": "event:capacity", "update": "event:update"}

_log = log.logger("realtime.broadcast")


def event_room(event_id: EventId) -> str:
    return f"event:{event_id}"


def person_room(user_id: UserId) -> str:
    return f"person:{user_id}"


class Channel:
    """One event as this process hears it."""

    def __init__(self, event_id: EventId) -> None:
        self.event_id = event_id
        self.recent: deque[Frame] = deque(maxlen=RECENT_MAX)
        self.last: dict[Kind, int] = {}
        self.epoch: str | None = None
        self.listening = asyncio.Event()
        self.users = 0

    def hear(self, frame: Frame, *, epoch: str) -> bool:
        """False for what was heard before."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.recent.clear()
            self.last = {}
        if frame.sequence <= self.last.get(frame.kind, 0):
            return False
        self.last[frame.kind] = frame.sequence
        self.recent.append(frame)
        return True


class Broadcast:
    def __init__(
        self, redis: Redis, *, server: SocketServer, streams: Streams, newsroom: Newsroom
    ) -> None:
        self._redis: Any = redis
        self._server = server
        self._streams = streams
        self._newsroom = newsroom
        self._channels: dict[str, Channel] = {}
        self._persons: dict[str, str] = {}
        self._wanted: asyncio.Queue[tuple[bool, str]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._node = secrets.token_hex(6)
        server.on_rooms(opened=self._room_opened, closed=self._room_closed)

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(work)
            for work in (self._listen(), self._reconcile(), self._report_listeners())
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def open(self, event_id: EventId) -> Channel:
        """The event's channel, listened to; keep it open with `hold` until the room is joined."""
        name = event_channel(event_id)
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = Channel(event_id)
            self._wanted.put_nowait((True, name))
        channel.users += 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SUBSCRIBE_SECONDS_MAX):
                await channel.listening.wait()
        return channel

    def release(self, channel: Channel) -> None:
        """The other half of `open`: from here on the room's members keep the channel."""
        channel.users -= 1
        self._let_go(channel)

    def _let_go(self, channel: Channel) -> None:
        if channel.users == 0 and self._server.members(event_room(channel.event_id)) == 0:
            name = event_channel(channel.event_id)
            if self._channels.pop(name, None) is not None:
                self._wanted.put_nowait((False, name))

    def _room_opened(self, room: str) -> None:
        kind, _, subject = room.partition(":")
        if kind == "person":
            name = f"rt:{{{subject}}}:person"
            self._persons[name] = room
            self._wanted.put_nowait((True, name))

    def _room_closed(self, room: str) -> None:
        kind, _, subject = room.partition(":")
        if kind == "person":
            name = f"rt:{{{subject}}}:person"
            self._persons.pop(name, None)
            self._wanted.put_nowait((False, name))
        elif kind == "event":
            channel = self._channels.get(f"rt:{{{subject}}}:frames")
            if channel is not None:
                self._let_go(channel)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except REDIS_ERRORS as error:
                _log.warning("redis is away", error=type(error).__name__)
            for channel in self._channels.values():
                channel.listening.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        pubsub = self._redis.pubsub()
        try:
            # All that is wanted now, whatever was asked before the connection broke.
            while not self._wanted.empty():
                self._wanted.get_nowait()
            # A channel nobody publishes on keeps the connection subscribed to something.
            await pubsub.subscribe(f"rt:node:{self._node}", *self._channels, *self._persons)
            await asyncio.gather(self._receive(pubsub), self._subscribe(pubsub))
        finally:
            with contextlib.suppress(*REDIS_ERRORS):
                await pubsub.aclose()

    async def _subscribe(self, pubsub: Any) -> None:
        while True:
            add, name = await self._wanted.get()
            known = name in self._channels or name in self._persons
            if add and known:
                await pubsub.subscribe(name)
            elif not add and not known:
                await pubsub.unsubscribe(name)

    async def _receive(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(timeout=LISTEN_SECONDS)
            if message is None:
                continue
            name = message["channel"].decode()
            if message["type"] == "subscribe":
                channel = self._channels.get(name)
                if channel is not None:
                    await self._catch_up(channel)
                    channel.listening.set()
            elif message["type"] == "message":
                self._hand_on(name, message["data"])

    def _hand_on(self, name: str, data: bytes) -> None:
        room = self._persons.get(name)
        if room is not None:
            event, payload = data.split(b"\n", 1)
            self._server.emit_local(room, event=event.decode(), payload=payload)
            return
        channel = self._channels.get(name)
        if channel is not None:
            frame, epoch = parse(data)
            self._emit(channel, frame, epoch=epoch)

    def _emit(self, channel: Channel, frame: Frame, *, epoch: str) -> None:
        if channel.hear(frame, epoch=epoch):
            self._server.emit_local(
                event_room(channel.event_id), event=MESSAGE_OF[frame.kind], payload=frame.payload
            )

    async def _catch_up(self, channel: Channel) -> None:
        """After a lost connection: what was published meanwhile, or a fresh picture for all."""
        position = await self._streams.position(channel.event_id)
        if channel.epoch == position.epoch:
            for kind in KINDS:
                missed = await self._streams.since(
                    channel.event_id,
                    kind=kind,
                    sequence=channel.last.get(kind, position.sequences[kind]),
                    position=position,
                )
                for frame in missed or ():
                    self._emit(channel, frame, epoch=position.epoch)
        self._newsroom.touch(channel.event_id)

    async def _reconcile(self) -> None:
        """Looks whether the last frame still says what the rows say, wherever somebody listens."""
        while True:
            await asyncio.sleep(RECONCILE_SECONDS)
            for channel in list(self._channels.values()):
                self._newsroom.touch(channel.event_id)

    async def _report_listeners(self) -> None:
        while True:
            for channel in list(self._channels.values()):
                members = self._server.members(event_room(channel.event_id))
                with contextlib.suppress(*REDIS_ERRORS):
                    await self._streams.report_listeners(
                        channel.event_id, node=self._node, count=members
                    )
            await asyncio.sleep(LISTENERS_REPORT_SECONDS)
