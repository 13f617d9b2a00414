"""A series: one event again and again, at other times."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId
from arenapulse.events.models import Event
from arenapulse.events.queries import EventRow
from arenapulse.events.recurring import dates
from arenapulse.events.schemas import EventBody, EventView, RepeatBody
from arenapulse.events.service.rights import get_to_change
from arenapulse.events.service.writing import create
from arenapulse.events.terms import SERIES_MAX
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session
from arenapulse.runtime.web.envelope import YEAR_MAX
from arenapulse.venues.queries import cards as venue_cards


async def repeat(
    session: Session, *, actor: Actor, event_id: EventId, body: RepeatBody
) -> list[EventView]:
    """So many DRAFTs like this event, a step apart, all of one series with it; all or none.

    Its length and the lead of its sale's end stay; places that were sold, codes and pictures do
    not come along. MANAGER and up, of the venue's organization too. Raises `EventNotFound`,
    `Forbidden`, and `Invalid` where a series would have more than `SERIES_MAX` or its last year is
    not ours.
    """
    row = await get_to_change(session, actor=actor, event_id=event_id)
    venue = (await venue_cards(session, venue_ids=[row.venue_id]))[row.venue_id]
    starts = dates(row.start_time, every=body.every, times=body.times, timezone=venue.timezone)
    last = row.end_time + (starts[-1] - row.start_time)
    if last.year > YEAR_MAX:
        raise Invalid.on("times", f"the last would end in {last.year}")
    series_id = await _join(session, row=row)
    there = await session.scalar(
        select(func.count()).select_from(Event).where(Event.series_id == series_id)
    )
    if (there or 0) + body.times > SERIES_MAX:
        raise Invalid.on("times", f"a series has at most {SERIES_MAX} events, this has {there}")
    made = [
        await create(session, actor=actor, body=_copy(row, start=start), series_id=series_id)
        for start in starts
    ]
    await audit(
        session,
        organization_id=row.organization_id,
        action="event.repeated",
        subject_id=event_id,
        details={"every": body.every.value, "times": body.times, "series": str(series_id)},
    )
    return made


async def _join(session: Session, *, row: EventRow) -> EventId:
    """The series of the event, which it begins where it has none; one call at a time has it."""
    joined = await session.execute(
        update(Event)
        .where(Event.id == row.id)
        .values(series_id=func.coalesce(Event.series_id, Event.id))
        .returning(Event.series_id)
    )
    series_id = joined.scalar_one()
    assert series_id is not None
    return EventId(series_id)


def _copy(row: EventRow, *, start: dt.datetime) -> EventBody:
    moved = start - row.start_time
    return EventBody.model_validate(
        {
            "organizationId": row.organization_id,
            "venueId": row.venue_id,
            "chartId": row.chart_id,
            "name": row.name,
            "description": row.description,
            "startTime": start,
            "endTime": row.end_time + moved,
            "salesStartAt": None if row.sales_start_at is None else row.sales_start_at + moved,
            "salesEndAt": None if row.sales_end_at is None else row.sales_end_at + moved,
            "capacityConfig": row.capacity_config,
            "pricingTiers": row.pricing_tiers,
            "taxRate": row.tax_rate,
            "scarf": row.scarf,
        }
    )
