"""Jobs that are done together: each once, a bad one alone, a cancelled one without the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from arenapulse.runtime.jobs.together import TOGETHER_BYTES_MAX, TOGETHER_MAX, Together


class Kitchen:
    """Work that waits for `door`, and cannot stomach what is `bad`."""

    def __init__(self, *, seconds_max: float = 5) -> None:
        self.goes: list[list[bytes]] = []
        self.bad: set[bytes] = set()
        self.door = asyncio.Semaphore(0)
        self.places = asyncio.Semaphore(1)
        self.together = Together(
            run=self.cook_one, run_many=self.cook, places=self.places, seconds_max=seconds_max
        )

    async def cook(self, payloads: Sequence[bytes]) -> None:
        self.goes.append(list(payloads))
        await self.door.acquire()
        if self.bad & set(payloads):
            raise LookupError

    async def cook_one(self, payload: bytes) -> None:
        await self.cook([payload])

    async def begun(self) -> asyncio.Task[None]:
        """A go that waits for the door, so that what is asked now is the next."""
        (first,) = self.ask(b"first")
        await _when(lambda: self.goes)
        return first

    def open(self, *, goes: int = 100) -> None:
        for _ in range(goes):
            self.door.release()

    def ask(self, *payloads: bytes) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.together.run(payload)) for payload in payloads]


async def _when(true: Callable[[], object]) -> None:
    for _ in range(1_000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come true")


async def test_what_comes_during_a_go_is_the_next_one() -> None:
    kitchen = Kitchen()
    first = await kitchen.begun()
    rest = kitchen.ask(b"a", b"b", b"c")
    kitchen.open()
    await asyncio.gather(first, *rest)
    assert kitchen.goes == [[b"first"], [b"a", b"b", b"c"]]


async def test_a_go_has_a_limit() -> None:
    kitchen = Kitchen()
    first = await kitchen.begun()
    names = [b"%d" % n for n in range(TOGETHER_MAX + 3)]
    rest = kitchen.ask(*names)
    kitchen.open()
    await asyncio.gather(first, *rest)
    assert kitchen.goes[1:] == [names[:TOGETHER_MAX], names[TOGETHER_MAX:]]


async def test_a_go_has_a_limit_of_bytes_and_takes_at_least_one() -> None:
    kitchen = Kitchen()
    first = await kitchen.begun()
    half, whole = b"h" * (TOGETHER_BYTES_MAX // 2), b"w" * (TOGETHER_BYTES_MAX + 1)
    rest = kitchen.ask(half, half, b"more", whole)
    kitchen.open()
    await asyncio.gather(first, *rest)
    assert kitchen.goes[1:] == [[half, half], [b"more"], [whole]]


async def test_a_bad_one_fails_alone() -> None:
    kitchen = Kitchen()
    kitchen.bad = {b"b"}
    await kitchen.begun()
    asked = kitchen.ask(b"a", b"b", b"c")
    kitchen.open()
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in ended] == [type(None), LookupError, type(None)]
    assert kitchen.goes[1:] == [[b"a", b"b", b"c"], [b"a"], [b"b"], [b"c"]]


async def test_who_leads_a_go_is_cancelled_and_the_others_are_in_the_next() -> None:
    kitchen = Kitchen()
    first = await kitchen.begun()
    leader, *others = kitchen.ask(b"a", b"b", b"c")
    kitchen.open(goes=1)
    await first
    await _when(lambda: len(kitchen.goes) == 2)
    leader.cancel()
    await _when(lambda: len(kitchen.goes) == 3)
    kitchen.open()
    await asyncio.gather(*others)
    assert kitchen.goes[1:] == [[b"a", b"b", b"c"], [b"b", b"c"]]


async def test_who_left_the_line_is_not_served() -> None:
    kitchen = Kitchen()
    first = await kitchen.begun()
    gone, stays = kitchen.ask(b"b", b"c")
    await asyncio.sleep(0)
    gone.cancel()
    await _when(gone.done)
    kitchen.open()
    await asyncio.gather(first, stays)
    assert kitchen.goes == [[b"first"], [b"c"]]


async def test_a_go_takes_one_place_and_not_for_ever() -> None:
    kitchen = Kitchen(seconds_max=0.01)
    with pytest.raises(TimeoutError):
        await kitchen.ask(b"a")[0]
    assert not kitchen.places.locked()
