"""What is asked while an answer is under way shares the next: one go at a time, no timer.

The micro-batcher is for what people wait for in thousands; this is for a program's own small
corners, and needs no connection of its own and no end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")


def _always(_batch: object, _asked: object) -> bool:
    return True


class Gathering(Generic[A, R]):
    """`work` answers all of a go, in order, an exception for who alone is refused."""

    def __init__(
        self,
        work: Callable[[Sequence[A]], Awaitable[Sequence[R | Exception]]],
        *,
        most: int,
        fits: Callable[[Sequence[A], A], bool] = _always,
    ) -> None:
        """A go has `most`; who does not fit to those before it waits for a later one."""
        self._work = work
        self._most = most
        self._fits = fits
        self._waiting: deque[tuple[A, asyncio.Future[R]]] = deque()
        self._going: asyncio.Task[None] | None = None

    async def ask(self, asked: A) -> R:
        """Raises what `work` raises for the whole go, or gives for this one."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._going is None or self._going.done():
            self._going = asyncio.create_task(self._go())
        return await answer

    async def _go(self) -> None:
        try:
            while self._waiting:
                # One turn of the loop: what has come already is in.
                await asyncio.sleep(0)
                batch = self._next()
                answers: Sequence[R | Exception]
                try:
                    answers = await self._work([asked for asked, _ in batch])
                except Exception as error:  # noqa: BLE001 - the boundary: each tells its own caller
                    answers = [error] * len(batch)
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    # Whoever asked may be gone.
                    if waiting.done():
                        continue
                    if isinstance(answer, Exception):
                        waiting.set_exception(answer)
                    else:
                        waiting.set_result(answer)
        finally:
            self._going = None

    def _next(self) -> list[tuple[A, asyncio.Future[R]]]:
        batch = [self._waiting.popleft()]
        others: list[tuple[A, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < self._most:
            one = self._waiting.popleft()
            fits = self._fits([asked for asked, _ in batch], one[0])
            (batch if fits else others).append(one)
        self._waiting.extendleft(reversed(others))
        return batch
