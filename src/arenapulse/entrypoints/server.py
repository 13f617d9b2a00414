"""Serves HTTP and Socket.IO on one port."""

from __future__ import annotations

import uvicorn

from arenapulse.core.settings import Settings
from arenapulse.runtime import log
from arenapulse.wiring import make_app

KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 8
BACKLOG = 4096


def serve(settings: Settings, role: str = "all") -> None:
    """Runs until SIGTERM or SIGINT; `role` is all, api or realtime."""
    log.configure(settings)
    uvicorn.run(
        make_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        # The edge resolves X-Forwarded-For itself.
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
