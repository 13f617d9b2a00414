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


class Level(enum.StrEnum):
    """How much a worry presses."""

    NO = "no"
    WARN = "warn"
    INFO = "info"


class WorryKind(enum.StrEnum):
    PAYMENTS_FAILING = "PAYMENTS_FAILING"
    PAYMENTS_SLOW = "PAYMENTS_SLOW"
    REFUNDS_FAILED = "REFUNDS_FAILED"
    LINE_LONG = "LINE_LONG"
    LINE_OVER_PLACES = "LINE_OVER_PLACES"
    GATE_SLOW = "GATE_SLOW"
    DEVICES_SILENT = "DEVICES_SILENT"
    SECTION_NEARLY_SOLD = "SECTION_NEARLY_SOLD"
    SECTION_HAS_BLOCKED = "SECTION_HAS_BLOCKED"
    WEBHOOKS_PAUSED = "WEBHOOKS_PAUSED"
    WEBHOOKS_TRYING = "WEBHOOKS_TRYING"
