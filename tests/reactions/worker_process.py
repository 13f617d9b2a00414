"""A worker as `entrypoints/worker.py` runs it, with the jobs of the tests."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import signal
import sys
from pathlib import Path

import uvloop

from arenapulse.runtime.db import SERVICE, Database
from arenapulse.runtime.jobs import attach
from arenapulse.runtime.jobs.queue import QueueOptions
from arenapulse.runtime.jobs.worker import Worker, WorkerParts
from tests.conftest import as_app

_given = json.loads(sys.argv[1])
_spec = importlib.util.spec_from_file_location(
    "process_jobs", Path(__file__).with_name(_given["jobs"])
)
assert _spec is not None
assert _spec.loader is not None
process_jobs = importlib.util.module_from_spec(_spec)
sys.modules["process_jobs"] = process_jobs
_spec.loader.exec_module(process_jobs)


async def main(url: str) -> None:
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


uvloop.run(main(_given["url"]))
