"""Real processes: a holder of engines that can be killed, and `arenapulse up` itself."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from arenapulse.core.settings import Settings
from arenapulse.runtime.engines import EngineUrls, running_engines

HOLDER = Path(__file__).with_name("holder.py")
UP_SECONDS_MAX = 60.0


def until(what: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it comes true within the seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return what()


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def descendants(pid: int) -> set[int]:
    """All processes below the one."""
    parents: dict[int, int] = {}
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            parents[int(process.name)] = int(fields[1])
    found: set[int] = set()
    fresh = {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


@dataclass
class Holder:
    process: subprocess.Popen[str]
    database_url: str
    redis_url: str
    pids: dict[str, int]

    def kill(self) -> set[int]:
        """End it by SIGKILL; the processes that were below it."""
        below = descendants(self.process.pid)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)
        return below


@pytest.fixture
def data() -> Iterator[Path]:
    with fresh_folder() as made:
        yield made


@contextlib.contextmanager
def fresh_folder() -> Generator[Path]:
    """A data folder that does not exist yet, where every account may go."""
    # pytest's own folders are closed to other accounts, which is a test of its own.
    parent = Path(tempfile.mkdtemp(prefix="arenapulse-engines-"))
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def settings_of() -> Callable[[Path], Settings]:
    def make(folder: Path) -> Settings:
        return Settings().model_copy(
            update={"data_folder": folder, "database_url": None, "redis_url": None}
        )

    return make


@pytest.fixture
def engines_on(
    settings_of: Callable[[Path], Settings],
) -> Callable[[Path], contextlib.AbstractContextManager[EngineUrls]]:
    return lambda folder: running_engines(settings_of(folder))


@pytest.fixture
def hold() -> Iterator[Callable[[Path], Holder]]:
    """Start a process that holds engines on a folder."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> Holder:
        process = subprocess.Popen(
            [sys.executable, str(HOLDER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the holder ended"
        database_url, redis_url, pids = json.loads(line)
        return Holder(process, database_url, redis_url, pids)

    yield start
    for process in started:
        with process:
            process.kill()


@dataclass
class Refusal:
    code: int
    lines: list[str]
    seconds: float


@pytest.fixture
def up_ends() -> Callable[..., Refusal]:
    """Run `arenapulse up`, which is expected to end by itself."""

    def run(folder: Path, **environment: str) -> Refusal:
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "arenapulse", "up"],
            env=up_environment(folder, **environment),
            capture_output=True,
            text=True,
            timeout=UP_SECONDS_MAX,
            check=False,
        )
        assert done.stdout == ""
        return Refusal(done.returncode, done.stderr.splitlines(), time.monotonic() - began)

    return run


def up_environment(folder: Path, **changes: str) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in {"DATABASE_URL", "REDIS_URL"} and not key.startswith("ARENAPULSE_")
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    return {**kept, "ARENAPULSE_DATA": str(folder), "ARENAPULSE_PORT": port, **changes}
