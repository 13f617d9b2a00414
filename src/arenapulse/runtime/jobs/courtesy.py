"""Work in plenty that nobody waits for gives way to what people wait for, on the same machine."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary

from arenapulse.core import clock

SPARE_SHARE: Final = 0.25
"""Of the machine's processors, idle: with less than this it is busy."""
REST_SECONDS_MAX: Final = 1.0
LOOK_SECONDS: Final = 0.2
BURST_SECONDS: Final = 2.0
WAIT_SECONDS_MAX: Final = 30.0
PACE_SPARE_SHARE: Final = 0.5
QUICKER: Final = 1.25
PER_SECOND_MAX: Final = 1_000.0
LOOKS_MAX: Final = round(WAIT_SECONDS_MAX / LOOK_SECONDS)

Ticks: TypeAlias = tuple[int, int]
"""Processor time of the whole machine since it started: spent idle, and in all."""

_STAT: Final = Path("/proc/stat")


def machine_ticks() -> Ticks | None:
    """Linux's own count; None where there is none, and then nothing ever looks busy."""
    try:
        with _STAT.open() as lines:
            # cpu user nice system idle iowait irq softirq steal ...
            numbers = [int(word) for word in lines.readline().split()[1:9]]
    except OSError:
        return None
    return numbers[3] + numbers[4], sum(numbers)


class _Machine:
    """How much of it is idle, as of the last look, which is never older than `LOOK_SECONDS`."""

    def __init__(self, ticks: Callable[[], Ticks | None]) -> None:
        self._ticks = ticks
        self._seen = ticks()
        self._looked = clock.monotonic_seconds()
        self.idle_share = 1.0

    def look(self) -> bool:
        """Whether there was something new to see."""
        now = clock.monotonic_seconds()
        if now - self._looked < LOOK_SECONDS:
            return False
        before, self._seen, self._looked = self._seen, self._ticks(), now
        if before is None or self._seen is None:
            self.idle_share = 1.0
        elif (passed := self._seen[1] - before[1]) > 0:
            self.idle_share = (self._seen[0] - before[0]) / passed
        return True


_lanes: WeakKeyDictionary[AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def _lane() -> asyncio.Lock:
    return _lanes.setdefault(asyncio.get_running_loop(), asyncio.Lock())


class Courtesy:
    """`per_second` is done while the machine is busy, in whatever the caller counts, and no more.

    A burst of `BURST_SECONDS` of it never waits; nor does anything while there is time to spare.
    What is more than a burst is done in one go and paid for by the next.
    """

    def __init__(
        self, *, per_second: float, ticks: Callable[[], Ticks | None] = machine_ticks
    ) -> None:
        self._per_second = per_second
        self._burst = per_second * BURST_SECONDS
        self._left = self._burst
        self._filled = clock.monotonic_seconds()
        self._machine = _Machine(ticks)

    @contextlib.asynccontextmanager
    async def turn(self, units: int) -> AsyncGenerator[None, None]:
        """Gives way, then lets nobody else of this process who gives way work meanwhile.

        It rests as long as it worked: what people wait for finds half of what is to be had free.
        """
        await self.give_way(units)
        async with _lane():
            started = clock.monotonic_seconds()
            yield
            worked = clock.monotonic_seconds() - started
            await asyncio.sleep(min(worked, REST_SECONDS_MAX))

    async def give_way(self, units: int) -> None:
        """Returns when so much may be done, at the latest after `WAIT_SECONDS_MAX`."""
        wanted = min(float(units), self._burst)
        for _ in range(LOOKS_MAX):
            if self._allows(wanted) or not self._busy():
                break
            await asyncio.sleep(LOOK_SECONDS)
        self._left = max(-self._per_second * WAIT_SECONDS_MAX, self._left - units)

    def _allows(self, wanted: float) -> bool:
        now = clock.monotonic_seconds()
        self._left = min(self._burst, self._left + (now - self._filled) * self._per_second)
        self._filled = now
        return self._left >= wanted

    def _busy(self) -> bool:
        self._machine.look()
        return self._machine.idle_share < SPARE_SHARE


class Pace:
    """Turns of what somebody waits for, and which others at this machine must not wait for.

    At least `per_second`, evenly; more and more while `spare_share` of the machine is idle, and at
    once half as many where it is not. Both may be changed while turns are taken.
    """

    def __init__(
        self,
        *,
        per_second: float,
        spare_share: float = PACE_SPARE_SHARE,
        ticks: Callable[[], Ticks | None] = machine_ticks,
    ) -> None:
        self.least = self.per_second = per_second
        self.spare_share = spare_share
        self._machine = _Machine(ticks)
        self._next = clock.monotonic_seconds()

    @property
    def is_slowest(self) -> bool:
        """Whether the machine has nothing to spare."""
        return self.per_second <= self.least

    async def turn(self) -> None:
        if self._machine.look():
            times = QUICKER if self._machine.idle_share >= self.spare_share else 0.5
            self.per_second = min(max(self.per_second * times, self.least), PER_SECOND_MAX)
        now = clock.monotonic_seconds()
        begins = max(now, self._next)
        self._next = begins + 1 / self.per_second
        await asyncio.sleep(begins - now)
