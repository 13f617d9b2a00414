"""One kind of due work in one process: takes, calls, settles; what was taken always ends.

A row that was taken is put down in exactly one way: settled, put off, given up, or let go for
another to take. What cannot even be written (the database is away) is let go with the next take,
and by the others when this process dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from arenapulse.runtime import log, tracing
from arenapulse.runtime.db import CONNECTION_ERRORS, Database, PoolTimeout, as_unavailable
from arenapulse.runtime.jobs.due.kind import Again, AnyKind, GiveUp
from arenapulse.runtime.jobs.due.lease import Pulse
from arenapulse.runtime.jobs.due.table import Connection, Key
from arenapulse.runtime.jobs.failures import describe
from arenapulse.runtime.telemetry import DUE_OUTCOMES, DUE_RUNNING, DUE_SECONDS

# What settles a moment later than it could is nothing; what is lost is asked for again.
PATIENCE_SECONDS: Final = (0.1, 0.3, 1.0)
POLL_SECONDS: Final = 1.0
UNCALLED_SECONDS: Final = 30.0
# From here on somebody should look why the vendor does not answer.
TRIES_QUIET: Final = 8

_log = log.logger("due")


@dataclass(frozen=True, kw_only=True)
class Taken:
    key: Key
    tenant: UUID
    tries: int
    era: int
    row: Any

    @property
    def name(self) -> str:
        return "/".join(map(str, self.key))


@dataclass(frozen=True, kw_only=True)
class Answered:
    taken: Taken
    answer: Any
    group: str


class LetGo(Exception):
    """Not started, or interrupted: another worker, or this one, takes it again."""


class Unreadable:
    """In a row's place: why its kind could not read it."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Pump:
    """`places` bounds the calls of all kinds together; `bell` says that something is due."""

    def __init__(
        self,
        database: Database,
        *,
        kind: AnyKind,
        bell: asyncio.Event,
        pulse: Pulse,
        places: asyncio.Semaphore,
        now: Callable[[], dt.datetime],
        may_run: Callable[[], bool] = lambda: True,
    ) -> None:
        self.kind = kind
        self.bell = bell
        self._database = database
        self._pulse = pulse
        self._now = now
        self._may_run = may_run
        self._all_places = places
        self._places = asyncio.Semaphore(kind.limits.running_max)
        self._mine: dict[Key, Taken] = {}
        self._calls: dict[asyncio.Task[None], Taken] = {}
        self._started: set[Key] = set()
        self._ended: list[tuple[Taken, object]] = []
        # Rows may be ours in the table that we know nothing of.
        self._is_lost = False
        self._running = asyncio.Lock()

    async def run(self, *, goes_on: Callable[[], bool]) -> None:
        """Works until nothing is due; takes nothing more once `goes_on` says so, and ends.

        Raises what kept it from the database, when all that it had taken has ended.
        """
        async with self._running:
            try:
                await self._run(goes_on)
            finally:
                self.interrupt()
                await asyncio.gather(*self._calls, return_exceptions=True)

    async def _run(self, goes_on: Callable[[], bool]) -> None:
        failure: Exception | None = None
        while True:
            self.bell.clear()
            try:
                await self._put_down()
                if failure is None and goes_on() and self._may_run():
                    await self._take()
            except Exception as error:  # noqa: BLE001 - told at the end, when all has ended
                failure, self._is_lost = error, True
            if not self._mine:
                break
            await self._stirred()
        if failure is not None:
            raise failure

    async def _stirred(self) -> None:
        """Waits for the end of a call, for the bell, or for the time to look by itself."""
        if not self._ended:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.bell.wait(), timeout=POLL_SECONDS)
        if self._ended and self._calls:
            await asyncio.sleep(self.kind.gather_seconds)

    async def keep_running(self, *, goes_on: Callable[[], bool]) -> None:
        """`run` whenever the bell rings; by the clock where even the lookout heard of nothing."""
        while goes_on():
            await self.run(goes_on=goes_on)
            # Who ended it rang, but perhaps while the last row was put down.
            if not goes_on():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.bell.wait(), timeout=UNCALLED_SECONDS)

    def shed(self) -> None:
        """Lets go of what waits for its call; what is under way goes on."""
        for task, taken in self._calls.items():
            if taken.key not in self._started:
                task.cancel()

    def interrupt(self) -> None:
        """Ends the calls under way, too: they are made again, under their keys."""
        for task in self._calls:
            task.cancel()

    async def _take(self) -> None:
        """As many as the kind has room for."""
        limits, table = self.kind.limits, self.kind.table
        room = self.kind.room(mine=len(self._mine))
        if room <= 0:
            return
        era = await self._pulse.alive()
        tenant_max = limits.tenant_max or 2 * limits.running_max
        busy = Counter(taken.tenant for taken in self._mine.values())
        # As if they had as many under way as they may.
        busy.update(dict.fromkeys(self.kind.at_rest(), tenant_max))
        async with self._database.transaction() as session:
            connection = await session.driver()
            if self._is_lost:
                await table.let_all_go(connection, owner=self._pulse.owner, keep=list(self._mine))
            records = await table.take(
                connection,
                owner=self._pulse.owner,
                now=self._now(),
                room=room,
                busy=busy,
                tenant_max=tenant_max,
                start=uuid4(),
                mark=self.kind.mark(),
            )
            read = {table.key_of(record): self._read(record) for record in records}
            readable = {key: row for key, row in read.items() if not isinstance(row, Unreadable)}
            loaded = await self.kind.load(session, list(readable.values()))
        self._is_lost = False
        read |= zip(readable, loaded, strict=True)
        for record in records:
            key = table.key_of(record)
            # Buried and free again while its call runs: that call is its end all the same.
            if key not in self._mine:
                self._begin(
                    Taken(
                        key=key,
                        tenant=record["organization_id"],
                        tries=record["tries"],
                        era=era,
                        row=read[key],
                    )
                )

    def _read(self, record: asyncpg.Record) -> Any:
        """A row that cannot be read must not stand in the way of the others."""
        try:
            return self.kind.read(record)
        except Exception as error:  # noqa: BLE001 - the boundary: it is that row's own end
            return Unreadable(error)

    def _begin(self, taken: Taken) -> None:
        self._mine[taken.key] = taken
        if isinstance(taken.row, Unreadable):
            self._ended.append((taken, taken.row.error))
        else:
            self._start(taken)

    def _start(self, taken: Taken) -> None:
        task = asyncio.create_task(self._call(taken), name=f"{self.kind.name} {taken.name}")
        self._calls[task] = taken
        task.add_done_callback(self._called)

    def _called(self, task: asyncio.Task[None]) -> None:
        taken = self._calls.pop(task)
        self._started.discard(taken.key)
        failure = LetGo() if task.cancelled() else task.exception()
        if failure is not None:
            self._ended.append((taken, failure))
        self.bell.set()

    async def _call(self, taken: Taken) -> None:
        """One call, when there is a place for it; however it ends, `_ended` knows."""
        async with self._places, self._all_places:
            if await self._pulse.alive() != taken.era:
                raise LetGo
            self._started.add(taken.key)
            with (
                DUE_RUNNING.labels(self.kind.name).track_inprogress(),
                DUE_SECONDS.labels(self.kind.name).time(),
            ):
                try:
                    about = {"kind": self.kind.name, "tries": taken.tries}
                    with tracing.root("due work", attributes=about):
                        async with asyncio.timeout(self.kind.limits.call_seconds):
                            answer = await self.kind.work(taken.row)
                    group = self.kind.group_of(taken.row, answer)
                except Exception as error:  # noqa: BLE001 - the boundary: a row must not drop others
                    self._ended.append((taken, error))
                else:
                    self._ended.append((taken, Answered(taken=taken, answer=answer, group=group)))

    async def _put_down(self) -> None:
        """Writes down how calls ended: what came meanwhile is the next group."""
        ended, self._ended = self._ended, []
        groups: dict[str, list[Answered]] = {}
        others: list[tuple[Taken, Exception]] = []
        for taken, end in ended:
            if isinstance(end, Answered):
                groups.setdefault(end.group, []).append(end)
            else:
                assert isinstance(end, Exception)
                others.append((taken, end))
        try:
            for group in groups.values():
                size = self.kind.limits.settle_max
                for first in range(0, len(group), size):
                    others += await self._settle(group[first : first + size])
            await self._put_off(others)
        finally:
            for taken, _ in ended:
                self._mine.pop(taken.key, None)

    async def _settle(self, group: Sequence[Answered]) -> list[tuple[Taken, Exception]]:
        """One transaction for all; where it raises, the halves, and who is alone is put off."""
        for pause in (*PATIENCE_SECONDS, None):
            try:
                async with self._database.transaction() as session:
                    await self.kind.settle(session, [(g.taken.row, g.answer) for g in group])
                    await self.kind.table.let_go(
                        await session.driver(),
                        keys=[g.taken.key for g in group],
                        owner=self._pulse.owner,
                    )
            except Exception as error:
                if _is_away(error):
                    if pause is None:
                        raise
                    await asyncio.sleep(pause)
                    continue
                if len(group) == 1:
                    return [(group[0].taken, error)]
                half = len(group) // 2
                return [*await self._settle(group[:half]), *await self._settle(group[half:])]
            break
        DUE_OUTCOMES.labels(self.kind.name, "settled").inc(len(group))
        return []

    async def _put_off(self, others: Sequence[tuple[Taken, Exception]]) -> None:
        if not others:
            return
        later: dict[Key, dt.datetime] = {}
        free: list[Key] = []
        stuck: dict[str, list[Key]] = {}
        for taken, end in others:
            if isinstance(end, LetGo):
                free.append(taken.key)
            elif (why := self._hopeless(taken, end)) is not None:
                stuck.setdefault(why, []).append(taken.key)
            else:
                after = end.after if isinstance(end, Again) else None
                later[taken.key] = self._now() + (after or self.kind.limits.pause(taken.tries))
        async with self._database.transaction() as session:
            await self._write(await session.driver(), later=later, free=free, stuck=stuck)
        for outcome, number in (
            ("put_off", len(later)),
            ("let_go", len(free)),
            ("stuck", sum(map(len, stuck.values()))),
        ):
            DUE_OUTCOMES.labels(self.kind.name, outcome).inc(number)

    async def _write(
        self,
        connection: Connection,
        *,
        later: Mapping[Key, dt.datetime],
        free: Sequence[Key],
        stuck: Mapping[str, Sequence[Key]],
    ) -> None:
        table, owner = self.kind.table, self._pulse.owner
        await table.put_off(connection, keys=list(later), at=list(later.values()), owner=owner)
        for why, keys in stuck.items():
            await table.give_up(connection, keys=keys, why=why, owner=owner)
        await table.let_go(connection, keys=free, owner=owner)

    def _hopeless(self, taken: Taken, end: Exception) -> str | None:
        """Why a row is stuck; None for one that is tried again."""
        about = {"kind": self.kind.name, "row": taken.name, "tries": taken.tries}
        if isinstance(end, GiveUp):
            _log.error("due work is given up", why=str(end), **about)
            return str(end)
        if isinstance(end, (Again, TimeoutError, *self.kind.passing)) or as_unavailable(end):
            if taken.tries >= TRIES_QUIET:
                _log.error("due work waits for others", why=type(end).__name__, **about)
            return None
        _log.error("due work failed", error=describe(end), **about)
        return describe(end) if taken.tries >= self.kind.limits.tries_max else None


def _is_away(error: Exception) -> bool:
    """No connection to the database: it is nobody's fault among those that are settled."""
    refusal = as_unavailable(error)
    return refusal is not None and isinstance(refusal.__cause__, (*CONNECTION_ERRORS, PoolTimeout))
