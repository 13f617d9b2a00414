"""Several processes behind one port: where each stands, and how a connection changes hands.

A long poll and the upgrade of a polling session belong to the process that has the session. Its
number stands in the session's id, so whoever reads such a request knows whose it is, and hands the
connection itself over, with what it has read: from then on the two speak directly.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from arenapulse.core.errors import BodyTooLarge, Unavailable
from arenapulse.runtime.web.doors import Doors
from arenapulse.runtime.web.hotline import Hotline
from arenapulse.runtime.web.protocol import HEAD_BYTES_MAX, HttpProtocol
from arenapulse.runtime.web.roster import PLACES, Roster

PROCESSES_MAX: Final = 32
MAIL_BYTES_MAX: Final = 200_000
MAIL_BUFFER_BYTES: Final = 2_000_000
MAILS_AT_ONCE_MAX: Final = 64
GUEST_BODY_BYTES_MAX: Final = 65_536
RETRY_SECONDS: Final = 1
READY: Final = b"ready"
NOTHING_READ: Final = b"\r\n"
"""A line that HTTP skips, for a connection that nobody has read from."""


@dataclass(frozen=True, slots=True)
class Station:
    """Where a process stands in its crew: descriptors that the supervisor made, and keeps."""

    index: int
    listeners: tuple[int, ...]
    inbox: int
    outboxes: tuple[int, ...]
    """By index; its own is the other end of `inbox`."""
    counts: int
    """The memory of their rate limits."""
    roster: int
    """The memory of who is kept, and who was given up."""

    @property
    def count(self) -> int:
        return len(self.outboxes)

    def to_text(self) -> str:
        shared = (self.counts, self.roster)
        parts = ((self.index,), self.listeners, (self.inbox,), self.outboxes, shared)
        return ":".join(",".join(map(str, part)) for part in parts)

    @classmethod
    def from_text(cls, text: str) -> Station:
        index, listeners, inbox, outboxes, shared = (
            tuple(int(number) for number in part.split(",")) for part in text.split(":")
        )
        return cls(index[0], listeners, inbox[0], outboxes, *shared)


def mailbox() -> tuple[socket.socket, socket.socket]:
    """Both ends, for a supervisor to keep: reading, and writing by as many as have it."""
    reading, writing = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in (reading, writing):
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAIL_BUFFER_BYTES)
    return reading, writing


def send(outbox: socket.socket, connection: int, *, read: bytes = NOTHING_READ) -> bool:
    """Hands a connection over; False if the other does not take any more."""
    try:
        socket.send_fds(outbox, [read], [connection])
    except OSError:
        return False
    return True


class Mates:
    """The other processes, as one of them sees them."""

    def __init__(self, station: Station, *, path: str) -> None:
        self.station = station
        self.inbox = socket.socket(fileno=station.inbox)
        self.roster = Roster(station.roster)
        self._outboxes = [
            # The other end of the inbox is the supervisor's and the mates'.
            None if index == station.index else socket.socket(fileno=descriptor)
            for index, descriptor in enumerate(station.outboxes)
        ]
        self._session = re.compile(rb"%b/?\?(?:[^#]*&)?sid=(\d{1,3})\." % re.escape(path.encode()))

    def owner_of(self, target: bytes) -> int | None:
        """Whose session a request is about, if it is another's."""
        found = self._session.match(target)
        index = self.station.index if found is None else int(found[1])
        return index if index != self.station.index and index < self.station.count else None

    def hand_over(self, index: int, connection: int, *, read: bytes) -> bool:
        outbox = self._outboxes[index]
        return outbox is not None and send(outbox, connection, read=read)

    def announce(self) -> None:
        """Tells the supervisor that we take connections."""
        self.inbox.send(READY)

    def received(self) -> Iterator[tuple[socket.socket, bytes]]:
        """Connections that others gave us, with what was read from them."""
        for _ in range(MAILS_AT_ONCE_MAX):
            try:
                read, descriptors, _, _ = socket.recv_fds(self.inbox, MAIL_BYTES_MAX, 1)
            except OSError:
                return
            for descriptor in descriptors:
                yield socket.socket(fileno=descriptor), read


class CrewProtocol(HttpProtocol):
    """A connection that may turn out to be another's."""

    mates: Mates
    handed = b""
    """What somebody else has read of it before us."""

    _owner: int | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.handed:
            self.loop.call_soon(self.data_received, b"")

    def data_received(self, data: bytes) -> None:
        handed, self.handed = self.handed, b""
        if handed or data:
            super().data_received(handed + data)

    def begin_request(self) -> None:
        self._owner = self.mates.owner_of(self.url)
        if self._owner is None:
            super().begin_request()
            return
        self._is_elsewhere = True
        self._fields = self.headers
        self._body = bytearray()
        if not self._is_at_rest():
            # Nobody waits for an answer here and sends a poll behind it.
            self._refuse(Unavailable(retry_after_seconds=RETRY_SECONDS))
        elif self.expect_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def take_body(self, body: bytes) -> None:
        if self._owner is None:
            super().take_body(body)
            return
        self._body += body
        if len(self._body) > GUEST_BODY_BYTES_MAX:
            self._refuse(BodyTooLarge())

    def end_request(self) -> None:
        if self._owner is None:
            super().end_request()
            return
        self.transport.pause_reading()
        connection = self.transport.get_extra_info("socket").fileno()
        if self.waiting_bytes() or not self.mates.hand_over(
            self._owner, connection, read=self._request()
        ):
            self._refuse(Unavailable(retry_after_seconds=RETRY_SECONDS))
            return
        self._is_over = True
        self.doors.leave(self)
        self.connections.discard(self)
        # Ours is one of two descriptors now; the connection lives on by the other.
        self.transport.abort()

    def _request(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (method, self.url, version)]
        lines += [b"%b: %b" % pair for pair in self._fields if pair[0] not in _REWRITTEN]
        if self._body or method == b"POST":
            lines.append(b"content-length: %d" % len(self._body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self._body


_REWRITTEN: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})
assert HEAD_BYTES_MAX + GUEST_BODY_BYTES_MAX < MAIL_BYTES_MAX
assert PROCESSES_MAX < PLACES


def crew_protocol(doors: Doors, mates: Mates, hotline: Hotline | None = None) -> type[CrewProtocol]:
    """The class for uvicorn's `http=`, bound to what a process has one of."""
    bound = {"doors": doors, "mates": mates, "hotline": hotline}
    return type("BoundCrewProtocol", (CrewProtocol,), bound)
