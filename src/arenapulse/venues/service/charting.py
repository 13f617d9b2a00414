"""Charts: made whole from what people send, drawn once, given out as documents and drawings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Row, insert, update

from arenapulse.core.errors import Forbidden, Invalid, VersionStale
from arenapulse.core.ids import OrganizationId, SectionId, VenueId, new_id
from arenapulse.core.paging import Page, PageRequest
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.cache import VENUE_DETAILS, Cache
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import record
from arenapulse.venues import chartfile, drawing, queries, rowlist, seatmap, survey
from arenapulse.venues.document import ChartDocument, RowList
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.facts import VenueWritten
from arenapulse.venues.geometry import Geometry
from arenapulse.venues.models import Venue, VenueChart
from arenapulse.venues.schemas import ChartCard
from arenapulse.venues.seatmap import Chart, Section


async def import_chart(
    session: Session, *, actor: Actor, venue_id: VenueId, document: ChartDocument, cache: Cache
) -> ChartCard:
    """A new chart from a document, for events that name it; `use_chart` makes it the current one.

    A section keeps its id where the current chart knows it, or its name. MANAGER and up. Raises
    `VenueNotFound`, `Forbidden` and `Invalid` with the place of each mistake.
    """
    await require_to_change(session, actor=actor, venue_id=venue_id)
    return await add_document(session, venue_id=venue_id, document=document, cache=cache)


async def import_rows(
    session: Session, *, actor: Actor, venue_id: VenueId, rows: RowList, cache: Cache
) -> ChartCard:
    """The same from a list of rows, which get their places from `layout`."""
    await require_to_change(session, actor=actor, venue_id=venue_id)
    document = chartfile.from_list(rows)
    return await add_document(session, venue_id=venue_id, document=document, cache=cache)


async def add_document(
    session: Session, *, venue_id: VenueId, document: ChartDocument, cache: Cache
) -> ChartCard:
    """The same for who has been judged: the command line, the seed."""
    known = await queries.newest_chart(session, venue_id=venue_id)
    sections, geometry = chartfile.parts_of(document, known=known.sections, fresh=fresh_id)
    chart = checked(Chart(new_id(), venue_id, sections, geometry, document.name))
    await add_chart(session, chart=chart)
    places = seatmap.places(sections)
    # The venue holds each of its charts: its capacity follows them up.
    grown = await session.execute(
        update(Venue)
        .where(Venue.id == venue_id, Venue.capacity < places)
        .values(capacity=places, version=Venue.version + 1)
        .returning(*_WRITTEN)
    )
    if (row := grown.one_or_none()) is not None:
        session.after_commit(partial(cache.invalidate, VENUE_DETAILS, str(venue_id)))
        await _record_written(session, row)
    return await queries.card(session, chart_id=chart.chart_id)


async def use_chart(
    session: Session,
    *,
    actor: Actor,
    venue_id: VenueId,
    chart_id: UUID,
    version: int | None,
    cache: Cache,
) -> ChartCard:
    """Makes a chart of the venue its current one; events keep theirs. MANAGER and up.

    Raises `VenueNotFound`, `Forbidden`, and `VersionStale` where a `version` is given that is not
    the venue's.
    """
    chart = await _own_chart(session, actor=actor, venue_id=venue_id, chart_id=chart_id)
    await make_current(session, chart=chart, version=version, cache=cache)
    return await queries.card(session, chart_id=chart_id)


async def make_current(
    session: Session, *, chart: Chart, cache: Cache, version: int | None = None
) -> None:
    """The same for who has been judged."""
    wanted = [Venue.id == chart.venue_id]
    if version is not None:
        wanted.append(Venue.version == version)
    moved = await session.execute(
        update(Venue)
        .where(*wanted)
        .values(
            chart_id=chart.chart_id,
            sections=stored([_without_sights(section) for section in seatmap.numbered(chart)]),
            version=Venue.version + 1,
        )
        .returning(*_WRITTEN)
    )
    row = moved.one_or_none()
    if row is None:
        raise VenueNotFound if version is None else VersionStale
    session.after_commit(partial(cache.invalidate, VENUE_DETAILS, str(chart.venue_id)))
    await _record_written(session, row)


_WRITTEN: Final = (Venue.id, Venue.organization_id, Venue.chart_id, Venue.version)


async def _record_written(session: Session, row: Row[UUID, UUID, UUID, int]) -> None:
    venue_id, organization_id, chart_id, version = row
    await record(
        session,
        VenueWritten(
            venue_id=VenueId(venue_id),
            organization_id=OrganizationId(organization_id),
            chart_id=chart_id,
            version=version,
            is_new=False,
        ),
    )


async def page_charts(
    session: Session, *, venue_id: VenueId, request: PageRequest
) -> Page[ChartCard]:
    """Every chart of a venue, the newest first; raises `VenueNotFound`."""
    return await queries.charts(session, venue_id=venue_id, request=request)


async def drawn_chart(database: Database, *, venue_id: VenueId, chart_id: UUID) -> bytes:
    """The gzipped answer that maps are drawn from; raises `VenueNotFound`.

    A chart from before charts were drawn is drawn now, and that is kept.
    """
    async with database.transaction() as session:
        packed = await queries.drawn(session, venue_id=venue_id, chart_id=chart_id)
        if packed is not None:
            return packed
        chart = await queries.chart(session, chart_id=chart_id)
    drawn = await asyncio.to_thread(drawing.draw, chart)
    async with database.transaction() as session:
        await session.execute(
            update(VenueChart)
            .where(VenueChart.id == chart_id, VenueChart.drawn.is_(None))
            .values(drawn=drawn.packed)
        )
        kept = await queries.drawn(session, venue_id=venue_id, chart_id=chart_id)
    assert kept is not None
    return kept


async def chart_document(
    session: Session, *, actor: Actor, venue_id: VenueId, chart_id: UUID
) -> Mapping[str, Any]:
    """A chart as the document that an import takes. MANAGER and up.

    Raises `VenueNotFound` and `Forbidden`.
    """
    return chartfile.document_of(
        await _own_chart(session, actor=actor, venue_id=venue_id, chart_id=chart_id)
    )


async def row_list(session: Session, *, actor: Actor, venue_id: VenueId, chart_id: UUID) -> str:
    """The same as CSV, without its geometry."""
    return rowlist.write(
        await _own_chart(session, actor=actor, venue_id=venue_id, chart_id=chart_id)
    )


async def _own_chart(session: Session, *, actor: Actor, venue_id: VenueId, chart_id: UUID) -> Chart:
    owner = await queries.owner_of(session, venue_id=venue_id)
    # Everybody may see that it is there, so that is judged before who asks.
    chart = await queries.chart_of(session, venue_id=venue_id, chart_id=chart_id)
    await require_manager(session, actor=actor, organization_id=owner)
    return chart


async def require_to_change(session: Session, *, actor: Actor, venue_id: VenueId) -> None:
    """Who writes this venue and its charts; raises `VenueNotFound` and `Forbidden`."""
    owner = await queries.owner_of(session, venue_id=venue_id)
    await require_manager(session, actor=actor, organization_id=owner)


async def require_manager(
    session: Session, *, actor: Actor, organization_id: OrganizationId
) -> None:
    # Everybody sees venues, so for a stranger too the answer is "not allowed", not "not found".
    await require_role(
        session,
        actor=actor,
        organization_id=organization_id,
        at_least=Role.MANAGER,
        hidden=Forbidden,
    )


def checked(chart: Chart) -> Chart:
    """The chart itself; raises `Invalid` with the place of each mistake."""
    found = seatmap.problems(chart.sections)
    if chart.geometry is not None:
        found += survey.problems(chart.sections, geometry=chart.geometry)
    if found:
        raise Invalid(details=found[: seatmap.PROBLEMS_MAX])
    return chart


async def add_chart(session: Session, *, chart: Chart) -> None:
    """Draws the chart and keeps it, for ever as it is."""
    # A large house takes a third of a second: others are served meanwhile.
    drawn = await asyncio.to_thread(drawing.draw, chart)
    await session.execute(
        insert(VenueChart).values(
            id=chart.chart_id,
            venue_id=chart.venue_id,
            sections=stored(drawn.sections),
            name=chart.name,
            geometry=_plain(chart.geometry),
            drawn=drawn.packed,
        )
    )


def stored(sections: Sequence[Section]) -> list[object]:
    made: list[object] = msgspec.to_builtins(sections)
    return made


def _plain(geometry: Geometry | None) -> dict[str, Any] | None:
    made: dict[str, Any] | None = msgspec.to_builtins(geometry)
    return made


def _without_sights(section: Section) -> Section:
    rows = tuple(msgspec.structs.replace(row, sight=None) for row in section.rows)
    return msgspec.structs.replace(section, rows=rows)


def fresh_id() -> SectionId:
    return SectionId(new_id())
