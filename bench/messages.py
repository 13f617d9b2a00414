"""Sixty thousand mails through the mail vendor's twin while three hundred orders a second go on.

    python -m bench.messages [--mails 60000] [--rate 300] [--call-ms 50] [--trouble 60] [--no-kill]

The twin runs in a process of its own, answers each call after `--call-ms`, and for `--trouble`
seconds in the middle answers 429, 503 and nothing, a third of the time each. Half-way the worker is
killed by SIGKILL and another started. The orders run alone first, then beside the mails.

Exit 1 where a mail is missing or there twice (counted at the twin), where it took more than five
minutes, or where the worker's memory grew by more than a half once it was warm.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import uvloop

from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.core.settings import Settings
from arenapulse.notifications.samples import sample
from arenapulse.notifications.schemas import About, NewMessage, To
from arenapulse.notifications.service import tell_all
from arenapulse.notifications.terms import Priority
from arenapulse.runtime.priority import give_way
from arenapulse.runtime.web.loopback import serving
from arenapulse.wiring import make_core, make_jobs, make_runtime, open_core
from arenapulse.wiring.notifications import make_sendgrid_twin
from bench.load import Result, open_loop
from bench.orders import Case, general, requests
from bench.stack import Stack, running_stack
from tests.worlds import World, make_fans, make_world

SECONDS_MAX = 300.0
ALONE_SECONDS = 20.0
WARM_SHARE = 0.2
MEMORY_GROWTH_MAX = 1.5
CONNECTIONS = 64


async def vendor(settings: Settings, *, port: int, call_ms: int) -> None:
    """The twin as a process: words on its standard input say how it fails.

    It is elsewhere in truth, so it gives way to us.
    """
    give_way(10)
    runtime = make_runtime(settings)
    await runtime.database.open()
    twin = make_sendgrid_twin(runtime)
    twin.faults.answer_seconds = call_ms / 1000
    loop = asyncio.get_running_loop()
    async with serving(twin.app, beside=twin.news.run(), port=port):
        print("ready", flush=True)
        while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            twin.faults.always = int(word) if word.isdigit() else None
            twin.faults.always_mute = word == "mute"
    await runtime.database.close()


class Run:
    def __init__(self, stack: Stack, args: argparse.Namespace) -> None:
        self.stack = stack
        self.args = args
        self.base = f"http://127.0.0.1:{stack.ports[0]}"
        self.memory: list[float] = []
        # Of the worker that was killed.
        self.spent_before = 0.0
        self.worker: subprocess.Popen[bytes] | None = None
        self.vendor: subprocess.Popen[bytes] | None = None
        self.db: asyncpg.Connection

    @property
    def environment(self) -> dict[str, str]:
        """As the product's role, which owns no table."""
        return self.stack.environment | {"ARENAPULSE_PUBLIC_URL": self.base}

    def start_vendor(self) -> str:
        port = self.stack.ports[0] + 1
        self.vendor = subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.messages", "--vendor", str(port)),
                *("--call-ms", str(self.args.call_ms)),
            ],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.stack.processes["twin"] = self.vendor
        assert self.vendor.stdout is not None
        assert self.vendor.stdout.readline() == b"ready\n"
        return f"http://127.0.0.1:{port}"

    def say(self, word: str) -> None:
        assert self.vendor is not None
        assert self.vendor.stdin is not None
        self.vendor.stdin.write(f"{word}\n".encode())
        self.vendor.stdin.flush()

    def start_worker(self, host: str) -> None:
        self.worker = subprocess.Popen(
            [sys.executable, "-m", "arenapulse", "worker"],
            env=self.environment | {"SENDGRID_HOST": host},
        )
        self.stack.processes["worker"] = self.worker

    async def left(self) -> int:
        return int(await self.db.fetchval("SELECT count(*) FROM messages WHERE due_at IS NOT NULL"))

    def sample_memory(self) -> None:
        assert self.worker is not None
        with contextlib.suppress(OSError):
            pages = int(Path(f"/proc/{self.worker.pid}/statm").read_text().split()[1])
            self.memory.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)

    def end(self) -> None:
        for process in (self.worker, self.vendor):
            if process is not None:
                process.kill()
                process.wait()


async def tell(stack: Stack, world: World, *, mails: int) -> float:
    core = make_core(make_runtime(stack.settings))
    jobs = make_jobs(core)
    values = sample("gate_changed")
    about = About(
        organization_id=OrganizationId(world.organization_id), event_id=EventId(world.event_id)
    )
    began = time.monotonic()
    async with open_core(core):
        async with core.runtime.database.transaction() as session:
            made = await tell_all(
                session,
                (
                    NewMessage(
                        template="gate_changed",
                        to=To(email=f"fan{n}@fans.test", name=f"Fan {n}"),
                        key=f"bench:{uuid4()}",
                        values=values,
                        about=about,
                        priority=Priority.CAMPAIGN,
                    )
                    for n in range(mails)
                ),
            )
        await jobs.close()
    assert made == mails
    return time.monotonic() - began


async def trouble(run: Run) -> None:
    third = run.args.trouble / 3
    for word in ("429", "503", "mute"):
        run.say(word)
        await asyncio.sleep(third)
    run.say("well")


async def send(run: Run, *, host: str) -> float:
    """Until nothing is due; the trouble begins at a fifth, the worker dies at the half."""
    mails = run.args.mails
    began = time.monotonic()
    run.start_worker(host)
    troubled: asyncio.Task[None] | None = None
    is_killed = run.args.no_kill
    while left := await run.left():
        if time.monotonic() - began > 2 * SECONDS_MAX:
            break
        if troubled is None and left < mails * 0.8:
            troubled = asyncio.create_task(trouble(run))
        if not is_killed and left < mails * 0.5:
            is_killed = True
            assert run.worker is not None
            run.spent_before = run.stack.cpu_seconds().get("worker", 0.0)
            run.worker.send_signal(signal.SIGKILL)
            run.worker.wait()
            run.start_worker(host)
            run.memory.clear()
        run.sample_memory()
        await asyncio.sleep(0.5)
    seconds = time.monotonic() - began
    if troubled is not None:
        await troubled
    return seconds


async def measure(run: Run) -> int:
    args, stack = run.args, run.stack
    run.db = await asyncpg.connect(stack.settings.database_url)
    world = await make_world(run.db, stack.settings, sections=general(4))
    fans = await make_fans(run.db, world, 1_000)
    next_request = requests(world, fans, Case("4 sections", general(4)))

    async def orders(seconds: float) -> Result:
        return await open_loop(
            stack.ports[0], next_request, rate=args.rate, connections=CONNECTIONS, seconds=seconds
        )

    await orders(3.0)
    alone = await orders(args.alone)
    host = run.start_vendor()
    told = await tell(stack, world, mails=args.mails)
    used = stack.cpu_seconds()
    sending = asyncio.create_task(send(run, host=host))
    latencies: list[float] = []
    while not sending.done():
        beside = await orders(5.0)
        latencies += beside.latencies_ms
    seconds = await sending
    spent = run.stack.cpu_seconds()
    spent["worker"] = spent.get("worker", 0.0) + run.spent_before
    costs = ", ".join(
        f"{name} {1000 * (seconds_used - used.get(name, 0.0)) / args.mails:.2f}"
        for name, seconds_used in sorted(spent.items())
    )
    print(f"CPU ms a mail, with the orders beside: {costs}")
    return await verdict(run, alone=alone, latencies=latencies, told=told, seconds=seconds)


async def verdict(
    run: Run, *, alone: Result, latencies: list[float], told: float, seconds: float
) -> int:
    row = await run.db.fetchrow(
        "SELECT count(DISTINCT message_id) AS arrived, count(*) AS taken FROM sandbox_messages"
    )
    states = await run.db.fetch("SELECT status::TEXT, count(*) FROM messages GROUP BY 1 ORDER BY 1")
    assert row is not None
    before = alone.percentile(0.95)
    beside = Result(0, alone.statuses, latencies).percentile(0.95)
    warm = run.memory[int(len(run.memory) * WARM_SHARE) :] or [0.0]
    growth = max(warm) / warm[0] if warm[0] else 1.0
    mails = run.args.mails
    print(f"told {mails} in {told:.1f} s, sent in {seconds:.0f} s: {mails / seconds:.0f} a second")
    print(f"at the twin: {row['arrived']} arrived, {row['taken'] - row['arrived']} twice")
    print("states: " + ", ".join(f"{state} {count}" for state, count in states))
    print(
        f"orders p95 alone {before:.1f} ms, beside the mails {beside:.1f} ms: "
        f"ratio {beside / before:.2f}"
    )
    print(f"memory of the worker {warm[0]:.0f} MB, at most {max(warm):.0f} MB")
    is_well = (
        row["arrived"] == mails
        and row["taken"] == mails
        and seconds <= SECONDS_MAX
        and growth <= MEMORY_GROWTH_MAX
    )
    return 0 if is_well else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=60_000)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--call-ms", type=int, default=50)
    parser.add_argument("--trouble", type=float, default=60.0)
    parser.add_argument("--alone", type=float, default=ALONE_SECONDS)
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument("--vendor", type=int)
    args = parser.parse_args()
    if args.vendor is not None:
        uvloop.run(vendor(Settings(), port=args.vendor, call_ms=args.call_ms))
        return 0
    with running_stack(servers=1, worker=False) as stack:
        run = Run(stack, args)
        try:
            return uvloop.run(measure(run))
        finally:
            run.end()


if __name__ == "__main__":
    sys.exit(main())
