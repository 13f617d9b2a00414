"""How the shop is doing, told by every server once a second through Redis, read by the worker.

Whoever cannot read it is blind, and lets nobody in.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.redis import REDIS_ERRORS, Redis

KEY: Final = "waitingroom:vitals"
KEEP_SECONDS: Final = 60
FRESH_SECONDS: Final = 3.0
REPORT_SECONDS: Final = 1.0
WINDOW_SECONDS: Final = 2.0
SAMPLES_MAX: Final = 20_000
SAMPLES_LEAST: Final = 5
"""Fewer orders in the window say nothing."""
PROCESSES_MAX: Final = 1_000


class Vital(msgspec.Struct, frozen=True):
    """Of one process. `p95_ms` None: too few ordered."""

    at: float
    p95_ms: float | None
    pool_use: float


_DECODER: Final = msgspec.json.Decoder(Vital)
_ENCODER: Final = msgspec.json.Encoder()


class Pulse:
    """What one server measures: how long its orders took."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES_MAX)

    def note(self, *, at: float, seconds: float) -> None:
        self._samples.append((at, seconds))

    def p95_ms(self, *, now: float) -> float | None:
        while self._samples and self._samples[0][0] < now - WINDOW_SECONDS:
            self._samples.popleft()
        if len(self._samples) < SAMPLES_LEAST:
            return None
        ordered = sorted(seconds for _, seconds in self._samples)
        return 1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


class VitalSigns:
    """One a process; servers `report`, workers `read`."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._node = secrets.token_hex(6)

    async def report(self, *, p95_ms: float | None, pool_use: float) -> None:
        """Raises what Redis raises."""
        told = Vital(clock.unix_seconds(), p95_ms, pool_use)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(KEY, self._node, _ENCODER.encode(told))
            pipe.expire(KEY, KEEP_SECONDS)
            await pipe.execute()

    async def read(self) -> tuple[float | None, float] | None:
        """The worst p95 and pool use of the last seconds; None where nobody can be heard."""
        now = clock.unix_seconds()
        try:
            found = await self._redis.hgetall(KEY)
            stale = [
                node
                for node, told in found.items()
                if _DECODER.decode(told).at < now - KEEP_SECONDS
            ]
            if stale:
                await self._redis.hdel(KEY, *stale[:PROCESSES_MAX])
        except REDIS_ERRORS:
            return None
        fresh = [
            vital
            for vital in map(_DECODER.decode, found.values())
            if vital.at >= now - FRESH_SECONDS
        ]
        if not fresh:
            return None
        slow = [vital.p95_ms for vital in fresh if vital.p95_ms is not None]
        return max(slow, default=None), max(vital.pool_use for vital in fresh)


def pool_use(database: Database) -> Callable[[], float]:
    """The share of the driver's pool that is busy."""

    def read() -> float:
        pool = database.pool
        most = pool.get_max_size()
        return (pool.get_size() - pool.get_idle_size()) / most

    return read
