"""Threads that give way: to others on the same machine, and to the loop of their own process."""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import struct
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from arenapulse.core import clock

NICEST: Final = 19
# Linux lets who runs run on for a millisecond or two whoever wakes up; but for one who asked for
# longer turns than theirs it does not. Before Linux 6.12 that is ignored.
TURN_NANOSECONDS: Final = 20_000_000
# The C library has had no name for it until lately. It is the same for all but x86.
_SET_ATTRIBUTES: Final = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
# struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period.
_ATTRIBUTES: Final = struct.Struct("=IIQiIQQQ")
# Who waits for the interpreter asks for it after so long. By Python's own measure, 5 ms, a sheet of
# paper that takes 40 ms held each of the loop's callbacks up for 5 of them: requests by the dozen.
SWITCH_SECONDS: Final = 0.0005
# What is drawn beside the loop has the interpreter in its stead: more at once take it more often.
BESIDE_MAX: Final = 2
BRIEF_MAX: Final = 2

T = TypeVar("T")
P = ParamSpec("P")

# Threads come with the first work: a process that is forked before has none.
_brief = ThreadPoolExecutor(BRIEF_MAX, thread_name_prefix="brief")


def keep_quick(loop: asyncio.AbstractEventLoop) -> None:
    """While `asyncio.to_thread` draws, packs and reckons, this loop goes on answering."""
    sys.setswitchinterval(SWITCH_SECONDS)
    loop.set_default_executor(ThreadPoolExecutor(BESIDE_MAX, thread_name_prefix="beside"))


async def briefly(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Beside the loop, what takes milliseconds: never behind somebody's export of a whole house."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_brief, partial(work, *args, **kwargs))


class Breaks:
    """Between two works of a thread, while `is_rush`: `times` as long as the first one took.

    Being nice is about who runs first on a core; whoever wakes up looks for one that is free, and
    what is used up is used up. Who has had a break, or comes into no rush, waits for none.
    """

    def __init__(
        self,
        *,
        times: float,
        seconds_max: float,
        owed_seconds: float = 0.0,
        is_rush: Callable[[], bool],
        now: Callable[[], float] = clock.monotonic_seconds,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._times = times
        self._seconds_max = seconds_max
        self._owed_seconds = owed_seconds
        self._is_rush = is_rush
        self._now = now
        self._sleep = sleep
        self._own = threading.local()

    def run(self, work: Callable[[], T]) -> T:
        began = self._now()
        rested: float = max(getattr(self._own, "rested", began), began)
        due = rested - self._owed_seconds
        if due > began and self._is_rush():
            self._sleep(due - began)
            began = self._now()
        try:
            return work()
        finally:
            took = self._now() - began
            # Without a rush nothing was waited for, and nothing is owed from then.
            rested = max(began, min(rested, began + self._owed_seconds))
            self._own.rested = rested + took + min(self._times * took, self._seconds_max)


def give_way(by: int) -> None:
    """The calling thread, and those that it starts, are nicer by so much; on Linux each alone.

    Whoever else wakes up has the core at once. On a core that is free nothing changes.
    """
    if sys.platform != "linux":
        if threading.current_thread() is threading.main_thread():
            os.nice(by)
        return
    thread = threading.get_native_id()
    nice = min(os.getpriority(os.PRIO_PROCESS, thread) + by, NICEST)
    os.setpriority(os.PRIO_PROCESS, thread, nice)
    number = _SET_ATTRIBUTES.get(platform.machine())
    if number is not None:
        asked = _ATTRIBUTES.pack(
            _ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, TURN_NANOSECONDS, 0, 0
        )
        # Where it is refused, being nice is all there is.
        ctypes.CDLL(None).syscall(number, thread, asked, 0)
