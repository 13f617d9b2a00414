"""The server processes of one port: their supervisor holds the port, and replaces who dies.

Each process has a listening socket of its own and the kernel spreads connections over them
(SO_REUSEPORT). The supervisor keeps all of them open: what comes to a process that is not there is
given to one that is, and waits only where there is none.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import tempfile
import time
from collections.abc import Generator, Mapping
from types import FrameType

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.cli import EXIT_REFUSED, say
from arenapulse.entrypoints.processes import GivenUp, Program
from arenapulse.runtime.ratelimit import SharedCounts
from arenapulse.runtime.web import crew
from arenapulse.runtime.web.crew import Station
from arenapulse.runtime.web.roster import WORKER, Roster, Standing

BACKLOG = 4096
TEND_SECONDS = 0.1
# What closing takes after the sockets are sent away.
STOP_SECONDS = 3.0
PROCESSES_AUTO_MAX = 8
RELAYED_AT_ONCE_MAX = 64


class StopAsked(BaseException):
    """Ctrl-C or SIGTERM; no `except Exception` on the way may hold it up."""


@contextlib.contextmanager
def stop_signals() -> Generator[None, None, None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into StopAsked; further ones change nothing."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise StopAsked

    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def count_of(processes: str) -> int:
    """How many `--processes` means; raises `ValueError`."""
    if processes != "auto":
        count = int(processes)
        if not 1 <= count <= crew.PROCESSES_MAX:
            raise ValueError(processes)
        return count
    # Those that we may run on, where the system tells.
    allowed = getattr(os, "sched_getaffinity", None)
    cores = len(allowed(0)) if allowed else os.cpu_count() or 1
    return min(cores, PROCESSES_AUTO_MAX)


def refuse_taken_port(settings: Settings) -> None:
    """Raises `GivenUp` where somebody listens already; a shared port would not tell."""
    for listener in _listeners(settings, is_shared=False):
        listener.close()


def _listeners(settings: Settings, *, is_shared: bool) -> list[socket.socket]:
    """A bound socket for each address that the host means."""
    made: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            settings.host or None,
            settings.port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        ):
            listener = socket.socket(family, kind, protocol)
            made.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if is_shared:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
            listener.setblocking(False)
    except OSError as failure:
        for listener in made:
            listener.close()
        raise GivenUp(
            f"cannot listen on {settings.host}:{settings.port} ({failure.strerror}): choose "
            "another by ARENAPULSE_PORT or ARENAPULSE_HOST"
        ) from failure
    return made


class Crew:
    """All its processes, from the first listening on."""

    def __init__(
        self,
        settings: Settings,
        *,
        count: int,
        environment: Mapping[str, str],
        role: str = "all",
    ) -> None:
        refuse_taken_port(settings)
        self._listeners = [_listeners(settings, is_shared=count > 1) for _ in range(count)]
        mailboxes = [crew.mailbox() for _ in range(count)]
        self._inboxes = [reading for reading, _ in mailboxes]
        self._outboxes = [writing for _, writing in mailboxes]
        self._counts = tempfile.TemporaryFile()  # noqa: SIM115 - as long as we are here
        SharedCounts.make(self._counts.fileno())
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - as long as we are here
        Roster.make(self._kept.fileno())
        self._roster = Roster(self._kept.fileno())
        self._are_ready = [False] * count
        self._turn = 0
        self.programs = [
            self._program(index, settings=settings, environment=environment, role=role)
            for index in range(count)
        ]
        self._note(dict(enumerate(self.programs)))

    def _program(
        self, index: int, *, settings: Settings, environment: Mapping[str, str], role: str
    ) -> Program:
        for listener in self._listeners[index]:
            listener.listen(BACKLOG)
        station = Station(
            index=index,
            listeners=tuple(listener.fileno() for listener in self._listeners[index]),
            inbox=self._inboxes[index].fileno(),
            outboxes=tuple(outbox.fileno() for outbox in self._outboxes),
            counts=self._counts.fileno(),
            roster=self._kept.fileno(),
        )
        alone = len(self._outboxes) == 1
        return Program(
            name="server" if alone else f"server {index + 1}",
            words=("serve", "--role", role, "--station", station.to_text()),
            environment=environment,
            stop_seconds=STOP_SECONDS + settings.drain_seconds,
            inherit=(
                *(*station.listeners, station.inbox, *station.outboxes),
                *(station.counts, station.roster),
            ),
        )

    def is_ready(self) -> bool:
        """Whether anybody serves."""
        return any(self._are_ready)

    def tend(self) -> list[str]:
        """Replaces who died, and passes on what comes for who is not there; what happened.

        Raises `GivenUp` where none of those that were started can be kept running.
        """
        news: list[str] = []
        for index, program in enumerate(self.programs):
            for mail in self._mail(index):
                self._are_ready[index] = mail == crew.READY
            told = program.tend()
            if told is not None:
                self._are_ready[index] = False
                news.append(told)
        self._note(dict(enumerate(self.programs)))
        started = [program for program in self.programs if program.child is not None]
        if started and all(program.is_given_up for program in started):
            raise GivenUp(news[-1].partition(";")[0])
        self._relay()
        return news

    def tell_of_worker(self, worker: Program) -> None:
        """Its servers tell of the worker beside them as well."""
        self._note({WORKER: worker})

    def _note(self, programs: Mapping[int, Program]) -> None:
        for place, program in programs.items():
            standing = Standing.GIVEN_UP if program.dies_at_each_start else Standing.KEPT
            self._roster.note(place, standing)

    def _mail(self, index: int) -> Generator[bytes, None, None]:
        with contextlib.suppress(BlockingIOError):
            while True:
                yield self._outboxes[index].recv(len(crew.READY))

    def _relay(self) -> None:
        present = [index for index, is_ready in enumerate(self._are_ready) if is_ready]
        if not present:
            return
        for listener in self._absent():
            for _ in range(RELAYED_AT_ONCE_MAX):
                try:
                    connection, _ = listener.accept()
                except OSError:
                    break
                with connection:
                    self._turn += 1
                    outbox = self._outboxes[present[self._turn % len(present)]]
                    crew.send(outbox, connection.fileno())

    def _absent(self) -> list[socket.socket]:
        pairs = zip(self._listeners, self._are_ready, strict=True)
        return [listener for listeners, is_ready in pairs if not is_ready for listener in listeners]

    def wait(self, seconds: float) -> None:
        """Until so much time has passed, or somebody comes for a process that is not there."""
        if self.is_ready():
            select.select(self._absent(), [], [], seconds)
        else:
            time.sleep(seconds)

    def stop(self) -> None:
        """All at once; each may take its time to send its sockets away."""
        for program in self.programs:
            program.ask_to_stop()
        for program in self.programs:
            program.stop()
        for listeners in self._listeners:
            for listener in listeners:
                listener.close()
        for end in (*self._inboxes, *self._outboxes, self._counts, self._kept):
            end.close()


def serve_by_many(settings: Settings, *, count: int, role: str) -> int:
    """Runs until a signal (0), or until a process cannot be kept running (1, after one line)."""
    try:
        with stop_signals(), contextlib.ExitStack() as stops:
            made = Crew(settings, count=count, environment={}, role=role)
            stops.callback(made.stop)
            for program in made.programs:
                program.start()
            while True:
                for line in made.tend():
                    say(line)
                made.wait(TEND_SECONDS)
    except StopAsked:
        return 0
    except GivenUp as failure:
        say(str(failure))
        return EXIT_REFUSED
