"""Our traces at Datadog's own test agent, by the setting that the deployment page names.

    python -m tests.campaign.datadog

`ddapm-test-agent` takes OTLP in as Datadog's agent does, refuses what it cannot read, and gives
back what it was sent. A server and a worker tell it of all they do; an order is paid, an event
renamed. Exit 1 where one of them is not one trace from its request to its end. Loopback only.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import uvloop

from bench.stack import Stack, running_stack, start_server
from tests.paying import VISA
from tests.servers import free_port
from tests.worlds import make_fans, make_world

AGENT: Final = "ddapm-test-agent==1.69.1"
FOLDER: Final = Path(tempfile.gettempdir()) / "arenapulse-ddapm"
INSTALL_SECONDS_MAX: Final = 300
START_SECONDS_MAX: Final = 30.0
TOLD_SECONDS_MAX: Final = 60.0
ORDER: Final = "POST /api/v1/orders"
RENAME: Final = "PATCH /api/v1/events/{event_id}"


@dataclass(frozen=True)
class Told:
    """A span as the agent gives it back."""

    service: str
    trace: str
    span: str
    parent: str | None
    name: str


def installed() -> Path | None:
    """The agent in an environment of its own; None where no package index is."""
    program = FOLDER / "bin" / "ddapm-test-agent"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        words = [FOLDER / "bin" / "python", "-m", "pip", "install", "-q", AGENT]
        done = subprocess.run(words, timeout=INSTALL_SECONDS_MAX, check=False)
        if done.returncode:
            return None
    return program


@contextlib.contextmanager
def listening(program: Path) -> Generator[str]:
    """The agent, and where it takes OTLP in."""
    traces, http, grpc = free_port(), free_port(), free_port()
    words = [
        *(str(program), "--host", "127.0.0.1", "-p", str(traces), "--web-ui-port", "0"),
        *("--otlp-http-port", str(http), "--otlp-grpc-port", str(grpc), "--log-level", "ERROR"),
    ]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(words, cwd=folder) as agent:
        try:
            url = f"http://127.0.0.1:{http}"
            _await(url)
            yield url
        finally:
            agent.terminate()


def _await(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{url}/test/session/traces")
            return
        assert time.monotonic() < deadline, "the agent does not start"
        time.sleep(0.1)


async def told(agent: httpx.AsyncClient) -> list[Told]:
    payloads: list[dict[str, Any]] = (await agent.get("/test/session/traces")).json()
    return [
        Told(
            service=next(
                each["value"]["string_value"]
                for each in resource["resource"]["attributes"]
                if each["key"] == "service.name"
            ),
            trace=span["trace_id"],
            span=span["span_id"],
            parent=span.get("parent_span_id"),
            name=span["name"],
        )
        for payload in payloads
        for resource in payload["resource_spans"]
        for scope in resource["scope_spans"]
        for span in scope["spans"]
    ]


def missing(spans: list[Told]) -> list[str]:
    """What of the promised chains is not there."""
    wrong: list[str] = []
    for start, ends in (
        (ORDER, ("arenapulse-all batch", "arenapulse-all commit", "arenapulse-all frame")),
        (RENAME, ("arenapulse-worker job",)),
        ("due work", ("arenapulse-worker vendor",)),
    ):
        traces = {span.trace for span in spans if span.name == start}
        found = {f"{span.service} {span.name}" for span in spans if span.trace in traces}
        wrong += [f"no {end} in the trace of {start}" for end in ends if end not in found]
    known = {span.span for span in spans}
    orphans = [span for span in spans if span.parent is not None and span.parent not in known]
    return wrong + [f"{span.name} of {span.service} has a parent unknown" for span in orphans]


async def measure(stack: Stack, *, port: int, agent_url: str) -> list[str]:
    db = await asyncpg.connect(stack.settings.database_url)
    world = await make_world(db, stack.settings)
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    await db.close()
    base = f"http://127.0.0.1:{port}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers=owner.headers, timeout=30) as client:
        order = world.order(paymentMethod={"type": "card", "token": VISA})
        (await client.post("/orders", json=order)).raise_for_status()
        renamed = {"json": {"name": "Derby"}, "headers": {"If-Match": '"1"'}}
        (await client.patch(f"/events/{world.event_id}", **renamed)).raise_for_status()
    async with httpx.AsyncClient(base_url=agent_url, timeout=30) as agent:
        begun = time.monotonic()
        while True:
            spans = await told(agent)
            wrong = missing(spans)
            if not wrong or time.monotonic() - begun > TOLD_SECONDS_MAX:
                break
            await asyncio.sleep(1)
    seconds = time.monotonic() - begun
    print(f"{len(spans)} spans of {len({span.trace for span in spans})} traces, {seconds:.1f} s")
    if wrong:
        for span in spans:
            print(f"{span.trace} {span.service} {span.name}")
    return wrong


def main() -> int:
    program = installed()
    if program is None:
        print("Datadog: its agent could not be installed, so nothing was checked")
        return 0
    with listening(program) as url, running_stack(servers=0, worker=False) as stack:
        stack.environment |= {"ARENAPULSE_OTLP_URL": url, "ARENAPULSE_TRACE_RATIO": "1"}
        port = free_port()
        stack.processes["server"] = start_server(port, environment=stack.environment)
        words = [sys.executable, "-m", "arenapulse", "worker"]
        stack.processes["worker"] = subprocess.Popen(words, env=stack.environment)
        faults = uvloop.run(measure(stack, port=port, agent_url=url))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
