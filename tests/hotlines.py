"""The application behind our own HTTP protocol, in this process, and bare connections to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from arenapulse.core.settings import Settings
from arenapulse.runtime.web.doors import DoorLimits, Doors
from arenapulse.runtime.web.hotline import HotCall
from arenapulse.runtime.web.protocol import protocol
from arenapulse.wiring import make_app

ANSWER_SECONDS = 10
# Of one answer and not of another.
OWN = frozenset({"x-request-id", "ratelimit-remaining", "ratelimit-reset", "content-length"})


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, *parts: bytes) -> Answer:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            # Each part is read by itself.
            await asyncio.sleep(0.001)
        return await self.answer()

    async def answer(self) -> Answer:
        async with asyncio.timeout(ANSWER_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            fields = [line.split(": ", 1) for line in lines]
            headers = {name.lower(): value for name, value in fields}
            assert len(headers) == len(fields), f"a header stands there twice: {head}"
            body = await self.reader.readexactly(int(headers["content-length"]))
        return Answer(int(first.split()[1]), headers, json.loads(body))


@dataclass
class Served:
    """`short` says of each request whether ASGI was spared, `at_once` whether a task was too."""

    port: int
    state: ServerState
    short: list[bool] = field(default_factory=list[bool])
    at_once: list[bool] = field(default_factory=list[bool])

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Served]:
    """The application behind our protocol, in this process."""
    site = make_app(settings)
    served = Served(0, ServerState())
    kind: Any = protocol(Doors(DoorLimits()), site.hotline)

    class Watched(kind):
        def end_request(self) -> None:
            call = self.cycle
            served.short.append(isinstance(call, HotCall))
            super().end_request()
            served.at_once.append(isinstance(call, HotCall) and call.task is None)

    async with site.running():
        config = uvicorn.Config(site, http=Watched, log_config=None, access_log=False)
        config.load()
        listening = await asyncio.get_running_loop().create_server(
            lambda: Watched(config=config, server_state=served.state, app_state={}), "127.0.0.1", 0
        )
        served.port = listening.sockets[0].getsockname()[1]
        try:
            yield served
        finally:
            listening.close()
            await listening.wait_closed()
