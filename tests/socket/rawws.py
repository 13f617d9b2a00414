"""A websocket client that can misbehave: bytes out as they are given, frames in as they come."""

from __future__ import annotations

import json
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any, Self

HOST = "127.0.0.1"
PATH = "/socket.io/?EIO=4&transport=websocket"
WAIT_SECONDS_MAX = 20.0
TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


def masked(payload: bytes, *, head: int, mask: bytes = b"\1\2\3\4") -> bytes:
    """A client's frame; `head` is the whole first byte."""
    size = len(payload)
    if size < 126:
        length = bytes((0x80 | size,))
    elif size < 65_536:
        length = struct.pack("!BH", 0xFE, size)
    else:
        length = struct.pack("!BQ", 0xFF, size)
    key = (mask * (size // 4 + 1))[:size]
    body = (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)
    return bytes((head,)) + length + mask + body


class Closed(Exception):
    """The server ended the connection; `code` is None without a close frame."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


# Closed after each test, also after one that failed half-way.
OPENED: list[socket.socket] = []


@dataclass
class RawSocket:
    """One connection. Reading keeps what does not belong to the question in `events`."""

    port: int
    path: str = PATH
    headers: dict[str, str] = field(default_factory=dict)
    receive_bytes: int = 0
    status: int = 0
    head: str = ""
    sid: str = ""
    events: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = b""
        self._ack = 0
        self.raw = socket.socket()
        OPENED.append(self.raw)
        if self.receive_bytes:
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
        self.raw.settimeout(WAIT_SECONDS_MAX)
        self.raw.connect((HOST, self.port))
        given = {
            "Host": f"{HOST}:{self.port}",
            "Connection": "keep-alive, Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        } | self.headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        self.raw.sendall(f"GET {self.path} HTTP/1.1\r\n{lines}\r\n".encode())
        while b"\r\n\r\n" not in self._left:
            part = self.raw.recv(65_536)
            if not part:
                break
            self._left += part
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        self.head = head.decode("latin-1")
        self.status = int(self.head.split(" ")[1]) if head else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.raw.close()

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            try:
                part = self.raw.recv(65_536)
            except ConnectionError:
                part = b""
            if not part:
                raise Closed(None)
            self._left += part
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload. Raises `Closed` at a close frame or the end."""
        first, second = self._take(2)
        assert not second & 0x80, "servers do not mask"
        size = second & 0x7F
        if size == 126:
            size = struct.unpack("!H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self._take(8))[0]
        payload = self._take(size)
        if first & 0x0F == CLOSE:
            raise Closed(struct.unpack("!H", payload[:2])[0] if payload else None)
        return first & 0x0F, payload

    def send(self, text: str) -> None:
        self.raw.sendall(masked(text.encode(), head=0x81))

    def packet(self) -> str:
        """The next Engine.IO packet that is no ping and no no-op; pings are answered."""
        while True:
            opcode, payload = self.frame()
            if opcode != TEXT:
                continue
            text = payload.decode()
            if text == "2":
                self.send("3")
            elif text != "6":
                return text

    def open(self, auth: dict[str, Any] | None = None) -> RawSocket:
        """Engine handshake and the main namespace."""
        assert self.status == 101, self.head
        opened = self.packet()
        assert opened.startswith("0{"), opened
        self.send("40" + (json.dumps(auth) if auth else ""))
        answer = self.packet()
        assert answer.startswith("40{"), answer
        self.sid = json.loads(answer[2:])["sid"]
        return self

    def event(self) -> tuple[str, Any]:
        """The next event."""
        if self.events:
            return self.events.pop(0)
        while True:
            text = self.packet()
            if text.startswith("42"):
                name, payload = json.loads(text[2:])
                return name, payload

    def call(self, event: str, payload: Any = None) -> Any:
        """Emit and wait for the ack; events that come before it are kept."""
        self._ack += 1
        self.send(f"42{self._ack}{json.dumps([event, payload])}")
        while True:
            text = self.packet()
            if text.startswith("42"):
                self.events.append(tuple(json.loads(text[2:])))
            elif text.startswith(f"43{self._ack}["):
                return json.loads(text[text.index("[") :])[0]

    def closes(self) -> int | None:
        """Read until the server ends it; the close code."""
        try:
            while True:
                self.frame()
        except Closed as closed:
            return closed.code


def connect(port: int, *, auth: dict[str, Any] | None = None, **given: Any) -> RawSocket:
    return RawSocket(port, **given).open(auth)


def until(what: Any, *, seconds: float = WAIT_SECONDS_MAX) -> bool:
    """Whether it comes true within the seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return bool(what())
