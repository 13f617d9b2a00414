"""Starts programs that die with us, and ends them in bounded time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from arenapulse.core import clock
from arenapulse.runtime.engines.account import Account

LEASH = Path(__file__).with_name("leash.py")
KILL_WAIT_SECONDS = 2.0
POLL_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What to start: the program with its arguments, as whom, where and with which environment."""

    program: Sequence[str]
    account: Account
    folder: Path
    environment: Mapping[str, str]
    death_signal: signal.Signals = signal.SIGKILL
    inherit: Sequence[int] = ()


def _command(launch: Launch) -> list[str]:
    # The kernel ties a child to the *thread* that started it, so a passing thread would take the
    # engine with it when it ends.
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started by the main thread alone")
    account = launch.account
    tie = [str(os.getpid()), str(account.uid), str(account.gid), str(int(launch.death_signal))]
    return [sys.executable, "-I", "-S", str(LEASH), *tie, "--", *launch.program]


def start(
    launch: Launch, *, output: IO[bytes] | None = None, stdin: bytes | None = None
) -> subprocess.Popen[bytes]:
    """Start a long-lived child; `output` takes both its streams (None: ours), `stdin` is fed."""
    child = subprocess.Popen(  # noqa: S603 - our own programs
        _command(launch),
        cwd=launch.folder,
        env=dict(launch.environment),
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=output,
        stderr=output,
        pass_fds=tuple(launch.inherit),
        # A Ctrl-C at the terminal reaches us alone; we then stop the children in order.
        start_new_session=True,
    )
    if child.stdin is not None and stdin is not None:
        # A child that is already dead is noticed by whoever waits for it to answer.
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(stdin)
            child.stdin.close()
    return child


def run(launch: Launch, *, seconds_max: float, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a short program to its end and keep what it said."""
    return subprocess.run(  # noqa: S603 - our own programs
        _command(launch),
        cwd=launch.folder,
        env=dict(launch.environment),
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        pass_fds=tuple(launch.inherit),
        start_new_session=True,
        timeout=seconds_max,
        check=False,
    )


def stop(child: subprocess.Popen[bytes], *, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal and wait its seconds until the child is gone; the last resort is SIGKILL."""
    for signal_number, seconds in (*steps, (signal.SIGKILL, KILL_WAIT_SECONDS)):
        if child.poll() is not None:
            return
        child.send_signal(signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=seconds)


def polls(*, seconds_max: float) -> Iterator[None]:
    """One turn at once and then every few milliseconds, until the time is over."""
    deadline = clock.monotonic_seconds() + seconds_max
    yield
    while clock.monotonic_seconds() < deadline:
        time.sleep(POLL_SECONDS)
        yield
