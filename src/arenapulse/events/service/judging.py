"""What a change may not do, whatever the chart says."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.core.errors import ANY_VERSION, Invalid, VersionMissing, VersionStale
from arenapulse.events.queries import EventRow
from arenapulse.events.schemas import EventPatch
from arenapulse.events.terms import EventStatus

_SELLS: Final = {
    EventStatus.SCHEDULED,
    EventStatus.ON_SALE,
    EventStatus.SOLD_OUT,
    EventStatus.PAUSED,
}


def require_version(row: EventRow, version: int | None) -> None:
    """It is the present one, or any; raises `VersionMissing` and `VersionStale`."""
    if version is None:
        raise VersionMissing
    if version not in {row.version, ANY_VERSION}:
        raise VersionStale


def require_given(row: EventRow, version: int | None) -> None:
    """Where somebody said which one they saw, it is the present one; raises `VersionStale`."""
    if version is not None:
        require_version(row, version)


def require_unchanged(row: EventRow, patch: EventPatch, *, currency: str) -> None:
    """What a client has read it may send back, and it stays as it is; raises `Invalid`."""
    for name, field, value in (
        ("organization_id", "organizationId", row.organization_id),
        ("series_id", "seriesId", row.series_id),
        ("currency", "currency", currency),
    ):
        if name in patch.model_fields_set and getattr(patch, name) != value:
            raise Invalid.on(field, "stays as it is")


def require_salable(before: EventRow, after: EventRow, *, now: dt.datetime) -> None:
    """What is announced or sold keeps prices, and is moved into the past by nobody.

    Raises `Invalid`.
    """
    if before.status not in _SELLS:
        return
    if before.pricing_tiers and not after.pricing_tiers:
        raise Invalid.on("pricingTiers", "an event that is public has prices: pause or cancel it")
    if after.start_time != before.start_time and after.start_time <= now:
        raise Invalid.on("startTime", "lies in the past")
