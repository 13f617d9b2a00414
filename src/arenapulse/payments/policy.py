"""How much of a ticket a buyer may have back, by the time before the event. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, Protocol

# Who bought for one day and cannot come on the other has so long to say so.
NEW_DATE: Final = dt.timedelta(days=14)
# A kick-off that moves by less is the same day out.
SAME_DATE: Final = dt.timedelta(hours=3)


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


def is_new_date(*, before: dt.datetime, after: dt.datetime) -> bool:
    return abs(after - before) >= SAME_DATE


def whole_until(changed_at: dt.datetime, *, starts_at: dt.datetime) -> dt.datetime:
    """Until when all goes back to who had ordered before the date was changed."""
    return min(changed_at + NEW_DATE, starts_at)


def share(amount_minor: int, *, percent: int) -> int:
    """Rounded down, so that parts never add up to more than the whole."""
    return amount_minor * percent // 100
