"""Wakes the workers after a commit, a few times a second at most.

PostgreSQL holds all notifying commits in one line, so the rows' own trigger is off and a process
sends one coalesced NOTIFY instead. A lost one costs a worker's poll of 0.25 s, nothing else: so
who asks without a pause is heard less and less often, and no NOTIFY waits for the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.runtime.db import PASSING_ERRORS, Database

PAUSE_SECONDS: Final = 0.1
PAUSE_SECONDS_MAX: Final = 1.0
CHANNEL: Final = "ch_pgqueuer"


class Waker:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._asked = False

    def wake(self) -> None:
        """Returns at once; the NOTIFY leaves now or when the pause since the one before is over."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _send(self) -> None:
        pause = PAUSE_SECONDS
        while self._asked:
            self._asked = False
            with contextlib.suppress(*PASSING_ERRORS, InvariantBroken):
                await self._database.pool.execute(_NOTIFY, CHANNEL, _changed().decode())
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)


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


_NOTIFY: Final = "SELECT pg_notify($1, $2) FROM set_config('synchronous_commit', 'off', TRUE)"
