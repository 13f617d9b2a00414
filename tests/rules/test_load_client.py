"""The load client of the benchmarks hears answers whole, whatever says where they end."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bench.load import open_loop

PLAIN = (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwhat",)
EMPTY = (b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",)
CHUNKED = (
    b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"4\r\nwhat\r\n",
    b"2\r\n0\r\r\n0\r\n",
    b"\r\n",
)
UNSAID = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",)


@pytest.mark.parametrize("parts", [PLAIN, EMPTY, CHUNKED, UNSAID])
async def test_each_answer_is_counted_and_its_connection_goes_on(parts: tuple[bytes, ...]) -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readline():
            await reader.readline()
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port: int = server.sockets[0].getsockname()[1]
        asked = b"GET / HTTP/1.1\r\n\r\n"
        result = await open_loop(port, lambda: asked, rate=200, connections=2, seconds=0.1)
    assert result.statuses == Counter({int(parts[0][9:12]): 20})
    assert connections == 2
