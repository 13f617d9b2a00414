"""Work in plenty gives way while the machine is busy, at a rate; with time to spare it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine

import pytest

from arenapulse.runtime.jobs import courtesy
from arenapulse.runtime.jobs.courtesy import Courtesy, Pace, Ticks, machine_ticks

PER_SECOND = 10_000
BURST = 20_000


@pytest.fixture(autouse=True)
def always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "LOOK_SECONDS", 0.0)


def ticking(*, idle: int) -> Callable[[], Ticks]:
    """A machine that was idle for so many of each hundred ticks."""
    seen = [0, 0]

    def ticks() -> Ticks:
        seen[0] += idle
        seen[1] += 100
        return seen[0], seen[1]

    return ticks


def waits(work: Coroutine[None, None, None]) -> bool:
    try:
        work.send(None)
    except StopIteration:
        return False
    work.close()
    return True


def test_a_burst_never_waits() -> None:
    given = Courtesy(per_second=PER_SECOND, ticks=ticking(idle=0))
    assert not waits(given.give_way(BURST))
    assert waits(given.give_way(BURST))


@pytest.mark.parametrize(("idle", "expected"), [(24, True), (25, False)])
def test_nothing_waits_where_a_quarter_of_the_machine_is_idle(idle: int, *, expected: bool) -> None:
    given = Courtesy(per_second=PER_SECOND, ticks=ticking(idle=idle))
    assert not waits(given.give_way(BURST))
    assert waits(given.give_way(1_000)) is expected


def test_where_nothing_can_be_read_nothing_waits() -> None:
    given = Courtesy(per_second=PER_SECOND, ticks=lambda: None)
    for _ in range(3):
        assert not waits(given.give_way(BURST))


def test_a_busy_machine_gets_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "LOOK_SECONDS", 0.02)
    given = Courtesy(per_second=PER_SECOND, ticks=ticking(idle=0))

    async def more() -> float:
        started = time.monotonic()
        await given.give_way(BURST)
        # The first look is after so long.
        await asyncio.sleep(0.02)
        await given.give_way(1_500)
        # From the beginning: a machine that is late to wake us gives meanwhile.
        return time.monotonic() - started

    assert asyncio.run(more()) >= 0.14


def test_more_than_a_burst_comes_to_its_turn_and_is_paid_for_by_the_next() -> None:
    given = Courtesy(per_second=PER_SECOND, ticks=ticking(idle=0))
    started = time.monotonic()
    assert not waits(given.give_way(BURST + 1_000))

    async def next_one(monkeypatch: pytest.MonkeyPatch) -> float:
        monkeypatch.setattr(courtesy, "LOOK_SECONDS", 0.02)
        await asyncio.sleep(0.02)
        await given.give_way(500)
        return time.monotonic() - started

    with pytest.MonkeyPatch.context() as patched:
        # A thousand of before, and five hundred of its own, at ten thousand a second.
        assert asyncio.run(next_one(patched)) >= 0.14


def test_one_works_at_a_time_and_rests_as_long_as_it_worked() -> None:
    first, second = (Courtesy(per_second=PER_SECOND, ticks=lambda: None) for _ in range(2))
    told: list[tuple[str, float]] = []

    async def work(given: Courtesy, name: str) -> None:
        async with given.turn(1):
            told.append((f"{name} begins", time.monotonic()))
            await asyncio.sleep(0.05)
            told.append((f"{name} ends", time.monotonic()))

    async def both() -> None:
        await asyncio.gather(work(first, "one"), work(second, "other"))

    asyncio.run(both())
    assert [name for name, _ in told] == ["one begins", "one ends", "other begins", "other ends"]
    worked, rested = told[1][1] - told[0][1], told[2][1] - told[1][1]
    assert rested >= 0.9 * worked


def test_what_fails_is_told_at_once_and_holds_nobody_up() -> None:
    given = Courtesy(per_second=PER_SECOND, ticks=lambda: None)

    async def fails() -> None:
        async with given.turn(1):
            raise ValueError

    async def after() -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its own
            await fails()
        async with given.turn(1):
            pass

    asyncio.run(asyncio.wait_for(after(), timeout=10))


def test_no_wait_is_for_ever() -> None:
    given = Courtesy(per_second=PER_SECOND, ticks=ticking(idle=0))

    async def far_more() -> None:
        for _ in range(3):
            await given.give_way(1_000 * BURST)

    asyncio.run(asyncio.wait_for(far_more(), timeout=10))


def test_turns_are_quicker_while_half_the_machine_is_idle_and_never_slower_than_said() -> None:
    idle = [50]
    seen = [0, 0]

    def ticks() -> Ticks:
        seen[0] += idle[0]
        seen[1] += 100
        return seen[0], seen[1]

    pace = Pace(per_second=PER_SECOND / 20, ticks=ticks)

    async def turns(share: int, many: int) -> float:
        idle[0] = share
        for _ in range(many):
            await pace.turn()
        return pace.per_second

    assert asyncio.run(turns(50, 2)) == 500 * courtesy.QUICKER**2
    assert asyncio.run(turns(100, 9)) == courtesy.PER_SECOND_MAX
    assert asyncio.run(turns(49, 1)) == courtesy.PER_SECOND_MAX / 2
    assert asyncio.run(turns(0, 3)) == 500


def test_whoever_must_not_be_noticed_needs_more_of_the_machine_idle() -> None:
    pace = Pace(per_second=10, spare_share=0.75, ticks=ticking(idle=74))
    asyncio.run(pace.turn())
    assert pace.per_second == 10
    pace = Pace(per_second=10, spare_share=0.75, ticks=ticking(idle=75))
    asyncio.run(pace.turn())
    assert pace.per_second == 10 * courtesy.QUICKER


def test_turns_of_a_busy_machine_come_evenly() -> None:
    pace = Pace(per_second=100, ticks=ticking(idle=0))

    async def ten() -> list[float]:
        async def one() -> float:
            await pace.turn()
            return time.monotonic()

        return await asyncio.gather(*(one() for _ in range(10)))

    started = time.monotonic()
    ends = asyncio.run(ten())
    # However late the loop is, nobody comes before their time.
    assert all(end - started >= 0.0099 * n for n, end in enumerate(ends))


def test_the_machine_counts_its_time() -> None:
    before = machine_ticks()
    assert before is not None
    until = time.monotonic() + 0.1
    while time.monotonic() < until:
        pass
    after = machine_ticks()
    assert after is not None
    assert 0 <= after[0] - before[0] < after[1] - before[1]
