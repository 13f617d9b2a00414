"""A worker as `entrypoints/worker.py` runs it, with the jobs of the tests."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import uvloop

from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs import attach
from arenapulse.runtime.jobs.queue import QueueOptions
from arenapulse.runtime.jobs.worker import Worker, WorkerParts
from tests.conftest import as_app


def run(url: str, jobs: str, variables: Mapping[str, str]) -> None:
    """The worker's process; `jobs` is the file beside this one that has its jobs."""
    os.environ.update(variables)
    spec = importlib.util.spec_from_file_location("process_jobs", Path(__file__).with_name(jobs))
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["process_jobs"] = made
    spec.loader.exec_module(made)
    uvloop.run(_main(url, made))


async def _main(url: str, process_jobs: ModuleType) -> None:
    database, queue_database = (
        Database(as_app(url), pool_size=4, actor=SERVICE),
        Database(as_app(url), pool_size=3, actor=SERVICE),
    )
    await database.open()
    await queue_database.open()
    jobs = attach(database, registry=process_jobs.registry_for(database))
    parts = WorkerParts(
        jobs=jobs, database=database, queue_database=queue_database, options=QueueOptions()
    )
    worker = Worker(parts)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    await worker.run()
    await jobs.close()
    await queue_database.close()
    await database.close()
