"""One port: Socket.IO under its path, everything else behind the edge."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from arenapulse.runtime.socket.server import SocketServer
from arenapulse.runtime.web import health
from arenapulse.runtime.web.crew import Mates
from arenapulse.runtime.web.edge import Edge, Receive, Scope, Send
from arenapulse.runtime.web.hotline import Hotline

PROBES: Final = ("/health/", "/metrics")
NOWHERE: Final = "/api/v1/not-served-by-this-role"


class Site:
    """The ASGI application of one process."""

    def __init__(self, edge: Edge, *, sockets: SocketServer) -> None:
        self._edge = edge
        self.sockets = sockets
        self._only_sockets = False
        self._leaving = False
        self.mates: Mates | None = None
        """The other processes of the port, if there are any."""
        self.running: Callable[[], AbstractAsyncContextManager[None]] = edge.running
        self.describe: Callable[[], dict[str, Any]] = edge.describe

    @property
    def hotline(self) -> Hotline | None:
        """What connections answer by themselves; nothing where only sockets are served."""
        return None if self._only_sockets else Hotline(self._edge)

    def take_role(self, role: str) -> None:
        """`api` lets no socket in; `realtime` answers sockets and probes alone."""
        self.sockets.gate.draining = role == "api"
        self._only_sockets = role == "realtime"

    async def leave(self, seconds: float) -> None:
        """Sends the sockets away over so long; HTTP is answered, and told that we are not ready."""
        self._leaving = True
        await self.sockets.drain(seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"].startswith(self.sockets.settings.path):
            await self.sockets.asgi_app(scope, receive, send)
            return
        if self._only_sockets and scope["type"] == "http" and not scope["path"].startswith(PROBES):
            # What does not exist here is answered by the same edge, in the envelope.
            scope["path"] = NOWHERE
        if self._leaving:
            scope[health.LEAVING] = True
        if self.mates is not None:
            scope[health.MATES] = self.mates
        await self._edge(scope, receive, send)
