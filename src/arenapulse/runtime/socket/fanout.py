"""Rooms of this process and the one loop that writes a frame to everybody in one."""

from __future__ import annotations

from collections.abc import Callable
from os import write as os_write
from typing import Any, Protocol

import msgspec

from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime.socket import limits
from arenapulse.runtime.socket.metrics import Counters
from arenapulse.runtime.socket.wire import Wire, frame


class Outlet(Protocol):
    """An engine session: written to directly once it has a wire, queued for until then."""

    wire: Wire | None

    def backlog(self) -> int: ...
    def push(self, text: str) -> None: ...
    def push_frame(self, text: str, framed: bytes) -> None: ...
    def cut(self) -> None: ...
    def end(self) -> None: ...


class Connection:
    """A connected client of the main namespace."""

    __slots__ = ("lagging_since", "outlet", "rooms", "session", "sid")

    def __init__(self, sid: str, *, outlet: Outlet) -> None:
        self.sid = sid
        self.outlet = outlet
        self.rooms: set[str] = set()
        self.session: dict[str, Any] = {}
        # 0.0 while it keeps up; otherwise when its first frame was dropped.
        self.lagging_since = 0.0


class RoomsFullError(Exception):
    """A client asked for more rooms than one socket may be in."""


def event_text(event: str, payload: bytes) -> bytes:
    """The Socket.IO packet of an event whose payload is JSON already."""
    return b"2[" + msgspec.json.encode(event) + b"," + payload + b"]"


class Fanout:
    """Who is in which room, and which of them cannot keep up."""

    def __init__(
        self,
        *,
        counters: Counters,
        rooms_max: int,
        buffer_bytes_max: int,
        stalled_seconds_max: float,
    ) -> None:
        self._counters = counters
        self._rooms_max = rooms_max
        self._buffer_bytes_max = buffer_bytes_max
        self._stalled_seconds_max = stalled_seconds_max
        self._connections: dict[str, Connection] = {}
        self._rooms: dict[str, set[Connection]] = {}
        self._lagging: set[Connection] = set()
        self.room_opened: Callable[[str], None] | None = None
        self.room_closed: Callable[[str], None] | None = None
        self.resync: Callable[[str], None] | None = None

    def add(self, connection: Connection) -> None:
        self._connections[connection.sid] = connection

    def get(self, sid: str) -> Connection | None:
        return self._connections.get(sid)

    def remove(self, sid: str) -> None:
        connection = self._connections.pop(sid, None)
        if connection is None:
            return
        self._lagging.discard(connection)
        for room in tuple(connection.rooms):
            self._leave(connection, room)

    def sids(self, room: str | None = None) -> list[str]:
        if room is None:
            return list(self._connections)
        return [member.sid for member in self._rooms.get(room, ())]

    def members(self, room: str) -> int:
        return len(self._rooms.get(room, ()))

    def rooms(self) -> list[str]:
        return list(self._rooms)

    def join(self, sid: str, *, room: str) -> bool:
        """Put a client into a room; False if it has gone. Raises `RoomsFullError`."""
        connection = self._connections.get(sid)
        if connection is None:
            return False
        if room in connection.rooms:
            return True
        if len(connection.rooms) >= self._rooms_max:
            raise RoomsFullError
        connection.rooms.add(room)
        members = self._rooms.get(room)
        if members is None:
            self._rooms[room] = {connection}
            if self.room_opened is not None:
                self.room_opened(room)
        else:
            members.add(connection)
        return True

    def leave(self, sid: str, *, room: str) -> None:
        connection = self._connections.get(sid)
        if connection is not None and room in connection.rooms:
            self._leave(connection, room)

    def _leave(self, connection: Connection, room: str) -> None:
        connection.rooms.discard(room)
        members = self._rooms[room]
        members.discard(connection)
        if not members:
            del self._rooms[room]
            if self.room_closed is not None:
                self.room_closed(room)

    def emit_to(self, sid: str, *, event: str, payload: bytes) -> bool:
        """Send to one client what it must not miss; False if it has gone."""
        connection = self._connections.get(sid)
        if connection is None:
            return False
        text = event_text(event, payload)
        connection.outlet.push_frame(text.decode(), frame(b"4" + text))
        return True

    def emit_local(self, room: str, *, event: str, payload: bytes) -> int:
        """Send a droppable frame to everybody in a room of this process; how many got it."""
        members = self._rooms.get(room)
        if not members:
            return 0
        text = event_text(event, payload)
        self._counters.emits += 1
        return self._spread(members, text=text, framed=frame(b"4" + text))

    def _spread(  # noqa: C901 - one flat loop; a call per recipient would cost a tenth
        self, members: set[Connection], *, text: bytes, framed: bytes
    ) -> int:
        """The hot loop: nothing here awaits, so two frames never overtake each other."""
        counters = self._counters
        size = len(framed)
        room_left = self._buffer_bytes_max
        sent = 0
        queued_text: str | None = None
        for connection in members:
            if connection.lagging_since:
                counters.slow_dropped += 1
                continue
            wire = connection.outlet.wire
            if wire is None:
                queued_text = queued_text or text.decode()
                sent += self._queue(connection, queued_text)
                continue
            transport = wire.transport
            if transport is None:
                continue
            # uvloop says 0 bytes waiting for a closed transport, whose descriptor may already
            # be somebody else's: this check and the write must stay in one step.
            if transport.is_closing():
                wire.transport = None
                continue
            waiting = transport.get_write_buffer_size()
            if waiting == 0 and wire.fd >= 0:
                try:
                    written = os_write(wire.fd, framed)
                except BlockingIOError:
                    written = 0
                except OSError:
                    wire.transport = None
                    continue
                if written != size:
                    counters.partial_writes += 1
                    transport.write(framed[written:])
            elif waiting < room_left:
                transport.write(framed)
            else:
                self._lag(connection)
                continue
            sent += 1
        counters.frames_out += sent
        counters.bytes_out += sent * size
        return sent

    def _queue(self, connection: Connection, text: str) -> int:
        if connection.outlet.backlog() >= self._buffer_bytes_max:
            self._lag(connection)
            return 0
        connection.outlet.push(text)
        return 1

    def _lag(self, connection: Connection) -> None:
        connection.lagging_since = monotonic_seconds()
        self._lagging.add(connection)
        self._counters.slow_dropped += 1

    def sweep(self, now: float) -> None:
        """Bring back who has caught up, cut off who has not for too long."""
        for connection in tuple(self._lagging):
            wire = connection.outlet.wire
            if wire is not None and wire.transport is None:
                self._lagging.discard(connection)
            elif connection.outlet.backlog() <= limits.CAUGHT_UP_BYTES:
                # Cleared first: frames newer than the resync must not be dropped.
                connection.lagging_since = 0.0
                self._lagging.discard(connection)
                self._counters.slow_resynced += 1
                if self.resync is not None:
                    self.resync(connection.sid)
            elif now - connection.lagging_since > self._stalled_seconds_max:
                self._lagging.discard(connection)
                self._counters.slow_closed += 1
                connection.outlet.cut()
