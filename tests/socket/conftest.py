"""Servers in child processes, on both paths, and the official client from npm."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from tests.forks import FORKS, awake
from tests.socket import served
from tests.socket.rawws import OPENED, RawSocket, connect

HERE = Path(__file__).parent
CLIENT = HERE / "client"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
NPM_SECONDS_MAX = 120.0
# What a test may do in a hurry; the tests of the limits bring their own.
GENEROUS: dict[str, Any] = {
    "messages_per_second": 5_000,
    "messages_burst": 20_000,
    "handshakes_burst": 100_000,
    "ping_interval_seconds": 1,
    "ping_timeout_seconds": 5,
}


@dataclass
class Served:
    """A running server. Its log is checked at the end unless a test says it expects errors."""

    port: int
    stock: bool
    process: ForkServerProcess
    pipe: Connection
    log: Path
    errors_expected: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def state(self) -> dict[str, Any]:
        with connect(self.port) as probe:
            return probe.call("state")

    def counters(self) -> dict[str, int]:
        return self.state()["counters"]

    def is_well(self) -> bool:
        """A newcomer is served."""
        with connect(self.port) as newcomer:
            return newcomer.call("echo", {"a": 1}) == {"a": 1}


def stopped(server: Served) -> None:
    """It ends by itself when its pipe closes, and has nothing to complain about."""
    assert server.process.is_alive(), server.log.read_text()
    server.pipe.close()
    server.process.join(STOP_SECONDS_MAX)
    code = server.process.exitcode
    server.process.kill()
    server.process.join()
    server.process.close()
    said = server.log.read_text()
    assert code == 0, said
    # uvicorn's own websockets protocol logs what clients do wrong; that is its habit.
    complaint = "in ASGI application" if server.stock else "Traceback"
    if not server.errors_expected:
        assert complaint not in said, said[-4000:]


@dataclass
class Kitchen:
    """Where servers come from: forks of a process that has imported everything once."""

    folder: Path

    def started(self, **settings: Any) -> Served:
        log = self.folder / f"served-{os.urandom(4).hex()}.log"
        ours, theirs = FORKS.Pipe()
        process = FORKS.Process(
            target=served.run, args=(GENEROUS | settings, theirs, str(log)), daemon=True
        )
        process.start()
        theirs.close()
        assert ours.poll(START_SECONDS_MAX), log.read_text()
        return Served(ours.recv(), bool(settings.get("stock")), process, ours, log)


@pytest.fixture(scope="session")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    awake()
    return Kitchen(tmp_path_factory.mktemp("socket"))


@pytest.fixture(scope="session", params=["fanout", "stock"])
def server(request: pytest.FixtureRequest, kitchen: Kitchen) -> Iterator[Served]:
    """One long-lived server a path, for tests that leave it as it was."""
    made = kitchen.started(stock=request.param == "stock")
    yield made
    stopped(made)


@pytest.fixture(params=["fanout", "stock"])
def serve(request: pytest.FixtureRequest, kitchen: Kitchen) -> Iterator[Callable[..., Served]]:
    """Makes a server with settings of the test's own, on either path."""
    yield from _serving(kitchen, stock=request.param == "stock")


@pytest.fixture
def serve_fanout(kitchen: Kitchen) -> Iterator[Callable[..., Served]]:
    """As `serve`, for what only the fan-out path promises."""
    yield from _serving(kitchen, stock=False)


def _serving(kitchen: Kitchen, *, stock: bool) -> Iterator[Callable[..., Served]]:
    made: list[Served] = []

    def make(**settings: Any) -> Served:
        made.append(kitchen.started(stock=stock, **settings))
        return made[-1]

    yield make
    _close_sockets()
    for one in made:
        stopped(one)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The official client, installed anew when the lock is newer than what is there."""
    lock, mark = CLIENT / "package-lock.json", CLIENT / "node_modules" / ".package-lock.json"
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        npm = Path(sys.executable).with_name("npm")
        path = f"{npm.parent}:{os.environ['PATH']}"
        subprocess.run(
            [npm, "ci"],
            cwd=CLIENT,
            env=os.environ | {"PATH": path},
            check=True,
            capture_output=True,
            timeout=NPM_SECONDS_MAX,
        )
        mark.touch()
    return CLIENT / "node_modules"


def _close_sockets() -> None:
    while OPENED:
        OPENED.pop().close()


@pytest.fixture(autouse=True)
def _closed_sockets() -> Iterator[None]:
    yield
    _close_sockets()


@pytest.fixture
def hall(server: Served) -> Callable[..., RawSocket]:
    """Connects clients to the shared server."""

    def enter(**given: Any) -> RawSocket:
        return connect(server.port, **given)

    return enter
