"""Our own programs as children of `arenapulse up`: started again when they die, ever less often."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from arenapulse.core import clock
from arenapulse.runtime.engines.account import US
from arenapulse.runtime.engines.children import Launch, start, stop

QUICK_DEATH_SECONDS = 10.0
QUICK_DEATHS_MAX = 5
BACKOFF_SECONDS_FIRST = 0.25
BACKOFF_SECONDS_MAX = 4.0
# One that keeps dying is no reason to end those that live: what it died of may pass.
GIVEN_UP_SECONDS = 60.0
ONCE_SECONDS_MAX = 600.0


class GivenUp(Exception):
    """Nobody is left who serves; the message is the line for the operator."""


def _launch(*words: str, environment: Mapping[str, str], inherit: Sequence[int] = ()) -> Launch:
    return Launch(
        program=[sys.executable, "-m", "arenapulse", *words],
        account=US,
        folder=Path.cwd(),
        environment={**os.environ, **environment},
        # Whatever state it is in: everything acknowledged is in PostgreSQL already.
        death_signal=signal.SIGKILL,
        inherit=inherit,
    )


def run_once(*words: str, environment: Mapping[str, str]) -> None:
    """Run a command of ours to its end; raise GivenUp when it fails."""
    child = start(_launch(*words, environment=environment))
    try:
        code = child.wait(timeout=ONCE_SECONDS_MAX)
    except subprocess.TimeoutExpired as failure:
        raise GivenUp(f"`arenapulse {words[0]}` took over {ONCE_SECONDS_MAX:.0f} s") from failure
    finally:
        stop(child, steps=())
    if code != 0:
        raise GivenUp(f"`arenapulse {words[0]}` failed (exit {code}), see above")


@dataclass(kw_only=True)
class Program:
    """One long-lived program."""

    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    stop_seconds: float
    inherit: Sequence[int] = ()
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    quick_deaths: int = field(default=0)

    @property
    def dies_at_each_start(self) -> bool:
        """Whether none of its last starts lived; so until one does, also while it is tried."""
        return self.quick_deaths >= QUICK_DEATHS_MAX

    @property
    def is_given_up(self) -> bool:
        """Whether it is not there, and has died so often that it is merely tried now and then."""
        return self.dies_at_each_start and self.start_again_at is not None

    def start(self) -> None:
        self.started_at, self.start_again_at = clock.monotonic_seconds(), None
        self.child = start(_launch(*self.words, environment=self.environment, inherit=self.inherit))

    def tend(self) -> str | None:
        """Start it again when it is time to; what happened, if anything."""
        now = clock.monotonic_seconds()
        if self.start_again_at is not None:
            if now >= self.start_again_at:
                self.start()
            return None
        lived = now - self.started_at
        code = None if self.child is None else self.child.poll()
        if code is None:
            if lived >= QUICK_DEATH_SECONDS:
                self.quick_deaths = 0
            return None
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 1
        if self.quick_deaths >= QUICK_DEATHS_MAX:
            self.start_again_at = now + GIVEN_UP_SECONDS
            return (
                f"the {self.name} ended {self.quick_deaths} times within "
                f"{QUICK_DEATH_SECONDS:.0f} s of its start (exit {code}), see above; it is tried "
                f"again every {GIVEN_UP_SECONDS:.0f} s"
            )
        pause = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_FIRST * 2**self.quick_deaths)
        self.start_again_at = now + pause
        return f"the {self.name} ended (exit {code}), starting it again in {pause:g} s"

    def ask_to_stop(self) -> None:
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                self.child.terminate()

    def stop(self) -> None:
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                stop(self.child, steps=((signal.SIGTERM, self.stop_seconds),))
