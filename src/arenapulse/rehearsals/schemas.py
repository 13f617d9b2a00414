"""What is asked of a rehearsal, and its report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from arenapulse.core.ids import EventId
from arenapulse.rehearsals.terms import (
    ADMIT_PER_MINUTE_MAX,
    PEOPLE_MAX,
    SECONDS_LEAST,
    SECONDS_MAX,
    RehearsalStatus,
)
from arenapulse.runtime.web.envelope import Body, View


class RehearsalBody(Body):
    """So many people come to the on-sale; `admitPerMinute` left out is the event's own.

    Without either nobody waits: all who come order at once.
    """

    people: Annotated[int, Field(strict=True, ge=1, le=PEOPLE_MAX)]
    seconds: Annotated[int, Field(strict=True, ge=SECONDS_LEAST, le=SECONDS_MAX)] = 30
    admit_per_minute: Annotated[int, Field(strict=True, ge=1, le=ADMIT_PER_MINUTE_MAX)] | None = (
        None
    )


class Moment(View):
    """One second of it; `p95Ms` of the orders that ended in it."""

    second: int
    joined: int
    waiting: int
    admitted: int
    orders: int
    tickets: int
    p95_ms: float | None


class SectionOutcome(View):
    section_id: UUID
    name: str
    capacity: int
    sold: int
    held: int
    sold_out_after_seconds: int | None


class Refused(View):
    code: str
    count: int


class Report(View):
    """Peaks are of one second. Prices in minor units; held places are of who did not pay."""

    people: int
    joined: int
    joins_peak: int
    join_p95_ms: float | None
    admitted: int
    admit_per_minute: int | None
    inlet_least: int | None
    orders: int
    orders_peak: int
    order_p95_ms: float | None
    refusals: list[Refused]
    tickets_sold: int
    tickets_held: int
    revenue: int
    currency: str
    places_left: int
    sold_out_after_seconds: int | None
    still_waiting: int
    sections: list[SectionOutcome]
    moments: list[Moment]


class RehearsalView(View):
    id: UUID
    event_id: UUID
    people: int
    seconds: int
    admit_per_minute: int | None
    status: RehearsalStatus
    created_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    why: str | None
    report: Report | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever plays it has to know."""

    rehearsal_id: UUID
    event_id: EventId
    people: int
    seconds: int
    admit_per_minute: int | None
