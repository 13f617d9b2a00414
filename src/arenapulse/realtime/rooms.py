"""What sockets may ask for: frames of events and seats, and to be themselves with a fresh token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import Forbidden, Invalid, NotAuthenticated, Refusal
from arenapulse.core.ids import EventId, SectionId
from arenapulse.events.errors import EventNotFound
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor, Revoked
from arenapulse.realtime.broadcast import Broadcast
from arenapulse.realtime.channels import (
    MESSAGE_OF,
    Channel,
    event_room,
    person_room,
    seats_room,
    staff_room,
    staff_topic_of,
    topic_of,
)
from arenapulse.realtime.rights import Rights
from arenapulse.realtime.schemas import (
    AuthRefresh,
    Done,
    EventPosition,
    EventSubscribe,
    EventUnsubscribe,
    Nothing,
    SeatsAck,
    SeatsSubscribe,
    SeatsUnsubscribe,
    Sequences,
    StaffSubscribe,
    SubscribeAck,
)
from arenapulse.realtime.seatframes import SeatFrames
from arenapulse.realtime.snapshots import Snapshots
from arenapulse.realtime.streams import Frame, Kind, Position, StaffTopic, Streams
from arenapulse.runtime.db import as_unavailable
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.siblings import end, keep
from arenapulse.runtime.socket.admission import Handshake
from arenapulse.runtime.socket.fanout import RoomsFullError
from arenapulse.runtime.socket.handlers import ConnectRefused, Reply, refused
from arenapulse.runtime.socket.server import SocketServer

T = TypeVar("T")
Handler = Callable[[str, Any], Awaitable[Reply]]

EXPIRY_TICK_SECONDS: Final = 0.5
RECHECKS_MAX: Final = 10_000
_NOTHING: Final = msgspec.json.encode(Nothing())


class Rooms:
    def __init__(
        self,
        server: SocketServer,
        *,
        access: Access,
        broadcast: Broadcast,
        snapshots: Snapshots,
        streams: Streams,
        seating: SeatFrames,
        rights: Rights,
    ) -> None:
        self._server = server
        self._access = access
        self._broadcast = broadcast
        self._snapshots = snapshots
        self._streams = streams
        self._seating = seating
        self._rights = rights
        self._rechecks: set[asyncio.Task[None]] = set()
        # When the token of a socket expires; one entry each, however often it brings another.
        self._expiries: dict[str, float] = {}
        self._ticker: asyncio.Task[None] | None = None
        server.on_connect(self._connect)
        server.on_resync(self._resync)
        server.on("event:subscribe", _answering(self._subscribe))
        server.on("event:unsubscribe", _answering(self._unsubscribe))
        server.on("seats:subscribe", _answering(self._subscribe_seats))
        server.on("seats:unsubscribe", _answering(self._unsubscribe_seats))
        enter, leave = self._subscribe_staff, self._unsubscribe_staff
        server.on("gate:subscribe", _answering(partial(enter, "gate")))
        server.on("gate:unsubscribe", _answering(partial(leave, "gate")))
        server.on("dashboard:subscribe", _answering(partial(enter, "dashboard")))
        server.on("dashboard:unsubscribe", _answering(partial(leave, "dashboard")))
        server.on("auth:refresh", _answering(self._refresh))
        access.watch(self._revoked)

    async def start(self) -> None:
        work = keep("rooms.expire", self._expire, pause=EXPIRY_TICK_SECONDS)
        self._ticker = asyncio.create_task(work)

    async def stop(self) -> None:
        if self._ticker is not None:
            await end([self._ticker, *self._rechecks])

    async def _connect(
        self, sid: str, _handshake: Handshake, auth: dict[str, Any]
    ) -> ConnectRefused | None:
        token = auth.get("token")
        if token is None:
            return None
        try:
            actor = self._access.authenticate(token if isinstance(token, str) else "")
        except Refusal as refusal:
            return ConnectRefused(code=refusal.code, message=refusal.text)
        await self._identify(sid, actor)
        return None

    async def _identify(self, sid: str, actor: Actor) -> None:
        """Raises `RoomsFullError` before anything is so: by its room a person is signed out."""
        if self._server.join(sid, room=person_room(actor.user_id)):
            self._server.session(sid)["actor"] = actor
            self._expiries[sid] = actor.expires_at.timestamp()
            await self._broadcast.told(person_room(actor.user_id))

    async def _require_room(self, sid: str, room: str) -> int:
        """Raises refusals, and `RoomsFullError` before anything is read for who has too many.

        Gives what `_join` wants to know: how often the socket's rights had changed by then.
        """
        judged = self._judged(sid)
        await self._rights.require(room, actor=self._actor(sid))
        rooms = self._server.rooms(sid)
        if room not in rooms and len(rooms) >= self._server.settings.rooms_max:
            raise RoomsFullError
        return judged

    def _judged(self, sid: str) -> int:
        return self._server.session(sid).get("judged", 0)

    def _join(self, sid: str, room: str, *, judged: int) -> None:
        """Who lost a right while we read, after it was looked at, is looked at again."""
        if self._server.join(sid, room=room) and self._judged(sid) != judged:
            self._recheck(sid)

    def _actor(self, sid: str) -> Actor | None:
        found: Actor | None = self._server.session(sid).get("actor")
        return found

    async def _subscribe(self, sid: str, payload: Any) -> Reply:
        """The ack's snapshot or the missed frames, then every newer frame, in order."""
        wanted = _parsed(payload, EventSubscribe)
        event_id = EventId(wanted.event_id)
        judged = await self._require_room(sid, event_room(event_id))
        channel = await self._broadcast.open(event_id)
        try:
            position = await self._snapshots.position(event_id)
            missed = await self._missed(wanted, event_id=event_id, position=position)
            snapshot = (
                await self._snapshots.take(event_id, position=position)
                if missed is None
                else msgspec.UNSET
            )
        except BaseException:
            self._broadcast.release(channel)
            raise
        ack = SubscribeAck(
            sequences=Sequences(
                capacity=None if position is None else position.sequences["capacity"],
                update=None if position is None else position.sequences["update"],
            ),
            epoch=None if position is None else position.epoch,
            snapshot=snapshot,
        )
        return Reply(
            data=ack,
            then=lambda: self._enter(sid, channel, missed=missed or [], at=position, judged=judged),
        )

    async def _missed(
        self, wanted: EventSubscribe, *, event_id: EventId, position: Position | None
    ) -> list[Frame] | None:
        """The frames after `since`, None where a snapshot is needed instead."""
        since = wanted.since
        if since is msgspec.UNSET or position is None:
            return None
        asked: list[tuple[Kind, int]] = []
        if since.capacity is not msgspec.UNSET:
            asked.append(("capacity", since.capacity))
        if since.update is not msgspec.UNSET:
            asked.append(("update", since.update))
        if not asked:
            return None
        found: list[Frame] = []
        for kind, sequence in asked:
            try:
                frames = await self._streams.since(
                    event_id, kind=kind, sequence=sequence, position=position
                )
            except REDIS_ERRORS:
                return None
            if frames is None:
                return None
            found.extend(frames)
        return found

    async def _subscribe_seats(self, sid: str, payload: Any) -> Reply:
        """The same for the seats of a section; its snapshot is exactly at its sequence."""
        wanted = _parsed(payload, SeatsSubscribe)
        event_id, section_id = EventId(wanted.event_id), SectionId(wanted.section_id)
        judged = await self._require_room(sid, seats_room(event_id, section_id))
        channel = await self._broadcast.open(event_id, section_id=section_id)
        try:
            seats = await self._seating.current(event_id, section_id=section_id)
            mark = seats.mark
            missed = (
                None
                if wanted.since is msgspec.UNSET
                else await self._seating.missed(seats, since=wanted.since, event_id=event_id)
            )
        except BaseException:
            self._broadcast.release(channel)
            raise
        ack = SeatsAck(
            sequence=None if mark is None else mark.sequence,
            epoch=None if mark is None else mark.epoch,
            snapshot=seats.view() if missed is None else msgspec.UNSET,
        )
        position = None if mark is None else Position(mark.epoch, {"seats": mark.sequence})
        return Reply(
            data=ack,
            then=lambda: self._enter(sid, channel, missed=missed or [], at=position, judged=judged),
        )

    async def _unsubscribe_seats(self, sid: str, payload: Any) -> Reply:
        wanted = _parsed(payload, SeatsUnsubscribe)
        room = seats_room(EventId(wanted.event_id), SectionId(wanted.section_id))
        self._server.leave(sid, room=room)
        return Reply(data=Done())

    async def _subscribe_staff(self, topic: StaffTopic, sid: str, payload: Any) -> Reply:
        room = staff_room(topic, EventId(_parsed(payload, StaffSubscribe).event_id))
        self._join(sid, room, judged=await self._require_room(sid, room))
        await self._broadcast.told(room)
        return Reply(data=Done())

    async def _unsubscribe_staff(self, topic: StaffTopic, sid: str, payload: Any) -> Reply:
        event_id = EventId(_parsed(payload, StaffSubscribe).event_id)
        self._server.leave(sid, room=staff_room(topic, event_id))
        return Reply(data=Done())

    def _enter(
        self,
        sid: str,
        channel: Channel,
        *,
        missed: Sequence[Frame],
        at: Position | None,
        judged: int,
    ) -> None:
        """Joins, then sends what came before and while we read: nothing can come in between."""
        try:
            # First, since a full socket must not be sent what it does not get any further.
            self._join(sid, channel.room, judged=judged)
        except RoomsFullError:
            return
        finally:
            self._broadcast.release(channel)
        sent: dict[Kind, int] = {} if at is None else dict(at.sequences)
        for frame in missed:
            self._send(sid, frame)
            sent[frame.kind] = max(sent.get(frame.kind, 0), frame.sequence)
        if at is not None:
            for frame in channel.after(sent, epoch=at.epoch):
                self._send(sid, frame)

    def _send(self, sid: str, frame: Frame) -> None:
        self._server.emit_to(sid, event=MESSAGE_OF[frame.kind], payload=frame.payload)

    async def _unsubscribe(self, sid: str, payload: Any) -> Reply:
        event_id = EventId(_parsed(payload, EventUnsubscribe).event_id)
        self._server.leave(sid, room=event_room(event_id))
        return Reply(data=Done())

    async def _refresh(self, sid: str, payload: Any) -> Reply:
        actor = self._access.authenticate(_parsed(payload, AuthRefresh).token)
        before = self._actor(sid)
        if before is not None and before.user_id != actor.user_id:
            self._forget(sid, before)
            self._recheck(sid)
        await self._identify(sid, actor)
        return Reply(data=Done())

    async def _resync(self, sid: str) -> None:
        """A slow reader has caught up: it gets the whole picture of what it listens to.

        Its next frame's sequence is not the last one's + 1, so it also asks for what it missed.
        """
        for room in self._server.rooms(sid):
            topic = topic_of(room)
            if topic is None:
                continue
            event_id, section_id = topic
            if section_id is None:
                await self._resync_event(sid, event_id)
                continue
            seats = await self._seating.current(event_id, section_id=section_id)
            self._emit(sid, "seats:update", seats.whole(event_id))

    async def _resync_event(self, sid: str, event_id: EventId) -> None:
        at = await self._snapshots.position(event_id)
        self._emit(sid, "event:capacity", await self._snapshots.take(event_id, position=at))
        if at is not None:
            # Updates have no snapshot: whoever missed one sees it by this.
            sequences = Sequences(at.sequences["capacity"], at.sequences["update"])
            self._emit(sid, "event:position", EventPosition(event_id, sequences, at.epoch))

    def _emit(self, sid: str, event: str, message: msgspec.Struct) -> None:
        self._server.emit_to(sid, event=event, payload=msgspec.json.encode(message))

    def _revoked(self, news: Revoked) -> None:
        for sid in self._server.sids(person_room(news.user_id)):
            actor = self._actor(sid)
            if actor is not None and actor.session_id in news.session_ids:
                self._sign_out(sid, actor)
            elif news.organization_id is not None:
                self._recheck(sid)

    def _recheck(self, sid: str) -> None:
        """Leaves the rooms that the socket may be in no longer: drafts, and those of staff."""
        self._server.session(sid)["judged"] = self._judged(sid) + 1
        if len(self._rechecks) >= RECHECKS_MAX:
            self._server.disconnect(sid)
            return
        task = asyncio.create_task(self._leave_hidden(sid))
        self._rechecks.add(task)
        task.add_done_callback(self._rechecks.discard)

    async def _leave_hidden(self, sid: str) -> None:
        for room in self._server.rooms(sid):
            if not self._server.is_connected(sid):
                return
            try:
                await self._rights.require(room, actor=self._actor(sid))
            except (EventNotFound, Forbidden, NotAuthenticated):
                self._server.leave(sid, room=room)
            except Exception:  # noqa: BLE001 - who cannot be judged comes back and is judged then
                self._server.disconnect(sid)
                return

    def _forget(self, sid: str, actor: Actor) -> None:
        """At once out of the rooms of a person; drafts, which many may see, are judged anew."""
        self._server.leave(sid, room=person_room(actor.user_id))
        for room in self._server.rooms(sid):
            if staff_topic_of(room) is not None:
                self._server.leave(sid, room=room)

    def _sign_out(self, sid: str, actor: Actor) -> None:
        """The socket goes on as a visitor until `auth:refresh`."""
        self._server.session(sid).pop("actor", None)
        self._forget(sid, actor)
        self._server.emit_to(sid, event="auth:expired", payload=_NOTHING)
        self._recheck(sid)

    async def _expire(self) -> None:
        now = clock.unix_seconds()
        for sid, at in list(self._expiries.items()):
            is_here = self._server.is_connected(sid)
            if at <= now or not is_here:
                del self._expiries[sid]
                if is_here and (actor := self._actor(sid)) is not None:
                    self._sign_out(sid, actor)


def _parsed(payload: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(payload, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(str(error)) from None


def _answering(work: Handler) -> Handler:
    """Refusals become acks with the codes of HTTP."""

    async def handle(sid: str, payload: Any) -> Reply:
        try:
            return await work(sid, payload)
        except Refusal as refusal:
            return refused(refusal.code, refusal.text)
        except RoomsFullError:
            return refused("RATE001", "This socket listens to as much as it may.")
        except Exception as error:
            away = as_unavailable(error)
            if away is None:
                raise
            return refused(away.code, away.text)

    return handle
