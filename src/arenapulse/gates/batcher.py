"""The micro-batch of scans: one call of `check_in` for all that arrived during the last."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Sequence

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken
from arenapulse.gates import queries
from arenapulse.gates.facts import TicketsAdmitted
from arenapulse.gates.news import GateNews
from arenapulse.gates.scanning import Scan, Verdict, arguments, rounds, verdicts
from arenapulse.runtime.batching import Batch, Connection, MicroBatcher
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import reactions_to


class Turnstile:
    """Where scans are judged; one a process."""

    def __init__(
        self,
        database: Database,
        *,
        news: GateNews,
        queue_max: int,
        wake: Callable[[], None] | None = None,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        """`wake` tells the workers, after a commit, that there is something to do."""
        work = _Judging(database, news=news, wake=wake, now=now)
        self._batches = MicroBatcher(database, work=work, name="checkins", queue_max=queue_max)

    def put(self, scan: Scan) -> asyncio.Future[Verdict]:
        """What becomes of it; raises `Unavailable` where the queue is full."""
        return self._batches.put(scan)

    async def close(self) -> None:
        """Answers what is queued, then closes the connection."""
        await self._batches.close()


class _Judging:
    """What a batch of scans does."""

    def __init__(
        self,
        database: Database,
        *,
        news: GateNews,
        wake: Callable[[], None] | None,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._news = news
        self._wake = wake
        self._now = now
        self._heard_by = reactions_to(database, TicketsAdmitted)

    async def run(self, connection: Connection, commands: Sequence[Scan], /) -> list[Verdict]:
        now = self._now()
        groups = rounds(commands)
        found: dict[int, Verdict] = {}
        # One statement is its own transaction.
        together = connection.transaction() if len(groups) > 1 else contextlib.nullcontext()
        async with together:
            for group in groups:
                scans = [commands[position] for position in group]
                values = arguments(scans, now=now, reactions=self._heard_by)
                row = await connection.fetchrow(queries.CHECK_IN, *values)
                if row is None:
                    raise InvariantBroken("check_in returned no row")
                found.update(zip(group, verdicts(scans, row), strict=True))
        return [found[position] for position in range(len(commands))]

    async def answer(self, batch: Batch[Scan, Verdict], result: list[Verdict], /) -> None:
        for waiting, verdict in zip(batch.waiting, result, strict=True):
            batch.answer(waiting, verdict)
        moved = [each for each in result if each.is_move]
        # One that is flagged may have brought somebody in or out as well.
        counted = {each.scan.event_id for each in result if each.is_conflict} | {
            each.scan.event_id for each in moved
        }
        if counted:
            self._news.gates_changed(counted)
        if not moved:
            return
        self._news.tickets_changed(
            [
                (each.holder_id, each.ticket)
                for each in moved
                if each.is_entry and each.holder_id is not None and each.ticket is not None
            ]
        )
        if self._wake is not None and self._heard_by:
            self._wake()
