"""The jobs of the tests with real processes, shared by the enqueuer and the worker."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry

TABLE = "CREATE TABLE done (job TEXT NOT NULL, number INTEGER NOT NULL, step TEXT NOT NULL)"


def registry_for(database: Database) -> Registry:
    registry = Registry()

    async def note(job: str, number: int, step: str) -> None:
        async with database.transaction() as session:
            await session.execute(
                text("INSERT INTO done VALUES (:job, :number, :step)"),
                {"job": job, "number": number, "step": step},
            )

    @registry.task("tests.be_quick")
    async def be_quick(*, number: int, **_future: object) -> None:
        await note("quick", number, "end")

    @registry.task("tests.be_slow")
    async def be_slow(*, number: int, seconds: float, **_future: object) -> None:
        await note("slow", number, "start")
        await asyncio.sleep(seconds)
        await note("slow", number, "end")

    return registry
