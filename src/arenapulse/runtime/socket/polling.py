"""The ASGI side: polling requests (and the stock path's websockets), checked before engineio."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime.socket import limits
from arenapulse.runtime.socket.admission import Gate, Handshake, Refusal, fields_of, joined
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.metrics import Counters
from arenapulse.runtime.socket.upstream import SocketioServer
from arenapulse.runtime.socket.wire import POLICY_VIOLATION

logger = logging.getLogger("arenapulse.socket")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

SEPARATOR = "\x1e"
UNKNOWN_SESSION = Refusal(400, "Session ID unknown")
BAD_REQUEST = Refusal(400, "Bad request")
PREFLIGHT_SECONDS = b"600"
# Close, pong, upgrade and no-op, and the probe of an upgrade.
STOCK_PACKETS = frozenset({"1", "3", "5", "6", "2probe"})


class GoneError(Exception):
    """The client hung up before its request was whole."""


class Host(Protocol):
    """What both transports need of the server."""

    settings: SocketSettings
    counters: Counters
    gate: Gate
    sio: SocketioServer

    def close_engine(self, engine_sid: str) -> None: ...
    def too_fast(self, engine_sid: str) -> None: ...


def handshake_of(gate: Gate, scope: Scope) -> Handshake:
    headers = joined((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
    client = scope.get("client")
    address = gate.client_address(client[0] if client else None, headers=headers)
    return Handshake(
        address=address, headers=headers, query=scope["query_string"].decode("latin-1")
    )


def packets_in(body: bytes) -> int | None:
    """How many packets a POST brings; None if any is none that a client may send."""
    try:
        parts = body.decode().split(SEPARATOR)
    except UnicodeDecodeError:
        return None
    if len(parts) > limits.POST_PACKETS_MAX or not all(map(_is_packet, parts)):
        return None
    return len(parts)


def _is_message(part: str) -> bool:
    # A Socket.IO packet begins with its digit: engineio would try to read anything else as JSON.
    return part.startswith("4") and part[1:2].isdecimal() and part[1:2].isascii()


def _is_packet(part: str) -> bool:
    if _is_message(part):
        return True
    if part.startswith("b"):
        try:
            base64.b64decode(part[1:], validate=True)
        except (binascii.Error, ValueError):
            return False
        return True
    return part in {"1", "3"}


class PollingApp:
    """Answers for `/socket.io`; engineio sees only what has passed."""

    def __init__(self, server: Host) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = self._server
        handshake = handshake_of(server.gate, scope)
        asked = fields_of(handshake.query)
        refusal = server.gate.refuses_origin(handshake.headers)
        if not server.settings.stock or asked.get("transport") != "websocket":
            refusal = refusal or BAD_REQUEST
        elif refusal is None and "sid" not in asked:
            refusal = server.gate.refuses_newcomer(handshake.address)
        elif refusal is None and (server.gate.draining or not self._is_open(asked["sid"])):
            refusal = UNKNOWN_SESSION
        if refusal is not None:
            # uvicorn answers 403 to all of these, and logs an error when given another status.
            await receive()
            await send({"type": "websocket.close"})
            return

        async def checked() -> MutableMapping[str, Any]:
            message = await receive()
            text = message.get("text")
            if text is None or text in STOCK_PACKETS or _is_message(text):
                return message
            # engineio would raise, and keep the session until its next ping.
            server.counters.malformed += 1
            return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

        await server.sio.serve(scope, checked, send)

    def _is_open(self, engine_sid: str) -> bool:
        session = self._server.sio.session_of(engine_sid)
        return session is not None and not session.closed

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = self._server
        handshake = handshake_of(server.gate, scope)
        refusal = server.gate.refuses_origin(handshake.headers)
        if refusal is not None:
            await _answer(send, refusal, [])
            return
        sharing = _sharing(handshake)
        if scope["method"] == "OPTIONS":
            await _preflight(send, sharing)
            return
        guarded = _Guarded(send, sharing)
        try:
            refusal = await self._serve(scope, receive, guarded, handshake)
        except GoneError:
            return
        except Exception:  # The boundary: engineio trips over races and odd requests; never a 500.
            logger.exception("polling request failed")
            refusal = BAD_REQUEST
        if refusal is not None and not guarded.started:
            await _answer(send, refusal, sharing)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, handshake: Handshake
    ) -> Refusal | None:
        """Let engineio answer, or say why not."""
        server = self._server
        asked = fields_of(handshake.query)
        # JSONP would let any page read a session across origins.
        if asked.get("transport") != "polling" or asked.get("EIO") != "4" or "j" in asked:
            return BAD_REQUEST
        if "sid" not in asked:
            if scope["method"] != "GET":
                return BAD_REQUEST
            refusal = server.gate.refuses_newcomer(handshake.address)
            if refusal is None:
                await self._get(scope, receive, send)
            return refusal
        engine_sid = asked["sid"]
        if not self._is_open(engine_sid):
            return UNKNOWN_SESSION
        if scope["method"] == "GET":
            return await self._poll(scope, receive, send, engine_sid)
        if scope["method"] == "POST":
            return await self._post(scope, receive, send, engine_sid)
        return Refusal(405, "Method not allowed")

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Read here, since engineio stumbles over who has gone, and after the pause: what waits for
        # the client then waits for its next poll.
        await _read(receive, size_max=0)
        await self._server.sio.serve(scope, _replay(b""), send)

    async def _poll(
        self, scope: Scope, receive: Receive, send: Send, engine_sid: str
    ) -> Refusal | None:
        server = self._server
        peer = server.gate.peer(engine_sid)
        if peer is None:
            return UNKNOWN_SESSION
        if peer.polling:
            # Two GETs would share the packets between them.
            server.counters.malformed += 1
            server.close_engine(engine_sid)
            return BAD_REQUEST
        peer.polling = True
        try:
            early = peer.polled_at + limits.POLL_SPACING_SECONDS - monotonic_seconds()
            await asyncio.sleep(max(0.0, early))
            await self._get(scope, receive, send)
        finally:
            peer.polling = False
            peer.polled_at = monotonic_seconds()
        return None

    async def _post(
        self, scope: Scope, receive: Receive, send: Send, engine_sid: str
    ) -> Refusal | None:
        server = self._server
        peer = server.gate.peer(engine_sid)
        if peer is None:
            return UNKNOWN_SESSION
        body = await _read(receive, size_max=server.settings.payload_bytes_max)
        if body is None:
            return Refusal(413, "Too large")
        count = packets_in(body)
        if count is None:
            server.counters.malformed += 1
            server.close_engine(engine_sid)
            return BAD_REQUEST
        if not server.gate.takes_message(peer, count=count):
            server.too_fast(engine_sid)
            return Refusal(429, "Too many messages")
        length = (b"content-length", str(len(body)).encode())
        headers = [h for h in scope["headers"] if h[0] != b"content-length"]
        await server.sio.serve({**scope, "headers": [*headers, length]}, _replay(body), send)
        return None


class _Guarded:
    """Adds the cross-origin headers, and knows whether an answer has begun."""

    def __init__(self, send: Send, sharing: Headers) -> None:
        self._send = send
        self._sharing = sharing
        self.started = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            extra = [(b"cache-control", b"no-store"), *self._sharing]
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await self._send(message)


def _sharing(handshake: Handshake) -> Headers:
    """Cross-origin headers for an origin that was found to be allowed."""
    origin = handshake.headers.get("origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


async def _preflight(send: Send, sharing: Headers) -> None:
    headers = [
        *sharing,
        (b"access-control-allow-methods", b"GET, POST"),
        (b"access-control-allow-headers", b"content-type"),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _read(receive: Receive, *, size_max: int) -> bytes | None:
    """A request's body; None once it is larger than allowed. Raises `GoneError`."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise GoneError
        body += message.get("body", b"")
        if len(body) > size_max:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes) -> Receive:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _head(refusal: Refusal, extra: Headers) -> dict[str, Any]:
    headers = [(b"content-type", b"text/plain"), *extra]
    if refusal.status in {429, 503}:
        headers.append((b"retry-after", str(limits.RETRY_SECONDS).encode()))
    return {"status": refusal.status, "headers": headers}


async def _answer(send: Send, refusal: Refusal, extra: Headers) -> None:
    await send({"type": "http.response.start", **_head(refusal, extra)})
    await send({"type": "http.response.body", "body": refusal.message.encode()})
