"""The same application behind Granian's RSGI instead of uvicorn, for `bench.orders --granian`.

    pip install granian; python -m bench.granian_server

Sockets are not served: they rest on uvicorn. The application speaks ASGI, so each request is
translated; what differs from uvicorn is the server alone.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from arenapulse.core.settings import Settings
from arenapulse.runtime import log
from arenapulse.runtime.socket.server import tune_gc
from arenapulse.wiring import make_app


def translated(site: Any) -> Any:
    async def application(scope: Any, protocol: Any) -> None:
        host, port = scope.client.rsplit(":", 1)
        path = scope.path
        start: dict[str, Any] = {}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": await protocol(), "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in start["headers"]]
            protocol.response_bytes(start["status"], headers, message.get("body", b""))

        await site(
            {
                "type": "http",
                "http_version": "1.1",
                "method": scope.method,
                "scheme": "http",
                "path": path,
                "raw_path": path.encode(),
                "query_string": scope.query_string.encode(),
                "headers": [(k.encode(), v.encode()) for k, v in scope.headers.items()],
                "client": (host, int(port)),
                "server": ("127.0.0.1", 0),
            },
            receive,
            send,
        )

    return application


async def serve() -> None:
    settings = Settings()
    log.configure(settings)
    site = make_app(settings)
    site.take_role("api")
    async with site.running():
        tune_gc()
        server = Server(
            translated(site),
            address="127.0.0.1",
            port=settings.port,
            interface=Interfaces.RSGI,
            websockets=False,
            log_enabled=False,
            backlog=4096,
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        await server.serve()


if __name__ == "__main__":
    uvloop.run(serve())
