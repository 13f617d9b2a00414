"""A vendor that fails rests, and is tried again soon enough."""

from __future__ import annotations

import datetime as dt

from arenapulse.notifications.service.pausing import Rest

NOW = dt.datetime(2026, 11, 30, 8, tzinfo=dt.UTC)


def test_a_vendor_that_stays_away_is_tried_longer_apart_and_every_quarter_of_a_minute() -> None:
    rest, now, pauses = Rest(), NOW, list[float]()
    for _ in range(8):
        until = rest.begin(now)
        pauses.append((until - now).total_seconds())
        now = until
    assert pauses == [1, 2, 4, 8, 15, 15, 15, 15]


def test_calls_that_fail_together_are_one_failure_and_an_answer_ends_the_rest() -> None:
    rest = Rest()
    assert {rest.begin(NOW) for _ in range(5)} == {NOW + dt.timedelta(seconds=1)}
    assert (rest.allows(NOW), rest.at_once(48)) == (False, 1)
    rest.answered()
    assert (rest.allows(NOW), rest.at_once(48)) == (True, 48)
