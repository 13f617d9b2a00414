"""Words and limits of the figures."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Final

EVENTS_PER_BATCH_MAX: Final = 1_000
BODY_MAX: Final = 10_000_000
PROPERTIES_BYTES_MAX: Final = 10_000
BYTES_WAITING_MAX: Final = 64_000_000
"""What clients sent and no commit has yet taken, in one process; past it 503."""

AGE_MAX: Final = dt.timedelta(days=7)
"""An older clock is taken for one that is wrong."""

FIGURED: Final = ("view", "select")
"""The types that are counted; all others are kept as they came."""

POINTS_MAX: Final = 20_000


class Metric(enum.StrEnum):
    SALES = "sales"
    REVENUE = "revenue"
    CHECKINS = "checkins"
    VIEWS = "views"


class Bucket(enum.StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
