"""The whole thing for a benchmark: engines, server processes, a worker, and their CPU."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from arenapulse.core.settings import Settings
from arenapulse.migrations.run import migrate
from arenapulse.runtime.engines import running_engines

READY_SECONDS = 90.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Stack:
    settings: Settings
    ports: list[int]
    processes: dict[str, subprocess.Popen[bytes]] = field(repr=False)
    environment: dict[str, str] = field(repr=False)
    """Of the service, whose role owns nothing; `settings` are the owner's, who sees all."""

    def kill_worker(self) -> None:
        """By SIGKILL; another one starts in its place."""
        self.processes["worker"].kill()
        self.processes["worker"].wait()
        self.processes["worker"] = _start(["arenapulse", "worker"], self.environment)

    def delay_commits(self, microseconds: int) -> None:
        """As a slower disk would: each commit waits so long, alone or not."""
        (pid,) = self.settings.data_folder.rglob("postmaster.pid")
        auto = pid.with_name("postgresql.auto.conf")
        auto.write_text(f"commit_delay = {microseconds}\ncommit_siblings = 0\n")
        os.kill(int(pid.read_text().split()[0]), signal.SIGHUP)

    def _pids(self, file: str) -> list[str]:
        found = self.settings.data_folder.rglob(file)
        return [path.read_text().split()[0] for path in found]

    def cpu_seconds(self) -> dict[str, float]:
        """By process with its children, PostgreSQL's that ended as well; Valkey and Java summed."""
        found: dict[str, float] = {}
        own = {str(child.pid): name for name, child in self.processes.items()}
        own[str(os.getpid())] = "load client"
        own |= dict.fromkeys(self._pids("postmaster.pid"), "postgres")
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                text = stat.read_text()
                name = text[text.index("(") + 1 : text.rindex(")")]
                fields = text[text.rindex(")") + 2 :].split()
                # One that PostgreSQL forked, or a supervisor of servers.
                is_engine = name.startswith(("valkey", "java"))
                label = own.get(stat.parent.name) or (None if is_engine else own.get(fields[1]))
                if label is None and is_engine:
                    label = name
                if label is not None:
                    ended = sum(map(int, fields[13:15])) if label == "postgres" else 0
                    seconds = (int(fields[11]) + int(fields[12]) + ended) / TICKS
                    found[label] = found.get(label, 0.0) + seconds
        return found


def cpu_seconds_of(pid: int) -> float:
    """Of one process, in user and system mode; 0.0 where it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text[text.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_stack(
    *, servers: int = 1, worker: bool = True, granian: bool = False, as_owner: bool = False
) -> Iterator[Stack]:
    """Starts everything on loopback with a database of its own; all of it is gone afterwards.

    `as_owner`: the service logs in as the owner of the tables, whom no policy binds.
    """
    with tempfile.TemporaryDirectory(prefix="arenapulse-bench-") as folder:
        base = Settings().model_copy(update={"data_folder": Path(folder)})
        with running_engines(base) as urls:
            settings = base.model_copy(
                update={
                    "database_url": urls.database_url,
                    "redis_url": urls.redis_url,
                    "secret": "bench-secret-" + "x" * 32,
                    "rate_limits": False,
                }
            )
            asyncio.run(migrate(urls.database_url))
            environment = environment_of(
                urls.database_url if as_owner else urls.app_database_url,
                urls.redis_url,
                secret=settings.secret or "",
            )
            ports = [free_port() for _ in range(servers)]
            processes: dict[str, subprocess.Popen[bytes]] = {}
            try:
                for number, port in enumerate(ports, start=1):
                    processes[f"server {number}"] = _start(
                        ["bench.granian_server"] if granian else ["arenapulse", "serve"],
                        environment | {"ARENAPULSE_PORT": str(port)},
                    )
                if worker:
                    processes["worker"] = _start(["arenapulse", "worker"], environment)
                for port in ports:
                    _await_ready(port)
                yield Stack(settings, ports, processes, environment)
            finally:
                _stop(processes.values())


def environment_of(database_url: str, redis_url: str, *, secret: str) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "ARENAPULSE_SECRET": secret,
        "STRIPE_WEBHOOK_SECRET": "whsec_bench_secret",
        "ARENAPULSE_RATE_LIMITS": "off",
        "ARENAPULSE_SEED": "off",
        "ARENAPULSE_ENV": "test",
    }


def start_server(
    port: int,
    *,
    environment: dict[str, str],
    words: Sequence[str] = (),
    ready_seconds: float = READY_SECONDS,
    **more: str,
) -> subprocess.Popen[bytes]:
    """One more, ready, started with these words; `more` are variables of its own."""
    own = environment | more | {"ARENAPULSE_PORT": str(port)}
    child = _start(["arenapulse", "serve", *words], own)
    try:
        _await_ready(port, host=more.get("ARENAPULSE_HOST", "127.0.0.1"), seconds=ready_seconds)
    except BaseException:
        # Nobody else knows of it yet.
        _stop([child])
        raise
    return child


def _start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *arguments], env=environment)


def _await_ready(port: int, *, host: str = "127.0.0.1", seconds: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/health/ready", timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _stop(processes: object) -> None:
    children = list(processes)  # type: ignore[call-overload]
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
