"""What a kubelet sees of a house in trouble, and when: every probe of deploy/k8s.

    python -m tests.campaign.probes

Real servers, a worker and engines run; each container's probes are asked as its manifest says (how
often, how long one waits, how many failures count). One trouble after the other is made: a program
that starts, a database that takes nothing, that hangs, a disk that is full, a program that hangs,
one that leaves. Printed is how long until the kubelet would know, and after the end of the trouble
until it knows that. Needs root, for a disk of its own. Loopback only; ends by itself, in about two
minutes. Exit 1 where a trouble is not noticed, or is not over when it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import httpx
import uvloop
import yaml

from bench.stack import Stack, running_stack, start_server
from tests.campaign.troubles import children_of
from tests.servers import free_port

BASE: Final = Path(__file__).resolve().parents[2] / "deploy" / "k8s" / "base"
DISK_BYTES: Final = 900 << 20
SECONDS_MAX: Final = 90.0
# Kubernetes' own, where a manifest says nothing.
PERIOD, TIMEOUT, FAILURES = 10.0, 1.0, 3


@dataclass(frozen=True)
class Probe:
    """One of a container, asked at a port of ours."""

    path: str
    port: int
    period: float
    timeout: float
    failures: int

    async def is_well(self) -> bool:
        async with httpx.AsyncClient(timeout=self.timeout) as client:
            try:
                answer = await client.get(f"http://127.0.0.1:{self.port}{self.path}")
            except httpx.TransportError:
                return False
        return answer.status_code < httpx.codes.BAD_REQUEST

    async def fails(self) -> float:
        """Seconds until so many in a row failed."""
        began = time.monotonic()
        failed = 0
        while failed < self.failures:
            await self._due(began)
            failed = 0 if await self.is_well() else failed + 1
        return time.monotonic() - began

    async def succeeds(self) -> float:
        began = time.monotonic()
        while not await self.is_well():
            await self._due(began)
        return time.monotonic() - began

    async def _due(self, began: float) -> None:
        passed = time.monotonic() - began
        assert passed < SECONDS_MAX, f"{self.path} says nothing of it"
        await asyncio.sleep(self.period - passed % self.period)


def probe(role: str, kind: str, *, port: int) -> Probe:
    """As the manifest of that role has it."""
    documents = yaml.safe_load_all((BASE / f"{role}.yaml").read_text())
    deployment = next(each for each in documents if each["kind"] == "Deployment")
    said: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0][f"{kind}Probe"]
    return Probe(
        path=said["httpGet"]["path"],
        port=port,
        period=said.get("periodSeconds", PERIOD),
        timeout=said.get("timeoutSeconds", TIMEOUT),
        failures=said.get("failureThreshold", FAILURES),
    )


@contextlib.contextmanager
def own_disk() -> Generator[Path]:
    """Where all that is made from now on lies, engines' files too."""
    with tempfile.TemporaryDirectory(prefix="arenapulse-probes-") as name:
        folder = Path(name)
        words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=1777", "tmpfs", name]
        subprocess.run(words, check=True)
        tempfile.tempdir = name
        try:
            yield folder
        finally:
            tempfile.tempdir = None
            subprocess.run(["umount", "-l", name], check=True)


async def superuser_of(stack: Stack) -> asyncpg.Connection[asyncpg.Record]:
    (state,) = stack.settings.data_folder.rglob("state.json")
    url = urlsplit(stack.settings.database_url or "")
    return await asyncpg.connect(
        host=url.hostname,
        port=url.port,
        user="postgres",
        password=json.loads(state.read_text())["superuser_password"],
        database=url.path.removeprefix("/"),
    )


async def read_only(superuser: asyncpg.Connection[asyncpg.Record], *, is_on: bool) -> None:
    word = "on" if is_on else "off"
    await superuser.execute(f"ALTER SYSTEM SET default_transaction_read_only = {word}")
    await superuser.execute("SELECT pg_reload_conf()")


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def postgres_of(stack: Stack) -> list[int]:
    (file,) = stack.settings.data_folder.rglob("postmaster.pid")
    postmaster = int(file.read_text().split()[0])
    return [postmaster, *children_of(postmaster)]


def fill(folder: Path) -> Path:
    """All that is left on it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass
    return filler


Act = Callable[[], Awaitable[None]]


async def through(name: str, watched: Probe, *, begin: Act, end: Act) -> None:
    await watched.succeeds()
    await begin()
    noticed = await watched.fails()
    await end()
    print(
        f"{name}: known after {noticed:.1f} s ({watched.failures} of {watched.path} every "
        f"{watched.period:g} s), over {await watched.succeeds():.1f} s after it ends",
        flush=True,
    )


async def measure(stack: Stack, disk: Path) -> None:
    for role in ("api", "realtime"):
        port, began = free_port(), time.monotonic()
        stack.processes[role] = await asyncio.to_thread(
            start_server, port, environment=stack.environment, words=("--role", role)
        )
        await probe(role, "startup", port=port).succeeds()
        print(f"{role} starts: known after {time.monotonic() - began:.1f} s", flush=True)
        if role == "api":
            api = port
    worker = int(stack.environment["ARENAPULSE_WORKER_METRICS_PORT"])
    await probe("worker", "startup", port=worker).succeeds()
    ready = probe("api", "readiness", port=api)
    superuser = await superuser_of(stack)

    async def free() -> None:
        (disk / "filler").unlink()

    async def full() -> None:
        fill(disk)

    await through("a disk that is full", ready, begin=full, end=free)
    await through(
        "a database that takes nothing",
        ready,
        begin=lambda: read_only(superuser, is_on=True),
        end=lambda: read_only(superuser, is_on=False),
    )
    await superuser.close()
    stopped: list[int] = []

    def stops(pids: Callable[[], list[int]]) -> dict[str, Act]:
        async def begin() -> None:
            stopped[:] = pids()
            send(stopped, signal.SIGSTOP)

        async def end() -> None:
            send(stopped, signal.SIGCONT)

        return {"begin": begin, "end": end}

    await through("a database that hangs", ready, **stops(lambda: postgres_of(stack)))
    for name, role, port in (("api", "api", api), ("worker", "worker", worker)):
        live = probe(role, "liveness", port=port)
        hangs = stops(lambda name=name: [stack.processes[name].pid])
        await through(f"a program that hangs ({role})", live, **hangs)
    stack.processes["api"].terminate()
    print(f"a server that leaves: known after {await ready.fails():.1f} s", flush=True)


def main() -> int:
    with own_disk() as disk:
        os.environ["ARENAPULSE_WORKER_METRICS_PORT"] = str(free_port())
        with running_stack(servers=0) as stack:
            uvloop.run(measure(stack, disk))
    return 0


if __name__ == "__main__":
    sys.exit(main())
