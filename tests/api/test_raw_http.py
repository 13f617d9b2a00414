"""What is no HTTP, or too much of it, is refused in the envelope by the server itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arenapulse.core.settings import Settings
from arenapulse.runtime.web.protocol import HEAD_BYTES_MAX, HEADERS_MAX
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
    assert b"\r\nx-request-id: " in head.lower()
    told = json.loads(body)
    assert told["success"] is False
    return int(head.split(b" ")[1]), told["error"]["code"]


@pytest.mark.parametrize(
    "broken",
    [
        b"NONSENSE\r\n\r\n",
        b"GET /api/v1/events HTTP/9.9\r\nHost: a\r\n\r\n",
        b"BREW /api/v1/events HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /api/v1/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /api/v1/orders HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /api/v1/orders HTTP/1.1\r\nContent-Length: -5\r\n\r\nabcde",
        b"GET /api/v1/events HTTP/1.1\r\nHost\x00: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        # Who is asked, who asks and where the body ends must be read alike by everybody.
        b"GET /api/v1/events HTTP/1.1\r\n\r\n",
        b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET /api/v1/events HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET /api/v1/events HTTP/1.1\r\nHost: a/../b\r\n\r\n",
        (
            b"GET /api/v1/users/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n"
            b"authorization: Bearer x\r\n\r\n"
        ),
        (
            b"POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
            b"Content-Length: 2\r\n\r\n{}"
        ),
        (
            b"POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n{}"
        ),
        b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n",
        (
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ),
        (
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nHost: b\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ),
    ],
)
async def test_what_is_no_http_is_a_400(server: Server, broken: bytes) -> None:
    assert await _answer(server, broken) == (400, "REQUEST001")


@pytest.mark.asvs("V4.2.1")
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


async def test_a_large_head_that_comes_at_once_is_a_431(server: Server) -> None:
    head = b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Padding: " + b"x" * HEAD_BYTES_MAX
    assert await _answer(server, head + b"\r\n\r\n") == (431, "REQUEST001")
    long = b"GET /api/v1/events?q=" + b"x" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    assert await _answer(server, long) == (431, "REQUEST001")


async def test_too_many_headers_are_a_431(server: Server) -> None:
    many = b"".join(b"X-%d: y\r\n" % number for number in range(HEADERS_MAX))
    head = b"GET /health/live HTTP/1.1\r\nHost: a\r\n" + many + b"\r\n"
    assert await _answer(server, head) == (431, "REQUEST001")


@pytest.mark.parametrize("endless", [b"X-Trailer: yes\r\n" * 1_000, b"X-Trailer: " + b"x" * 15_000])
async def test_trailers_without_an_end_are_a_431(server: Server, endless: bytes) -> None:
    head = b"POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    parts = [head + b"Content-Type: application/json\r\n\r\n0\r\n", *[endless] * 6]
    assert await _answer(server, *parts) == (431, "REQUEST001")


async def test_a_client_of_http_1_0_needs_no_host(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /health/live HTTP/1.0\r\n\r\n")
    async with asyncio.timeout(ANSWER_SECONDS):
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.asvs("V4.2.1")
async def test_what_is_refused_behind_a_request_comes_after_its_answer(server: Server) -> None:
    request = b"GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request + b"NONSENSE\r\n\r\n")
    async with asyncio.timeout(ANSWER_SECONDS):
        answer = await reader.read()
    writer.close()
    first = answer.index(b"HTTP/1.1 200")
    assert first == 0
    assert answer.index(b"HTTP/1.1 400") > answer.index(b'"ready"')
    assert answer.count(b"HTTP/1.1") == 2


@pytest.mark.asvs("V4.2.1")
async def test_a_trailer_is_none_of_the_applications_headers(server: Server) -> None:
    head = b"POST /api/v1/auth/logout-all HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    trailed = b"Content-Type: application/json\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n"
    token = b"Authorization: Bearer not-a-token\r\n\r\n"
    assert await _answer(server, head + trailed + token) == (401, "AUTH003")


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


async def _get(server: Server, path: str, *, version: str = "1.1", more: str = "") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(ANSWER_SECONDS):
        writer.write(f"GET {path} HTTP/{version}\r\nHost: a\r\n{more}\r\n".encode())
        answer = await reader.read()
    writer.close()
    return answer


NOWHERE = "/api/v1/events/01a20d40-23d0-76f8-83cb-176b7d9ce4f4/availability"


@pytest.mark.parametrize(("version", "more"), [("1.1", "Connection: close\r\n"), ("1.0", "")])
async def test_a_hot_answer_is_whole_and_ends_the_connection_when_asked_to(
    server: Server, version: str, more: str
) -> None:
    answer = await _get(server, NOWHERE, version=version, more=more)
    head, body = answer.split(b"\r\n\r\n", 1)
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"http/1.1 404 not found"
    assert b"content-length: %d" % len(body) in lines
    assert b"connection: close" in lines
    assert b"x-content-type-options: nosniff" in lines
    assert len(lines) == len(set(lines))
    assert json.loads(body)["error"]["code"] == "EVENT001"


async def test_requests_on_one_connection_are_answered_one_after_the_other(
    server: Server,
) -> None:
    request = f"GET {NOWHERE} HTTP/1.1\r\nHost: a\r\n"
    more = f"\r\n{request}\r\n{request}Connection: close\r\n"
    answer = await _get(server, NOWHERE, more=more)
    assert answer.count(b"HTTP/1.1 404") == 3
    assert answer.count(b'"EVENT001"') == 3


def test_the_parts_of_uvicorn_that_the_hotline_relies_on_are_there() -> None:
    assert uvicorn.__version__ == "0.54.0", "look at runtime/web/hotline.py, then raise this"
    made = set(HttpToolsProtocol.__init__.__code__.co_names)
    assert made >= {"server_state", "tasks", "flow", "cycle", "parser", "expect_100_continue"}
    begun = HttpToolsProtocol.on_message_begin.__code__.co_names
    assert set(begun) >= {"url", "expect_100_continue", "headers", "scope"}
    lost = HttpToolsProtocol.connection_lost.__code__.co_names
    assert set(lost) >= {"response_complete", "disconnected", "message_event"}
