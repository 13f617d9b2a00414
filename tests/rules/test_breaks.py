"""Breaks: who works for nobody in a hurry leaves room while others are served."""

from __future__ import annotations

from dataclasses import dataclass, field

from arenapulse.runtime.priority import Breaks


@dataclass
class Day:
    at: float = 100.0
    is_rush: bool = True
    slept: list[float] = field(default_factory=list[float])

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.at += seconds

    def work(self, seconds: float) -> float:
        self.at += seconds
        return seconds

    def breaks(self, *, owed: float = 0.0) -> Breaks:
        return Breaks(
            times=2.0,
            seconds_max=0.1,
            owed_seconds=owed,
            is_rush=lambda: self.is_rush,
            now=lambda: self.at,
            sleep=self.sleep,
        )


def test_in_a_rush_a_break_is_twice_as_long_as_the_work_before_it() -> None:
    day = Day()
    breaks = day.breaks()
    assert [breaks.run(lambda: day.work(0.02)) for _ in range(3)] == [0.02] * 3
    assert day.slept == [0.04, 0.04]


def test_a_break_has_an_end_however_long_the_work_took() -> None:
    day = Day()
    breaks = day.breaks()
    breaks.run(lambda: day.work(5.0))
    breaks.run(lambda: day.work(0.02))
    assert day.slept == [0.1]


def test_who_has_had_the_time_already_waits_for_no_break() -> None:
    day = Day()
    breaks = day.breaks()
    breaks.run(lambda: day.work(0.02))
    day.at += 0.03
    breaks.run(lambda: day.work(0.02))
    day.at += 0.05
    breaks.run(lambda: day.work(0.02))
    assert day.slept == [0.01]


def test_without_a_rush_there_are_no_breaks() -> None:
    day = Day(is_rush=False)
    breaks = day.breaks()
    for _ in range(3):
        breaks.run(lambda: day.work(0.02))
    assert day.slept == []


def test_a_few_who_come_together_owe_their_breaks_and_a_storm_has_them() -> None:
    day = Day()
    breaks = day.breaks(owed=0.1)
    for _ in range(2):
        breaks.run(lambda: day.work(0.02))
    assert day.slept == []
    began = day.at
    for _ in range(50):
        breaks.run(lambda: day.work(0.02))
    # One in three of the seconds, but for what was owed.
    assert 50 * 0.06 - 0.1 <= day.at - began <= 50 * 0.06
    assert all(each <= 0.1 for each in day.slept)


def test_what_was_made_without_a_rush_owes_nothing() -> None:
    day = Day(is_rush=False)
    breaks = day.breaks(owed=0.1)
    for _ in range(50):
        breaks.run(lambda: day.work(0.02))
    day.is_rush = True
    breaks.run(lambda: day.work(0.02))
    assert day.slept == [0.04]
