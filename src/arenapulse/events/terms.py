"""Words and limits of events that bodies, rules and tables share."""

from __future__ import annotations

import enum

from arenapulse.core.ids import TICKETS_PER_ORDER_LIMIT

HOLD_SECONDS_DEFAULT = 480
HOLD_SECONDS_MAX = 1_200
TICKETS_PER_ORDER_DEFAULT = 10
TICKETS_PER_ORDER_MAX = min(1_000, TICKETS_PER_ORDER_LIMIT)
TICKETS_PER_PERSON_MAX = 100_000
ADMIT_PER_MINUTE_MAX = 1_000_000
TIERS_MAX = 100
PRICES_MAX = 5_000
"""Pairs of section and price level of one event."""
REPEATS_MAX = 52
SERIES_MAX = 200
"""Events of one series."""


class Step(enum.StrEnum):
    """From one event of a series to the next."""

    DAY = "DAY"
    WEEK = "WEEK"
    FORTNIGHT = "FORTNIGHT"
    MONTH = "MONTH"


class Yarn(enum.StrEnum):
    """What a scarf is knitted from; each has its second colour and its letters."""

    NAVY = "navy"
    RED = "red"
    COAL = "coal"
    PINE = "pine"
    VIOLET = "violet"
    SKY = "sky"
    RUST = "rust"
    NIGHT = "night"
    TEAL = "teal"
    PLUM = "plum"
    ROYAL = "royal"
    TAN = "tan"


class EventStatus(enum.StrEnum):
    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    ON_SALE = "ON_SALE"
    SOLD_OUT = "SOLD_OUT"
    PAUSED = "PAUSED"
    LIVE = "LIVE"
    COMPLETED = "COMPLETED"
    POSTPONED = "POSTPONED"
    CANCELLED = "CANCELLED"
