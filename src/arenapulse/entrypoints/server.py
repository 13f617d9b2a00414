"""Serves HTTP and Socket.IO on one port."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from typing import Any

import uvicorn

from arenapulse.core.settings import Settings
from arenapulse.runtime import log
from arenapulse.runtime.socket.server import tune_gc, uvicorn_options
from arenapulse.runtime.web.doors import DoorLimits, Doors
from arenapulse.runtime.web.protocol import protocol
from arenapulse.runtime.web.site import Site
from arenapulse.wiring import make_app

SHUTDOWN_SECONDS = 2
FORCED_TICK_SECONDS = 0.1
BACKLOG = 4096
# Of the files a process may open, a third each for HTTP, for sockets, and for what sockets double.
DESCRIPTOR_SHARE = 3


class _Server(uvicorn.Server):
    """Sends the sockets away before it closes the port's last connections.

    A second SIGINT, which uvicorn takes for an order to end at once, cuts that short.
    """

    def __init__(self, config: uvicorn.Config, *, site: Site, drain_seconds: float) -> None:
        super().__init__(config)
        self._site = site
        self._drain_seconds = drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        tune_gc()

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


def serve(settings: Settings, role: str = "all") -> None:
    """Runs until SIGTERM or SIGINT. `role` is all, api (no sockets) or realtime (only sockets)."""
    log.configure(settings)
    files = _files_max()
    site = make_app(settings)
    site.take_role(role)
    doors = Doors(
        DoorLimits(
            connections_per_address_max=settings.connections_per_address_max
            if settings.rate_limits
            else settings.connections_max,
            connections_max=min(settings.connections_max, files // DESCRIPTOR_SHARE),
            head_seconds=settings.head_seconds,
            body_seconds=settings.body_seconds,
            idle_seconds=settings.idle_seconds,
            answer_seconds=settings.answer_seconds,
            proxies=settings.proxies,
        )
    )
    options: dict[str, Any] = {**uvicorn_options(site.sockets), "http": protocol(doors)}
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
    server = _Server(config, site=site, drain_seconds=settings.drain_seconds)
    server.run()
