"""The one place that reads the clock; rules receive `now` as an argument."""

from __future__ import annotations

import datetime as dt
import time


def now() -> dt.datetime:
    """Aware UTC time."""
    return dt.datetime.now(dt.UTC)


def monotonic_seconds() -> float:
    """For intervals: never goes back, has no date."""
    return time.monotonic()


def unix_seconds() -> float:
    """For windows of rate limits and ages of tokens, where a date would be converted back."""
    return time.time()


def unix_milliseconds() -> int:
    """The time that ids of version 7 carry."""
    return time.time_ns() // 1_000_000


def rfc3339(moment: dt.datetime) -> str:
    """`2027-03-14T19:45:00.123456Z`: RFC 3339, UTC, microseconds only where there are any."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
