"""When news may come: not at night where the reader is. Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arenapulse.outreach.terms import QUIET_FROM_HOUR, QUIET_TO_HOUR


def next_waking(at: dt.datetime, *, timezone: str) -> dt.datetime:
    """`at`, or the next morning of the reader if it falls into their night."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        zone = ZoneInfo("UTC")
    local = at.astimezone(zone)
    if QUIET_TO_HOUR <= local.hour < QUIET_FROM_HOUR:
        return at
    morning = local.replace(hour=QUIET_TO_HOUR, minute=0, second=0, microsecond=0)
    if local.hour >= QUIET_FROM_HOUR:
        morning += dt.timedelta(days=1)
    return morning.astimezone(dt.UTC)
