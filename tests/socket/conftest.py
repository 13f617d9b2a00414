"""Servers in child processes, on both paths, and the official client from npm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.socket.rawws import OPENED, RawSocket, connect

HERE = Path(__file__).parent
CLIENT = HERE / "client"
STOP_SECONDS_MAX = 15.0
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
    process: subprocess.Popen[str]
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


class Warm:
    """A process that has imported everything and waits to be told its settings.

    The next one warms up while a test runs, so that most tests find one ready.
    """

    def __init__(self, folder: Path) -> None:
        self.log = folder / f"served-{os.urandom(4).hex()}.log"
        with self.log.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "served.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def dismiss(self) -> None:
        """Its input ends without a word, and so does it."""
        self.process.communicate(timeout=STOP_SECONDS_MAX)


@dataclass
class Kitchen:
    """Where servers come from."""

    folder: Path
    spare: Warm

    def started(self, **settings: Any) -> Served:
        warm, self.spare = self.spare, Warm(self.folder)
        process = warm.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(GENEROUS | settings) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line.strip().isdecimal(), warm.log.read_text()
        return Served(int(line), bool(settings.get("stock")), process, warm.log)


@pytest.fixture(scope="session")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    folder = tmp_path_factory.mktemp("socket")
    made = Kitchen(folder, Warm(folder))
    yield made
    made.spare.dismiss()


def stopped(server: Served) -> None:
    """It ends by itself when its input closes, and has nothing to complain about."""
    process = server.process
    assert process.poll() is None, server.log.read_text()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        assert process.wait(STOP_SECONDS_MAX) == 0, server.log.read_text()
    finally:
        process.kill()
        process.stdout.close()
    said = server.log.read_text()
    # uvicorn's own websockets protocol logs what clients do wrong; that is its habit.
    complaint = "in ASGI application" if server.stock else "Traceback"
    if not server.errors_expected:
        assert complaint not in said, said[-4000:]


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
