"""Reads that may be a moment old: asked of a standby while it keeps up, else of the primary.

How far a standby is behind is measured without trusting its clock or its own word: every half
second the primary says how far its log reaches, and the standby says how far it has come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

import asyncpg

from arenapulse.core import clock
from arenapulse.core.errors import Unavailable
from arenapulse.runtime import log
from arenapulse.runtime.db import PASSING_ERRORS, Database, Session
from arenapulse.runtime.siblings import end, keep
from arenapulse.runtime.telemetry import REPLICA_LAG_SECONDS, REPLICA_READS, REPLICA_UP

MEASURE_SECONDS: Final = 0.5
ASK_SECONDS_MAX: Final = 1.5
_MARKS_MAX: Final = 600
"""Five minutes of them: who is further behind than the oldest is at least that far behind."""

T = TypeVar("T")

_log = log.logger("reads")


class Reads:
    """One a process. Without a standby it is the primary and nothing is measured."""

    def __init__(
        self, primary: Database, *, standby: Database | None = None, lag_seconds_max: float = 0
    ) -> None:
        self.primary = primary
        self._standby = standby
        self._lag_seconds_max = lag_seconds_max
        self._marks: deque[tuple[float, int]] = deque(maxlen=_MARKS_MAX)
        self._reached_at: float | None = None
        self._is_open = self._is_up = False
        self._asking: tuple[asyncpg.Connection[asyncpg.Record], ...] = ()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Waits for nobody: a standby that is away at the start is taken when it comes."""
        if self._standby is not None:
            self._task = asyncio.create_task(
                keep("reads.measure", self.measure, pause=MEASURE_SECONDS)
            )

    async def stop(self) -> None:
        if self._standby is None:
            return
        if self._task is not None:
            await end([self._task])
        self._hang_up()
        await self._standby.close()

    def state(self) -> dict[str, bool]:
        """For the probe: whether the standby answers such reads at the moment."""
        return {} if self._standby is None else {"replica": self.is_used}

    @property
    def is_used(self) -> bool:
        return self._is_up and self.lag_seconds <= self._lag_seconds_max

    @property
    def lag_seconds(self) -> float:
        """For how long it has lacked something that the primary had; endless while unknown.

        Where it lacked nothing when last asked, 0, however long nobody wrote.
        """
        if self._reached_at is None:
            return float("inf")
        knows_all = self._is_up and not self._marks
        return 0.0 if knows_all else clock.monotonic_seconds() - self._reached_at

    async def ask(self, question: Callable[[Database], Awaitable[T]], *, exact: bool = False) -> T:
        """`question` writes nothing and may be asked twice; `exact` asks the primary at once.

        Whatever goes wrong at the standby is asked again of the primary: the line may be cut, the
        query in the way of what is replayed, or a row not there yet.
        """
        if self._standby is not None and self.is_used and not exact:
            try:
                found = await question(self._standby)
            except Exception as error:  # noqa: BLE001 - the primary's word counts, of errors too
                if isinstance(error, (*PASSING_ERRORS, Unavailable)):
                    self._is_up = False
                _log.warning("the standby did not answer", error=type(error).__name__)
            else:
                REPLICA_READS.labels("replica").inc()
                return found
        if self._standby is not None and not exact:
            REPLICA_READS.labels("primary").inc()
        return await question(self.primary)

    async def read(
        self,
        question: Callable[[Session], Awaitable[T]],
        *,
        exact: bool = False,
        actor: UUID | str | None = None,
    ) -> T:
        """The same in a transaction; `session.behind_seconds` says how old what it sees may be."""

        async def ask(database: Database) -> T:
            async with database.transaction(actor=actor) as session:
                if database is self._standby and self._reached_at is not None:
                    session.behind_seconds = clock.monotonic_seconds() - self._reached_at
                return await question(session)

        return await self.ask(ask, exact=exact)

    async def measure(self) -> None:
        """One turn; a primary that is away leaves the last mark standing."""
        assert self._standby is not None
        is_up = False
        try:
            async with asyncio.timeout(ASK_SECONDS_MAX):
                is_up = await self._look(self._standby)
        except PASSING_ERRORS:
            self._hang_up()
        finally:
            self._is_up = is_up
            REPLICA_UP.set(self.is_used)
            REPLICA_LAG_SECONDS.set(self.lag_seconds)

    async def _look(self, standby: Database) -> bool:
        if not self._is_open:
            await standby.open()
            self._is_open = True
        if not self._asking:
            self._asking = (await standby.connect(),)
        now = clock.monotonic_seconds()
        with contextlib.suppress(*PASSING_ERRORS):
            self._marks.append((now, await self.primary.pool.fetchval(_WRITTEN)))
        replayed = await self._asking[0].fetchval(_REPLAYED)
        # None: it was made a primary, and what it says is no longer what the other one says.
        while replayed is not None and self._marks and self._marks[0][1] <= replayed:
            self._reached_at = self._marks.popleft()[0]
        return replayed is not None

    def _hang_up(self) -> None:
        for connection in self._asking:
            connection.terminate()
        self._asking = ()


_WRITTEN: Final = "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::BIGINT"
_REPLAYED: Final = """
SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::BIGINT END
"""
