"""Shared reads: a crowd costs few, and nobody gets an answer older than the question."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from arenapulse.runtime.sharing import GatheredReads, SharedReads


class Shelf:
    """Counts its reads; each ends when it is let go and tells when it began."""

    def __init__(self) -> None:
        self.began = 0
        self.running = 0
        self.go = asyncio.Event()

    async def read(self, key: str) -> tuple[str, int]:
        self.began += 1
        mine = self.began
        self.running += 1
        assert self.running == 1, "two reads of one key at once"
        await self.go.wait()
        self.running -= 1
        if key == "broken":
            raise LookupError(key)
        return key, mine


async def test_a_crowd_shares_the_read_that_runs_next() -> None:
    shelf = Shelf()
    reads = SharedReads(shelf.read)
    first = asyncio.create_task(reads.get("seats"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    crowd = [asyncio.create_task(reads.get("seats")) for _ in range(200)]
    await asyncio.sleep(0)
    shelf.go.set()
    assert await first == ("seats", 1)
    # They asked while the first ran: it may have looked before something was committed.
    assert set(await asyncio.gather(*crowd)) == {("seats", 2)}
    assert await reads.get("seats") == ("seats", 3)
    assert shelf.began == 3


async def test_who_hangs_up_does_not_take_the_answer_from_others() -> None:
    shelf = Shelf()
    reads = SharedReads(shelf.read)
    leaving, staying = (asyncio.create_task(reads.get("seats")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    shelf.go.set()
    assert (await staying)[0] == "seats"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_failure_is_everybodys_and_the_next_read_begins_anew() -> None:
    shelf = Shelf()
    shelf.go.set()
    reads = SharedReads(shelf.read)
    for _ in range(2):
        with pytest.raises(LookupError):
            await reads.get("broken")
    assert shelf.began == 2


class Wall:
    """Shelves read many at once; notes who was asked for together."""

    def __init__(self) -> None:
        self.reads: list[set[str]] = []
        self.go = asyncio.Event()

    async def read(self, keys: Collection[str]) -> dict[str, int]:
        self.reads.append(set(keys))
        mine = len(self.reads)
        await self.go.wait()
        if "broken" in keys:
            raise LookupError("broken")
        return dict.fromkeys(keys, mine)


async def test_what_is_asked_for_during_a_read_is_gathered_into_the_next() -> None:
    wall = Wall()
    reads = GatheredReads(wall.read)
    first = asyncio.create_task(reads.get("north"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    crowd = [asyncio.create_task(reads.get(key)) for key in ("north", "south", "south", "east")]
    await asyncio.sleep(0)
    wall.go.set()
    assert await first == 1
    assert await asyncio.gather(*crowd) == [2, 2, 2, 2]
    assert await reads.get("north") == 3
    assert wall.reads == [{"north"}, {"north", "south", "east"}, {"north"}]


async def test_gathered_askers_do_not_take_the_answer_from_each_other() -> None:
    wall = Wall()
    reads = GatheredReads(wall.read)
    leaving, staying = (asyncio.create_task(reads.get("north")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    wall.go.set()
    assert await staying == 1
    with pytest.raises(LookupError):
        await reads.get("broken")
    assert await reads.get("south") == 3
