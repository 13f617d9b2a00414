"""Reads of venues and charts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, literal_column, select

from arenapulse.core.ids import OrganizationId, SectionId, VenueId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.media.queries import pictures
from arenapulse.runtime.db import Session
from arenapulse.venues import drawing, geometry
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.models import Venue, VenueChart
from arenapulse.venues.schemas import ChartCard, PlaceCard, VenueView
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
    return Page(await _views(session, rows), request, total or 0)


async def page_cards(
    session: Session, *, request: PageRequest, organization_id: OrganizationId | None
) -> Page[PlaceCard]:
    """As `page`, without what a list does not show."""
    wanted = [] if organization_id is None else [Venue.organization_id == organization_id]
    total = await session.scalar(select(func.count()).select_from(Venue).where(*wanted))
    rows = await session.execute(
        select(*_CARD)
        .where(*wanted)
        .order_by(Venue.name, Venue.id)
        .limit(request.limit)
        .offset(request.offset)
    )
    return Page([_card(*row) for row in rows], request, total or 0)


async def cards(session: Session, *, venue_ids: Collection[VenueId]) -> dict[VenueId, PlaceCard]:
    rows = await session.execute(select(*_CARD).where(Venue.id.in_(venue_ids)))
    return {VenueId(row[0]): _card(*row) for row in rows}


_CARD = (Venue.id, Venue.name, Venue.location, Venue.capacity)


def _card(venue_id: UUID, name: str, location: Mapping[str, Any], capacity: int) -> PlaceCard:
    return PlaceCard(
        id=venue_id,
        name=name,
        city=location["city"],
        country=location["country"],
        timezone=location["timezone"],
        capacity=capacity,
    )


async def find(session: Session, *, venue_id: VenueId) -> VenueView:
    """One venue; raises `VenueNotFound`."""
    found = await by_ids(session, venue_ids=[venue_id])
    if not found:
        raise VenueNotFound
    return found[0]


async def by_ids(session: Session, *, venue_ids: Collection[VenueId]) -> list[VenueView]:
    """Those of them that are there."""
    return await _views(
        session, await session.execute(select(*_COLUMNS).where(Venue.id.in_(venue_ids)))
    )


class PlaceRow(NamedTuple):
    """What is told of a venue wherever it is found; `location` as it is kept."""

    id: UUID
    organization_id: UUID
    version: int
    name: str
    location: Mapping[str, Any]
    amenities: Sequence[str]


async def places(session: Session, *, venue_ids: Collection[VenueId]) -> list[PlaceRow]:
    """Those of them that are there, without their sections and pictures."""
    rows = await session.execute(select(*_PLACE).where(Venue.id.in_(venue_ids)))
    return [PlaceRow(*row) for row in rows]


_PLACE = (
    Venue.id,
    Venue.organization_id,
    Venue.version,
    Venue.name,
    Venue.location,
    Venue.amenities,
)


async def _views(session: Session, rows: Iterable[Any]) -> list[VenueView]:
    found = [VenueView.model_validate(row) for row in rows]
    shown = await pictures(session, subject_ids=[venue.id for venue in found])
    return [venue.model_copy(update={"media": shown.get(venue.id, [])}) for venue in found]


async def versions(session: Session, *, after: UUID, limit: int) -> list[tuple[VenueId, int]]:
    """The versions of the venues whose ids lie behind `after`, in order."""
    rows = await session.execute(
        select(Venue.id, Venue.version).where(Venue.id > after).order_by(Venue.id).limit(limit)
    )
    return [(VenueId(row[0]), row[1]) for row in rows]


async def owner_of(session: Session, *, venue_id: VenueId) -> OrganizationId:
    """The organization of a venue; raises `VenueNotFound`."""
    found = await session.scalar(select(Venue.organization_id).where(Venue.id == venue_id))
    if found is None:
        raise VenueNotFound
    return OrganizationId(found)


async def chart(session: Session, *, chart_id: UUID) -> Chart:
    """One version of a venue's sections, its rows in place; raises `VenueNotFound`."""
    rows = await session.execute(
        select(
            VenueChart.venue_id,
            cast(VenueChart.sections, Text),
            cast(VenueChart.geometry, Text),
            VenueChart.name,
        ).where(VenueChart.id == chart_id)
    )
    row = rows.one_or_none()
    if row is None:
        raise VenueNotFound
    venue_id, sections, stored, name = row
    found = geometry.decode(stored) if stored else None
    return drawing.with_sights(Chart(chart_id, VenueId(venue_id), decode(sections), found, name))


async def section_names(session: Session, *, chart_id: UUID) -> list[tuple[SectionId, str]]:
    """In the order of the chart; of seats and shapes nothing is read. Empty where it is not."""
    rows = await (await session.driver()).fetch(_SECTION_NAMES, chart_id)
    return [(SectionId(row["id"]), row["name"]) for row in rows]


_SECTION_NAMES = """
SELECT (s.section ->> 'id')::UUID AS id, s.section ->> 'name' AS name
  FROM venue_charts c, jsonb_array_elements(c.sections) WITH ORDINALITY s(section, place)
  WHERE c.id = $1 ORDER BY s.place
"""


async def newest_chart(session: Session, *, venue_id: VenueId) -> Chart:
    """The chart that new events of the venue get; raises `VenueNotFound`."""
    chart_id = await session.scalar(select(Venue.chart_id).where(Venue.id == venue_id))
    if chart_id is None:
        raise VenueNotFound
    return await chart(session, chart_id=chart_id)


async def chart_of(session: Session, *, venue_id: VenueId, chart_id: UUID) -> Chart:
    """One of the venue's own; raises `VenueNotFound`."""
    found = await chart(session, chart_id=chart_id)
    if found.venue_id != venue_id:
        raise VenueNotFound
    return found


async def drawn(session: Session, *, venue_id: VenueId, chart_id: UUID) -> bytes | None:
    """The packed drawing, None of a chart that has none; raises `VenueNotFound`."""
    rows = await session.execute(
        select(VenueChart.drawn).where(VenueChart.id == chart_id, VenueChart.venue_id == venue_id)
    )
    row = rows.one_or_none()
    if row is None:
        raise VenueNotFound
    packed: bytes | None = row[0]
    return packed


async def charts(session: Session, *, venue_id: VenueId, request: PageRequest) -> Page[ChartCard]:
    """Every chart of a venue, the newest first; raises `VenueNotFound`."""
    await owner_of(session, venue_id=venue_id)
    total = await session.scalar(
        select(func.count()).select_from(VenueChart).where(VenueChart.venue_id == venue_id)
    )
    rows = await session.execute(
        _CARDS.where(VenueChart.venue_id == venue_id)
        .order_by(VenueChart.created_at.desc(), VenueChart.id)
        .limit(request.limit)
        .offset(request.offset)
    )
    return Page([ChartCard.model_validate(row) for row in rows], request, total or 0)


async def card(session: Session, *, chart_id: UUID) -> ChartCard:
    """One chart as lists show it, which must be there."""
    row = await session.execute(_CARDS.where(VenueChart.id == chart_id))
    return ChartCard.model_validate(row.one())


def _places(*, wanted: str) -> ColumnElement[int]:
    """The places of a chart's sections, over a path of JSON."""
    return literal_column(
        "(SELECT coalesce(sum((found ->> 'capacity')::INTEGER), 0)::INTEGER "
        f"FROM jsonb_path_query(venue_charts.sections, '{wanted}') found)"
    )


_CARDS = select(
    VenueChart.id,
    VenueChart.venue_id,
    VenueChart.name,
    VenueChart.created_at,
    (Venue.chart_id == VenueChart.id).label("is_current"),
    _places(wanted="$[*]").label("capacity"),
    _places(wanted='$[*] ? (@.kind == "SEATED")').label("seats"),
).join(Venue, Venue.id == VenueChart.venue_id)
