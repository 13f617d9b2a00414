"""The micro-batch of what clients told: one COPY for all that arrived during the last commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from arenapulse.analytics import queries
from arenapulse.analytics.tally import Kept, tally
from arenapulse.analytics.terms import BYTES_WAITING_MAX
from arenapulse.core.errors import Unavailable
from arenapulse.runtime.batching import Batch, Connection, MicroBatcher
from arenapulse.runtime.db import Database

# Of a thousand events each: more at once would keep orders waiting for their turn of the loop.
BATCH_MAX: Final = 4
QUEUE_MAX: Final = 4_096


class Told(msgspec.Struct, frozen=True):
    """What one request told; `size` is that of its body."""

    rows: Sequence[Kept]
    size: int


class Intake:
    """Where client events are kept; one a process."""

    def __init__(self, database: Database) -> None:
        self._batches = MicroBatcher(
            database, work=_Keeping(), name="analytics", queue_max=QUEUE_MAX, batch_max=BATCH_MAX
        )
        self._bytes = 0

    async def keep(self, told: Told) -> int:
        """How many were kept, once they are durable.

        Raises `Unavailable` where too much waits or the database is away.
        """
        if self._bytes + told.size > BYTES_WAITING_MAX:
            raise Unavailable("Too many are waiting.", retry_after_seconds=1)
        self._bytes += told.size
        try:
            return await self._batches.submit(told)
        finally:
            self._bytes -= told.size

    async def close(self) -> None:
        """Answers what is queued, then closes the connection."""
        await self._batches.close()


class _Keeping:
    """What a batch does."""

    async def run(self, connection: Connection, commands: Sequence[Told], /) -> None:
        rows = [row for command in commands for row in command.rows]
        await queries.keep(connection, rows=rows, counts=tally(rows))

    async def answer(self, batch: Batch[Told, int], _result: None, /) -> None:
        for waiting in batch.waiting:
            batch.answer(waiting, len(waiting.command.rows))
