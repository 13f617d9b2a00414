"""Serves HTTP and Socket.IO on one port."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import ssl
from typing import Any

import uvicorn

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.telling import telling
from arenapulse.runtime import log
from arenapulse.runtime.priority import give_way, keep_quick
from arenapulse.runtime.ratelimit import SharedCounts
from arenapulse.runtime.socket.server import tune_gc, uvicorn_options
from arenapulse.runtime.web.crew import Mates, Station, crew_protocol
from arenapulse.runtime.web.doors import DoorLimits, Doors
from arenapulse.runtime.web.protocol import protocol
from arenapulse.runtime.web.site import Site
from arenapulse.wiring import make_app

SHUTDOWN_SECONDS = 2
FORCED_TICK_SECONDS = 0.1
BACKLOG = 4096
# On one machine frames give way to the order that they tell of: a tenth of an equal share. Each of
# them has it, and sixteen with a third each would leave who sells a quarter of a core.
REALTIME_NICENESS = 10
# Of the files a process may open, a third each for HTTP, for sockets, and for what sockets double.
DESCRIPTOR_SHARE = 3


class _Server(uvicorn.Server):
    """Sends the sockets away before it closes the port's last connections.

    A second SIGINT, which uvicorn takes for an order to end at once, cuts that short.
    """

    def __init__(
        self, config: uvicorn.Config, *, site: Site, drain_seconds: float, mates: Mates | None
    ) -> None:
        super().__init__(config)
        self._site = site
        self._drain_seconds = drain_seconds
        self._mates = mates
        self._adopting: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        tune_gc()
        loop = asyncio.get_running_loop()
        keep_quick(loop)
        if self._mates is not None:
            loop.add_reader(self._mates.inbox.fileno(), self._take_mail, self._mates)
            self._mates.announce()

    def _take_mail(self, mates: Mates) -> None:
        for connection, read in mates.received():
            task = asyncio.create_task(self._adopt(connection, read=read))
            self._adopting.add(task)
            task.add_done_callback(self._adopting.discard)

    async def _adopt(self, connection: socket.socket, *, read: bytes) -> None:
        """Serves a connection that somebody else took."""

        def made() -> asyncio.Protocol:
            protocol = kind(
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
                _loop=loop,
            )
            protocol.handed = read
            return protocol

        loop = asyncio.get_running_loop()
        kind: Any = self.config.http_protocol_class
        connection.setblocking(False)
        # It may have gone meanwhile.
        with contextlib.suppress(OSError):
            await loop.connect_accepted_socket(made, connection)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        leaving = asyncio.create_task(self._site.leave(self._drain_seconds))
        while not leaving.done() and not self.force_exit:
            await asyncio.wait({leaving}, timeout=FORCED_TICK_SECONDS)
        leaving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await leaving
        await super().shutdown(sockets)


def _files_max() -> int:
    """A socket is a file, and many systems allow a thousand unless a program asks for more."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # Where even that is refused, connections past the limit are.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _share(settings: Settings, *, files: int, count: int) -> Settings:
    """The limits of one process of so many; the kernel spreads connections evenly."""
    most = files // DESCRIPTOR_SHARE
    return settings.model_copy(
        update={
            "connections_max": min(-(-settings.connections_max // count), most),
            "connections_per_address_max": -(-settings.connections_per_address_max // count),
            "sockets_max": min(-(-settings.sockets_max // count), most),
            "sockets_per_address_max": -(-settings.sockets_per_address_max // count),
        }
    )


def _doors(settings: Settings) -> Doors:
    per_address = settings.connections_per_address_max
    return Doors(
        DoorLimits(
            connections_max=settings.connections_max,
            connections_per_address_max=per_address
            if settings.rate_limits
            else settings.connections_max,
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
            idle_seconds=settings.idle_seconds,
            answer_seconds=settings.answer_seconds,
            proxies=settings.proxies,
        )
    )


def serve(settings: Settings, role: str = "all", *, station: str | None = None) -> None:
    """Runs until SIGTERM or SIGINT. `role` is all, api (no sockets) or realtime (only sockets).

    `station` is its place among several processes, as their supervisor wrote it.
    """
    log.configure(settings)
    if role == "realtime":
        give_way(REALTIME_NICENESS)
    place = None if station is None else Station.from_text(station)
    settings = _share(settings, files=_files_max(), count=1 if place is None else place.count)
    site = make_app(settings, counts=None if place is None else SharedCounts(place.counts))
    site.take_role(role)
    doors = _doors(settings)
    mates = None if place is None else Mates(place, path=site.sockets.settings.path)
    if mates is not None:
        site.sockets.number(mates.station.index)
        site.mates = mates
    options: dict[str, Any] = {
        **uvicorn_options(site.sockets),
        "http": protocol(doors, site.hotline)
        if mates is None
        else crew_protocol(doors, mates, site.hotline),
    }
    if settings.tls_certificate is not None:
        options |= {"ssl_certfile": settings.tls_certificate, "ssl_keyfile": settings.tls_key}
    config = uvicorn.Config(
        site,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        **options,
    )
    if settings.tls_certificate is not None:
        config.load()
        assert config.ssl is not None
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    server = _Server(config, site=site, drain_seconds=settings.drain_seconds, mates=mates)
    if mates is not None:
        mates.roster.tell_metrics()
    held = () if place is None else place.listeners
    index = 0 if place is None else place.index
    with telling(settings, service=f"arenapulse-{role}", process=index):
        server.run([socket.socket(fileno=listener) for listener in held] or None)
