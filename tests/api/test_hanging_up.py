"""Whoever hangs up in the middle of a body is nobody's failure: no log tells of a bug."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arenapulse.core.settings import Settings
from arenapulse.runtime.web.loopback import serving
from tests.servers import Server, start_server, stop
from tests.stage import API
from tests.worlds import make_fans, make_world

SOON_SECONDS = 10.0
KNOWN = b"Content-Length: 500\r\n\r\n{"
IN_CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"
WEBHOOKS = [f"POST {API}/webhooks/{vendor}" for vendor in ("stripe", "sendgrid", "twilio")]


@pytest.fixture(scope="module")
async def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hung_up") / "server.log"


@pytest.fixture(scope="module")
async def server(settings: Settings, log: Path) -> AsyncIterator[Server]:
    made = await start_server(settings, log=log)
    yield made
    stop([made.process])


async def hang_up(port: int, request: str, *, sent: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{request} HTTP/1.1\r\nHost: arena\r\n".encode() + sent)
    await writer.drain()
    # The head is read before the end is: what was not wanted of the body is not waited for.
    await asyncio.sleep(0.02)
    writer.close()
    await writer.wait_closed()


def said(log: Path) -> str:
    return log.read_text()


async def answered(server: Server, method: str) -> dict[str, int]:
    """How many requests ended with which status."""
    async with httpx.AsyncClient(base_url=server.url) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    name = f'arenapulse_requests_total{{method="{method}",status="'
    told = (line.removeprefix(name).split('"} ') for line in lines if line.startswith(name))
    return {status: int(float(number)) for status, number in told}


async def judge(server: Server, log: Path, request: str, *, sent: bytes) -> None:
    """It ends as a body that is none, and the log has nothing to tell."""
    method = request.split(" ", maxsplit=1)[0]
    before = await answered(server, method)
    await hang_up(server.port, request, sent=sent)
    deadline = time.monotonic() + SOON_SECONDS
    while (now := await answered(server, method)) == before:
        assert time.monotonic() < deadline, "it never ended"
        await asyncio.sleep(0.02)
    assert now == before | {"400": before.get("400", 0) + 1}
    assert said(log) == ""


@pytest.mark.parametrize("sent", [KNOWN, IN_CHUNKS], ids=["known", "in chunks"])
@pytest.mark.parametrize("request_line", WEBHOOKS)
async def test_a_vendor_that_hangs_up_in_the_middle_of_its_news(
    server: Server, log: Path, request_line: str, sent: bytes
) -> None:
    await judge(server, log, request_line, sent=sent)


@pytest.mark.parametrize("sent", [KNOWN, IN_CHUNKS], ids=["known", "in chunks"])
@pytest.mark.parametrize("path", ["/auth/login", "/orders", "/events/search"])
async def test_a_person_who_leaves_while_a_request_is_read(
    server: Server, log: Path, path: str, sent: bytes
) -> None:
    head = b"Content-Type: application/json\r\nIdempotency-Key: once\r\n"
    if path == "/orders" and sent is KNOWN:
        # What is answered without ASGI ends with its connection: nobody is left to be answered.
        await hang_up(server.port, f"POST {API}{path}", sent=head + sent)
        assert said(log) == ""
        return
    await judge(server, log, f"POST {API}{path}", sent=head + sent)


@pytest.mark.parametrize("sent", [KNOWN, IN_CHUNKS], ids=["known", "in chunks"])
async def test_a_picture_whose_upload_breaks_off(
    server: Server, log: Path, settings: Settings, db: asyncpg.Connection, sent: bytes
) -> None:
    world = await make_world(db, settings)
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    async with httpx.AsyncClient(base_url=server.url, headers=owner.headers) as client:
        announced = await client.post(
            f"{API}/venues/{world.venue_id}/media",
            json={"contentType": "image/png", "size": 500},
        )
    upload = announced.json()["data"]["upload"]
    link = urlsplit(upload["url"])
    head = b"Content-Type: image/png\r\n"
    await judge(server, log, f"PUT {link.path}?{link.query}", sent=head + sent)


async def test_a_twin_whose_caller_dies_in_the_middle_of_a_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As a worker that is killed does to the vendors' twins."""
    ended = asyncio.Event()

    async def read(request: Request) -> Response:
        return Response(await request.body())

    reader = Starlette(routes=[Route("/v3/mail/send", read, methods=["POST"])])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await reader(scope, receive, send)
        finally:
            ended.set()

    with caplog.at_level(logging.WARNING):
        async with serving(app) as address:
            port = urlsplit(address).port
            assert port is not None
            await hang_up(port, "POST /v3/mail/send", sent=KNOWN)
            async with asyncio.timeout(SOON_SECONDS):
                await ended.wait()
    assert [record.getMessage() for record in caplog.records] == []
