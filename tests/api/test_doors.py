"""Connections that owe us something, say nothing or do not read have an end; others live on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arenapulse.core.settings import Settings
from tests.factories import register
from tests.servers import Server, connected, start_server, stop

HEAD_SECONDS = 1.0
BODY_SECONDS = 1.0
IDLE_SECONDS = 3.0
SWEEP_SECONDS = 1.0
SLACK_SECONDS = 4.0
CONNECTIONS = 60
PER_ADDRESS = 20
GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[Server]:
    made = await start_server(
        settings,
        ARENAPULSE_RATE_LIMITS="on",
        ARENAPULSE_HEAD_SECONDS=str(HEAD_SECONDS),
        ARENAPULSE_BODY_SECONDS=str(BODY_SECONDS),
        ARENAPULSE_IDLE_SECONDS=str(IDLE_SECONDS),
        ARENAPULSE_ANSWER_SECONDS="1",
        ARENAPULSE_CONNECTIONS=str(CONNECTIONS),
        ARENAPULSE_CONNECTIONS_PER_ADDRESS=str(PER_ADDRESS),
    )
    yield made
    stop([made.process])


OPENED: list[Line] = []


@pytest.fixture(autouse=True)
async def _all_closed() -> AsyncIterator[None]:
    yield
    for line in OPENED:
        line.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await line.writer.wait_closed()
    OPENED.clear()


class Line:
    """A bare connection, from an address of ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.began = time.monotonic()

    @classmethod
    async def to(cls, server: Server, *, address: str = "127.0.0.1", sent: bytes = b"") -> Line:
        made = await asyncio.open_connection("127.0.0.1", server.port, local_addr=(address, 0))
        line = cls(*made)
        OPENED.append(line)
        line.writer.write(sent)
        return line

    async def rest(self) -> tuple[bytes, float]:
        """What comes until the server closes, and after how long."""
        try:
            async with asyncio.timeout(IDLE_SECONDS + SWEEP_SECONDS + SLACK_SECONDS):
                told = await self.reader.read()
        except ConnectionResetError:
            told = b""
        return told, time.monotonic() - self.began

    async def answered(self) -> int:
        async with asyncio.timeout(SLACK_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await self.reader.readexactly(length)
        return int(head.split(b" ")[1])


def told(answer: bytes) -> tuple[int, str]:
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"connection: close" in head.lower()
    return int(head.split(b" ")[1]), json.loads(body)["error"]["code"]


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        (b"", HEAD_SECONDS),
        (b"\r\n\r\n", HEAD_SECONDS),
        (b"GET /health/live HTTP/1.1\r\nHost:", HEAD_SECONDS),
        (POST + b"Content-Length: 20\r\n\r\n", BODY_SECONDS),
        (POST + b'Content-Length: 20\r\n\r\n{"email":', BODY_SECONDS),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", BODY_SECONDS),
    ],
)
async def test_what_never_arrives_is_a_408(server: Server, sent: bytes, seconds: float) -> None:
    line = await Line.to(server, sent=sent)
    answer, took = await line.rest()
    assert told(answer) == (408, "REQUEST001")
    assert seconds - SWEEP_SECONDS <= took < seconds + SWEEP_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize("drip", [b"X-Drip: 1\r\n", b"\r\n"])
async def test_a_head_that_drips_has_the_same_end(server: Server, drip: bytes) -> None:
    first = b"GET /health/live HTTP/1.1\r\nHost: a\r\n" if drip != b"\r\n" else b""
    line = await Line.to(server, sent=first)

    async def dripping() -> None:
        while True:
            line.writer.write(drip)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(dripping())
    answer, took = await line.rest()
    task.cancel()
    assert answer.startswith(b"HTTP/1.1 408") or not answer
    assert took < HEAD_SECONDS + SWEEP_SECONDS + SLACK_SECONDS


async def test_a_half_body_is_no_order_of_anybody(server: Server) -> None:
    """What came of it is valid by itself, and still not what was announced."""
    body = b'{"email": "nobody@arena.test", "password": "whatever it was"}'
    head = POST + b"Content-Length: %d\r\n\r\n" % (len(body) + 1)
    answer, _ = await (await Line.to(server, sent=head + body)).rest()
    assert told(answer) == (408, "REQUEST001")
    assert answer.count(b"HTTP/1.1") == 1


async def test_silence_after_an_answer_has_an_end(server: Server) -> None:
    line = await Line.to(server, sent=GET)
    assert await line.answered() == 200
    line.began = time.monotonic()
    answer, took = await line.rest()
    assert told(answer) == (408, "REQUEST001")
    assert took >= IDLE_SECONDS - SWEEP_SECONDS


async def test_a_next_head_has_the_deadline_of_a_head(server: Server) -> None:
    line = await Line.to(server, sent=GET)
    assert await line.answered() == 200
    line.writer.write(b"GET /health")
    answer, took = await line.rest()
    assert told(answer) == (408, "REQUEST001")
    assert took < IDLE_SECONDS + SWEEP_SECONDS


async def test_a_body_that_keeps_coming_is_waited_for(server: Server) -> None:
    size = 16_384 * 4
    line = await Line.to(server, sent=POST + b"Content-Length: %d\r\n\r\n" % size)
    for _ in range(16):
        line.writer.write(b" " * (size // 16))
        await asyncio.sleep((BODY_SECONDS + SWEEP_SECONDS + 0.8) / 16)
    assert await line.answered() in {400, 422}
    line.writer.close()


async def test_who_does_not_read_an_answer_is_cut(server: Server) -> None:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.connect(("127.0.0.1", server.port))
    raw.setblocking(False)
    line = Line(*await asyncio.open_connection(sock=raw, limit=1))
    OPENED.append(line)
    document = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
    line.writer.write(document * 20)

    async def until_it_fails() -> None:
        while True:
            line.writer.write(b"\r\n")
            await line.writer.drain()
            await asyncio.sleep(0.05)

    async with asyncio.timeout(2 * SLACK_SECONDS):
        with pytest.raises(ConnectionError):
            await until_it_fails()


async def test_polls_and_sockets_outlive_every_deadline(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        person = await register(client)
        polled = {"EIO": "4", "transport": "polling"}
        opened = await client.get("/socket.io/", params=polled)
        polled["sid"] = json.loads(opened.text[1:])["sid"]
        await client.post("/socket.io/", params=polled, content="40")
        assert (await client.get("/socket.io/", params=polled)).text.startswith("40")
        waiting = asyncio.create_task(client.get("/socket.io/", params=polled))
        async with connected(server, person.token) as listener:
            await asyncio.sleep(IDLE_SECONDS + 2 * SWEEP_SECONDS)
            answer: Any = await listener.emit("event:subscribe", {"eventId": "none"})
            assert answer["ok"] is False
        assert not waiting.done()
        await client.post("/socket.io/", params=polled, content='421["event:subscribe",{}]')
        assert (await waiting).text.startswith("431[")


async def _all_ended(lines: list[Line]) -> list[bytes]:
    return [answer for answer, _ in await asyncio.gather(*(line.rest() for line in lines))]


async def test_an_address_has_its_share_and_others_theirs(server: Server) -> None:
    """Half of an address's connections may owe us something; then the oldest makes room."""
    lines = [await Line.to(server, address="127.0.0.2") for _ in range(PER_ADDRESS)]
    kept = PER_ADDRESS // 2
    early = await _all_ended(lines[: PER_ADDRESS - kept])
    assert [told(answer) for answer in early] == [(408, "REQUEST001")] * (PER_ADDRESS - kept)
    assert max(line.began for line in lines) + HEAD_SECONDS > time.monotonic() - SWEEP_SECONDS
    honest = await Line.to(server, address="127.0.0.3", sent=GET)
    assert await honest.answered() == 200
    honest.writer.close()
    await _all_ended(lines[PER_ADDRESS - kept :])


async def test_an_address_that_asks_on_all_its_connections_gets_no_more(server: Server) -> None:
    lines = [await Line.to(server, address="127.0.0.4", sent=GET) for _ in range(PER_ADDRESS)]
    assert [await line.answered() for line in lines] == [200] * PER_ADDRESS
    more = await Line.to(server, address="127.0.0.4", sent=GET)
    answer, _ = await more.rest()
    assert told(answer) == (429, "RATE001")
    assert b"retry-after: " in answer


async def test_crowds_of_silent_ones_do_not_keep_others_out(server: Server) -> None:
    """From as many addresses as it takes, trusted ones too."""
    crowd: list[Line] = []
    for number in range(4 * CONNECTIONS):
        crowd.append(await Line.to(server, address=f"127.0.1.{number % 50}"))
        if number % 20 == 0:
            honest = await Line.to(server, sent=GET)
            assert await honest.answered() == 200
            honest.writer.close()
    await _all_ended(crowd)


@pytest.mark.asvs("V15.2.2")
async def test_past_the_cap_newcomers_get_503(server: Server) -> None:
    """All of them have asked something, so none can be sent away for owing us anything."""
    lines: list[Line] = []
    for number in range(CONNECTIONS):
        line = await Line.to(server, address=f"127.0.2.{number % 50}", sent=GET)
        assert await line.answered() == 200
        lines.append(line)
    answer, _ = await (await Line.to(server, address="127.0.3.1", sent=GET)).rest()
    assert told(answer) == (503, "SYS002")
