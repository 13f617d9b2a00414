"""What a process knows of the flags, at most half a second old."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from arenapulse.flags import queries
from arenapulse.flags.openfeature_provider import TableProvider, client_of
from arenapulse.flags.terms import DEFAULTS
from arenapulse.runtime.db import Database
from arenapulse.runtime.siblings import end, keep

AGE_SECONDS_MAX: Final = 0.5


class Switches:
    """One a process; `start` first, `stop` last."""

    def __init__(self, database: Database, *, defaults: Mapping[str, bool] = DEFAULTS) -> None:
        self._database = database
        self._provider = TableProvider(defaults=defaults)
        self._client = client_of(self._provider)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(keep("flags.read", self.read, pause=AGE_SECONDS_MAX))

    async def stop(self) -> None:
        if self._task is not None:
            await end([self._task])

    async def read(self) -> None:
        """While the database is away what was known before stands."""
        self._provider.take(await queries.read(self._database))

    def is_on(self, name: str) -> bool:
        """Of a switch that code asks for; one that nobody knows is off."""
        return self._client.get_boolean_value(name, default_value=DEFAULTS.get(name, False))
