"""Tasks that live and end together, and those that nothing but the end of the process may end.

`asyncio.gather` lets the siblings of one that failed live on, with whatever they hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from typing import Any, Final

from arenapulse.runtime import log
from arenapulse.runtime.db import as_unavailable
from arenapulse.runtime.redis import REDIS_AWAY

CANCEL_AGAIN_SECONDS: Final = 0.2

_log = log.logger("siblings")


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Runs them side by side; the first to end ends the others, and raises what ended it."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancels them until all have ended."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        # redis-py swallows a cancellation that falls into its connecting, so it is said again.
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # read, or asyncio would tell of it once more


async def keep(what: str, work: Callable[[], Awaitable[None]], *, pause: float) -> None:
    """Begins `work` again a pause after it ended, whatever ended it: until it is cancelled."""
    while True:
        await survive(what, work())
        await asyncio.sleep(pause)


async def each(what: str, works: Iterable[Awaitable[None]]) -> None:
    """One after the other; who fails leaves the others their turn, unless an engine is away."""
    for work in works:
        try:
            await work
        except Exception as error:
            if _is_away(error):
                raise
            _tell(what, error)


async def survive(what: str, work: Awaitable[None]) -> bool:
    """Whether it succeeded; a failure is told and goes no further."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the boundary: one bad turn silences no process
        _tell(what, error)
        return False
    return True


def _is_away(error: Exception) -> bool:
    return isinstance(error, REDIS_AWAY) or as_unavailable(error) is not None


def _tell(what: str, error: Exception) -> None:
    if _is_away(error):
        _log.warning("an engine is away", part=what, error=type(error).__name__)
    else:
        _log.error("background work failed", part=what, exc_info=error)
