"""What an organizer learns afterwards: channels, cohorts, an event at a moment, files."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.analytics import queries
from arenapulse.analytics.schemas import (
    ChannelFigures,
    CohortMonth,
    Replay,
    SectionThen,
)
from arenapulse.analytics.service import reading
from arenapulse.analytics.sheets import parquet
from arenapulse.analytics.terms import Bucket
from arenapulse.core.errors import NotFound
from arenapulse.core.ids import EventId, OrganizationId, SectionId
from arenapulse.events.queries import EventRow
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.db import Session
from arenapulse.runtime.sheets import Sheet, xlsx

COHORT_DAYS: Final = 731
_SALES_COLUMNS: Final = ("at", "tickets", "revenue", "currency")


async def channels(session: Session, *, actor: Actor, event_id: EventId) -> list[ChannelFigures]:
    """The dearest first; orders, places and money add up to the event's own."""
    await reading.require_analyst(session, actor=actor, event_id=event_id)
    return await queries.channels(session, event_id=event_id)


async def cohorts(
    session: Session, *, actor: Actor, organization_id: OrganizationId, now: dt.datetime
) -> list[CohortMonth]:
    """Buyers of two years by the month of their first order, ANALYST and up."""
    await require_role(
        session,
        actor=actor,
        organization_id=organization_id,
        at_least=Role.ANALYST,
        hidden=NotFound,
    )
    since = now - dt.timedelta(days=COHORT_DAYS)
    return await queries.cohorts(session, organization_id=organization_id, since=since)


async def replay(session: Session, *, actor: Actor, event_id: EventId, at: dt.datetime) -> Replay:
    """What of today's standing orders and tickets was there at that moment."""
    event = await reading.require_analyst(session, actor=actor, event_id=event_id)
    then = await queries.at(session, event_id=event_id, moment=at)
    sections = [
        SectionThen(
            section_id=each.section_id,
            name=each.name,
            capacity=each.capacity,
            sold=sold,
            checked_in=gone_in,
        )
        for each in await reading.sections_of(session, event=event)
        for sold, _, gone_in in [then.get(SectionId(each.section_id), (0, 0, 0))]
    ]
    return Replay(
        at=at,
        tickets_sold=sum(sold for sold, _, _ in then.values()),
        revenue=sum(revenue for _, revenue, _ in then.values()),
        checked_in=sum(gone_in for _, _, gone_in in then.values()),
        currency=event.currency,
        sections=sections,
    )


async def export_xlsx(session: Session, *, actor: Actor, event_id: EventId) -> bytes:
    """Sections, and sales by the hour, a sheet each."""
    event = await reading.require_analyst(session, actor=actor, event_id=event_id)
    sold = await queries.sales_over_time(session, event_id=event_id, bucket=Bucket.HOUR)
    hours = Sheet(
        "Sales by hour",
        _SALES_COLUMNS,
        [(at.isoformat(), tickets, revenue, event.currency) for at, tickets, revenue in sold],
    )
    return xlsx([await _sections(session, event=event), hours])


async def export_parquet(session: Session, *, actor: Actor, event_id: EventId) -> bytes:
    """The sections, typed."""
    event = await reading.require_analyst(session, actor=actor, event_id=event_id)
    return parquet(await _sections(session, event=event))


async def _sections(session: Session, *, event: EventRow) -> Sheet:
    rows = [
        [str(cell) if name in {"section_id", "name"} else cell for name, cell in each]
        + [event.currency]
        for each in await reading.sections_of(session, event=event)
    ]
    return Sheet("Sections", reading.HEADINGS, rows)
