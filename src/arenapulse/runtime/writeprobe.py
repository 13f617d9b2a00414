"""Whether the database takes what is written: a full disk and a read-only one answer reads."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg

from arenapulse.core import clock
from arenapulse.runtime.db import PASSING_ERRORS, Database

FRESH_SECONDS: Final = 0.5
PROBE_SECONDS_MAX: Final = 1.5

# A page that the commit takes away again, so that each probe has to be given room on the disk.
_MAKE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS write_probe (page BYTEA) ON COMMIT DELETE ROWS
"""
_TAKE_ROOM: Final = "INSERT INTO write_probe SELECT sha256(random()::TEXT::BYTEA)"
# Temporary tables may be written where all else may not; this is refused there.
_WRITE: Final = "SELECT pg_logical_emit_message(TRUE, 'write_probe', '')"
_IS_READ_ONLY: Final = "SELECT current_setting('transaction_read_only')::BOOLEAN"


class WriteProbe:
    """One a process, with a connection of its own: a busy pool is no reason to be taken out."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._turn = asyncio.Lock()
        self._asked_at = float("-inf")
        self._failure: Exception | None = None

    async def ask(self) -> None:
        """Raises one of `PASSING_ERRORS` where nothing can be written.

        However many ask, one writes at a time, and twice a second at most.
        """
        async with self._turn:
            if clock.monotonic_seconds() - self._asked_at >= FRESH_SECONDS:
                self._failure = await self._try()
                self._asked_at = clock.monotonic_seconds()
            if self._failure is not None:
                raise self._failure

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _try(self) -> Exception | None:
        try:
            async with asyncio.timeout(PROBE_SECONDS_MAX):
                await self._write()
        except PASSING_ERRORS as error:
            self.close()
            return error
        return None

    async def _write(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closed():
            connection = self._connection = await self._database.connect()
            await connection.execute(_MAKE)
        async with connection.transaction():
            if await connection.fetchval(_IS_READ_ONLY):
                raise asyncpg.ReadOnlySQLTransactionError("nothing may be written here")
            await connection.execute(_WRITE)
            await connection.execute(_TAKE_ROOM)
