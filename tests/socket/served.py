"""The server under test, run as a child process that a fork server has already imported this in.

Sends its port once it listens. Ends when its pipe closes, so it never outlives a test.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop

from arenapulse.core.addresses import TrustedProxies
from arenapulse.runtime.socket.admission import Handshake
from arenapulse.runtime.socket.handlers import ConnectRefused, Reply
from arenapulse.runtime.socket.limits import SocketSettings
from arenapulse.runtime.socket.server import SocketServer, make_server, tune_gc, uvicorn_options

HOST = "127.0.0.1"
READY_SECONDS_MAX = 30.0


def register(server: SocketServer) -> None:  # noqa: C901 - a list of small handlers
    """A small application with every kind of handler."""
    gone: list[tuple[str, str]] = []
    order: dict[str, list[int]] = {}
    resynced: list[str] = []

    async def connect(
        sid: str, handshake: Handshake, auth: dict[str, Any]
    ) -> ConnectRefused | None:
        if auth.get("token") == "bad":
            return ConnectRefused(code="AUTH002", message="Token is not valid")
        if auth.get("token") == "bug":
            raise RuntimeError("planted")
        await asyncio.sleep(auth.get("after", 0))
        if "room" in auth:
            server.join(sid, room=auth["room"])
        server.session(sid).update(
            address=handshake.address, agent=handshake.headers.get("user-agent"), auth=auth
        )
        return None

    async def join(sid: str, payload: Any) -> dict[str, Any]:
        server.join(sid, room=payload)
        return {"ok": True, "rooms": sorted(server.rooms(sid))}

    async def echo(_sid: str, payload: Any) -> Reply:
        return Reply(data=payload, binary=isinstance(payload, bytes))

    async def shout(_sid: str, payload: Any) -> dict[str, Any]:
        room = payload.pop("room", "event:1")
        sent = server.emit_local(room, event="shout", payload=msgspec.json.encode(payload))
        return {"ok": True, "sent": sent}

    async def snapshot(sid: str, payload: Any) -> Reply:
        """The ack first, then the missed frames, then whatever is newer."""

        def then() -> None:
            for number in range(payload["missed"]):
                server.emit_to(sid, event="tick", payload=b'{"n":%d}' % number)
            server.join(sid, room="ticks")

        return Reply(data={"ok": True, "n": -1}, then=then)

    async def slow(sid: str, payload: Any) -> dict[str, Any]:
        await asyncio.sleep(payload["seconds"])
        order.setdefault(sid, []).append(payload["n"])
        return {"ok": True, "order": order[sid]}

    async def bug(_sid: str, _payload: Any) -> dict[str, Any]:
        raise RuntimeError("planted")

    async def whoami(sid: str, _payload: Any) -> dict[str, Any]:
        return {"sid": sid, "session": server.session(sid)}

    async def state(_sid: str, _payload: Any) -> dict[str, Any]:
        return {
            "counters": server.counters.snapshot(),
            "gone": gone[-50:],
            "resynced": resynced,
            "rooms": sorted(server.fanout.rooms()),
            "sids": len(server.sids()),
            "rss": _rss_bytes(),
            "backlog": _backlog_bytes(server),
            "engine": len(server.sio.engine_sids()),
            "polls": sum(peer.polling for peer in server.gate._peers.values()),
        }

    async def burst(_sid: str, payload: Any) -> dict[str, Any]:
        body = msgspec.json.encode({"pad": "x" * payload["bytes"]})
        for _ in range(payload["frames"]):
            server.emit_local(payload["room"], event="burst", payload=body)
            await asyncio.sleep(payload["pause"])
        return {"ok": True}

    async def kick(sid: str, _payload: Any) -> dict[str, Any]:
        server.disconnect(sid)
        return {"ok": True}

    async def disconnected(sid: str, reason: str) -> None:
        gone.append((sid, reason))

    async def resync(sid: str) -> None:
        resynced.append(sid)
        server.emit_to(sid, event="resync", payload=b'{"full":true}')

    server.on_connect(connect)
    server.on_disconnect(disconnected)
    server.on_resync(resync)
    for handler in (join, echo, shout, snapshot, slow, bug, whoami, state, burst, kick):
        server.on(handler.__name__, handler)

    async def space(_sid: str, payload: Any) -> Any:
        return payload

    server.sio.on("echo", space, namespace="/staff")


def _backlog_bytes(server: SocketServer) -> int:
    """What waits in the process for clients to read it."""
    found = (server.fanout.get(sid) for sid in server.sids())
    return sum(connection.outlet.backlog() for connection in found if connection is not None)


def _rss_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


async def serve(settings: SocketSettings, pipe: Connection) -> None:
    server = make_server(settings=settings)
    register(server)
    draining: set[asyncio.Task[None]] = set()

    async def drain(_sid: str, payload: Any) -> dict[str, Any]:
        draining.add(asyncio.create_task(server.drain(payload["seconds"])))
        return {"ok": True}

    server.on("drain", drain)

    async def ticking() -> None:
        number = 1_000
        while True:
            await asyncio.sleep(0.001)
            server.emit_local("ticks", event="tick", payload=b'{"n":%d}' % number)
            number += 1

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            await server.asgi_app(scope, receive, send)

    options = uvicorn_options(server)
    config = uvicorn.Config(
        app, host=HOST, port=0, log_config=None, access_log=False, lifespan="off", **options
    )
    listener = uvicorn.Server(config)
    running = asyncio.create_task(listener.serve())
    async with asyncio.timeout(READY_SECONDS_MAX):
        while not listener.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
    tune_gc()
    ticker = asyncio.create_task(ticking())
    pipe.send(listener.servers[0].sockets[0].getsockname()[1])
    closed = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe.fileno(), closed.set)
    await closed.wait()
    asyncio.get_running_loop().remove_reader(pipe.fileno())
    ticker.cancel()
    listener.should_exit = True
    await running
    await server.stop()


def run(given: dict[str, Any], pipe: Connection, log: str) -> None:
    """The child's whole life."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Path(log).open("w") as errors:
        os.dup2(errors.fileno(), 2)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if "allowed_origins" in given:
        given["allowed_origins"] = frozenset(given["allowed_origins"])
    if "trusted_proxies" in given:
        given["trusted_proxies"] = TrustedProxies.of(*given["trusted_proxies"])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(SocketSettings(**given), pipe))
