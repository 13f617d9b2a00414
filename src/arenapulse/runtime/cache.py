"""A cache in Redis that every process shares and that a write invalidates before it answers.

Keys carry the generation of their subject. An invalidation raises the generation, so a reader that
looked at the database before the write can only store under a generation nobody asks for again.
Without Redis every read goes to the database.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from arenapulse.runtime.redis import REDIS_ERRORS, Redis

GENERATION_TTL_SECONDS = 7 * 24 * 3600
IN_FLIGHT_MAX = 10_000
INVALIDATION_TRIES = 3


@dataclass(frozen=True)
class Layer:
    """One kind of cached thing; the name stands in its keys."""

    name: str
    ttl_seconds: int


# The four layers of the specification.
SESSION_DATA: Final = Layer("session", 24 * 3600)
EVENT_CAPACITY: Final = Layer("capacity", 60)
VENUE_DETAILS: Final = Layer("venue", 3600)
USER_PREFERENCES: Final = Layer("preferences", 12 * 3600)
LAYERS: Final = (SESSION_DATA, EVENT_CAPACITY, VENUE_DETAILS, USER_PREFERENCES)

Load = Callable[[], Awaitable[bytes | None]]


class Cache:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._raise = redis.register_script(_RAISE)
        self._in_flight: dict[str, asyncio.Task[bytes | None]] = {}

    async def get(self, layer: Layer, key: str, *, load: Load) -> bytes | None:
        """The cached bytes, or what `load` gives, stored for the layer's TTL.

        Callers of one process that ask at the same time share one load. `None` is not kept.
        """
        try:
            generation = await self._redis.get(_generation_key(layer, key))
            name = _value_key(layer, key, generation=_number(generation))
            found = await self._redis.get(name)
        except REDIS_ERRORS:
            return await load()
        if found is not None:
            return found if isinstance(found, bytes) else found.encode()
        task = self._in_flight.get(name)
        if task is None:
            if len(self._in_flight) >= IN_FLIGHT_MAX:
                return await load()
            task = asyncio.ensure_future(self._fill(name, layer=layer, load=load))
            self._in_flight[name] = task
            task.add_done_callback(lambda _done: self._in_flight.pop(name, None))
        # Shielded: one caller who hangs up does not take the answer from the others.
        return await asyncio.shield(task)

    async def _fill(self, name: str, *, layer: Layer, load: Load) -> bytes | None:
        value = await load()
        if value is not None:
            with contextlib.suppress(*REDIS_ERRORS):
                await self._redis.set(name, value, ex=layer.ttl_seconds)
        return value

    async def invalidate(self, layer: Layer, key: str) -> None:
        """From here on no process answers with what was cached before. Call it after the commit."""
        for _ in range(INVALIDATION_TRIES):
            with contextlib.suppress(*REDIS_ERRORS):
                await self._raise(
                    keys=[_generation_key(layer, key)],
                    args=[GENERATION_TTL_SECONDS, _value_prefix(layer, key)],
                )
                return


def _generation_key(layer: Layer, key: str) -> str:
    return f"cache:{layer.name}:{key}:generation"


def _value_key(layer: Layer, key: str, *, generation: int) -> str:
    return f"{_value_prefix(layer, key)}{generation}"


def _value_prefix(layer: Layer, key: str) -> str:
    return f"cache:{layer.name}:{key}:"


def _number(stored: bytes | str | None) -> int:
    return int(stored or 0)


# Nobody asks for what was kept any more; what was erased should not lie about for its TTL.
_RAISE: Final = """
local raised = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('UNLINK', ARGV[2] .. string.format('%d', raised - 1))
"""
