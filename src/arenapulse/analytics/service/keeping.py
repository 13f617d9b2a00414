"""Days to come get their partition, days past are dropped; no row is deleted one by one.

Where the tables are TimescaleDB's, it makes days by itself: past ones are put into columns, and the
hours that no clock may change any more are counted for good. Its own background jobs have no part.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.analytics import queries
from arenapulse.analytics.terms import AGE_MAX
from arenapulse.runtime.db import Database

DAYS_AHEAD: Final = 7
ROWS_PER_DELETE: Final = 10_000
DELETES_MAX: Final = 500
DAYS_PACKED_MAX: Final = 500
# Beyond what a page's clock is believed, whatever our own clocks differ by.
SETTLED_AFTER: Final = AGE_MAX + dt.timedelta(days=1)


class Keeping:
    def __init__(self, database: Database, *, days_kept: int) -> None:
        self._database = database
        self._days_kept = days_kept

    async def run(self, *, now: dt.datetime) -> None:
        """Safe to run twice, and in two workers at once: each step is its own transaction."""
        today = now.date()
        oldest = today - dt.timedelta(days=self._days_kept)
        async with self._database.transaction() as session:
            is_lifted = await queries.is_lifted(session)
        if is_lifted:
            await self._keep_columns(now, oldest=_start(oldest))
        else:
            await self._make_partitions(today)
        # A lift that was cut off leaves some, too.
        await self._drop_partitions(oldest)
        await self._forget(_start(oldest), with_rest=not is_lifted)

    async def _make_partitions(self, today: dt.date) -> None:
        wanted = {today + dt.timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)}
        async with self._database.transaction() as session:
            made = set(await queries.days(session))
        for day in sorted(wanted - made):
            async with self._database.transaction() as session:
                await queries.make_day(session, day=day)

    async def _drop_partitions(self, oldest: dt.date) -> None:
        async with self._database.transaction() as session:
            made = await queries.days(session)
        for day in (day for day in made if day < oldest):
            async with self._database.transaction() as session:
                await queries.drop_day(session, day=day)

    async def _keep_columns(self, now: dt.datetime, *, oldest: dt.datetime) -> None:
        async with self._database.transaction() as session:
            await queries.drop_days(session, before=oldest)
        for _ in range(DAYS_PACKED_MAX):
            async with self._database.transaction() as session:
                if not await queries.pack_day(session, before=_start(now.date())):
                    break
        await queries.settle_hours(self._database, before=now - SETTLED_AFTER)

    async def _forget(self, before: dt.datetime, *, with_rest: bool) -> None:
        for _ in range(DELETES_MAX):
            async with self._database.transaction() as session:
                gone = await queries.forget(
                    session, before=before, limit=ROWS_PER_DELETE, with_rest=with_rest
                )
            if gone < ROWS_PER_DELETE:
                return


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
