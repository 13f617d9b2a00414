"""Reads that a crowd shares: few queries, and nobody is told what was true before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SharedReads(Generic[Key, Value]):
    """Who asks while a read of the same key runs waits for the next one, which all of them share.

    So at most one read of a key runs at a time, and each answer is of a read that began after it
    was asked for.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]]) -> None:
        self._read = read
        self._running: dict[Key, asyncio.Task[Value]] = {}
        self._next: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key) -> Value:
        """Raises what the read raises."""
        running = self._running.get(key)
        if running is None:
            task = self._running[key] = asyncio.create_task(self._run(key))
        else:
            waiting = self._next.get(key)
            if waiting is None:
                waiting = self._next[key] = asyncio.create_task(self._after(running, key))
            task = waiting
        # Shielded: one who hangs up does not take the answer from the others.
        return await asyncio.shield(task)

    async def _after(self, running: asyncio.Task[Value], key: Key) -> Value:
        await asyncio.wait({running})
        self._running[key] = self._next.pop(key)
        return await self._run(key)

    async def _run(self, key: Key) -> Value:
        try:
            return await self._read(key)
        finally:
            if self._running.get(key) is asyncio.current_task():
                del self._running[key]


class GatheredReads(Generic[Key, Value]):
    """Reads of many keys in one query: what is asked for while it runs shares the next.

    As with `SharedReads`, each answer is of a read that began after it was asked for.
    """

    def __init__(self, read: Callable[[Collection[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        """`read` answers every key that it is given."""
        self._read = read
        self._asked: dict[Key, list[asyncio.Future[Value]]] = {}
        self._runner: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Value:
        """Raises what the read raises."""
        answer: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(key, []).append(answer)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                await self._answer(asked)
        finally:
            self._runner = None

    async def _answer(self, asked: Mapping[Key, list[asyncio.Future[Value]]]) -> None:
        try:
            found = await self._read(asked.keys())
        except Exception as error:  # noqa: BLE001 - it is theirs who asked
            for waiting in asked.values():
                for answer in waiting:
                    if not answer.done():
                        answer.set_exception(error)
            return
        for key, waiting in asked.items():
            for answer in waiting:
                if not answer.done():
                    answer.set_result(found[key])
