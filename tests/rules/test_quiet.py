"""News waits for the reader's morning."""

from __future__ import annotations

import datetime as dt

import pytest

from arenapulse.notifications.quiet import awake_after


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
    assert awake_after(moment, dt.timedelta(), timezone=timezone) == expected


@pytest.mark.parametrize(
    ("start", "minutes", "waking"),
    [
        ("2035-03-14T22:00:00", [0, 1, 2], ["15T09:00", "15T09:01", "15T09:02"]),
        ("2035-03-14T20:59:00", [0, 1, 2], ["14T20:59", "15T09:00", "15T09:01"]),
        # A day has 720 minutes in which people are awake.
        ("2035-03-14T20:59:00", [720, 721, 722], ["15T20:59", "16T09:00", "16T09:01"]),
    ],
)
def test_a_throttle_holds_over_the_night(start: str, minutes: list[int], waking: list[str]) -> None:
    moment = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
    found = [awake_after(moment, dt.timedelta(minutes=n), timezone="UTC") for n in minutes]
    assert [f"{at:%dT%H:%M}" for at in found] == waking
