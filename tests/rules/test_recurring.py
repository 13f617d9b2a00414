"""When the events of a series are, by the clock of their venue."""

from __future__ import annotations

import datetime as dt

import pytest

from arenapulse.events.recurring import dates
from arenapulse.events.terms import Step


def told(first: str, every: Step, times: int, timezone: str = "Europe/Berlin") -> list[str]:
    found = dates(dt.datetime.fromisoformat(first), every=every, times=times, timezone=timezone)
    return [f"{each:%Y-%m-%dT%H:%MZ}" for each in found]


def test_the_hour_at_the_venue_stays_when_the_clocks_change() -> None:
    # 19:30 in Berlin is 18:30Z in winter and 17:30Z from 28 March 2027 on.
    assert told("2027-03-14T18:30:00+00:00", Step.WEEK, 3) == [
        "2027-03-21T18:30Z",
        "2027-03-28T17:30Z",
        "2027-04-04T17:30Z",
    ]


def test_an_hour_that_the_clocks_leave_out_is_the_one_after_it() -> None:
    assert told("2027-03-27T01:30:00+00:00", Step.DAY, 2) == [
        "2027-03-28T01:30Z",
        "2027-03-29T00:30Z",
    ]


def test_a_month_on_is_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert told("2027-11-30T12:00:00+00:00", Step.MONTH, 4, "UTC") == [
        "2027-12-30T12:00Z",
        "2028-01-30T12:00Z",
        "2028-02-29T12:00Z",
        "2028-03-30T12:00Z",
    ]


@pytest.mark.parametrize(("every", "days"), [(Step.DAY, 1), (Step.FORTNIGHT, 14)])
def test_days_are_counted_there_and_not_in_utc(every: Step, days: int) -> None:
    first = dt.datetime(2027, 1, 31, 23, 30, tzinfo=dt.UTC)  # 08:30 of 1 February in Tokyo
    (found,) = dates(first, every=every, times=1, timezone="Asia/Tokyo")
    assert found - first == dt.timedelta(days=days)
