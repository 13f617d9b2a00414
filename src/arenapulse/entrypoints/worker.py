"""Runs the background jobs until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal

import uvloop

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.telling import telling
from arenapulse.entrypoints.worker_door import Beat, open_door
from arenapulse.runtime import log
from arenapulse.runtime.db import SERVICE, Database, as_unavailable
from arenapulse.runtime.priority import give_way
from arenapulse.runtime.schemaprobe import SchemaBehind, SchemaProbe
from arenapulse.wiring import running_worker

# On one machine the work behind an order gives way to the next order: a third of an equal share.
NICENESS = 5
START_TRIES_MAX = 60
START_PAUSE_SECONDS = 0.5
# As long as a migration may take in deploy/k8s.
SCHEMA_TRIES_MAX = 1_800


def run_worker(settings: Settings) -> int:
    """Runs until a signal (0); 1 when PostgreSQL stays away for half a minute at the start."""
    log.configure(settings)
    give_way(NICENESS)
    beat = Beat()
    if settings.worker_metrics_port is not None:
        open_door(host=settings.host, port=settings.worker_metrics_port, beat=beat)
    with telling(settings, service="arenapulse-worker"):
        return uvloop.run(_run(settings, beat=beat))


async def _run(settings: Settings, *, beat: Beat) -> int:
    beating = asyncio.create_task(beat.keep())
    try:
        return await _run_until_stopped(settings)
    finally:
        beating.cancel()


async def _run_until_stopped(settings: Settings) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    for _ in range(START_TRIES_MAX):
        try:
            if not await _has_schema(settings, stopped=stopped):
                return 0
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


async def _has_schema(settings: Settings, *, stopped: asyncio.Event) -> bool:
    """Waits for who migrates; False where it is stopped meanwhile. Raises `SchemaBehind`."""
    assert settings.database_url is not None, "DATABASE_URL is not set: use `arenapulse up`"
    database = Database(settings.database_url, pool_size=1, actor=SERVICE)
    probe = SchemaProbe(database)
    try:
        await database.open()
        for tried in range(SCHEMA_TRIES_MAX):
            try:
                await probe.ask()
            except SchemaBehind as behind:
                if tried == 0:
                    print(f"arenapulse: {behind}", flush=True)
            else:
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), timeout=START_PAUSE_SECONDS)
                return False
        await probe.ask()
    finally:
        await database.close()
    return True


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
