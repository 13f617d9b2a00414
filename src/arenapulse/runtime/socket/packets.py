"""Packets as the two protocols define them, and the queue that polling clients fetch from.

Uses what python-socketio documents (`serializer=`) and engineio's packet class; no internals.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false, reportUntypedBaseClass=false
# pyright: reportUnknownVariableType=false
# python-engineio and python-socketio carry no types.

from __future__ import annotations

import asyncio
from typing import Any

from engineio import packet as engine_packet
from socketio import packet as socket_packet

from arenapulse.runtime.socket import limits
from arenapulse.runtime.socket.wire import BINARY, frame

RESERVED_EVENTS = frozenset({"connect", "disconnect", "connect_error", "*"})
NAMED = frozenset({socket_packet.EVENT, socket_packet.BINARY_EVENT})
LISTED = frozenset({socket_packet.ACK, socket_packet.BINARY_ACK}) | NAMED
BINARIES = frozenset({socket_packet.BINARY_EVENT, socket_packet.BINARY_ACK})
FROM_CLIENTS = LISTED | {socket_packet.CONNECT, socket_packet.DISCONNECT}

OPEN = engine_packet.OPEN
CLOSE = engine_packet.CLOSE
PING = engine_packet.PING
NOOP = engine_packet.NOOP
ACK = socket_packet.ACK
PING_FRAME = frame(b"2")


class MalformedError(ValueError):
    """A packet that no honest client sends."""


def engine(kind: int, data: Any = None) -> Any:
    return engine_packet.Packet(kind, data=data)


def message(data: str | bytes) -> Any:
    return engine_packet.Packet(engine_packet.MESSAGE, data=data)


def framed(packet: Any) -> bytes:
    encoded = packet.encode()
    if isinstance(encoded, str):
        return frame(encoded.encode())
    return frame(encoded, head=BINARY)


class CheckedPacket(socket_packet.Packet):
    """Socket.IO's packet, which refuses what the stock decoder trips over later."""

    def decode(self, encoded_packet: Any) -> int:
        if not isinstance(encoded_packet, str):
            raise MalformedError
        try:
            attachments = super().decode(encoded_packet)
        except (ValueError, IndexError, TypeError, RecursionError) as broken:
            raise MalformedError from broken
        self._check(attachments)
        return attachments

    def _check(self, attachments: int) -> None:
        kind: int = self.packet_type
        data: Any = self.data
        if kind not in FROM_CLIENTS:
            raise MalformedError
        if kind in LISTED and not isinstance(data, list):
            raise MalformedError
        # An event named like a hook would call the hook.
        if kind in NAMED and (
            not data or not isinstance(data[0], str) or data[0] in RESERVED_EVENTS
        ):
            raise MalformedError
        allowed = limits.ATTACHMENTS_MAX if kind in BINARIES else 0
        if attachments > allowed or (allowed and not attachments):
            raise MalformedError

    def add_attachment(self, attachment: Any) -> bool:
        if not isinstance(attachment, bytes):
            raise MalformedError
        try:
            return super().add_attachment(attachment)
        except (ValueError, IndexError, TypeError, RecursionError) as broken:
            raise MalformedError from broken


class CountedQueue(asyncio.Queue[Any]):
    """What a polling client has not fetched yet, with its size."""

    size_bytes = 0

    def _put(self, item: Any) -> None:
        self.size_bytes += _size(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self.size_bytes -= _size(item)
        return item

    def backlog(self) -> int:
        if self.qsize() >= limits.POLLING_PACKETS_MAX:
            return limits.BACKLOG_BYTES_MAX
        return self.size_bytes


def _size(item: Any) -> int:
    data = item.data if item is not None else None
    return len(data) if isinstance(data, str | bytes) else 0
