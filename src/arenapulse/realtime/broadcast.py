"""What a process hears from Redis, handed to its sockets; it listens only where somebody is there.

Every channel keeps its last frames, so that a socket which subscribes gets all that came after its
snapshot, in order, whatever arrived while the snapshot was read. After some silence a channel's
sockets are told the last sequences, which reveals what anybody missed without a sign.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import Any, Final

import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import EventId, SectionId
from arenapulse.realtime.channels import (
    MESSAGE_OF,
    Channel,
    ToldRoom,
    staff_room,
    staff_topic_of,
    told_channel_of,
)
from arenapulse.realtime.newsroom import Newsroom
from arenapulse.realtime.schemas import EventPosition, SeatsPosition, Sequences
from arenapulse.realtime.seatframes import SeatFrames
from arenapulse.realtime.seatstreams import SeatMark, SeatStreams
from arenapulse.realtime.streams import EVENT_KINDS, Frame, Position, StaffTopic, Streams, parse
from arenapulse.runtime import log
from arenapulse.runtime.redis import REDIS_ERRORS, Redis, messages
from arenapulse.runtime.siblings import each, end, keep, survive, together
from arenapulse.runtime.socket.server import SocketServer

RECONNECT_SECONDS: Final = 0.5
RECONCILE_SECONDS: Final = 5.0
LISTENERS_REPORT_SECONDS: Final = 2.0
SUBSCRIBE_SECONDS_MAX: Final = 2.0
SILENCE_SECONDS: Final = 10.0
SILENCE_TICK_SECONDS: Final = 1.0

_ENCODER: Final = msgspec.json.Encoder()
_log = log.logger("realtime.broadcast")


class Broadcast:
    def __init__(
        self,
        redis: Redis,
        *,
        server: SocketServer,
        streams: Streams,
        seats: SeatStreams,
        newsroom: Newsroom,
        seating: SeatFrames,
    ) -> None:
        self._redis: Any = redis
        self._server = server
        self._streams = streams
        self._seats = seats
        self._newsroom = newsroom
        self._seating = seating
        self._channels: dict[str, Channel] = {}
        self._by_room: dict[str, Channel] = {}
        # Rooms of persons and of staff, by their channel.
        self._told: dict[str, ToldRoom] = {}
        # Changes for the connection that stands; a new one subscribes to all there is by then.
        self._wanted: asyncio.Queue[tuple[bool, str]] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._node = secrets.token_hex(6)
        server.on_rooms(opened=self._room_opened, closed=self._room_closed)

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(keep(f"broadcast.{what}", work, pause=pause))
            for what, work, pause in (
                ("listen", self._listen, RECONNECT_SECONDS),
                ("reconcile", self._reconcile, RECONCILE_SECONDS),
                ("listeners", self._report_listeners, LISTENERS_REPORT_SECONDS),
                ("silence", self._break_silence, SILENCE_TICK_SECONDS),
            )
        ]

    async def stop(self) -> None:
        await end(self._tasks)

    async def open(self, event_id: EventId, *, section_id: SectionId | None = None) -> Channel:
        """The channel, listened to; keep it until the room is joined, then `release` it.

        Raises `NotFound` for what is no section with seats: every process hears what is watched.
        """
        if section_id is not None:
            await self._seating.require(event_id, section_id=section_id)
        made = Channel(event_id, section_id=section_id)
        channel = self._channels.setdefault(made.name, made)
        channel.users += 1
        if channel is made:
            self._by_room[made.room] = made
            self._want(made.name, True)
        try:
            await _listened_to(channel)
            if section_id is not None:
                # Said before the states are read: what is published later is published for us.
                with contextlib.suppress(*REDIS_ERRORS):
                    await self._seats.watch(event_id, section_ids=[section_id])
        except BaseException:
            self.release(channel)
            raise
        return channel

    async def told(self, room: str) -> None:
        """Returns when what is said to a room of a person or of staff arrives here.

        Whoever reads after that misses nothing: it has no sequence that would show a gap.
        """
        name = told_channel_of(room)
        told = None if name is None else self._told.get(name)
        if told is not None:
            await _listened_to(told)

    def staffed(self, topic: StaffTopic) -> list[EventId]:
        """The events whose staff room of this topic has somebody at this process."""
        topics = (staff_topic_of(told.room) for told in self._told.values())
        return [staff[1] for staff in topics if staff is not None and staff[0] == topic]

    def tell_staff(self, event_id: EventId, *, topic: StaffTopic, payload: bytes) -> None:
        """To those of them who are connected to this process."""
        room = staff_room(topic, event_id)
        self._server.emit_local(room, event=f"{topic}:update", payload=payload)

    def release(self, channel: Channel) -> None:
        """The other half of `open`: from here on the room's members keep the channel."""
        channel.users -= 1
        self._let_go(channel)

    def _let_go(self, channel: Channel) -> None:
        if channel.users == 0 and self._server.members(channel.room) == 0:
            self._by_room.pop(channel.room, None)
            if self._channels.pop(channel.name, None) is not None:
                self._want(channel.name, False)

    def _room_opened(self, room: str) -> None:
        name = told_channel_of(room)
        if name is not None:
            self._told[name] = ToldRoom(room)
            self._want(name, True)

    def _room_closed(self, room: str) -> None:
        name = told_channel_of(room)
        if name is not None:
            self._told.pop(name, None)
            self._want(name, False)
            return
        channel = self._by_room.get(room)
        if channel is not None:
            self._let_go(channel)

    def _want(self, name: str, add: bool) -> None:
        if self._wanted is not None:
            self._wanted.put_nowait((add, name))

    async def _listen(self) -> None:
        """Over one connection, until that is lost."""
        pubsub = self._redis.pubsub()
        wanted = self._wanted = asyncio.Queue[tuple[bool, str]]()
        try:
            # A channel nobody publishes on keeps the connection subscribed to something.
            await pubsub.subscribe(f"rt:node:{self._node}", *self._channels, *self._told)
            await together(self._receive(pubsub), self._subscribe(pubsub, wanted))
        finally:
            self._wanted = None
            for heard in (*self._channels.values(), *self._told.values()):
                heard.listening.clear()
            with contextlib.suppress(*REDIS_ERRORS):
                await pubsub.aclose()

    async def _subscribe(self, pubsub: Any, wanted: asyncio.Queue[tuple[bool, str]]) -> None:
        while True:
            add, name = await wanted.get()
            known = name in self._channels or name in self._told
            if add and known:
                await pubsub.subscribe(name)
            elif not add and not known:
                await pubsub.unsubscribe(name)

    async def _receive(self, pubsub: Any) -> None:
        async for message in messages(pubsub):
            name = message["channel"].decode()
            if message["type"] == "subscribe":
                await self._begin(name)
            elif message["type"] == "message":
                try:
                    self._hand_on(name, message["data"])
                except (ValueError, KeyError) as error:
                    _log.warning("what is no frame was ignored", error=type(error).__name__)

    async def _begin(self, name: str) -> None:
        """One channel that cannot be read is heard all the same, and deafens no other."""
        told = self._told.get(name)
        if told is not None:
            told.listening.set()
        channel = self._channels.get(name)
        if channel is None:
            return
        if not await survive("broadcast.begin", self._catch_up(channel)):
            channel.spoke_at = -SILENCE_SECONDS  # so it is tried again at the next tick
        channel.listening.set()

    def _hand_on(self, name: str, data: bytes) -> None:
        told = self._told.get(name)
        if told is not None:
            event, payload = data.split(b"\n", 1)
            self._server.emit_local(told.room, event=event.decode(), payload=payload)
            return
        channel = self._channels.get(name)
        if channel is not None:
            frame, epoch = parse(data)
            self._emit(channel, frame, epoch=epoch)

    def _emit(self, channel: Channel, frame: Frame, *, epoch: str) -> None:
        if channel.hear(frame, epoch=epoch):
            channel.spoke_at = clock.monotonic_seconds()
            self._server.emit_local(
                channel.room, event=MESSAGE_OF[frame.kind], payload=frame.payload
            )

    async def _catch_up(self, channel: Channel) -> None:
        """After a lost connection: what was published meanwhile, or that all began anew."""
        if channel.section_id is None:
            await self._catch_up_event(channel)
            self._newsroom.touch(channel.event_id)
        else:
            await self._catch_up_seats(channel, section_id=channel.section_id)

    async def _catch_up_event(self, channel: Channel) -> None:
        at = await self._streams.position(channel.event_id)
        if channel.epoch == at.epoch:
            for kind in EVENT_KINDS:
                missed = await self._streams.since(
                    channel.event_id, kind=kind, sequence=channel.last.get(kind, 0), position=at
                )
                self._emit_missed(channel, missed, epoch=at.epoch)
        else:
            channel.begin(at.epoch, at=at.sequences)
        self._say_event_position(channel, at)

    async def _catch_up_seats(self, channel: Channel, *, section_id: SectionId) -> None:
        at = await self._seats.position(channel.event_id, section_id=section_id)
        if channel.epoch == at.epoch:
            missed = await self._seats.since(
                channel.event_id,
                section_id=section_id,
                sequence=channel.last.get("seats", 0),
                mark=at,
            )
            self._emit_missed(channel, missed, epoch=at.epoch)
        else:
            channel.begin(at.epoch, at={"seats": at.sequence})
        self._say_seats_position(channel, at, section_id=section_id)

    def _emit_missed(self, channel: Channel, missed: list[Frame] | None, *, epoch: str) -> None:
        for frame in missed or ():
            self._emit(channel, frame, epoch=epoch)

    def _say_event_position(self, channel: Channel, at: Position) -> None:
        sequences = Sequences(at.sequences["capacity"], at.sequences["update"])
        told = EventPosition(channel.event_id, sequences, at.epoch)
        self._say(channel, event="event:position", told=told)

    def _say_seats_position(self, channel: Channel, at: SeatMark, *, section_id: SectionId) -> None:
        told = SeatsPosition(channel.event_id, section_id, at.sequence, at.epoch)
        self._say(channel, event="seats:position", told=told)

    def _say(self, channel: Channel, *, event: str, told: msgspec.Struct) -> None:
        channel.spoke_at = clock.monotonic_seconds()
        self._server.emit_local(channel.room, event=event, payload=_ENCODER.encode(told))

    async def _break_silence(self) -> None:
        """What a channel missed is fetched, and its sockets learn where it stands."""
        late = clock.monotonic_seconds() - SILENCE_SECONDS
        silent = [
            channel
            for channel in self._channels.values()
            if channel.spoke_at <= late and channel.listening.is_set()
        ]
        await each("broadcast.silence", map(self._catch_up, silent))

    async def _reconcile(self) -> None:
        """Looks whether the last frame still says what the rows say, wherever somebody listens."""
        await each("broadcast.reconcile", map(self._reconcile_channel, [*self._channels.values()]))

    async def _reconcile_channel(self, channel: Channel) -> None:
        if channel.section_id is None:
            await self._newsroom.reconcile(channel.event_id)
        else:
            await self._seating.current(channel.event_id, section_id=channel.section_id)

    async def _report_listeners(self) -> None:
        await each("broadcast.listeners", map(self._report_channel, [*self._channels.values()]))

    async def _report_channel(self, channel: Channel) -> None:
        if channel.section_id is None:
            count = self._server.members(channel.room)
            await self._streams.report_listeners(channel.event_id, node=self._node, count=count)
        else:
            await self._seats.watch(channel.event_id, section_ids=[channel.section_id])


async def _listened_to(heard: Channel | ToldRoom) -> None:
    """Not for ever: without Redis a socket gets the numbers there are, and none that follow."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SUBSCRIBE_SECONDS_MAX):
            await heard.listening.wait()
