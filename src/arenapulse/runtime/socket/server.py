"""The socket server of one process: rooms, handlers, limits and draining, without domain words.

Wiring, in the entrypoint:

    server = make_server(settings=SocketSettings(...))
    server.on("thing:subscribe", handler)           # the slices register their handlers
    app = …                                         # an ASGI app that sends every http and
                                                    # websocket scope under server.settings.path
                                                    # to server.asgi_app
    config = uvicorn.Config(app, host=…, port=…, **uvicorn_options(server))
    …start…; tune_gc()                              # after warm-up
    …on SIGTERM…; await server.drain(60)            # then stop uvicorn
    await server.stop()

Polling requests reach `server.asgi_app`; websocket upgrades under the path never become ASGI: the
connection's protocol (`transport.py`) hands them to picows. With `stock=True` both go through
python-socketio and uvicorn as they come, behind the same API and the same limits.

Order: everything sent to one socket (acks, `emit_to`, `emit_local`) leaves in the order of the
calls. A snapshot ack followed by newer frames is a `Reply(data=…, then=…)` whose `then` sends the
missed frames and joins the room: nothing can come in between.

Slow readers: past `buffer_bytes_max` the frames of `emit_local` are dropped for that socket. Once
it has caught up the resync handler is called with its sid, and frames flow again before that
handler runs: it sends what the client needs to be right again. Acks and `emit_to` are never
dropped; a socket that lets them pile up, or lags for `stalled_seconds_max`, is closed.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import random
from collections import deque
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime.socket import limits, upstream
from arenapulse.runtime.socket.admission import Gate, Handshake
from arenapulse.runtime.socket.fanout import Connection, Fanout
from arenapulse.runtime.socket.handlers import (
    HANDSHAKE_KEY,
    ConnectHandler,
    ConnectRefused,
    DisconnectHandler,
    EventHandler,
    Reply,
    ResyncHandler,
    RoomHook,
    refused,
)
from arenapulse.runtime.socket.heartbeat import Heartbeat
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.metrics import Counters
from arenapulse.runtime.socket.packets import MalformedError
from arenapulse.runtime.socket.polling import PollingApp, handshake_of
from arenapulse.runtime.socket.session import spawn
from arenapulse.runtime.socket.transport import upgrade_protocol

logger = logging.getLogger("arenapulse.socket")
T = TypeVar("T")

INTERNAL_CODE = "SYS001"
INTERNAL_MESSAGE = "Something went wrong on our side"
UNKNOWN_EVENT_CODE = "VALIDATION001"


class SocketServer:
    """Everything a slice may do with sockets. All methods belong to the event loop's thread."""

    def __init__(self, settings: SocketSettings) -> None:
        self.settings = settings
        self.counters = Counters()
        self.gate = Gate(settings, counters=self.counters)
        self.fanout = Fanout(
            counters=self.counters,
            rooms_max=settings.rooms_max,
            buffer_bytes_max=settings.buffer_bytes_max,
            stalled_seconds_max=settings.stalled_seconds_max,
        )
        self.heartbeat = Heartbeat(
            interval_seconds=settings.ping_interval_seconds,
            timeout_seconds=settings.ping_timeout_seconds,
        )
        self.sio = upstream.SocketioServer(self, settings=settings)
        self.sio.hook(connect=self._connect, disconnect=self._disconnect, heartbeat=self.heartbeat)
        self.asgi_app = PollingApp(self)
        self._handlers: dict[str, EventHandler] = {}
        self._connect_handler: ConnectHandler | None = None
        self._disconnect_handler: DisconnectHandler | None = None
        self._resync_handler: ResyncHandler | None = None
        self.fanout.resync = self._resync
        self._newcomers: deque[tuple[float, str]] = deque()
        self._ticker: asyncio.Task[None] | None = None

    # For slices: registration.

    def on(self, event: str, handler: EventHandler) -> None:
        """Register a handler; one client's events are handled one after the other."""
        assert event not in self._handlers, f"two handlers for {event}"
        self._handlers[event] = handler

    def on_connect(self, handler: ConnectHandler) -> None:
        self._connect_handler = handler

    def on_disconnect(self, handler: DisconnectHandler) -> None:
        self._disconnect_handler = handler

    def on_resync(self, handler: ResyncHandler) -> None:
        self._resync_handler = handler

    def on_rooms(self, *, opened: RoomHook, closed: RoomHook) -> None:
        """Told when a room gets its first and loses its last member of this process."""
        self.fanout.room_opened = opened
        self.fanout.room_closed = closed

    # For slices: sockets and rooms.

    def session(self, sid: str) -> dict[str, Any]:
        """The slices' own data of a connected socket; raises `KeyError` once it has gone."""
        connection = self.fanout.get(sid)
        if connection is None:
            raise KeyError(sid)
        return connection.session

    def is_connected(self, sid: str) -> bool:
        return self.fanout.get(sid) is not None

    def sids(self, room: str | None = None) -> list[str]:
        return self.fanout.sids(room)

    def join(self, sid: str, *, room: str) -> bool:
        """False if the socket has gone; raises `fanout.RoomsFullError` past `rooms_max`."""
        return self.fanout.join(sid, room=room)

    def leave(self, sid: str, *, room: str) -> None:
        self.fanout.leave(sid, room=room)

    def rooms(self, sid: str) -> frozenset[str]:
        connection = self.fanout.get(sid)
        return frozenset() if connection is None else frozenset(connection.rooms)

    def members(self, room: str) -> int:
        return self.fanout.members(room)

    def emit_local(self, room: str, *, event: str, payload: bytes) -> int:
        """Send JSON bytes to a room's members in this process; slow ones miss it. How many."""
        return self.fanout.emit_local(room, event=event, payload=payload)

    def emit_to(self, sid: str, *, event: str, payload: bytes) -> bool:
        """Send JSON bytes to one socket; False if it has gone."""
        return self.fanout.emit_to(sid, event=event, payload=payload)

    def disconnect(self, sid: str) -> None:
        """Close a socket; its client is free to come back."""
        connection = self.fanout.get(sid)
        if connection is not None:
            connection.outlet.end()

    # For the entrypoint.

    def uvicorn_ws_class(self) -> Any:
        """What uvicorn's `ws=` takes."""
        return "websockets-sansio" if self.settings.stock else upgrade_protocol(self)

    def number(self, index: int) -> None:
        """Which of several processes this is: session ids begin with it, and a dot."""
        self.sio.number(index)

    async def drain(self, seconds: float, *, rng: random.Random | None = None) -> None:
        """Let nobody new in and send everybody away, each at a random moment of the time given."""
        self.gate.draining = True
        chance = rng or random.Random()  # noqa: S311 - spreads load, protects nothing
        sids = self.sio.engine_sids()
        moments = sorted((chance.uniform(0, seconds), sid) for sid in sids)
        begun = monotonic_seconds()
        for moment, engine_sid in moments:
            await asyncio.sleep(max(0.0, begun + moment - monotonic_seconds()))
            session = self.sio.session_of(engine_sid)
            if session is not None:
                upstream.outlet_of(session).end()

    async def stop(self) -> None:
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.cancel()
            await asyncio.wait({ticker})

    # Called by the Socket.IO layer and the transports.

    def engine_opened(self, engine_sid: str, environ: dict[str, Any]) -> dict[str, Any]:
        handshake = environ.get(HANDSHAKE_KEY) or handshake_of(self.gate, environ["asgi.scope"])
        self.gate.opened(engine_sid, address=handshake.address)
        self._newcomers.append(
            (monotonic_seconds() + self.settings.connect_seconds_max, engine_sid)
        )
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
        return {HANDSHAKE_KEY: handshake}

    def engine_message(self, engine_sid: str) -> bool:
        peer, session = self.gate.peer(engine_sid), self.sio.session_of(engine_sid)
        if peer is None or session is None:
            return False
        # POSTs, and the fan-out path's websocket frames, were counted where they came in.
        if not self.settings.stock or not session.upgraded or self.gate.takes_message(peer):
            return True
        self.too_fast(engine_sid)
        return False

    def too_fast(self, engine_sid: str) -> None:
        self.counters.rate_closed += 1
        self.close_engine(engine_sid)

    def engine_closed(self, engine_sid: str) -> None:
        self.gate.closed(engine_sid)

    def broken(self, engine_sid: str, *, why: BaseException) -> None:
        if isinstance(why, MalformedError):
            self.counters.malformed += 1
        else:
            self.counters.handler_errors += 1
            logger.error("socket message failed", exc_info=why)
        self.close_engine(engine_sid)

    def close_engine(self, engine_sid: str) -> None:
        session = self.sio.session_of(engine_sid)
        if session is not None:
            upstream.outlet_of(session).end()

    async def dispatch(self, sid: str, event: str, arguments: list[Any]) -> Reply:
        handler = self._handlers.get(event)
        if handler is None:
            return refused(UNKNOWN_EVENT_CODE, "Unknown event")
        payload = arguments[0] if arguments else None
        failed = refused(INTERNAL_CODE, INTERNAL_MESSAGE)
        answer = await self._call(f"handler of {event}", handler(sid, payload), failed)
        return answer if isinstance(answer, Reply) else Reply(data=answer)

    async def _call(self, what: str, work: Awaitable[T], otherwise: T) -> T:
        """The boundary: a slice's bug or delay ends here, logged without the payload."""
        try:
            async with asyncio.timeout(self.settings.handler_seconds_max):
                return await work
        except Exception:
            self.counters.handler_errors += 1
            logger.exception("socket: %s failed", what)
            return otherwise

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        handshake: Handshake = environ[HANDSHAKE_KEY]
        engine_sid = self.sio.engine_sid(sid) or ""
        session = self.sio.session_of(engine_sid)
        if session is None:
            raise upstream.refusal("Gone", code=INTERNAL_CODE)
        self.fanout.add(Connection(sid, outlet=upstream.outlet_of(session)))
        given = cast("dict[str, Any]", auth) if isinstance(auth, dict) else {}
        no = await self._ask_connect(sid, handshake, given)
        # A hall of 10,000 sockets would otherwise keep as many sets of browser headers.
        handshake.headers = {}
        if session.closing or session.closed or self.sio.session_of(engine_sid) is not session:
            # By polling one may leave while we ask; the way out went past what was not there yet.
            no = ConnectRefused(code=INTERNAL_CODE, message="Gone")
        if no is not None:
            self.fanout.remove(sid)
            raise upstream.refusal(no.message, code=no.code)

    async def _ask_connect(
        self, sid: str, handshake: Handshake, auth: dict[str, Any]
    ) -> ConnectRefused | None:
        if self._connect_handler is None:
            return None
        failed = ConnectRefused(code=INTERNAL_CODE, message=INTERNAL_MESSAGE)
        work = self._connect_handler(sid, handshake, auth)
        return await self._call("connect handler", work, failed)

    async def _disconnect(self, sid: str, reason: str) -> None:
        if self._disconnect_handler is not None and self.is_connected(sid):
            await self._call("disconnect handler", self._disconnect_handler(sid, reason), None)
        self.fanout.remove(sid)

    def _resync(self, sid: str) -> None:
        if self._resync_handler is not None:
            spawn(self._run_resync(self._resync_handler, sid))

    async def _run_resync(self, handler: ResyncHandler, sid: str) -> None:
        errors = self.counters.handler_errors
        await self._call("resync handler", handler(sid), None)
        if self.counters.handler_errors != errors:
            # The client would stay wrong; coming back, it asks for everything.
            self.disconnect(sid)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(limits.TICK_SECONDS)
            # Without the ticker every socket would die of silence.
            await self._call("ticker", self._sweep(monotonic_seconds()), None)

    async def _sweep(self, now: float) -> None:
        self.heartbeat.sweep(now)
        self.fanout.sweep(now)
        self._sweep_newcomers(now)

    def _sweep_newcomers(self, now: float) -> None:
        newcomers = self._newcomers
        while newcomers and newcomers[0][0] <= now:
            engine_sid = newcomers.popleft()[1]
            if not self.sio.is_joined(engine_sid):
                self.close_engine(engine_sid)


def make_server(*, settings: SocketSettings) -> SocketServer:
    return SocketServer(settings)


def uvicorn_options(server: SocketServer) -> dict[str, Any]:
    """Keyword arguments of `uvicorn.Config` that the server relies on."""
    return {
        "ws": server.uvicorn_ws_class(),
        "loop": "uvloop",
        "http": "httptools",
        # Engine.IO pings by itself; compressing each frame per socket would cost the fan-out.
        "ws_ping_interval": None,
        "ws_per_message_deflate": False,
        "ws_max_size": server.settings.payload_bytes_max,
        # The gate resolves X-Forwarded-For itself, for both transports in the same way.
        "proxy_headers": False,
    }


# A collection of the oldest generation walks every socket's objects and stops the fan-out.
GC_THRESHOLDS = (50_000, 20, 100)


def tune_gc() -> None:
    """Call once the process is warm: what lives by then is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
