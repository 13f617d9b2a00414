"""What is asked meanwhile shares the next go, and each has its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from arenapulse.runtime.gathering import Gathering


class Counter:
    """Answers ten times what was asked, a go at a time, when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, batch: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(batch))
        self.begun.set()
        await self.open.wait()
        if 13 in batch:
            raise LookupError("all of them")
        return [KeyError(asked) if asked == 7 else 10 * asked for asked in batch]


async def asked_while_one_is_answered(
    gathering: Gathering[int, int], counter: Counter, others: Sequence[int]
) -> list[object]:
    first = asyncio.create_task(gathering.ask(1))
    await counter.begun.wait()
    tasks = [asyncio.create_task(gathering.ask(other)) for other in others]
    await asyncio.sleep(0)
    counter.open.set()
    return await asyncio.gather(first, *tasks, return_exceptions=True)


async def test_what_comes_meanwhile_is_one_go() -> None:
    counter = Counter()
    gathering = Gathering(counter, most=3)
    assert await asked_while_one_is_answered(gathering, counter, [2, 3, 4, 5]) == [
        *(10, 20, 30, 40, 50)
    ]
    assert counter.batches == [[1], [2, 3, 4], [5]]
    assert await gathering.ask(6) == 60


async def test_who_does_not_fit_waits_for_a_later_go() -> None:
    counter = Counter()
    gathering = Gathering(counter, most=9, fits=lambda batch, asked: asked not in batch)
    found = await asked_while_one_is_answered(gathering, counter, [2, 2, 3])
    assert found == [10, 20, 20, 30]
    assert counter.batches == [[1], [2, 3], [2]]


async def test_one_is_refused_alone() -> None:
    counter = Counter()
    found = await asked_while_one_is_answered(Gathering(counter, most=9), counter, [2, 7, 4])
    assert found[:2] + found[3:] == [10, 20, 40]
    assert isinstance(found[2], KeyError)


async def test_what_fails_fails_its_own_go_and_no_other() -> None:
    counter = Counter()
    gathering = Gathering(counter, most=2)
    found = await asked_while_one_is_answered(gathering, counter, [2, 13, 4, 5])
    assert [type(one) for one in found] == [int, LookupError, LookupError, int, int]


async def test_who_is_gone_takes_no_answer_from_the_others() -> None:
    counter = Counter()
    gathering = Gathering(counter, most=9)
    gone, stays = (asyncio.create_task(gathering.ask(asked)) for asked in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    counter.open.set()
    assert await stays == 20
    with pytest.raises(asyncio.CancelledError):
        await gone
