"""Words and limits of rehearsals."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Final

from arenapulse.events.terms import EventStatus

PEOPLE_MAX: Final = 50_000
SECONDS_LEAST: Final = 3
SECONDS_MAX: Final = 120
ADMIT_PER_MINUTE_MAX: Final = 1_000_000
LISTED_MAX: Final = 20
A_DAY_MAX: Final = 12
"""Of an organization: only one is played at a time, and others want to as well."""
STALE: Final = dt.timedelta(minutes=10)
"""Longer than any takes: whoever played it is gone."""
SELLING: Final = frozenset({EventStatus.ON_SALE, EventStatus.SOLD_OUT, EventStatus.LIVE})
"""An event that is bought in earnest is not rehearsed: both load one database."""
RUN_TASK: Final = "rehearsals.run"


class RehearsalStatus(enum.StrEnum):
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
