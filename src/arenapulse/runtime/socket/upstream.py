"""The one file that touches what engineio, socketio, picows and uvicorn keep to themselves.

`DEPENDENCIES` and `RELIED_ON` say which versions and which members; `drift()` compares them with
what is installed, and a test fails when upstream moves. Nothing of theirs is patched: everything
here is a subclass, or a call with the arguments of the pinned version.
"""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportMissingTypeStubs=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedBaseClass=false, reportIncompatibleMethodOverride=false
# pyright: reportIncompatibleVariableOverride=false, reportMissingSuperCall=false
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false
# python-engineio and python-socketio carry no types; this file is where their `Any` ends.

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import engineio
import msgspec
import socketio
from engineio.async_socket import AsyncSocket
from picows import WSListener
from picows.picows import WSAutoPingStrategy, WSProtocol
from socketio.async_manager import AsyncManager
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from arenapulse.runtime.socket import packets
from arenapulse.runtime.socket.fanout import Outlet
from arenapulse.runtime.socket.handlers import Owner, Reply
from arenapulse.runtime.socket.heartbeat import Heartbeat
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.packets import CheckedPacket, CountedQueue
from arenapulse.runtime.socket.session import StockOutlet, WireSession, spawn
from arenapulse.runtime.socket.wire import SERVICE_RESTART

DEPENDENCIES = {
    "python-engineio": "4.15.1",
    "python-socketio": "5.18.1",
    "picows": "2.3.1",
    "uvicorn": "0.54.0",
}
RELIED_ON: tuple[tuple[Any, str], ...] = (
    (AsyncSocket, "poll receive handle_get_request handle_post_request close send"),
    (engineio.AsyncServer, "_handle_connect _trigger_event _ok _bad_request create_queue"),
    (engineio.AsyncServer, "generate_id handle_request reason"),
    (socketio.AsyncServer, "_engineio_server_class _handle_event_internal _send_packet"),
    (socketio.AsyncServer, "_handle_eio_connect _handle_eio_message _handle_eio_disconnect"),
    (AsyncManager, "basic_enter_room basic_leave_room basic_disconnect get_participants"),
    (AsyncManager, "get_rooms sid_from_eio_sid eio_sid_from_sid get_namespaces"),
    (WSProtocol, "connection_made get_buffer buffer_updated connection_lost"),
    (WebSocketsSansIOProtocol, "connection_made data_received connection_lost shutdown"),
)
MAIN = "/"
# picows grows it when a client sends more at once.
READ_BUFFER_BYTES = 2048

# The libraries log payloads at INFO and a line per refused client at ERROR.
quiet = logging.getLogger("arenapulse.socket.upstream")
quiet.setLevel(logging.CRITICAL)


def drift() -> list[str]:
    """What of the pinned versions and of the members relied on is no longer so."""
    moved = [
        f"{name} is {version(name)}, written for {pinned}"
        for name, pinned in DEPENDENCIES.items()
        if version(name) != pinned
    ]
    for owner, members in RELIED_ON:
        moved += [f"{owner.__name__}.{m} is gone" for m in members.split() if not hasattr(owner, m)]
    return moved


class FanoutSession(WireSession, AsyncSocket):
    """engineio's session with our half in front; the rest serves polling."""

    def __init__(self, server: FanoutEngine, sid: str) -> None:
        # The stock initialiser would make the queue.
        WireSession.__init__(self)
        self.server = server
        self.sid = sid
        self.last_ping = None
        self.connected = self.upgrading = self.upgraded = False
        self.closing = self.closed = False
        self.session = {}

    async def deliver(self, data: Any) -> None:
        # The first thing that arrives is the handshake itself.
        event = "connect" if isinstance(data, dict) else "message"
        await self.server._trigger_event(event, self.sid, data)  # noqa: SLF001 - the base class is its friend

    def schedule_ping(self) -> None:
        self.server.heartbeat.pong(self)

    def expire(self) -> None:
        spawn(self.close(reason=self.server.reason.PING_TIMEOUT))

    def end(self) -> None:
        spawn(self.close())

    def lost(self) -> None:
        spawn(self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE))

    def cut(self) -> None:
        if self.wire is not None:
            self.wire.abort()
        spawn(self.close(abort=True))

    async def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        del wait
        if self.closed or self.closing:
            return
        self.closing = True
        if self.wire is not None:
            self.wire.close(SERVICE_RESTART)
        elif not abort:
            self.queue.put_nowait(packets.engine(packets.CLOSE))
        await self.handlers_done(seconds_max=self.server.handler_seconds_max)
        why = reason or self.server.reason.SERVER_DISCONNECT
        await self.server._trigger_event("disconnect", self.sid, why)  # noqa: SLF001 - as above
        self.closed = True
        if self.wire is None:
            self.queue.put_nowait(None)
        self.server.sockets.pop(self.sid, None)


class StockEngine(engineio.AsyncServer):
    """engineio as it is, but for queues whose size can be seen, and ids that say whose they are."""

    id_prefix = ""

    def generate_id(self) -> str:
        return self.id_prefix + super().generate_id()

    def create_queue(self, *args: Any, **kwargs: Any) -> CountedQueue:
        return CountedQueue(*args, **kwargs)


class FanoutEngine(StockEngine):
    """engineio with our sessions; polling is still served by its own request handling."""

    # Set by whoever makes the server, before the first client comes.
    heartbeat: Heartbeat
    handler_seconds_max: float

    def open_session(self) -> FanoutSession:
        """A session that is in the table and pinged from now on."""
        session = FanoutSession(self, self.generate_id())
        self.sockets[session.sid] = session
        self.heartbeat.start(session)
        return session

    def open_packet(self, session: FanoutSession, *, upgrades: list[str]) -> Any:
        """Engine.IO protocol 4, "Handshake": times in milliseconds."""
        return packets.engine(
            packets.OPEN,
            {
                "sid": session.sid,
                "upgrades": upgrades,
                "pingInterval": int(self.ping_interval * 1000),
                "pingTimeout": int(self.ping_timeout * 1000),
                "maxPayload": self.max_http_buffer_size,
            },
        )

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        del jsonp_index
        if transport != "polling":
            return self._bad_request("Websockets are served by the connection's own protocol")
        session = self.open_session()
        await self._trigger_event("connect", session.sid, environ)
        session.connected = True
        return self._ok([self.open_packet(session, upgrades=["websocket"])])


class Pending(dict[str, None]):
    """Clients between connect and connected: a list in the original, searched for each of them."""

    def append(self, sid: str) -> None:
        self[sid] = None

    def remove(self, sid: str) -> None:
        del self[sid]


class PendingBySpace(dict[str, Any]):
    def __setitem__(self, namespace: str, waiting: list[str]) -> None:
        super().__setitem__(namespace, Pending.fromkeys(waiting))


class FanoutManager(AsyncManager):
    """The client list with a reverse index; the original searches all rooms of all clients."""

    def __init__(self) -> None:
        super().__init__()
        self.pending_connect = PendingBySpace()
        self.pending_disconnect = PendingBySpace()
        self._rooms_of: dict[tuple[str, str], set[Any]] = {}

    def basic_enter_room(
        self, sid: str, namespace: str, room: Any, eio_sid: str | None = None
    ) -> None:
        # A room per client costs a kilobyte each; get_participants answers for it.
        if room == sid:
            return
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        if room is not None:
            self._rooms_of.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        super().basic_leave_room(sid, namespace, room)
        self._rooms_of.get((namespace, sid), set()).discard(room)

    def basic_disconnect(self, sid: str, namespace: str, **_unused: Any) -> None:
        for room in self._rooms_of.pop((namespace, sid), ()):
            super().basic_leave_room(sid, namespace, room)
        super().basic_leave_room(sid, namespace, None)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            waiting = pending.get(namespace)
            if waiting is not None:
                waiting.pop(sid, None)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        if isinstance(room, str) and self.is_sid_room(namespace, room):
            return iter([(room, self.rooms[namespace][None][room])])
        return super().get_participants(namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        return [sid, *self._rooms_of.get((namespace, sid), ())]


class SocketioServer(socketio.AsyncServer):
    """python-socketio with counted sessions, checked packets and our event dispatch."""

    def __init__(self, owner: Owner, *, settings: SocketSettings) -> None:
        self._owner = owner
        self._settings = settings
        super().__init__(
            client_manager=FanoutManager(),
            serializer=CheckedPacket,
            async_mode="asgi",
            # Handlers of one client run one after the other.
            async_handlers=False,
            logger=quiet,
            engineio_logger=quiet,
            ping_interval=settings.ping_interval_seconds,
            ping_timeout=settings.ping_timeout_seconds,
            max_http_buffer_size=settings.payload_bytes_max,
            # Origins are checked before engineio is asked.
            cors_allowed_origins=[],
            monitor_clients=settings.stock,
        )

    def hook(self, *, connect: Any, disconnect: Any, heartbeat: Heartbeat) -> None:
        self.on("connect", connect, namespace=MAIN)
        self.on("disconnect", disconnect, namespace=MAIN)
        if isinstance(self.eio, FanoutEngine):
            self.eio.heartbeat = heartbeat
            self.eio.handler_seconds_max = self._settings.handler_seconds_max

    def number(self, index: int) -> None:
        self.eio.id_prefix = f"{index}."

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self.handle_request(scope, receive, send)

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return StockEngine if self._settings.stock else FanoutEngine

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        # The ASGI environ keeps the whole first request alive; what is put here is small.
        await super()._handle_eio_connect(eio_sid, self._owner.engine_opened(eio_sid, environ))

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        if not self._owner.engine_message(eio_sid):
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as broken:  # noqa: BLE001 - the boundary: whatever came, the server goes on
            self._owner.broken(eio_sid, why=broken)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        self._binary_packet.pop(eio_sid, None)
        self._owner.engine_closed(eio_sid)

    async def _handle_event_internal(  # noqa: PLR0917 - the library's signature
        self, server: Any, sid: str, eio_sid: str, data: list[Any], namespace: str, ack: int | None
    ) -> None:
        if namespace != MAIN:
            await super()._handle_event_internal(server, sid, eio_sid, data, namespace, ack)
            return
        reply = await self._owner.dispatch(sid, data[0], data[1:])
        try:
            if ack is not None:
                await self._answer(eio_sid, ack, reply)
        finally:
            # Nothing awaited above gives way to other tasks, so frames sent here come right after.
            # Without an ack too: what the handler holds for this is let go in it.
            if reply.then is not None:
                reply.then()

    async def _answer(self, eio_sid: str, ack_id: int, reply: Reply) -> None:
        if reply.binary:
            data = [reply.data]
            await self._send_packet(eio_sid, CheckedPacket(packets.ACK, id=ack_id, data=data))
            return
        session = self.eio.sockets.get(eio_sid)
        if session is not None:
            outlet = outlet_of(session)
            outlet.push(f"3{ack_id}[{msgspec.json.encode(reply.data).decode()}]")

    def open_websocket(self) -> tuple[FanoutSession, bytes]:
        """A session born as a websocket, and the first frame that belongs on it."""
        session = self.eio.open_session()
        return session, packets.framed(self.eio.open_packet(session, upgrades=[]))

    def engine_sids(self) -> list[str]:
        return list(self.eio.sockets)

    def session_of(self, engine_sid: str) -> Any:
        return self.eio.sockets.get(engine_sid)

    def engine_sid(self, sid: str) -> str | None:
        return self.manager.eio_sid_from_sid(sid, MAIN)

    def is_joined(self, engine_sid: str) -> bool:
        """Whether the engine session is in any namespace."""
        manager = self.manager
        return any(manager.sid_from_eio_sid(engine_sid, n) for n in manager.get_namespaces())


def refusal(message: str, *, code: str) -> Exception:
    """Raised in a connect hook, it becomes `connect_error` with `data.code`."""
    return socketio.exceptions.ConnectionRefusedError(message, {"code": code})


def outlet_of(session: Any) -> Outlet:
    return session if isinstance(session, FanoutSession) else StockOutlet(session)


def websocket_protocol(listener: WSListener, *, frame_bytes_max: int, log: Any) -> Any:
    """The protocol of picows for one connection whose upgrade request is about to be fed to it."""
    return WSProtocol(
        None,  # host_port: clients only
        None,  # ws_path: clients only
        False,  # is_client_side
        lambda _request: listener,
        log,
        True,  # disconnect_on_exception
        None,  # websocket_handshake_timeout: the request is complete
        False,  # enable_auto_ping: Engine.IO has its own
        1,
        1,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # enable_auto_pong: its pongs would pile up without a limit
        frame_bytes_max,
        None,  # extra_headers
        READ_BUFFER_BYTES,
    )


def stock_protocol(config: Any, server_state: Any, app_state: dict[str, Any]) -> Any:
    """The websocket protocol of uvicorn itself, for paths that are not ours."""
    return WebSocketsSansIOProtocol(config, server_state, app_state)


def feed(protocol: Any, data: bytes) -> None:
    """Hand bytes to picows the way a buffered transport would."""
    if not hasattr(protocol, "get_buffer"):
        protocol.data_received(data)
        return
    left = memoryview(data)
    while left:
        buffer = protocol.get_buffer(-1)
        size = min(len(buffer), len(left))
        buffer[:size] = left[:size]
        left = left[size:]
        protocol.buffer_updated(size)
