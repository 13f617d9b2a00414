"""How much of a ticket a buyer may have back, by the time before the event. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol


class Tier(Protocol):
    @property
    def hours_before(self) -> int: ...
    @property
    def percent(self) -> int: ...


def percent_now(tiers: Sequence[Tier], *, starts_at: dt.datetime, now: dt.datetime) -> int:
    """The best tier that is still open: a tier is, until so many hours before the event."""
    left = starts_at - now
    return max(
        (tier.percent for tier in tiers if left >= dt.timedelta(hours=tier.hours_before)),
        default=0,
    )


def share(amount_minor: int, *, percent: int) -> int:
    """Rounded down, so that parts never add up to more than the whole."""
    return amount_minor * percent // 100
