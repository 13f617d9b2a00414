"""Reads of venues and charts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Text, cast, func, select

from arenapulse.core.ids import OrganizationId, VenueId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.runtime.db import Session
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.models import Venue, VenueChart
from arenapulse.venues.schemas import VenueView
from arenapulse.venues.seatmap import Chart, decode

_COLUMNS = (
    Venue.id,
    Venue.organization_id,
    Venue.name,
    Venue.location,
    Venue.capacity,
    Venue.sections,
    Venue.amenities,
    Venue.chart_id,
    Venue.version,
)


async def page(
    session: Session, *, request: PageRequest, organization_id: OrganizationId | None
) -> Page[VenueView]:
    """Venues by name; those of one organization if it is named."""
    wanted = [] if organization_id is None else [Venue.organization_id == organization_id]
    total = await session.scalar(select(func.count()).select_from(Venue).where(*wanted))
    rows = await session.execute(
        select(*_COLUMNS)
        .where(*wanted)
        .order_by(Venue.name, Venue.id)
        .limit(request.limit)
        .offset(request.offset)
    )
    return Page([VenueView.model_validate(row) for row in rows], request, total or 0)


async def find(session: Session, *, venue_id: VenueId) -> VenueView:
    """One venue; raises `VenueNotFound`."""
    row = (await session.execute(select(*_COLUMNS).where(Venue.id == venue_id))).one_or_none()
    if row is None:
        raise VenueNotFound
    return VenueView.model_validate(row)


async def owner_of(session: Session, *, venue_id: VenueId) -> OrganizationId:
    """The organization of a venue; raises `VenueNotFound`."""
    found = await session.scalar(select(Venue.organization_id).where(Venue.id == venue_id))
    if found is None:
        raise VenueNotFound
    return OrganizationId(found)


async def chart(session: Session, *, chart_id: UUID) -> Chart:
    """One version of a venue's sections; raises `VenueNotFound`."""
    rows = await session.execute(
        select(VenueChart.venue_id, cast(VenueChart.sections, Text)).where(
            VenueChart.id == chart_id
        )
    )
    row = rows.one_or_none()
    if row is None:
        raise VenueNotFound
    return Chart(chart_id, VenueId(row[0]), decode(row[1]))


async def newest_chart(session: Session, *, venue_id: VenueId) -> Chart:
    """The chart that new events of the venue get; raises `VenueNotFound`."""
    chart_id = await session.scalar(select(Venue.chart_id).where(Venue.id == venue_id))
    if chart_id is None:
        raise VenueNotFound
    return await chart(session, chart_id=chart_id)
