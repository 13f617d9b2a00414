"""A worker says every second that it lives; what a dead one had taken is free within seconds.

One row a worker, not one write a row: a lease lasts as long as its owner is seen. Times are the
database's, so that hosts whose clocks differ do not bury each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import UUID, uuid4

from arenapulse.core import clock
from arenapulse.runtime import log
from arenapulse.runtime.db import Database, as_unavailable
from arenapulse.runtime.jobs.due.table import Connection, DueTable
from arenapulse.runtime.jobs.failures import describe

BEAT_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 0.2
LEASE: Final = dt.timedelta(seconds=4)
# Who has not been heard for so long does not start anything: the others may think it dead soon.
TRUST_SECONDS: Final = 2.5

_log = log.logger("due")


class Pulse:
    """This process as an owner of rows; `era` rises when the others had taken it for dead."""

    def __init__(self, database: Database, *, tables: Sequence[DueTable]) -> None:
        self.owner: UUID = uuid4()
        self.era = 0
        self._database = database
        # Kinds may share a table.
        self._tables = list({table.name: table for table in tables}.values())
        self._has_dead = "SELECT " + ", ".join(table.has_dead("$1") for table in self._tables)
        self._heard_at: float | None = None
        self._fresh = asyncio.Event()
        self._beating = 0
        self._task: asyncio.Task[None] | None = None

    async def alive(self) -> int:
        """Waits until the others know that we live; the present era.

        Raises `TimeoutError` where they cannot be told.
        """
        async with asyncio.timeout(LEASE.total_seconds()):
            while not self._is_trusted:
                self._fresh.clear()
                await self._fresh.wait()
        return self.era

    @property
    def _is_trusted(self) -> bool:
        heard = self._heard_at
        return heard is not None and clock.monotonic_seconds() - heard < TRUST_SECONDS

    @contextlib.asynccontextmanager
    async def beating(self) -> AsyncGenerator[None, None]:
        """Keeps the beat while inside; the last to leave says good-bye."""
        self._beating += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._beating -= 1
            if not self._beating:
                await self._leave()

    async def _leave(self) -> None:
        task, self._task = self._task, None
        assert task is not None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._heard_at = None
        # What is left of us is buried by the others.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(BEAT_SECONDS), self._database.pool.acquire() as connection:
                for table in self._tables:
                    await table.let_all_go(connection, owner=self.owner, keep=())
                await connection.execute("DELETE FROM due_workers WHERE id = $1", self.owner)

    async def _run(self) -> None:
        while True:
            pause = BEAT_SECONDS
            try:
                await self._beat()
            except Exception as error:  # noqa: BLE001 - the boundary: it beats until it is stopped
                tell = _log.warning if as_unavailable(error) else _log.error
                tell("a worker could not say that it lives", error=describe(error))
                pause = AGAIN_SECONDS
            await asyncio.sleep(pause)

    async def _beat(self) -> None:
        began = clock.monotonic_seconds()
        async with (
            asyncio.timeout(LEASE.total_seconds()),
            self._database.pool.acquire() as connection,
        ):
            is_new = await connection.fetchval(_BEAT, self.owner, socket.gethostname(), 10 * LEASE)
            silent = began if self._heard_at is None else self._heard_at
            is_buried = clock.monotonic_seconds() - silent >= LEASE.total_seconds()
            self.era += is_new or is_buried
            self._heard_at = began
            self._fresh.set()
            for table in await self._left_by_dead(connection):
                freed = await table.let_dead_go(connection, lease=LEASE)
                if freed:
                    _log.warning("rows of a dead worker are free", table=table.name, rows=freed)

    async def _left_by_dead(self, connection: Connection) -> list[DueTable]:
        """The tables with rows of workers that died: asked of all at once."""
        if not self._tables:
            return []
        found = await connection.fetchrow(self._has_dead, LEASE)
        assert found is not None
        return [table for table, is_left in zip(self._tables, found, strict=True) if is_left]


async def workers_alive(connection: Connection) -> int:
    return int(await connection.fetchval(_ALIVE, LEASE))


_BEAT: Final = """
WITH buried AS (
  DELETE FROM due_workers WHERE id <> $1 AND seen_at < clock_timestamp() - $3::INTERVAL)
INSERT INTO due_workers (id, host, started_at, seen_at)
  VALUES ($1, $2, clock_timestamp(), clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()
  RETURNING xmax = 0
"""
_ALIVE: Final = "SELECT count(*) FROM due_workers WHERE seen_at > clock_timestamp() - $1::INTERVAL"
