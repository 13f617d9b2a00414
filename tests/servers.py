"""Server and worker processes for tests that need real ones, and Socket.IO over a websocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets

from arenapulse.core.settings import Settings
from tests.forks import Fork, forked

READY_SECONDS = 60.0
ANSWER_SECONDS = 20.0
# What a frame may take on a busy machine. Who is deaf is told after ten seconds of silence.
SOON_SECONDS = 8.0


@dataclass
class Server:
    port: int
    process: Fork = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Settings, **more: str) -> dict[str, str]:
    assert settings.database_url is not None
    assert settings.redis_url is not None
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "ARENAPULSE_SECRET": settings.secret or "",
        "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret or "",
        "ARENAPULSE_ENV": "test",
        "ARENAPULSE_RATE_LIMITS": "off",
        "ARENAPULSE_SEED": "off",
        **more,
    }


async def start_server(
    settings: Settings,
    *,
    port: int | None = None,
    words: Sequence[str] = ("serve",),
    log: Path | None = None,
    begin: Callable[..., Fork] = forked,
    **more: str,
) -> Server:
    """`log` takes all that the process says; `begin` is for one with a bug in it."""
    port = port or free_port()
    variables = environment(settings, ARENAPULSE_PORT=str(port), **more)
    process = begin(words, variables, log=log)
    server = Server(port, process)
    try:
        await _await_ready(server)
    except BaseException:
        stop([process])
        raise
    return server


async def _await_ready(server: Server) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(READY_SECONDS):
        while True:
            assert server.process.poll() is None, "the server ended while it started"
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{server.url}/health/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


def stop(processes: Iterable[Fork | subprocess.Popen[bytes]]) -> None:
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


@contextlib.asynccontextmanager
async def servers(settings: Settings, count: int) -> AsyncIterator[list[Server]]:
    starting = [asyncio.create_task(start_server(settings)) for _ in range(count)]
    try:
        yield list(await asyncio.gather(*starting))
    finally:
        made = await asyncio.gather(*starting, return_exceptions=True)
        stop(server.process for server in made if isinstance(server, Server))


@contextlib.contextmanager
def worker(settings: Settings) -> Iterator[Fork]:
    process = forked(("worker",), environment(settings))
    try:
        yield process
    finally:
        stop([process])


class Socket:
    """A Socket.IO client of a few lines: enough to see the order of what arrives."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self._connection = connection
        self._acks = 0
        self.heard: list[tuple[str, Any]] = []
        self.refused: Any = None

    async def emit(self, event: str, payload: object) -> Any:
        """Sends and waits for the ack; what arrives before it is in `heard`."""
        self._acks += 1
        wanted = f"43{self._acks}"
        await self._connection.send(f"42{self._acks}" + json.dumps([event, payload]))
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                text = await self._receive()
                if text.startswith(wanted):
                    return json.loads(text[len(wanted) :])[0]

    async def hear(self, event: str, *, seconds: float = ANSWER_SECONDS) -> Any:
        """The next message of this name, from those heard already or to come."""
        async with asyncio.timeout(seconds):
            while True:
                for number, (name, payload) in enumerate(self.heard):
                    if name == event:
                        del self.heard[number]
                        return payload
                await self._receive()

    async def quiet(self, seconds: float) -> list[tuple[str, Any]]:
        """All that is heard in this time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await self._receive()
        return self.heard

    async def gone(self) -> None:
        """Until the server closes."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    await self._receive()

    async def _receive(self) -> str:
        text = await self._connection.recv()
        assert isinstance(text, str)
        if text == "2":
            await self._connection.send("3")
        elif text.startswith("42"):
            name, payload = json.loads(text[2:])
            self.heard.append((name, payload))
        elif text.startswith("44"):
            self.refused = json.loads(text[2:])
        return text

    async def open(self, token: str | None) -> None:
        await self._receive()
        await self._connection.send("40" + ("" if token is None else json.dumps({"token": token})))
        while not (text := await self._receive()).startswith(("40", "44")):
            assert text


@contextlib.asynccontextmanager
async def connected(server: Server, token: str | None = None) -> AsyncIterator[Socket]:
    url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
    async with websockets.connect(url) as connection:
        client = Socket(connection)
        await client.open(token)
        yield client
