"""A process in which facts are heard: each is a row that nobody works off, read by the test."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from arenapulse.core.facts import Fact, decode
from arenapulse.core.settings import Settings
from arenapulse.runtime.context import Runtime
from arenapulse.runtime.db import SERVICE
from arenapulse.runtime.jobs import Registry, attach
from arenapulse.wiring import make_runtime
from tests.conftest import TestEngines, settings_for

F = TypeVar("F", bound=Fact)


def _name(fact: type[Fact]) -> str:
    return "tests.hear_" + re.sub(r"(?<!^)(?=[A-Z])", "_", fact.__name__).lower()


def ears(*facts: type[Fact]) -> Registry:
    registry = Registry()
    for fact in facts:

        @registry.on(fact, name=_name(fact))
        async def hear(_fact: Fact) -> None: ...

    # Somebody new is told to prove their address: that job is no fact.
    @registry.task("notifications.send_due")
    async def send_due(**_future: object) -> None: ...

    assert send_due
    return registry


@dataclass(frozen=True)
class Room:
    runtime: Runtime
    db: asyncpg.Connection
    settings: Settings

    async def heard(self, fact: type[F]) -> list[F]:
        """The facts of this kind since they were last asked for."""
        rows = await self.db.fetch(
            "WITH gone AS (DELETE FROM pgqueuer WHERE entrypoint = $1 RETURNING id, payload)"
            " SELECT payload FROM gone ORDER BY id",
            _name(fact),
        )
        return [decode(row["payload"], fact) for row in rows]

    async def count(self) -> int:
        return int(
            await self.db.fetchval(
                "SELECT count(*) FROM pgqueuer WHERE entrypoint <> 'notifications.send_due'"
            )
        )


@asynccontextmanager
async def room_of(url: str, engines: TestEngines, registry: Registry) -> AsyncIterator[Room]:
    settings = settings_for(url, engines.redis_url)
    runtime = make_runtime(settings, actor=SERVICE)
    jobs = attach(runtime.database, registry=registry)
    db = await asyncpg.connect(url)
    await runtime.database.open()
    try:
        yield Room(runtime, db, settings)
    finally:
        await jobs.close()
        await runtime.database.close()
        await runtime.redis.aclose()
        await db.close()
