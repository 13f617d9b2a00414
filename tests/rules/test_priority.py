"""A thread that gives way does so alone, and to whoever wakes up beside it at once."""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import struct
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from arenapulse.runtime import priority
from arenapulse.runtime.web.packing import REMEMBERED_MAX, gzipped

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has a priority for each thread"
)
_READ_ATTRIBUTES = {"x86_64": 315, "aarch64": 275, "riscv64": 275}
# Linux lets who is no real-time thread say how long its turns are since then.
KNOWS_TURNS = (6, 12)


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def turn_nanoseconds() -> int:
    attributes = ctypes.create_string_buffer(48)
    number = _READ_ATTRIBUTES[platform.machine()]
    assert ctypes.CDLL(None).syscall(number, 0, attributes, 48, 0) == 0
    return int(struct.unpack("=IIQiIQQQ", attributes.raw)[5])


def given_way(by: int) -> tuple[int, int]:
    priority.give_way(by)
    return niceness(), turn_nanoseconds()


def test_a_thread_gives_way_alone() -> None:
    before = niceness(), turn_nanoseconds()
    with ThreadPoolExecutor(1) as threads:
        nicer, turn = threads.submit(given_way, 3).result()
        nicest, _ = threads.submit(given_way, 40).result()
    assert nicer == min(before[0] + 3, 19)
    assert nicest == 19
    assert (niceness(), turn_nanoseconds()) == before
    kernel = tuple(int(part) for part in platform.release().split(".")[:2])
    if kernel >= KNOWS_TURNS:
        assert turn == priority.TURN_NANOSECONDS


LARGE = bytes(REMEMBERED_MAX + 1)


async def test_the_loop_has_the_interpreter_back_at_once_and_shares_it_with_few() -> None:
    before = sys.getswitchinterval()
    may_end = threading.Event()
    started: list[int] = []

    def draw(number: int) -> None:
        started.append(number)
        assert may_end.wait(30)

    try:
        priority.keep_quick(asyncio.get_running_loop())
        assert sys.getswitchinterval() == pytest.approx(priority.SWITCH_SECONDS)
        drawing = [asyncio.create_task(asyncio.to_thread(draw, each)) for each in range(6)]
        async with asyncio.timeout(30):
            while len(started) < priority.BESIDE_MAX:  # noqa: ASYNC110 - threads tell no loop
                await asyncio.sleep(0.005)
        assert sorted(started) == list(range(priority.BESIDE_MAX))
        # Everybody's pages wait for none of it.
        async with asyncio.timeout(30):
            assert zlib.decompress(await gzipped(LARGE), 31) == LARGE
        may_end.set()
        await asyncio.gather(*drawing)
    finally:
        may_end.set()
        sys.setswitchinterval(before)
    assert sorted(started) == list(range(6))
