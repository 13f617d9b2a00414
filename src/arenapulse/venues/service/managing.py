"""Venues themselves: made, changed, deleted, read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from arenapulse.core.errors import ANY_VERSION, Invalid, VersionMissing, VersionStale
from arenapulse.core.ids import OrganizationId, SectionId, VenueId, new_id
from arenapulse.identity.schemas import Actor
from arenapulse.media import queries as media_queries
from arenapulse.runtime.cache import VENUE_DETAILS, Cache
from arenapulse.runtime.db import Database, Session
from arenapulse.runtime.jobs import record
from arenapulse.venues import chartfile, queries, seatmap
from arenapulse.venues.document import ChartDocument
from arenapulse.venues.errors import VenueInUse
from arenapulse.venues.facts import VenueDeleted, VenueWritten
from arenapulse.venues.models import Venue
from arenapulse.venues.schemas import SectionBody, VenueBody, VenuePatch, VenueView
from arenapulse.venues.seatmap import Chart, Section
from arenapulse.venues.service.charting import (
    add_chart,
    checked,
    fresh_id,
    require_manager,
    stored,
)


class VenueDetail(msgspec.Struct, frozen=True):
    """A venue as JSON, which is sent as it lies in the cache: a stadium's is 120 kB."""

    version: int
    raw: bytes


class _Versioned(msgspec.Struct, frozen=True):
    version: int


async def detail(database: Database, *, cache: Cache, venue_id: VenueId) -> VenueDetail:
    """One venue, from the cache of venue details; raises `VenueNotFound`."""

    async def load() -> bytes | None:
        async with database.transaction() as session:
            found = await queries.find(session, venue_id=venue_id)
        return found.model_dump_json().encode()

    stored = await cache.get(VENUE_DETAILS, str(venue_id), load=load)
    assert stored is not None
    return VenueDetail(msgspec.json.decode(stored, type=_Versioned).version, stored)


async def create(
    session: Session,
    *,
    actor: Actor,
    body: VenueBody,
    venue_id: VenueId | None = None,
    document: ChartDocument | None = None,
) -> VenueView:
    """A new venue with the first version of its chart; MANAGER and up.

    `venue_id` and `document`, the same sections with their geometry, are for the seed. Raises
    `Forbidden` and `Invalid`.
    """
    organization_id = OrganizationId(body.organization_id)
    await require_manager(session, actor=actor, organization_id=organization_id)
    sections, geometry, name = _sections(body.sections), None, None
    if document is not None:
        sections, geometry = chartfile.parts_of(document, known=sections, fresh=fresh_id)
        name = document.name
    chart = checked(Chart(new_id(), venue_id or VenueId(new_id()), sections, geometry, name))
    places = seatmap.places(chart.sections)
    if body.capacity is not None and body.capacity < places:
        raise Invalid.on("capacity", f"the sections alone hold {places}")
    values = {
        "id": chart.venue_id,
        "organization_id": organization_id,
        "name": body.name,
        "location": body.location.model_dump(),
        "capacity": places if body.capacity is None else body.capacity,
        "sections": stored(seatmap.numbered(chart)),
        "amenities": body.amenities,
        "chart_id": chart.chart_id,
        "version": 1,
    }
    await session.execute(insert(Venue).values(values))
    await add_chart(session, chart=chart)
    made = VenueView.model_validate(values)
    await _record_written(session, venue=made, is_new=True)
    return made


async def change(
    session: Session,
    *,
    actor: Actor,
    venue_id: VenueId,
    patch: VenuePatch,
    version: int | None,
    cache: Cache,
) -> VenueView:
    """Changes the fields that were sent; new sections make a new chart, events keep theirs.

    MANAGER and up. Raises `VenueNotFound`, `Forbidden`, `Invalid`, `VersionMissing` without a
    `version` and `VersionStale` where somebody was faster.
    """
    owner = await queries.owner_of(session, venue_id=venue_id)
    await require_manager(session, actor=actor, organization_id=owner)
    if version is None:
        raise VersionMissing
    values: dict[str, object] = {"version": Venue.version + 1}
    wanted = [Venue.id == venue_id]
    if version != ANY_VERSION:
        wanted.append(Venue.version == version)
    for name in patch.model_fields_set & {"name", "capacity", "amenities"}:
        values[name] = getattr(patch, name)
    if "location" in patch.model_fields_set:
        values["location"] = patch.location.model_dump()
    if "sections" in patch.model_fields_set:
        chart = await _new_chart(session, venue_id=venue_id, given=patch.sections)
        values |= {"chart_id": chart.chart_id, "sections": stored(seatmap.numbered(chart))}
    moved = await session.execute(update(Venue).where(*wanted).values(values).returning(Venue.id))
    if moved.scalar_one_or_none() is None:
        raise VersionStale
    changed = await queries.find(session, venue_id=venue_id)
    session.after_commit(partial(cache.invalidate, VENUE_DETAILS, str(venue_id)))
    fitting = await _fitting(session, venue=changed, given="capacity" in patch.model_fields_set)
    await _record_written(session, venue=fitting, is_new=False)
    return fitting


async def delete(
    session: Session, *, actor: Actor, venue_id: VenueId, version: int | None, cache: Cache
) -> None:
    """Deletes a venue without events; MANAGER and up.

    Raises `VenueNotFound`, `Forbidden`, `VersionStale` and `VenueInUse`, the foreign key's word.
    """
    owner = await queries.owner_of(session, venue_id=venue_id)
    await require_manager(session, actor=actor, organization_id=owner)
    wanted = [Venue.id == venue_id, *([] if version is None else [Venue.version == version])]
    try:
        gone = await session.execute(sql_delete(Venue).where(*wanted).returning(Venue.id))
    except IntegrityError as error:
        raise VenueInUse from error
    if gone.scalar_one_or_none() is None:
        raise VersionStale
    await media_queries.remove(session, subject_id=venue_id)
    session.after_commit(partial(cache.invalidate, VENUE_DETAILS, str(venue_id)))
    await record(session, VenueDeleted(venue_id=venue_id, organization_id=owner))


async def _record_written(session: Session, *, venue: VenueView, is_new: bool) -> None:
    await record(
        session,
        VenueWritten(
            venue_id=VenueId(venue.id),
            organization_id=OrganizationId(venue.organization_id),
            chart_id=venue.chart_id,
            version=venue.version,
            is_new=is_new,
        ),
    )


async def _new_chart(session: Session, *, venue_id: VenueId, given: list[SectionBody]) -> Chart:
    newest = await queries.newest_chart(session, venue_id=venue_id)
    known = newest.by_id
    for number, section in enumerate(given):
        if section.id is not None and section.id not in known:
            raise Invalid.on(f"sections.{number}.id", "the venue has no such section")
    sections = _sections(given)
    geometry = chartfile.carried(newest.geometry, before=known, after=sections)
    chart = Chart(new_id(), venue_id, sections, geometry, newest.name)
    # What is carried over was judged when it came; gates may be renamed without a map at hand.
    checked(msgspec.structs.replace(chart, geometry=None))
    await add_chart(session, chart=chart)
    return chart


async def _fitting(session: Session, *, venue: VenueView, given: bool) -> VenueView:
    """The venue holds its sections: its capacity follows them up unless it was named."""
    places = sum(section.capacity for section in venue.sections)
    if places <= venue.capacity:
        return venue
    if given:
        raise Invalid.on("capacity", f"the sections alone hold {places}")
    await session.execute(update(Venue).where(Venue.id == venue.id).values(capacity=places))
    return venue.model_copy(update={"capacity": places})


def _sections(given: Sequence[SectionBody]) -> tuple[Section, ...]:
    return tuple(
        chartfile.section_of(
            section,
            rows=section.rows,
            section_id=SectionId(section.id or new_id()),
            at=f"sections.{number}",
        )
        for number, section in enumerate(given)
    )
