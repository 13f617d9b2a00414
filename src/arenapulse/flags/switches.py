"""What a process knows of the flags, at most half a second old."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends

from arenapulse.core.errors import Unavailable
from arenapulse.flags import queries
from arenapulse.flags.openfeature_provider import TableProvider, about_of, client_of
from arenapulse.flags.terms import DEFAULTS
from arenapulse.runtime.db import Database
from arenapulse.runtime.siblings import end, keep
from arenapulse.runtime.web.provided import provided

AGE_SECONDS_MAX: Final = 0.5
CLOSED: Final = "This is switched off at the moment: try again later."
CLOSED_SECONDS: Final = 60


class Switches:
    """One a process; `start` first, `stop` last."""

    def __init__(self, database: Database, *, defaults: Mapping[str, bool] = DEFAULTS) -> None:
        self._database = database
        self._provider = TableProvider(defaults=defaults)
        self._client = client_of(self._provider)
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(keep("flags.read", self.read, pause=AGE_SECONDS_MAX))

    async def stop(self) -> None:
        if self._task is not None:
            await end([self._task])

    async def read(self) -> None:
        """While the database is away what was known before stands."""
        # In turns: what was read before a change would else be taken after it.
        async with self._reading:
            self._provider.take(await queries.read(self._database))

    def is_on(
        self, name: str, *, person: UUID | None = None, organization: UUID | None = None
    ) -> bool:
        """Of a switch that code asks for; one that nobody knows is off.

        One that is on for some alone is off for nobody in particular.
        """
        default = DEFAULTS.get(name, False)
        about = about_of(person=person, organization=organization)
        return self._client.get_boolean_value(name, default, about)

    def is_off(self, name: str) -> bool:
        """For everybody, so that nobody in particular need be looked for."""
        return self._provider.is_off(name)

    def require(self, name: str) -> None:
        """Raises `Unavailable` where it is off for everybody."""
        if self._provider.is_off(name):
            raise Unavailable(CLOSED, retry_after_seconds=CLOSED_SECONDS)


def while_on(name: str) -> Any:
    """The dependency of a route that its switch closes: `dependencies=[while_on(EXPORTS)]`."""

    async def require(switches: Annotated[Switches, Depends(provided(Switches))]) -> None:
        switches.require(name)

    return Depends(require)
