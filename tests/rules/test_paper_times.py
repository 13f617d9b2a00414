"""Times on paper are those of the place, as its readers write them."""

from __future__ import annotations

import datetime as dt

import pytest

from arenapulse.runtime.paper import day, moment

KICK_OFF = dt.datetime(2027, 7, 3, 22, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "timezone", "written"),
    [
        (
            *("en", "Europe/Berlin"),
            "Sunday, July 4, 2027, 12:30\u00a0AM (Central European Summer Time)",
        ),
        ("de", "Europe/Berlin", "Sonntag, 4. Juli 2027, 00:30 (Mitteleurop\u00e4ische Sommerzeit)"),
        ("es", "UTC", "s\u00e1bado, 3 de julio de 2027, 22:30 (tiempo universal coordinado)"),
    ],
)
def test_a_time_has_no_seconds_and_says_its_zone(
    language: str, timezone: str, written: str
) -> None:
    assert moment(KICK_OFF, timezone=timezone, language=language) == written


def test_a_paper_bears_the_day_of_the_place() -> None:
    assert day(KICK_OFF, timezone="Europe/Berlin") == "2027-07-04"
    assert day(KICK_OFF, timezone="America/New_York") == "2027-07-03"
