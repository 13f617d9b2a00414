"""Reads that a crowd shares: few queries, and nobody is told what was true before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from arenapulse.core import clock

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


@dataclass(frozen=True, slots=True)
class _Held(Generic[Value]):
    asked_at: float
    answer: asyncio.Future[Value]


class FreshReads(Generic[Key, Value]):
    """What may be a little old: one read of a key in so many seconds, and all who ask have it.

    Who asks while it runs waits for that one: however slow the database is, a crowd asks it once.
    """

    def __init__(
        self,
        read: Callable[[Key], Awaitable[Value]],
        *,
        seconds_max: float,
        entries_max: int,
    ) -> None:
        self._read = read
        self._seconds_max = seconds_max
        self._entries_max = entries_max
        self._held: dict[Key, _Held[Value]] = {}

    async def get(self, key: Key) -> Value:
        """As it was at most `seconds_max` before this was asked; raises what the read raises."""
        asked_at = clock.monotonic_seconds()
        held = self._held.get(key)
        if held is None or asked_at - held.asked_at >= self._seconds_max:
            if len(self._held) >= self._entries_max:
                self._held.clear()
            answer = asyncio.ensure_future(self._read(key))
            held = self._held[key] = _Held(asked_at, answer)
            answer.add_done_callback(lambda done: self._drop_failed(key, done))
        if held.answer.done():
            return held.answer.result()
        # Shielded: one who hangs up does not take the answer from the others.
        return await asyncio.shield(held.answer)

    def known(self, key: Key) -> Value | None:
        """What `get` would give without waiting; None where it would read, wait or raise."""
        held = self._held.get(key)
        if held is None or not held.answer.done():
            return None
        if clock.monotonic_seconds() - held.asked_at >= self._seconds_max:
            return None
        # Between its end and our hearing of it, a read that failed still lies here.
        failed = held.answer.cancelled() or held.answer.exception() is not None
        return None if failed else held.answer.result()

    def forget(self, key: Key) -> None:
        """Who asks from now on is told what is true from now on."""
        self._held.pop(key, None)

    def _drop_failed(self, key: Key, done: asyncio.Future[Value]) -> None:
        if done.cancelled() or done.exception() is not None:
            held = self._held.get(key)
            if held is not None and held.answer is done:
                del self._held[key]


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
