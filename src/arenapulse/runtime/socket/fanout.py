"""Rooms of this process and the one loop that writes a frame to everybody in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
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

    __slots__ = ("fd", "lagging_since", "outlet", "rooms", "session", "sid")

    def __init__(self, sid: str, *, outlet: Outlet) -> None:
        self.sid = sid
        self.outlet = outlet
        self.rooms: set[str] = set()
        self.session: dict[str, Any] = {}
        # Where its frames go straight to the kernel; -1 while they may not.
        self.fd = -1
        # 0.0 while it keeps up; otherwise when its first frame was dropped.
        self.lagging_since = 0.0


class Room:
    """Who is in it: by the descriptor that a frame is written to, and those who need a look."""

    __slots__ = ("direct", "others")

    def __init__(self) -> None:
        # A frame walks along these numbers alone: what else belongs to 10,000 connections lies all
        # over the memory, and to look at it would take as long as the kernel does.
        self.direct: dict[int, Connection] = {}
        self.others: set[Connection] = set()

    def __len__(self) -> int:
        return len(self.direct) + len(self.others)

    def add(self, connection: Connection) -> None:
        if connection.fd >= 0:
            self.direct[connection.fd] = connection
        else:
            self.others.add(connection)

    def discard(self, connection: Connection) -> None:
        if connection.fd >= 0:
            self.direct.pop(connection.fd, None)
        else:
            self.others.discard(connection)


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
        self._rooms: dict[str, Room] = {}
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
        wire = connection.outlet.wire
        if wire is not None:
            wire.on_clogged = None

    def sids(self, room: str | None = None) -> list[str]:
        if room is None:
            return list(self._connections)
        found = self._rooms.get(room)
        if found is None:
            return []
        return [member.sid for member in (*found.direct.values(), *found.others)]

    def members(self, room: str) -> int:
        found = self._rooms.get(room)
        return 0 if found is None else len(found)

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
        # Now rather than with the first frame, which all of a crowd that has just come would delay.
        self._clear(connection)
        connection.rooms.add(room)
        found = self._rooms.get(room)
        if found is not None:
            found.add(connection)
            return True
        made = self._rooms[room] = Room()
        made.add(connection)
        if self.room_opened is not None:
            self.room_opened(room)
        return True

    def leave(self, sid: str, *, room: str) -> None:
        connection = self._connections.get(sid)
        if connection is not None and room in connection.rooms:
            self._leave(connection, room)

    def _leave(self, connection: Connection, room: str) -> None:
        connection.rooms.discard(room)
        found = self._rooms[room]
        found.discard(connection)
        if not found:
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
        found = self._rooms.get(room)
        if found is None:
            return 0
        text = event_text(event, payload)
        framed = frame(b"4" + text)
        # Taken first: who clogs while being written to joins them, and has this frame already.
        others = tuple(found.others)
        # Nothing here awaits, so two frames never overtake each other.
        sent = self._write_direct(found.direct, framed)
        sent += self._write_others(others, text=text, framed=framed)
        counters = self._counters
        counters.emits += 1
        counters.frames_out += sent
        counters.bytes_out += sent * len(framed)
        return sent

    def _write_direct(self, direct: dict[int, Connection], framed: bytes) -> int:
        """The hot loop. What it finds out waits until it is through: it must not lose its place."""
        size = len(framed)
        unfinished: list[tuple[int, int]] = []
        gone: list[int] = []
        for fd in direct:
            try:
                written = os_write(fd, framed)
            except BlockingIOError:
                written = 0
            except OSError:
                gone.append(fd)
                continue
            if written != size:
                unfinished.append((fd, written))
        sent = len(direct) - len(gone)
        for fd, written in unfinished:
            wire = direct[fd].outlet.wire
            assert wire is not None
            wire.keep_back(framed[written:])
        for fd in gone:
            wire = direct[fd].outlet.wire
            assert wire is not None
            wire.release()
        return sent

    def _write_others(
        self, connections: Sequence[Connection], *, text: bytes, framed: bytes
    ) -> int:
        sent = 0
        queued_text: str | None = None
        for connection in connections:
            if connection.lagging_since:
                self._counters.slow_dropped += 1
                continue
            wire = connection.outlet.wire
            if wire is None:
                queued_text = queued_text or text.decode()
                sent += self._queue(connection, queued_text)
                continue
            transport = wire.transport
            if transport is None:
                continue
            if transport.is_closing():
                wire.release()
                continue
            waiting = transport.get_write_buffer_size()
            if waiting >= self._buffer_bytes_max:
                self._lag(connection)
                continue
            if self._clear(connection):
                sent += self._write_direct({connection.fd: connection}, framed)
            else:
                transport.write(framed)
                sent += 1
        return sent

    def _clear(self, connection: Connection) -> bool:
        """Where nothing is in the way, frames go straight to the kernel, in all its rooms."""
        if connection.fd >= 0:
            return True
        wire = connection.outlet.wire
        if wire is None or wire.fd < 0 or wire.backlog():
            return False
        self._stand(connection, wire.fd)
        wire.on_clogged = partial(self._stand, connection, -1)
        return True

    def _stand(self, connection: Connection, fd: int) -> None:
        """From now on it stands by this descriptor in all its rooms, or among the others."""
        rooms = [self._rooms[room] for room in connection.rooms]
        for room in rooms:
            room.discard(connection)
        connection.fd = fd
        for room in rooms:
            room.add(connection)

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
