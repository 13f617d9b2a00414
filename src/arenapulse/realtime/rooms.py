"""What sockets may ask for: an event's frames, and to be themselves again with a fresh token."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import Invalid, Refusal, Unavailable
from arenapulse.core.ids import EventId
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor, Revoked
from arenapulse.realtime.broadcast import MESSAGE_OF, Broadcast, Channel, event_room, person_room
from arenapulse.realtime.schemas import (
    AuthRefresh,
    EventSubscribe,
    EventUnsubscribe,
    Sequences,
    SubscribeAck,
)
from arenapulse.realtime.snapshots import Snapshots
from arenapulse.realtime.streams import Frame, Kind, Position, Streams
from arenapulse.runtime.db import CONNECTION_ERRORS
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.socket.admission import Handshake
from arenapulse.runtime.socket.fanout import RoomsFullError
from arenapulse.runtime.socket.handlers import ConnectRefused, Reply, refused
from arenapulse.runtime.socket.server import SocketServer

T = TypeVar("T")
Handler = Callable[[str, Any], Awaitable[Reply]]

EXPIRY_TICK_SECONDS: Final = 0.5
_NOTHING: Final = b"{}"


class Rooms:
    def __init__(
        self,
        server: SocketServer,
        *,
        access: Access,
        broadcast: Broadcast,
        snapshots: Snapshots,
        streams: Streams,
    ) -> None:
        self._server = server
        self._access = access
        self._broadcast = broadcast
        self._snapshots = snapshots
        self._streams = streams
        # (when a token expires, sid), the first to expire on top.
        self._expiries: list[tuple[float, str]] = []
        self._ticker: asyncio.Task[None] | None = None
        server.on_connect(self._connect)
        server.on_resync(self._resync)
        server.on("event:subscribe", _answering(self._subscribe))
        server.on("event:unsubscribe", _answering(self._unsubscribe))
        server.on("auth:refresh", _answering(self._refresh))
        access.watch(self._revoked)

    async def start(self) -> None:
        self._ticker = asyncio.create_task(self._expire())

    async def stop(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait({self._ticker})

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
        self._identify(sid, actor)
        return None

    def _identify(self, sid: str, actor: Actor) -> None:
        self._server.session(sid)["actor"] = actor
        self._server.join(sid, room=person_room(actor.user_id))
        heapq.heappush(self._expiries, (actor.expires_at.timestamp(), sid))

    def _actor(self, sid: str) -> Actor | None:
        found: Actor | None = self._server.session(sid).get("actor")
        return found

    async def _subscribe(self, sid: str, payload: Any) -> Reply:
        """The ack's snapshot or the missed frames, then every newer frame, in order."""
        wanted = _parsed(payload, EventSubscribe)
        event_id = EventId(wanted.event_id)
        await self._snapshots.require_visible(event_id, actor=self._actor(sid))
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
            then=lambda: self._enter(sid, channel, missed=missed or [], position=position),
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

    def _enter(
        self, sid: str, channel: Channel, *, missed: list[Frame], position: Position | None
    ) -> None:
        """Sends what came before and while we read, then joins: nothing can come in between."""
        sent: dict[Kind, int] = {} if position is None else dict(position.sequences)
        for frame in missed:
            self._send(sid, frame)
            sent[frame.kind] = max(sent.get(frame.kind, 0), frame.sequence)
        if position is not None and channel.epoch == position.epoch:
            for frame in channel.recent:
                if frame.sequence > sent[frame.kind]:
                    self._send(sid, frame)
        self._server.join(sid, room=event_room(channel.event_id))
        self._broadcast.release(channel)

    def _send(self, sid: str, frame: Frame) -> None:
        self._server.emit_to(sid, event=MESSAGE_OF[frame.kind], payload=frame.payload)

    async def _unsubscribe(self, sid: str, payload: Any) -> Reply:
        wanted = _parsed(payload, EventUnsubscribe)
        self._server.leave(sid, room=event_room(EventId(wanted.event_id)))
        return Reply(data={"ok": True})

    async def _refresh(self, sid: str, payload: Any) -> Reply:
        actor = self._access.authenticate(_parsed(payload, AuthRefresh).token)
        before = self._actor(sid)
        if before is not None and before.user_id != actor.user_id:
            self._server.leave(sid, room=person_room(before.user_id))
        self._identify(sid, actor)
        return Reply(data={"ok": True})

    async def _resync(self, sid: str) -> None:
        """A slow reader has caught up: it gets the whole picture of what it listens to."""
        for room in self._server.rooms(sid):
            kind, _, subject = room.partition(":")
            if kind == "event":
                snapshot = await self._snapshots.take(EventId(UUID(subject)))
                self._server.emit_to(
                    sid, event=MESSAGE_OF["capacity"], payload=msgspec.json.encode(snapshot)
                )

    def _revoked(self, news: Revoked) -> None:
        for sid in self._server.sids(person_room(news.user_id)):
            actor = self._actor(sid)
            if actor is not None and actor.session_id in news.session_ids:
                self._sign_out(sid, actor)

    def _sign_out(self, sid: str, actor: Actor) -> None:
        """The socket goes on as a visitor until `auth:refresh`."""
        self._server.session(sid).pop("actor", None)
        self._server.leave(sid, room=person_room(actor.user_id))
        self._server.emit_to(sid, event="auth:expired", payload=_NOTHING)

    async def _expire(self) -> None:
        while True:
            now = clock.unix_seconds()
            while self._expiries and self._expiries[0][0] <= now:
                _, sid = heapq.heappop(self._expiries)
                if not self._server.is_connected(sid):
                    continue
                actor = self._actor(sid)
                if actor is not None and actor.expires_at.timestamp() <= now:
                    self._sign_out(sid, actor)
            await asyncio.sleep(EXPIRY_TICK_SECONDS)


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
        except CONNECTION_ERRORS:
            return refused(Unavailable.code, Unavailable.message)

    return handle
