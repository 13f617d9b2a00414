"""What happened to venues."""

from __future__ import annotations

from uuid import UUID

from arenapulse.core.facts import Fact
from arenapulse.core.ids import OrganizationId, VenueId


class VenueWritten(Fact, frozen=True, kw_only=True):
    """A venue was made, where `is_new`, or says something else now."""

    venue_id: VenueId
    organization_id: OrganizationId
    chart_id: UUID
    version: int
    is_new: bool


class VenueDeleted(Fact, frozen=True, kw_only=True):
    """A venue is gone; it had no events."""

    venue_id: VenueId
    organization_id: OrganizationId
