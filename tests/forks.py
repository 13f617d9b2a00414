"""Processes of `arenapulse` that need not load it: forks of one that has, and runs nothing itself.

To load everything takes four seconds of a processor; a fork takes a hundredth. It is a process like
any other: it has its own environment, ends by its own signals and is killed alone. That the program
starts from nothing is a test of tests/engines and of the crews in tests/socket.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from arenapulse.entrypoints.cli import run
from arenapulse.runtime import tracing
from arenapulse.runtime.web import edge

FORKS = multiprocessing.get_context("forkserver")
LOADED = [
    "arenapulse.entrypoints.server",
    "arenapulse.entrypoints.worker",
    "tests.forks",
    "tests.warmed",
    "tests.reactions.worker_process",
    "tests.socket.served",
]


class Fork:
    """What tests ask of a `subprocess.Popen`."""

    def __init__(self, target: Callable[..., None], *given: Any) -> None:
        awake()
        self._process: ForkServerProcess = FORKS.Process(target=target, args=given, daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def awake() -> None:
    """The process that is forked, started once a run."""
    FORKS.set_forkserver_preload(LOADED)
    forkserver.ensure_running()


def forked(words: Sequence[str], variables: Mapping[str, str], *, log: Path | None = None) -> Fork:
    """`arenapulse` with these words; `log` takes all that the process says."""
    return Fork(become, tuple(words), dict(variables), log)


def forked_worker(url: str, redis_url: str) -> Fork:
    """A worker on a test's engines."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "ARENAPULSE_SECRET": "test-secret-" + "x" * 32,
        "ARENAPULSE_ENV": "test",
        "STRIPE_WEBHOOK_SECRET": "whsec_test_secret",
    }
    return forked(("worker",), environment)


def become(words: Sequence[str], variables: Mapping[str, str], log: Path | None = None) -> None:
    """The forked process is `arenapulse` from here on."""
    os.environ.clear()
    os.environ.update(variables)
    if log is not None:
        with log.open("ab") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
    # A fork throws the dice of its parent.
    for dice in (edge._ids, tracing._chance):
        dice.seed()
    raise SystemExit(run(words))
