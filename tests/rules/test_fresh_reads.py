"""A crowd that asks for what may be a little old asks the database once, however slow it is."""

from __future__ import annotations

import asyncio

import pytest

from arenapulse.runtime.sharing import FreshReads


class Slow:
    """A database that answers when its door opens."""

    def __init__(self) -> None:
        self.asked = 0
        self.door = asyncio.Event()
        self.is_away = False

    async def read(self, key: str) -> str:
        self.asked += 1
        number = self.asked
        await self.door.wait()
        if self.is_away:
            raise LookupError
        return f"{key}{number}"


def fresh(slow: Slow, *, seconds_max: float = 60) -> FreshReads[str, str]:
    return FreshReads(slow.read, seconds_max=seconds_max, entries_max=10)


async def test_all_who_ask_while_it_is_read_share_one_read() -> None:
    slow = Slow()
    reads = fresh(slow)
    crowd = [asyncio.create_task(reads.get("a")) for _ in range(64)]
    await asyncio.sleep(0)
    crowd[0].cancel()
    slow.door.set()
    found = await asyncio.gather(*crowd, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert set(found[1:]) == {"a1"}
    assert (await reads.get("a"), slow.asked) == ("a1", 1)


async def test_what_is_too_old_or_forgotten_is_read_again() -> None:
    slow = Slow()
    slow.door.set()
    old, kept = fresh(slow, seconds_max=0), fresh(slow)
    assert [await old.get("a"), await old.get("a")] == ["a1", "a2"]
    assert await kept.get("b") == "b3"
    kept.forget("b")
    assert await kept.get("b") == "b4"


async def test_a_read_that_failed_is_kept_for_nobody_who_comes_later() -> None:
    slow = Slow()
    slow.is_away = True
    slow.door.set()
    reads = fresh(slow)
    with pytest.raises(LookupError):
        await reads.get("a")
    slow.is_away = False
    assert await reads.get("a") == "a2"


async def test_what_is_known_is_told_without_waiting_and_a_failure_is_nothing_known() -> None:
    slow = Slow()
    reads = fresh(slow)
    assert reads.known("a") is None
    asking = asyncio.create_task(reads.get("a"))
    await asyncio.sleep(0)
    assert reads.known("a") is None
    slow.door.set()
    await asking
    assert (reads.known("a"), slow.asked) == ("a1", 1)
    slow.is_away = True
    failing = asyncio.create_task(reads.get("b"))
    # At whatever moment somebody looks, also between its end and its being dropped.
    for _ in range(10):
        await asyncio.sleep(0)
        assert reads.known("b") is None
    with pytest.raises(LookupError):
        await failing
