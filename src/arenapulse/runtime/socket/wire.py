"""One open websocket as the fan-out sees it: pre-built frames in, bytes to the kernel out."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import struct
from collections.abc import Callable

from arenapulse.runtime.socket import limits
from arenapulse.runtime.socket.metrics import Counters

TEXT = 0x81
BINARY = 0x82
CLOSE = 0x88
PONG = 0x8A

SHORT_PAYLOAD_MAX = 125
MEDIUM_PAYLOAD_MAX = 65_535

# RFC 6455 section 7.4.1; a restarting server asks its clients to come back.
NORMAL = 1000
PROTOCOL_ERROR = 1002
INVALID_TEXT = 1007
POLICY_VIOLATION = 1008
TOO_BIG = 1009
SERVICE_RESTART = 1012

# Linux's number; the socket module does not name it in 3.11.
TCP_NOTSENT_LOWAT = 25


def frame(payload: bytes, *, head: int = TEXT) -> bytes:
    """An unmasked, unfragmented websocket frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size <= SHORT_PAYLOAD_MAX:
        return bytes((head, size)) + payload
    if size <= MEDIUM_PAYLOAD_MAX:
        return struct.pack("!BBH", head, 126, size) + payload
    return struct.pack("!BBQ", head, 127, size) + payload


class Wire:
    """A websocket's transport; `transport` is None once it may no longer be written to.

    `fd` is a duplicate of the transport's descriptor: ours until we close it, so that its number
    never means somebody else, whenever the transport closes its own. It is -1 where frames cannot
    go past the transport. `on_clogged` is called as soon as they may not, because something waits
    in the transport's buffer or the wire was let go, and before the descriptor is closed.
    """

    __slots__ = ("_counters", "fd", "on_clogged", "transport")

    def __init__(self, transport: asyncio.Transport, *, counters: Counters) -> None:
        self.transport: asyncio.Transport | None = transport
        self._counters = counters
        self.on_clogged: Callable[[], None] | None = None
        self.fd = -1
        raw = transport.get_extra_info("socket")
        # TLS and Unix sockets have no descriptor that plain frames could be written to.
        if raw is None or raw.family not in (socket.AF_INET, socket.AF_INET6):
            return
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.SEND_BUFFER_BYTES)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, limits.UNSENT_BYTES_MAX)
        if transport.get_extra_info("sslcontext") is None:
            self.fd = _duplicate(raw.fileno())

    def backlog(self) -> int:
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        """Send what must not be dropped; a peer too far behind is cut off instead."""
        transport = self.transport
        if transport is None:
            return
        if transport.is_closing():
            self.release()
            return
        self._counters.frames_out += 1
        self._counters.bytes_out += len(data)
        waiting = transport.get_write_buffer_size()
        if waiting > limits.BACKLOG_BYTES_MAX:
            self._counters.slow_closed += 1
            self.abort()
        elif waiting or self.fd < 0:
            transport.write(data)
        else:
            self._write_through(data)

    def _write_through(self, data: bytes) -> None:
        try:
            sent = os.write(self.fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The peer is gone; the reading side notices and cleans up.
            self.release()
            return
        if sent != len(data):
            self.keep_back(data[sent:])

    def keep_back(self, data: bytes) -> None:
        """What the kernel did not take waits in the transport, and all that follows behind it."""
        self._counters.partial_writes += 1
        self._clog()
        if self.transport is not None:
            self.transport.write(data)

    def close(self, code: int) -> None:
        """Say goodbye and close; a peer that does not read is cut off after a grace period."""
        transport = self.transport
        if transport is None:
            return
        self.write(frame(code.to_bytes(2, "big"), head=CLOSE))
        self.release()
        if transport.get_write_buffer_size():
            _abort_later(transport)
        transport.close()

    def forsake(self) -> None:
        """Neither read nor write any more; whoever closes the transport is given some time."""
        transport = self.release()
        if transport is not None and not transport.is_closing():
            transport.pause_reading()
            _abort_later(transport)

    def abort(self) -> None:
        transport = self.release()
        if transport is not None:
            transport.abort()

    def release(self) -> asyncio.Transport | None:
        """Write no more; the transport, for who has yet to close it."""
        transport, self.transport = self.transport, None
        self._clog()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        return transport

    def _clog(self) -> None:
        told, self.on_clogged = self.on_clogged, None
        if told is not None:
            told()


def _duplicate(fd: int) -> int:
    """Another descriptor of the same socket; -1 where those that are left are for newcomers."""
    try:
        made = os.dup(fd)
    except OSError:
        return -1
    if made < limits.DUPLICATES_SHARE * resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        return made
    os.close(made)
    return -1


def _abort_later(transport: asyncio.Transport) -> None:
    asyncio.get_running_loop().call_later(limits.CLOSE_GRACE_SECONDS, transport.abort)
