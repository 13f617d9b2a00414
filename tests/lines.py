"""A TCP line to a server that can be cut, fall silent, and be mended."""

from __future__ import annotations

import asyncio
import contextlib

from tests.servers import free_port


class Line:
    def __init__(self, target: int) -> None:
        self._target = target
        self.port = free_port()
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def mend(self) -> None:
        """New connections get through; those that fell silent stay so."""
        self._flowing = asyncio.Event()
        self._flowing.set()
        if self._listener is None:
            self._listener = await asyncio.start_server(self._carry, "127.0.0.1", self.port)

    def silence(self) -> None:
        """Takes every byte from now on and passes none, as a host does whose router forgot it."""
        self._flowing.clear()

    def cut(self) -> None:
        assert self._listener is not None
        self._listener.close()
        self._listener = None
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        if self._listener is not None:
            self.cut()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        flowing = self._flowing
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            # What it leads to is away: who comes is sent away, too.
            writer.close()
            self._carrying.discard(task)
            return
        self._writers |= {writer, far_writer}
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await asyncio.gather(
                    _pump(reader, far_writer, flowing), _pump(far_reader, writer, flowing)
                )
        finally:
            self._writers -= {writer, far_writer}
            self._carrying.discard(task)


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event
) -> None:
    try:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await flowing.wait()
                writer.write(data)
    finally:
        writer.close()
