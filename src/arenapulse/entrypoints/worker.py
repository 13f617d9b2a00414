"""Runs the background jobs until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import gc
import signal

import uvloop
from prometheus_client import start_http_server

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.telling import telling
from arenapulse.runtime import log
from arenapulse.runtime.db import as_unavailable
from arenapulse.runtime.priority import give_way
from arenapulse.wiring import running_worker

# On one machine the work behind an order gives way to the next order: a third of an equal share.
NICENESS = 5
START_TRIES_MAX = 60
START_PAUSE_SECONDS = 0.5


def run_worker(settings: Settings) -> int:
    """Runs until a signal (0); 1 when PostgreSQL stays away for half a minute at the start."""
    log.configure(settings)
    give_way(NICENESS)
    if settings.worker_metrics_port is not None:
        start_http_server(settings.worker_metrics_port, addr=settings.host)
    with telling(settings, service="arenapulse-worker"):
        return uvloop.run(_run(settings))


async def _run(settings: Settings) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    for _ in range(START_TRIES_MAX):
        try:
            return await _work(settings, stopped=stopped)
        except Exception as error:
            if as_unavailable(error) is None:
                raise
        try:
            await asyncio.wait_for(stopped.wait(), timeout=START_PAUSE_SECONDS)
        except TimeoutError:
            continue
        return 0
    print("arenapulse: PostgreSQL cannot be reached", flush=True)
    return 1


async def _work(settings: Settings, *, stopped: asyncio.Event) -> int:
    async with running_worker(settings) as worker:
        # What lives by now is not looked at again by each collection.
        gc.collect()
        gc.freeze()
        running = asyncio.create_task(worker.run())
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        waiting.cancel()
        await running
    return 0
