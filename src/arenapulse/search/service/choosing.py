"""A cluster while it answers, PostgreSQL while it does not, and for what a cluster cannot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from arenapulse.core.clock import monotonic_seconds
from arenapulse.runtime import log
from arenapulse.runtime.telemetry import SEARCHES
from arenapulse.search.cluster import ClusterRefused
from arenapulse.search.cluster_engine import WINDOW_MAX
from arenapulse.search.engine import Asked, Engine, EngineAway, Found, Suggestion

REST_SECONDS: Final = 3.0
"""For how long a cluster that did not answer is left alone."""

T = TypeVar("T")

_log = log.logger("search")


class Chosen:
    """An `Engine` made of two."""

    def __init__(
        self, first: Engine, *, second: Engine, may_ask: Callable[[], bool] = lambda: True
    ) -> None:
        """`may_ask` says whether the first is to be asked at the moment."""
        self._may_ask = may_ask
        self._first = first
        self._second = second
        self._away_until = 0.0

    @property
    def name(self) -> str:
        return self._first.name

    @property
    def is_up(self) -> bool:
        """Whether the cluster answers; PostgreSQL does in its place."""
        return not self._is_resting

    async def search(self, asked: Asked) -> Found:
        if asked.page.offset + asked.page.limit > WINDOW_MAX:
            return await self._second.search(asked)
        return await self._ask(lambda engine: engine.search(asked))

    async def suggest(self, query: str, *, now: dt.datetime) -> list[Suggestion]:
        return await self._ask(lambda engine: engine.suggest(query, now=now))

    async def _ask(self, question: Callable[[Engine], Awaitable[T]]) -> T:
        if not self._is_resting and self._may_ask():
            try:
                found = await question(self._first)
            except (EngineAway, ClusterRefused) as error:
                self._away_until = monotonic_seconds() + REST_SECONDS
                _log.warning("the cluster is away", engine=self._first.name, error=str(error))
            else:
                SEARCHES.labels(self._first.name).inc()
                return found
        SEARCHES.labels(self._second.name).inc()
        return await question(self._second)

    @property
    def _is_resting(self) -> bool:
        return monotonic_seconds() < self._away_until
