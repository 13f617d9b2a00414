"""A Redis of a test's own, which may be killed."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from pathlib import Path

import redis.asyncio

from arenapulse.runtime.engines.programs import installed
from tests.servers import free_port


class OwnRedis:
    """A valkey-server without persistence that may be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        command = [installed().valkey, "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            command, stdout=subprocess.DEVNULL
        )
        async with redis.asyncio.Redis(port=self.port) as client, asyncio.timeout(10):
            while True:
                with contextlib.suppress(redis.ConnectionError):
                    await client.ping()
                    return
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None
