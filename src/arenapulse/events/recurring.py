"""When the events of a series are: a step on by the clock of their venue. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from arenapulse.events.terms import Step

_DAYS: Final = {Step.DAY: 1, Step.WEEK: 7, Step.FORTNIGHT: 14}
_MONTHS_A_YEAR: Final = 12


def dates(first: dt.datetime, *, every: Step, times: int, timezone: str) -> list[dt.datetime]:
    """The moments after `first`, in UTC: the same hour there, in summer and in winter.

    A month on is the same day, or the last one of a month that is shorter. An hour that the clocks
    leave out is the one after it.
    """
    zone = ZoneInfo(timezone)
    local = first.astimezone(zone)
    days = [_day(local.date(), every=every, steps=steps) for steps in range(1, times + 1)]
    hour = local.time().replace(fold=0)
    return [dt.datetime.combine(day, hour, tzinfo=zone).astimezone(dt.UTC) for day in days]


def _day(first: dt.date, *, every: Step, steps: int) -> dt.date:
    if every is not Step.MONTH:
        return first + dt.timedelta(days=steps * _DAYS[every])
    month = first.month - 1 + steps
    year, month = first.year + month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1
    return dt.date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
