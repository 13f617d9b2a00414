"""Days to come get their partition, days past are dropped; no row is deleted one by one."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.analytics import queries
from arenapulse.runtime.db import Database

DAYS_AHEAD: Final = 7
ROWS_PER_DELETE: Final = 10_000
DELETES_MAX: Final = 500


class Keeping:
    def __init__(self, database: Database, *, days_kept: int) -> None:
        self._database = database
        self._days_kept = days_kept

    async def run(self, *, now: dt.datetime) -> None:
        """Safe to run twice, and in two workers at once: each step is its own transaction."""
        today = now.date()
        wanted = {today + dt.timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)}
        oldest = today - dt.timedelta(days=self._days_kept)
        async with self._database.transaction() as session:
            made = set(await queries.days(session))
        for day in sorted(wanted - made):
            async with self._database.transaction() as session:
                await queries.make_day(session, day=day)
        for day in sorted(day for day in made if day < oldest):
            async with self._database.transaction() as session:
                await queries.drop_day(session, day=day)
        await self._forget(dt.datetime.combine(oldest, dt.time(), dt.UTC))

    async def _forget(self, before: dt.datetime) -> None:
        for _ in range(DELETES_MAX):
            async with self._database.transaction() as session:
                gone = await queries.forget(session, before=before, limit=ROWS_PER_DELETE)
            if gone < ROWS_PER_DELETE:
                return
