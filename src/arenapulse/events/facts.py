"""What happened to events."""

from __future__ import annotations

import datetime as dt

from arenapulse.core.facts import Fact
from arenapulse.core.ids import EventId, OrganizationId, VenueId


class EventStatusChanged(Fact, frozen=True, kw_only=True):
    """A person moved an event; `after` CANCELLED cancels and refunds its orders."""

    event_id: EventId
    organization_id: OrganizationId
    before: str
    after: str
    version: int


class EventFlipped(Fact, frozen=True, kw_only=True):
    """Its last place was sold, or one came back: ON_SALE and SOLD_OUT by itself. SQL writes it."""

    event_id: EventId
    organization_id: OrganizationId
    before: str
    after: str


class EventWritten(Fact, frozen=True, kw_only=True):
    """An event was made, where `is_new`, or says, sells or costs something else now.

    A move by hand is `EventStatusChanged`. `start_before` is there where it starts at another time
    now.
    """

    event_id: EventId
    organization_id: OrganizationId
    venue_id: VenueId
    status: str
    version: int
    is_new: bool
    start_before: dt.datetime | None = None
