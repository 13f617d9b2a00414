"""Wakes the workers after a commit, a few times a second at most.

PostgreSQL holds all notifying commits in one line, so the rows' own trigger is off and a process
sends one coalesced NOTIFY instead. A lost one costs a worker's poll of 0.25 s, nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.runtime.db import PASSING_ERRORS, Database

WAKES_PER_SECOND_MAX: Final = 10
CHANNEL: Final = "ch_pgqueuer"


class Waker:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._asked = False

    def wake(self) -> None:
        """Returns at once; the NOTIFY leaves now or within 100 ms of the one before."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _send(self) -> None:
        while self._asked:
            self._asked = False
            with contextlib.suppress(*PASSING_ERRORS, InvariantBroken):
                await self._database.pool.execute(
                    "SELECT pg_notify($1, $2)", CHANNEL, _changed().decode()
                )
            await asyncio.sleep(1 / WAKES_PER_SECOND_MAX)


def _changed() -> bytes:
    return msgspec.json.encode(
        {
            "channel": CHANNEL,
            "operation": "insert",
            "sent_at": clock.rfc3339(clock.now()),
            "table": "pgqueuer",
            "type": "table_changed_event",
        }
    )
