"""Several processes on one port: sessions find theirs, one that dies is replaced unnoticed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as om_families
from prometheus_client.parser import text_string_to_metric_families

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.doctor import look_at_processes
from arenapulse.entrypoints.release.judging import read_buckets
from arenapulse.runtime.ratelimit import RateClass
from arenapulse.runtime.web.crew import Station
from arenapulse.runtime.web.roster import WORKER, Roster, Standing
from tests.servers import Server, connected, start_server, stop
from tests.socket.conftest import CLIENT

CLIENTS = 12
WAIT_SECONDS = 60.0
POLLING = {"EIO": "4", "transport": "polling"}
INVALID = ["VALIDATION001", "VALIDATION001"]


def workers_of(server: Server) -> dict[int, int]:
    """The server processes below a supervisor: their pids by number."""
    found: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = (process / "stat").read_text().rsplit(")", 1)[1].split()
            words = (process / "cmdline").read_bytes().decode().split("\0")
            if int(status[1]) == server.process.pid and "--station" in words:
                place = Station.from_text(words[words.index("--station") + 1])
                found[place.index] = int(process.name)
    return found


@contextlib.contextmanager
def roster_of(server: Server) -> Iterator[Roster]:
    """What its supervisor shares with its processes."""
    words = Path(f"/proc/{workers_of(server)[0]}/cmdline").read_bytes().decode().split("\0")
    place = Station.from_text(words[words.index("--station") + 1])
    with Path(f"/proc/{server.process.pid}/fd/{place.roster}").open("r+b") as shared:
        yield Roster(shared.fileno())


def _is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def session(server: Server) -> str:
    """A new polling session."""
    async with httpx.AsyncClient(base_url=server.url, timeout=WAIT_SECONDS) as client:
        opened = await client.get("/socket.io/", params=POLLING)
    return json.loads(opened.text[1:])["sid"]


async def all_present(server: Server, count: int) -> dict[int, str]:
    """Waits until each process opens sessions: one of each."""
    found: dict[int, str] = {}
    async with asyncio.timeout(WAIT_SECONDS):
        while len(found) < count:
            sid = await session(server)
            found[int(sid.split(".")[0])] = sid
            await asyncio.sleep(0.05)
    return found


@contextlib.asynccontextmanager
async def crew(settings: Settings, count: int) -> AsyncIterator[Server]:
    made = await start_server(
        settings,
        words=("serve", "--processes", str(count)),
        ARENAPULSE_BODY_SECONDS="2",
        ARENAPULSE_RATE_LIMITS="on",
    )
    try:
        await all_present(made, count)
        yield made
    finally:
        stop([made.process])


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with crew(settings, 2) as made:
        yield made


async def test_any_of_them_tells_the_figures_of_all(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=WAIT_SECONDS) as client:
        for form in ("text/plain", "application/openmetrics-text"):
            before: dict[str, float] = {}
            for _ in range(12):
                # A new connection each time, which the kernel gives to either.
                asked = {"Accept": form, "Connection": "close"}
                page = (await client.get("/metrics", headers=asked)).text
                told = dict(
                    re.findall(
                        r'^arenapulse_request_seconds_count\{process="(\d)"\} (\S+)$',
                        page,
                        re.MULTILINE,
                    )
                )
                assert told.keys() == {"0", "1"}
                now = {number: float(count) for number, count in told.items()}
                assert all(now[number] >= count for number, count in before.items())
                before = now
                assert page.count("# TYPE arenapulse_request_seconds histogram") == 1
                assert set(read_buckets(page)) == {f"{n}@{starts(page)[n]}" for n in told}
            families = text_string_to_metric_families if form == "text/plain" else om_families
            assert sum(1 for _ in families(page)) > 20


async def test_who_was_given_up_is_said_by_those_who_live(
    server: Server, settings: Settings
) -> None:
    """As its supervisor notes it: one that really dies so takes half a minute of dying."""
    asked = settings.model_copy(update={"port": httpx.URL(server.url).port})
    with roster_of(server) as roster:
        assert set(roster.standings()) == {"server 1", "server 2"}
        assert not (await asyncio.to_thread(look_at_processes, asked)).mend
        roster.note(WORKER, Standing.GIVEN_UP)
        finding = await asyncio.to_thread(look_at_processes, asked)
        async with httpx.AsyncClient(base_url=server.url, timeout=WAIT_SECONDS) as client:
            ready = await client.get("/health/ready")
            page = (await client.get("/metrics")).text
        roster.note(WORKER, Standing.NOT_ITS_OWN)
    # It sells without a worker, too.
    assert (ready.status_code, ready.json()["data"]["givenUp"]) == (200, ["worker"])
    assert finding.text.startswith("worker ended at each start")
    assert finding.mend
    assert 'arenapulse_process_given_up{process="0",program="server 1"} 0.0' in page


def starts(page: str) -> dict[str, str]:
    line = r'^process_start_time_seconds\{process="(\d)"\} (\S+)$'
    return dict(re.findall(line, page, re.MULTILINE))


class Crowd:
    """Official clients in a Node process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self) -> list[dict[str, Any]]:
        """What each of them got, on whichever process it is."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"go\n")
        async with asyncio.timeout(WAIT_SECONDS):
            return json.loads(await self._process.stdout.readline())


@contextlib.asynccontextmanager
async def crowd(server: Server) -> AsyncIterator[Crowd]:
    node = Path(sys.executable).with_name("node")
    process = await asyncio.create_subprocess_exec(
        *(node, "crowd.mjs", str(server.port), str(CLIENTS)),
        cwd=CLIENT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1_000_000,
    )
    try:
        yield Crowd(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@contextlib.asynccontextmanager
async def newcomers(server: Server) -> AsyncIterator[list[int]]:
    """One after the other on a connection of its own; a refused one fails the test."""
    answers: list[int] = []

    async def coming() -> None:
        while True:
            async with httpx.AsyncClient(base_url=server.url, timeout=WAIT_SECONDS) as client:
                answers.append((await client.get("/health/live")).status_code)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(coming())
    try:
        yield answers
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.usefixtures("node_modules")
async def test_official_clients_are_at_home_on_every_process(server: Server) -> None:
    async with crowd(server) as clients:
        answers = await clients.ask()
        assert [answer["codes"] for answer in answers] == [INVALID] * CLIENTS
        assert [answer["transport"] for answer in answers] == ["polling", "websocket"] * (
            CLIENTS // 2
        )
        # Of twelve that the kernel spreads over two, all on one is a chance of 1 in 2,000.
        assert {answer["id"].split(".")[0] for answer in answers} == {"0", "1"}
        again = await clients.ask()
        assert [answer["id"] for answer in again] == [answer["id"] for answer in answers]


@pytest.mark.usefixtures("node_modules")
async def test_a_process_that_dies_is_replaced_and_nobody_is_refused(server: Server) -> None:
    async with crowd(server) as clients:
        before = await clients.ask()
        died = workers_of(server)[0]
        os.kill(died, signal.SIGKILL)
        async with newcomers(server) as answers:
            after = await clients.ask()
            assert [answer["codes"] for answer in after] == [INVALID] * CLIENTS
            stayed = [one["id"] for one in before if one["id"].startswith("1.")]
            assert [one["id"] for one in after if one["id"] in stayed] == stayed
            await all_present(server, 2)
            assert set(answers) == {200}
        assert workers_of(server)[0] != died


async def test_one_alone_that_dies_keeps_them_waiting_but_refuses_nobody(
    settings: Settings,
) -> None:
    async with crew(settings, 1) as server:
        (died,) = workers_of(server).values()
        os.kill(died, signal.SIGKILL)
        async with newcomers(server) as answers:
            await all_present(server, 1)
            async with asyncio.timeout(WAIT_SECONDS):
                while len(answers) < 3:  # noqa: ASYNC110 - they come by themselves
                    await asyncio.sleep(0.01)
        assert set(answers) == {200}
        assert workers_of(server)[0] != died


async def test_a_signal_ends_all_of_them(settings: Settings) -> None:
    async with crew(settings, 2) as server:
        below = workers_of(server)
        async with connected(server) as listener:
            server.process.terminate()
            await listener.gone()
        assert server.process.wait(20) == 0
        assert not [pid for pid in below.values() if _is_there(pid)]


async def _raw(server: Server, *sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for part in sent:
            writer.write(part)
            await asyncio.sleep(0.05)
        async with asyncio.timeout(WAIT_SECONDS):
            return await reader.read()
    finally:
        writer.close()


def _post(sid: str, more: bytes, *, version: bytes = b"1.1") -> bytes:
    return (
        b"POST /socket.io/?EIO=4&transport=polling&sid=%b HTTP/%b\r\nHost: a\r\n"
        b"Connection: close\r\n%b" % (sid.encode(), version, more)
    )


async def test_requests_of_every_kind_find_their_process(server: Server) -> None:
    """Each is sent on several connections, so that both processes take it, or hand it over."""
    sids = await all_present(server, 2)
    whole = b"Content-Length: 2\r\n\r\n40"
    kinds = {
        b"at once": (_post("%s", whole),),
        b"in parts": (_post("%s", b"Content-Le"), b"ngth: 2\r\n\r\n4", b"0"),
        b"in chunks": (
            _post("%s", b"Transfer-Encoding: chunked\r\n\r\n1\r\n4\r\n1\r\n0\r\n0\r\n\r\n"),
        ),
        b"after a line": (b"\r\n", _post("%s", whole)),
        b"asked to go on": (
            _post("%s", b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
            b"40",
        ),
        b"of 1.0": (_post("%s", whole, version=b"1.0"),),
    }
    for kind, parts in kinds.items():
        for sid in sids.values():
            sent = [part.replace(b"%s", sid.encode()) for part in parts]
            for _ in range(6):
                answer = await _raw(server, *sent)
                assert b"HTTP/1.1 200 OK" in answer, (kind, answer)
                assert b"\r\nOK" in answer, (kind, answer)


async def test_what_is_wrong_with_them_is_said_by_whoever_has_them(server: Server) -> None:
    sids = await all_present(server, 2)
    for sid in sids.values():
        for _ in range(4):
            late = await _raw(server, _post(sid, b"Content-Length: 9\r\n\r\n40"))
            assert late.startswith(b"HTTP/1.1 408"), late
            # A byte too many and no more: one left unread would reset the line under the answer.
            large = await _raw(server, _post(sid, b"Content-Length: 70000\r\n\r\n"), b"4" * 65_537)
            assert large.startswith(b"HTTP/1.1 413"), large
    for nobody in ("0.unknown", "1.unknown", "2.unknown", "999.unknown", "x.unknown", "unknown"):
        for _ in range(4):
            answer = await _raw(server, _post(nobody, b"Content-Length: 2\r\n\r\n40"))
            assert answer.startswith(b"HTTP/1.1 400"), (nobody, answer)


async def test_a_connection_may_change_its_process_again_and_again(server: Server) -> None:
    sids = await all_present(server, 2)
    async with httpx.AsyncClient(base_url=server.url, timeout=WAIT_SECONDS) as client:
        for sid in [*sids.values()] * 5:
            posted = await client.post("/socket.io/", params=POLLING | {"sid": sid}, content="3")
            assert posted.text == "OK"
            assert (await client.get("/health/live")).status_code == 200


async def test_limits_are_of_all_processes_together(server: Server) -> None:
    await all_present(server, 2)
    limit = RateClass.READ.per_address
    remaining: list[int] = []
    # Each on a connection of its own, as the kernel spreads them; from an address of this test.
    for _ in range(12):
        async with httpx.AsyncClient(base_url=server.url, timeout=WAIT_SECONDS) as client:
            forwarded = {"X-Forwarded-For": "203.0.113.99"}
            answer = await client.get("/api/v1/events", headers=forwarded)
        remaining.append(int(answer.headers["ratelimit-remaining"]))
    # A minute may have turned meanwhile.
    starts = [number for number, left in enumerate(remaining) if left == limit - 1]
    assert starts[0] == 0
    assert len(starts) <= 2
    expected = [limit - 1 - (n - max(s for s in starts if s <= n)) for n in range(12)]
    assert remaining == expected


def test_a_station_is_read_as_it_was_written() -> None:
    place = Station(index=1, listeners=(5, 6), inbox=7, outboxes=(8, 9), counts=10, roster=11)
    assert Station.from_text(place.to_text()) == place
    assert place.count == 2


@pytest.mark.parametrize("words", [("up", "--processes", "0"), ("serve", "--processes", "two")])
def test_a_number_of_processes_that_is_none_is_a_line(
    settings: Settings, words: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "arenapulse", *words],
        env=os.environ
        | {"DATABASE_URL": settings.database_url or "", "REDIS_URL": settings.redis_url or ""},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"arenapulse: --processes {words[-1]}: give a number of 1 to 32, or auto"
    ]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_that_somebody_has_is_refused_although_it_could_be_shared(
    settings: Settings, taken: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "arenapulse", "serve", "--processes", "2"],
        env=os.environ
        | {
            "DATABASE_URL": settings.database_url or "",
            "REDIS_URL": settings.redis_url or "",
            "ARENAPULSE_PORT": str(taken),
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{taken}" in done.stderr
