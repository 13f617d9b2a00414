"""A cluster while it answers, PostgreSQL while it does not, and for what a cluster cannot."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime import log
from arenapulse.runtime.sharing import FreshReads
from arenapulse.runtime.telemetry import SEARCHES
from arenapulse.search.cluster import ClusterRefused
from arenapulse.search.cluster_engine import WINDOW_MAX
from arenapulse.search.engine import Asked, Engine, EngineAway, FarEngine, Found, Suggestion

REST_SECONDS: Final = 3.0
"""For how long a cluster that did not answer is left alone."""

LOOK_SECONDS: Final = 2.0
"""How old an answer of `look` may be, however many ask."""
LOOK_WAIT_SECONDS_MAX: Final = 0.5

T = TypeVar("T")

_log = log.logger("search")


class Chosen:
    """An `Engine` made of two."""

    def __init__(
        self,
        first: FarEngine,
        *,
        second: Engine,
        may_ask: Callable[[], bool] = lambda: True,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        """`may_ask` says whether the first is to be asked at the moment."""
        self._may_ask = may_ask
        self._rest_seconds = rest_seconds
        self._is_tried = self._was_away = False
        self._first = first
        self._second = second
        self._away_until = 0.0
        self._looks = FreshReads(self._look, seconds_max=LOOK_SECONDS, entries_max=1)

    @property
    def name(self) -> str:
        return self._first.name

    @property
    def is_up(self) -> bool:
        """Whether the cluster answered when it was asked last; PostgreSQL does in its place."""
        return not self._is_resting

    async def look(self) -> bool:
        """Whether the cluster answers: where nobody searches, nobody else finds out.

        Who asks is a probe, which is not to wait for what the service does without.
        """
        try:
            async with asyncio.timeout(LOOK_WAIT_SECONDS_MAX):
                return await self._looks.get(None)
        except TimeoutError:
            return False

    async def _look(self, _all: None) -> bool:
        if not self._is_resting:
            try:
                await self._first.check()
            except (EngineAway, ClusterRefused) as error:
                self._leave_alone(error)
        return self.is_up

    async def search(self, asked: Asked) -> Found:
        if asked.page.offset + asked.page.limit > WINDOW_MAX:
            return await self._second.search(asked)
        return await self._ask(lambda engine: engine.search(asked))

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        return await self._ask(lambda engine: engine.suggest(query, now=now))

    async def _ask(self, question: Callable[[Engine], Awaitable[T]]) -> T:
        if not self._is_resting and not self._is_tried and self._may_ask():
            # One finds out whether a cluster is back that was away: nobody else waits for it.
            is_trial = self._is_tried = self._was_away
            try:
                found = await question(self._first)
            except (EngineAway, ClusterRefused) as error:
                self._leave_alone(error)
            else:
                self._was_away = False
                SEARCHES.labels(self._first.name).inc()
                return found
            finally:
                self._is_tried = self._is_tried and not is_trial
        SEARCHES.labels(self._second.name).inc()
        return await question(self._second)

    def _leave_alone(self, error: Exception) -> None:
        self._was_away = True
        self._away_until = monotonic_seconds() + self._rest_seconds
        _log.warning("the cluster is away", engine=self._first.name, error=str(error))

    @property
    def _is_resting(self) -> bool:
        return monotonic_seconds() < self._away_until
