"""One look a second at the tables of all kinds: a kind of which nothing is due costs no more."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import asyncpg

from arenapulse.runtime.db import CONNECTION_ERRORS, Database
from arenapulse.runtime.jobs.due.table import DueTable

# For the whole life of a connection: a plan made while the tables were empty would read all later.
_BY_INDEX: Final = (
    "SET enable_seqscan = off; SET enable_bitmapscan = off; "
    "SET plan_cache_mode = force_generic_plan"
)


class Lookout:
    """`now` judges what is due. Its line is its own: what it plans by is set for good."""

    def __init__(
        self,
        database: Database,
        *,
        tables: Mapping[str, DueTable],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._names = tuple(tables)
        self._sql = "SELECT " + ", ".join(table.is_due("$1") for table in tables.values())
        self._now = now
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def look(self) -> list[str]:
        """The kinds of which a row is due and free."""
        if not self._names:
            return []
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect()
            await self._connection.execute(_BY_INDEX)
        try:
            found = await self._connection.fetchrow(self._sql, self._now())
        except BaseException:
            await self.close()
            raise
        assert found is not None
        return [name for name, is_due in zip(self._names, found.values(), strict=True) if is_due]

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(asyncpg.PostgresError, *CONNECTION_ERRORS):
                await connection.close(timeout=1)
