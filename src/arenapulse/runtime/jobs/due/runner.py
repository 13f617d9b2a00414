"""All kinds of due work in one process, and what can be seen of them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.due.kind import DueWork
from arenapulse.runtime.jobs.due.lease import Pulse
from arenapulse.runtime.jobs.due.pump import POLL_SECONDS, Pump
from arenapulse.runtime.jobs.due.table import BY_INDEX, Backlog
from arenapulse.runtime.telemetry import DUE_OLDEST_SECONDS, DUE_ROWS, DUE_STUCK

# Campaigns' rows wait for their pace here, and leave charges and letters their places.
CALLS_MAX: Final = 512
DRAIN_SECONDS: Final = 20.0

Part = Callable[[], Awaitable[None]]


class DueRunner:
    """Takes what falls due; one a process. `now` judges what is due: the simulation has its own."""

    def __init__(
        self,
        database: Database,
        *,
        works: Sequence[DueWork],
        now: Callable[[], dt.datetime] = clock.now,
        calls_max: int = CALLS_MAX,
        may_run: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """`may_run` says of a kind whether its rows may be taken; others wait, and lose no try."""
        self._database = database
        self._now = now
        self._stopping = asyncio.Event()
        self._is_due = "SELECT " + ", ".join(work.kind.table.is_due("$1") for work in works)
        self.pulse = Pulse(database, tables=[work.kind.table for work in works])
        places = asyncio.Semaphore(calls_max)
        self._pumps = {
            work.kind.name: Pump(
                database,
                kind=work.kind,
                bell=work.bell,
                pulse=self.pulse,
                places=places,
                now=now,
                may_run=partial(may_run, work.kind.name),
            )
            for work in works
        }

    async def drain(self, *names: str, seconds: float = DRAIN_SECONDS) -> None:
        """Works until nothing is due of these kinds, or of all.

        After `seconds` it takes nothing more, ends what it took, and leaves the rest to the next.
        """
        until = clock.monotonic_seconds() + seconds
        pumps = [self._pumps[name] for name in names or self._pumps]
        async with self.pulse.beating():
            failures = await asyncio.gather(
                *(pump.run(goes_on=lambda: clock.monotonic_seconds() < until) for pump in pumps),
                return_exceptions=True,
            )
        for failure in failures:
            if failure is not None:
                raise failure

    def parts(self) -> Mapping[str, Part]:
        """What a worker keeps running while the pulse beats, by name: each fails alone."""
        pumps = {f"due {name}": self._keep(pump) for name, pump in self._pumps.items()}
        return {**pumps, "due lookout": self._look_out}

    def _keep(self, pump: Pump) -> Part:
        return lambda: pump.keep_running(goes_on=lambda: not self._stopping.is_set())

    async def _look_out(self) -> None:
        """Rings for what fell due by the clock, and for what nobody rang for."""
        while not self._stopping.is_set():
            for name in await self.due():
                self._pumps[name].bell.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), timeout=POLL_SECONDS)

    async def due(self) -> list[str]:
        """The kinds of which a row is due and free: one look at all tables."""
        if not self._pumps:
            return []
        async with self._database.transaction() as session:
            connection = await session.driver()
            await connection.execute(BY_INDEX)
            found = await connection.fetchrow(self._is_due, self._now())
        assert found is not None
        return [name for name, is_due in zip(self._pumps, found.values(), strict=True) if is_due]

    def stop(self) -> None:
        """Takes nothing more and lets go of what waits; calls under way may end."""
        self._stopping.set()
        for pump in self._pumps.values():
            pump.shed()
            pump.bell.set()

    def interrupt(self) -> None:
        """Calls under way end now, and their rows are free for another."""
        for pump in self._pumps.values():
            pump.interrupt()

    async def watch(self) -> None:
        """Tells `/metrics` how each kind stands."""
        for name, backlog in (await self.look()).items():
            DUE_ROWS.labels(name).set(backlog.due)
            DUE_OLDEST_SECONDS.labels(name).set(backlog.oldest_seconds)
            DUE_STUCK.labels(name).set(backlog.stuck)

    async def look(self) -> dict[str, Backlog]:
        """How much is due, for how long, and what waits for a person."""
        async with self._database.pool.acquire() as connection:
            return {
                name: await pump.kind.table.backlog(connection, now=self._now())
                for name, pump in self._pumps.items()
            }
