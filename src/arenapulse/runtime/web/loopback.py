"""An HTTP server inside a program, on the loopback: a twin of a vendor while no key is set."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from starlette.requests import ClientDisconnect

STOP_SECONDS: Final = 1.0


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves the signals to the program it is part of."""
        yield


@asynccontextmanager
async def serving(
    app: Any, *, beside: Coroutine[Any, Any, None] | None = None, port: int = 0
) -> AsyncGenerator[str, None]:
    """The base URL of an ASGI application while it serves; `beside` runs as long."""

    async def heard_out(scope: Any, receive: Any, send: Any) -> None:
        # Who dies in the middle of a call, as a worker does, leaves nobody to answer.
        with contextlib.suppress(ClientDisconnect):
            await app(scope, receive, send)

    config = uvicorn.Config(
        heard_out,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        interface="asgi3",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    running = [asyncio.create_task(server.serve())]
    if beside is not None:
        running.append(asyncio.create_task(beside))
    try:
        while not server.started:
            if running[0].done():
                running[0].result()
            await asyncio.sleep(0.005)
        bound = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{bound}"
    finally:
        server.should_exit = server.force_exit = True
        await asyncio.wait({running[0]}, timeout=STOP_SECONDS)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
