"""News waits for the reader's morning."""

from __future__ import annotations

import datetime as dt

import pytest

from arenapulse.outreach.quiet import next_waking


@pytest.mark.parametrize(
    ("at", "timezone", "waking"),
    [
        ("2035-03-14T12:00:00", "Europe/Berlin", "2035-03-14T12:00:00"),
        ("2035-03-14T20:30:00", "Europe/Berlin", "2035-03-15T08:00:00"),
        ("2035-03-14T03:00:00", "Europe/Berlin", "2035-03-14T08:00:00"),
        ("2035-03-14T12:00:00", "America/Los_Angeles", "2035-03-14T16:00:00"),
        # The night in which clocks go forward has an hour less.
        ("2035-03-24T23:00:00", "Europe/Berlin", "2035-03-25T07:00:00"),
        ("2035-03-14T22:00:00", "Nowhere/City", "2035-03-15T09:00:00"),
    ],
)
def test_nobody_is_woken(at: str, timezone: str, waking: str) -> None:
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    expected = dt.datetime.fromisoformat(waking).replace(tzinfo=dt.UTC)
    assert next_waking(moment, timezone=timezone) == expected
