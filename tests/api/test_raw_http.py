"""What is no HTTP, or too much of it, is refused in the envelope by the server itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.web.protocol import HEAD_BYTES_MAX
from tests.servers import Server, servers

ANSWER_SECONDS = 10
CHUNK = b"x" * 16_384


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with servers(settings, 1) as (made,):
        yield made


async def _answer(server: Server, *sent: bytes) -> tuple[int, str]:
    """Status and code of what comes back, until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(ANSWER_SECONDS):
        for part in sent:
            writer.write(part)
            await asyncio.sleep(0.01)
        answer = await reader.read()
    writer.close()
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"content-type: application/json" in head.lower()
    told = json.loads(body)
    assert told["success"] is False
    return int(head.split(b" ")[1]), told["error"]["code"]


@pytest.mark.parametrize(
    "broken",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /api/v1/events HTTP/9.9\r\nHost: a\r\n\r\n",
        b"BREW /api/v1/events HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /api/v1/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /api/v1/orders HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /api/v1/orders HTTP/1.1\r\nContent-Length: -5\r\n\r\nabcde",
        b"GET /api/v1/events HTTP/1.1\r\nHost\x00: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_is_a_400(server: Server, broken: bytes) -> None:
    assert await _answer(server, broken) == (400, "REQUEST001")


async def test_a_body_in_broken_chunks_is_a_400(server: Server) -> None:
    head = b"POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert await _answer(server, head + b"ZZ\r\nabc") == (400, "REQUEST001")


async def test_a_header_without_an_end_is_a_431(server: Server) -> None:
    parts = [b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\nX-Endless: ", *[CHUNK] * 5]
    assert await _answer(server, *parts) == (431, "REQUEST001")


async def test_headers_without_an_end_are_a_431(server: Server) -> None:
    many = b"X-Another: header\r\n" * 1_000
    parts = [b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\n", *[many] * 5]
    assert await _answer(server, *parts) == (431, "REQUEST001")


async def test_many_large_requests_over_one_connection_are_no_large_head(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        for _ in range(3):
            padded = {"X-Padding": "x" * (HEAD_BYTES_MAX // 2)}
            assert (await client.get("/health/live", headers=padded)).status_code == 200
            body = b"[" + b" " * (4 * HEAD_BYTES_MAX) + b"]"
            answer = await client.post(
                "/api/v1/auth/login", content=body, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 422
