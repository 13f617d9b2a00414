"""`arenapulse up` from start to stop, as a newcomer runs it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from arenapulse.entrypoints.crew import count_of
from tests.engines.conftest import descendants, fresh_folder, is_running, until, up_environment

READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0
GONE_SECONDS_MAX = 10.0


@dataclass
class Up:
    process: subprocess.Popen[str]
    port: int
    output: Path

    def stop(self, number: signal.Signals) -> float:
        began = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(timeout=STOP_SECONDS_MAX) == 0, self.output.read_text()
        return time.monotonic() - began


def answers(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    with contextlib.closing(link), contextlib.suppress(OSError, http.client.HTTPException):
        link.request("GET", "/health/ready")
        return link.getresponse().status == 200
    return False


def ours(up: Up, word: str) -> list[int]:
    """The processes of `up` that run the command, once they have become it."""
    found: list[int] = []
    for pid in descendants(up.process.pid):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            if f"arenapulse\0{word}\0" in command and "leash" not in command:
                found.append(pid)
    return found


@contextlib.contextmanager
def running(data: Path, **environment: str) -> Iterator[Up]:
    variables = up_environment(data, ARENAPULSE_SEED="off", **environment)
    port = int(variables["ARENAPULSE_PORT"])
    output = data.parent / "output.txt"
    with output.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "arenapulse", "up"],
            env=variables,
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
        )
    with process:
        try:
            assert until(
                lambda: answers(port) or process.poll() is not None, seconds=READY_SECONDS_MAX
            )
            assert process.poll() is None, output.read_text()
            assert until(lambda: "ArenaPulse is ready" in output.read_text(), seconds=60)
            yield Up(process, port, output)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Up]:
    """One for all who end a part of it and see it come back."""
    with fresh_folder() as data, running(data) as up:
        yield up


def passed_on(up: Up) -> dict[str, str]:
    """The secrets that its servers were given."""
    pid = ours(up, "serve")[0]
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    values = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    names = ("ARENAPULSE_SECRET", "STRIPE_WEBHOOK_SECRET", "ARENAPULSE_DEMO_PASSWORD")
    return {name: values[name] for name in names}


def test_it_stops_cleanly_starts_as_it_was_and_killed_leaves_nothing(data: Path) -> None:
    with running(data) as up:
        assert f"http://127.0.0.1:{up.port}" in up.output.read_text()
        first = passed_on(up)
        assert all(
            len(first[name]) >= 32 for name in ("ARENAPULSE_SECRET", "STRIPE_WEBHOOK_SECRET")
        )
        assert len(first["ARENAPULSE_DEMO_PASSWORD"]) >= 8
        stops(up, signal.SIGTERM)
    with running(data) as up:
        assert passed_on(up) == first
        stops(up, signal.SIGINT)
    with running(data) as up:
        # A clean stop needs no recovery at the next start.
        assert "not properly shut down" not in (data / "engines" / "postgres.log").read_text()
        assert until(lambda: len(ours(up, "worker")) == 1, seconds=60)
        below = descendants(up.process.pid)
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in below]
        for part in ("arenapulse\0serve", "arenapulse\0worker", "valkey-server", "postgres"):
            assert any(part in command for command in commands), part
        up.process.kill()
        up.process.wait()
        assert until(lambda: not any(map(is_running, below)), seconds=GONE_SECONDS_MAX)


def stops(up: Up, number: signal.Signals) -> None:
    below = descendants(up.process.pid)
    assert up.stop(number) < STOP_SECONDS_MAX
    assert not any(map(is_running, below))


@pytest.mark.parametrize(("words", "count"), [("serve", count_of("auto")), ("worker", 1)])
def test_part_that_dies_is_started_again(lasting: Up, words: str, count: int) -> None:
    up = lasting
    assert until(lambda: len(ours(up, words)) == count, seconds=60)
    first, said = sorted(ours(up, words)), len(up.output.read_text())
    os.kill(first[0], signal.SIGKILL)
    # Whoever comes meanwhile may wait, and is refused by nobody.
    with socket.create_connection(("127.0.0.1", up.port), timeout=READY_SECONDS_MAX) as line:
        line.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        assert line.recv(64).startswith(b"HTTP/1.1 200")
    assert until(
        lambda: len(ours(up, words)) == count and sorted(ours(up, words)) != first, seconds=45
    )
    assert until(lambda: answers(up.port), seconds=60)
    assert f"(exit {-signal.SIGKILL}), starting it again" in up.output.read_text()[said:]
