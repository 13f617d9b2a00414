"""When news may come: not at night where the reader is. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from arenapulse.notifications.terms import QUIET_FROM_HOUR, QUIET_TO_HOUR

NIGHTS_MAX: Final = 30


def awake_after(start: dt.datetime, pause: dt.timedelta, *, timezone: str) -> dt.datetime:
    """`pause` after `start`, nights of the reader not counted.

    Whose minute would fall into the night has it in the morning: a throttle holds there too.
    """
    zone = _zone(timezone)
    at = _morning_if_night(start, zone)
    for _ in range(NIGHTS_MAX):
        evening = at.astimezone(zone).replace(
            hour=QUIET_FROM_HOUR, minute=0, second=0, microsecond=0
        )
        left = evening.astimezone(dt.UTC) - at
        if pause < left:
            return at + pause
        pause -= left
        at = _morning_if_night(evening.astimezone(dt.UTC), zone)
    return at


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return ZoneInfo("UTC")


def _morning_if_night(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    local = at.astimezone(zone)
    if QUIET_TO_HOUR <= local.hour < QUIET_FROM_HOUR:
        return at
    morning = local.replace(hour=QUIET_TO_HOUR, minute=0, second=0, microsecond=0)
    if local.hour >= QUIET_FROM_HOUR:
        morning += dt.timedelta(days=1)
    return morning.astimezone(dt.UTC)
