"""The worker of one process: the queue, due work, the loops and the schedule, each kept running."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from arenapulse.runtime import log
from arenapulse.runtime.db import Database, as_unavailable
from arenapulse.runtime.jobs.due.runner import DueRunner
from arenapulse.runtime.jobs.failures import describe
from arenapulse.runtime.jobs.outbox import Jobs
from arenapulse.runtime.jobs.queue import Bodies, Queue, QueueOptions, Schedule, backoff
from arenapulse.runtime.jobs.registry import Loop, Registry

BACKOFF_SECONDS_FIRST: Final = 0.25
BACKOFF_ATTEMPT_MAX: Final = 4
LOOP_SECONDS_MAX: Final = 60.0
WATCH_SECONDS: Final = 5.0
# Work that outlives the first pause goes back into the queue, and calls for due rows are made
# again by others; within 1.2 s all is over.
FINISH_SECONDS: Final = 0.5
RELEASE_SECONDS: Final = 0.5

_log = log.logger("worker")


@dataclass(frozen=True, kw_only=True)
class WorkerParts:
    """`queue_database` is a small pool of the queue's own: tasks cannot starve its heartbeats."""

    jobs: Jobs
    database: Database
    queue_database: Database
    options: QueueOptions
    may_run: Callable[[str], bool] = lambda _: True
    """Whether due rows of a kind may be taken at the moment."""


class Worker:
    def __init__(self, parts: WorkerParts) -> None:
        self._parts = parts
        self._registry: Registry = parts.jobs.registry
        self._bodies = Bodies(asyncio.Semaphore(parts.options.running_max))
        self._queue: Queue | None = None
        self._due = DueRunner(parts.database, works=self._registry.due_works, may_run=parts.may_run)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ends `run` within about a second; what is not done by then goes back."""
        self._stopping.set()
        self._due.stop()
        if self._queue is not None:
            self._queue.stop()

    async def run(self) -> None:
        """Runs until `stop`; survives the loss of the database."""
        async with self._due.pulse.beating():
            await self._run()

    async def _run(self) -> None:
        parts = self._parts
        loops = [
            asyncio.create_task(self._keep(loop.name, _loop_body(loop), pause=loop.seconds))
            for loop in self._registry.loops.values()
        ]
        schedule = asyncio.create_task(
            self._keep(
                "schedule",
                lambda: Schedule(parts.database, registry=self._registry).run(),
                pause=1,
            )
        )
        watch = asyncio.create_task(self._keep("due watch", self._due.watch, pause=WATCH_SECONDS))
        pumps = [
            asyncio.create_task(self._keep(name, body, pause=0))
            for name, body in self._due.parts().items()
        ]
        queue = asyncio.create_task(self._keep("queue", self._run_queue, pause=0))
        try:
            await self._stopping.wait()
            await _cancel([*loops, schedule, watch])
            finishing = asyncio.create_task(self._finish_calls(pumps))
            await asyncio.wait({queue}, timeout=FINISH_SECONDS)
            self._bodies.interrupt()
            await asyncio.wait({queue}, timeout=RELEASE_SECONDS)
            await finishing
        finally:
            # What is left now stays picked and comes back when its heartbeat is stale.
            await _cancel([*loops, schedule, watch, *pumps, queue])

    async def _finish_calls(self, pumps: list[asyncio.Task[None]]) -> None:
        if pumps:
            await asyncio.wait(pumps, timeout=FINISH_SECONDS)
            self._due.interrupt()
            await asyncio.wait(pumps, timeout=RELEASE_SECONDS)

    async def _run_queue(self) -> None:
        self._queue = Queue(
            self._parts.queue_database,
            registry=self._registry,
            bodies=self._bodies,
            options=self._parts.options,
        )
        if self._stopping.is_set():
            return
        await self._queue.run()

    async def _keep(self, name: str, body: Callable[[], Awaitable[None]], *, pause: float) -> None:
        """Runs `body` again and again; after a failure later and later, up to about 4 s."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await body()
                failures = 0
            except Exception as error:  # noqa: BLE001 - the boundary: a worker outlives its parts
                # An engine that restarts is no error of ours; one that stays away is.
                is_passing = as_unavailable(error) is not None and failures == 0
                tell = _log.warning if is_passing else _log.error
                tell("worker part failed", part=name, failures=failures, error=describe(error))
                failures = min(failures + 1, BACKOFF_ATTEMPT_MAX)
            seconds = pause
            if failures:
                seconds += backoff(BACKOFF_SECONDS_FIRST, attempt=failures - 1).total_seconds()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), timeout=seconds or 0.001)


def _loop_body(loop: Loop) -> Callable[[], Awaitable[None]]:
    async def once() -> None:
        async with asyncio.timeout(LOOP_SECONDS_MAX):
            await loop.run()

    return once


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
