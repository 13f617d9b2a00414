"""Jobs of one name whose work is done together, those that wait in one go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from arenapulse.runtime.jobs.registry import Run, RunMany

TOGETHER_MAX: Final = 50
TOGETHER_BYTES_MAX: Final = 131_072
"""Of payloads: a fact of a rush tells of hundreds of orders."""


class _Asked(NamedTuple):
    payload: bytes
    done: asyncio.Future[None]


class Together:
    """One go at a time for a name, the oldest first; what comes meanwhile waits for the next.

    A go takes one of `places`, however many jobs are in it, and has `seconds_max`.
    """

    def __init__(
        self, *, run: Run, run_many: RunMany, places: asyncio.Semaphore, seconds_max: float
    ) -> None:
        self._run = run
        self._run_many = run_many
        self._places = places
        self._seconds_max = seconds_max
        self._waiting: deque[_Asked] = deque()
        self._turn = asyncio.Lock()

    async def run(self, payload: bytes) -> None:
        """Returns when the work of `payload` is done; raises what it raised."""
        asked = _Asked(payload, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        try:
            async with self._turn:
                # All that asked before are done by now, so this one is among the next.
                if not asked.done.done():
                    await self._go()
            await asked.done
        finally:
            asked.done.cancel()

    async def _go(self) -> None:
        taken = self._next()
        try:
            async with self._places:
                await self._together([asked for asked in taken if not asked.done.done()])
        finally:
            # The one that leads the go was cancelled: the others find their places in line again.
            self._waiting.extendleft(a for a in reversed(taken) if not a.done.done())

    def _next(self) -> list[_Asked]:
        """Those of one go, at least one."""
        taken = [self._waiting.popleft()]
        size = len(taken[0].payload)
        while self._waiting and len(taken) < TOGETHER_MAX:
            size += len(self._waiting[0].payload)
            if size > TOGETHER_BYTES_MAX:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _together(self, taken: Sequence[_Asked]) -> None:
        if len(taken) > 1 and await self._all_at_once(taken):
            return
        for asked in taken:
            if not asked.done.done():
                await self._alone(asked)

    async def _all_at_once(self, taken: Sequence[_Asked]) -> bool:
        try:
            async with asyncio.timeout(self._seconds_max):
                await self._run_many([asked.payload for asked in taken])
        except Exception:  # noqa: BLE001 - one of them: each is tried alone, and tells it itself
            return False
        for asked in taken:
            _end(asked, None)
        return True

    async def _alone(self, asked: _Asked) -> None:
        try:
            async with asyncio.timeout(self._seconds_max):
                await self._run(asked.payload)
        except Exception as error:  # noqa: BLE001 - its own job tells it
            _end(asked, error)
        else:
            _end(asked, None)


def _end(asked: _Asked, error: Exception | None) -> None:
    # Whoever asked may be gone meanwhile.
    if asked.done.done():
        return
    if error is None:
        asked.done.set_result(None)
    else:
        asked.done.set_exception(error)
