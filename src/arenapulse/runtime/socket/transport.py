"""Websocket upgrades taken from uvicorn and given to picows, without ASGI in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from arenapulse.runtime.socket import limits, upstream, wire
from arenapulse.runtime.socket.admission import Handshake, Peer, Refusal, fields_of, joined
from arenapulse.runtime.socket.handlers import HANDSHAKE_KEY
from arenapulse.runtime.socket.polling import Host
from arenapulse.runtime.socket.wire import Wire

logger = logging.getLogger("arenapulse.socket")

REASONS = {400: "Bad Request", 403: "Forbidden", 429: "Too Many Requests"}
DATA_KINDS = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION})
PROBE = "2probe"
PROBE_ANSWER = b"3probe"
UPGRADE = "5"
# picows checks each frame's size; what an attachment's frame adds stays within this.
FRAME_SLACK_BYTES = 16


class PicowsLog:
    """What picows takes for a logger; one per connection, so it knows whom an error concerns."""

    __slots__ = ("_on_error",)

    def __init__(self, on_error: Callable[[], None]) -> None:
        self._on_error = on_error

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - logging.Logger's name
        return level >= logging.ERROR

    def info(self, *_args: object, **_unused: object) -> None:
        """Connections are counted, not logged."""

    debug = log = warning = info

    def error(self, *_args: object, **_unused: object) -> None:
        self._on_error()

    def exception(self, *_args: object, **_unused: object) -> None:
        logger.error("websocket listener failed", exc_info=True)  # noqa: LOG014 - picows is handling it
        self._on_error()


class SocketListener(WSListener):
    """One websocket: either a session of its own or a polling session that moves over."""

    def __init__(
        self,
        server: Host,
        *,
        connections: set[Any],
        handshake: Handshake,
        session: upstream.FanoutSession | None,
    ) -> None:
        self._server = server
        self._connections = connections
        self._handshake = handshake
        self._session = session
        self._is_upgrade = session is not None
        self._wire: Wire | None = None
        self._peer: Peer | None = None
        self._fragments: bytearray | None = None
        self._fragments_are_text = False
        self._deadline: asyncio.TimerHandle | None = None

    # Called by uvicorn when it stops.

    def shutdown(self) -> None:
        if self._wire is not None:
            self._wire.close(wire.SERVICE_RESTART)

    # Called by picows.

    def on_ws_connected(self, transport: WSTransport) -> None:
        server = self._server
        self._wire = Wire(transport.underlying_transport, counters=server.counters)
        self._connections.add(self)
        session = self._session
        if session is not None:
            self._peer = server.gate.peer(session.sid)
            self._deadline = asyncio.get_running_loop().call_later(
                server.settings.upgrade_seconds_max, self.give_up
            )
            return
        session, greeting = server.sio.open_websocket()
        self._session = session
        self._peer = server.gate.opened(session.sid, address=self._handshake.address)
        session.attach(self._wire)
        self._wire.write(greeting)
        session.accept({HANDSHAKE_KEY: self._handshake})

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        del transport
        peer, session, line = self._peer, self._session, self._wire
        if peer is None or session is None or line is None or line.transport is None:
            return
        if not self._server.gate.takes_message(peer):
            self._server.counters.rate_closed += 1
            self._end(wire.POLICY_VIOLATION)
            return
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._malformed(wire.PROTOCOL_ERROR)
            return
        kind = frame.msg_type
        if kind in DATA_KINDS:
            self._on_data(kind, frame)
        elif kind == WSMsgType.PING:
            line.write(wire.frame(frame.get_payload_as_bytes(), head=wire.PONG))
        elif kind == WSMsgType.CLOSE:
            line.close(wire.NORMAL)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self._connections.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()
        line, self._wire = self._wire, None
        session, self._session = self._session, None
        if line is not None:
            line.release()
        if session is None:
            return
        if session.wire is line:
            session.lost()
        elif self._is_upgrade:
            # The move failed half-way: polling goes on.
            session.upgrading = False

    def pause_writing(self) -> None:
        """The fan-out looks at the buffer itself."""

    def resume_writing(self) -> None:
        """The fan-out looks at the buffer itself."""

    # Data frames.

    def _on_data(self, kind: WSMsgType, frame: WSFrame) -> None:
        whole = self._assemble(kind, frame)
        if whole is None:
            return
        data, is_text = whole
        if not is_text:
            self._on_binary(data)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self._malformed(wire.INVALID_TEXT)
            return
        session = self._session
        assert session is not None
        if session.wire is self._wire:
            self._on_packet(session, text)
        else:
            self._on_upgrade(session, text)

    def _assemble(self, kind: WSMsgType, frame: WSFrame) -> tuple[bytes, bool] | None:
        """A message once it is complete; None while it is not, or is refused."""
        is_first = kind != WSMsgType.CONTINUATION
        if is_first != (self._fragments is None):
            self._malformed(wire.PROTOCOL_ERROR)
            return None
        if is_first and frame.fin:
            return frame.get_payload_as_bytes(), kind == WSMsgType.TEXT
        if self._fragments is None:
            self._fragments = bytearray()
            self._fragments_are_text = kind == WSMsgType.TEXT
        self._fragments += frame.get_payload_as_bytes()
        if len(self._fragments) > self._server.settings.payload_bytes_max:
            self._malformed(wire.TOO_BIG)
            return None
        if not frame.fin:
            return None
        whole, self._fragments = bytes(self._fragments), None
        return whole, self._fragments_are_text

    def _on_packet(self, session: upstream.FanoutSession, text: str) -> None:
        """An Engine.IO packet of an established websocket."""
        kind = text[:1]
        if text == "3":
            session.schedule_ping()
        elif kind == "4":
            self._take(session, text[1:])
        elif text == "1":
            self._end(wire.NORMAL)
        elif kind not in {"3", "6"}:
            self._malformed(wire.POLICY_VIOLATION)

    def _on_binary(self, data: bytes) -> None:
        session = self._session
        assert session is not None
        if session.wire is self._wire:
            self._take(session, data)
        else:
            self._malformed(wire.POLICY_VIOLATION)

    def _take(self, session: upstream.FanoutSession, data: str | bytes) -> None:
        line = self._wire
        if not session.accept(data) and line is not None and line.transport is not None:
            line.transport.pause_reading()

    def _on_upgrade(self, session: upstream.FanoutSession, text: str) -> None:
        line = self._wire
        assert line is not None
        if text == PROBE and not session.upgraded:
            line.write(wire.frame(PROBE_ANSWER))
            session.release_poll()
        elif text == UPGRADE and session.upgrading and not session.is_over():
            if self._deadline is not None:
                self._deadline.cancel()
            self._server.counters.upgrades += 1
            session.attach(line)
        else:
            self._malformed(wire.POLICY_VIOLATION)

    # Endings.

    def give_up(self) -> None:
        """The upgrade took too long; polling goes on."""
        self._end(wire.POLICY_VIOLATION)

    def on_parser_error(self) -> None:
        """The parser has said why in a close frame of its own; nothing more may be read."""
        self._server.counters.malformed += 1
        if self._wire is not None:
            self._wire.forsake()

    def _malformed(self, code: int) -> None:
        self._server.counters.malformed += 1
        self._end(code)

    def _end(self, code: int) -> None:
        if self._wire is not None:
            self._wire.close(code)


def _parse(request: bytes) -> tuple[str, str, dict[str, str]]:
    """Path, query and headers of a request that uvicorn has already checked and rewritten."""
    head, _, fields = request.partition(b"\r\n")
    target = head.split(b" ", 2)[1].decode("latin-1")
    path, _, query = target.partition("?")
    lines = [line.decode("latin-1").partition(": ") for line in fields.split(b"\r\n")]
    return unquote(path), query, joined((n.lower(), v) for n, colon, v in lines if colon)


def _canonical(headers: dict[str, str]) -> bytes:
    """The request as picows wants it: it refuses Firefox's `Connection: keep-alive, Upgrade`."""
    return (
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: {headers.get('sec-websocket-version', '')}\r\n"
        f"Sec-WebSocket-Key: {headers.get('sec-websocket-key', '')}\r\n\r\n"
    ).encode("latin-1")


class UpgradeProtocol(asyncio.Protocol):
    """uvicorn makes one per upgrade; it picks who speaks from then on, and steps aside."""

    server: Host

    def __init__(
        self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: Any = None
    ) -> None:
        self._arguments = (config, server_state, app_state)
        self._connections: set[Any] = server_state.connections
        self._transport: asyncio.Transport | None = None
        self._next: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports implement the interface without inheriting it.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._next is not None:
            upstream.feed(self._next, data)
            return
        transport = self._transport
        assert transport is not None
        if transport.is_closing():
            return
        path, query, headers = _parse(data)
        if path.rstrip("/") != self.server.settings.path:
            # Some other application's websocket: uvicorn's own protocol serves it.
            self._next = upstream.stock_protocol(*self._arguments)
            self._next.connection_made(transport)
            self._next.data_received(data)
        else:
            chosen = self._choose(transport, query, headers)
            if isinstance(chosen, Refusal):
                _refuse(transport, chosen)
                return
            self._next = chosen
            chosen.connection_made(transport)
            upstream.feed(chosen, _canonical(headers))
        # uvicorn makes this object the transport's protocol when this call returns.
        asyncio.get_running_loop().call_soon(self._step_aside)

    def _choose(
        self, transport: asyncio.Transport, query: str, headers: dict[str, str]
    ) -> Any | Refusal:
        server = self.server
        gate = server.gate
        peer = transport.get_extra_info("peername")
        address = gate.client_address(peer[0] if peer else None, headers=headers)
        refusal = gate.refuses_origin(headers)
        if refusal is not None:
            return refusal
        asked = fields_of(query)
        if asked.get("transport") != "websocket" or asked.get("EIO") != "4":
            return Refusal(400, "Only Engine.IO 4 websockets")
        session = None
        if "sid" in asked:
            session = server.sio.session_of(asked["sid"])
            if session is None or session.upgraded or session.upgrading or gate.draining:
                return Refusal(400, "Session ID unknown")
        else:
            refusal = gate.refuses_newcomer(address)
            if refusal is not None:
                return refusal
        listener = SocketListener(
            server,
            connections=self._connections,
            handshake=Handshake(address=address, headers=headers, query=query),
            session=session,
        )
        return upstream.websocket_protocol(
            listener,
            frame_bytes_max=server.settings.payload_bytes_max + FRAME_SLACK_BYTES,
            log=PicowsLog(listener.on_parser_error),
        )

    def _step_aside(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        # Reading starts anew because uvloop picks its read callback by the kind of protocol.
        transport.pause_reading()
        transport.set_protocol(self._next)
        transport.resume_reading()
        self._next = self._transport = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._next is not None:
            self._next.connection_lost(exc)

    def eof_received(self) -> None:
        """The transport closes itself."""


def _refuse(transport: asyncio.Transport, refusal: Refusal) -> None:
    reason = REASONS.get(refusal.status, "Service Unavailable")
    body = refusal.message.encode()
    transport.write(
        f"HTTP/1.1 {refusal.status} {reason}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: {limits.RETRY_SECONDS}\r\n"
        "Connection: close\r\n\r\n".encode()
        + body
    )
    transport.close()


def upgrade_protocol(server: Host) -> type[UpgradeProtocol]:
    """The class for uvicorn's `ws=`, bound to one server."""
    return type("BoundUpgradeProtocol", (UpgradeProtocol,), {"server": server})
