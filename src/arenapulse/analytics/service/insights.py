"""What an organizer learns afterwards: channels, cohorts, an event at a moment, files."""

from __future__ import annotations

import asyncio
import datetime as dt
from functools import partial
from typing import Final

from arenapulse.analytics import queries
from arenapulse.analytics.schemas import (
    ChannelFigures,
    CohortMonth,
    PriceFigures,
    Replay,
    SectionThen,
    Then,
)
from arenapulse.analytics.service import reading
from arenapulse.analytics.sheets import parquet
from arenapulse.analytics.terms import Bucket
from arenapulse.core import clock
from arenapulse.core.errors import NotFound
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.events.queries import EventRow
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.runtime.db import Session
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.sheets import Sheet, xlsx

COHORT_DAYS: Final = 731
_SALES_COLUMNS: Final = ("at", "tickets", "revenue", "currency")


async def channels(reads: Reads, *, actor: Actor, event_id: EventId) -> list[ChannelFigures]:
    """The dearest first; orders, places and money add up to the event's own."""
    await reading.judged(reads, actor=actor, event_id=event_id)
    return await reads.read(partial(queries.channels, event_id=event_id))


async def prices(reads: Reads, *, actor: Actor, event_id: EventId) -> list[PriceFigures]:
    """What was sold and paid at which price; places and money add up to the event's own."""
    await reading.judged(reads, actor=actor, event_id=event_id)
    return await reads.read(partial(queries.prices, event_id=event_id))


async def cohorts(
    reads: Reads, *, actor: Actor, organization_id: OrganizationId, now: dt.datetime
) -> list[CohortMonth]:
    """Buyers of two years by the month of their first order, ANALYST and up."""
    async with reads.primary.transaction() as session:
        await require_role(
            session,
            actor=actor,
            organization_id=organization_id,
            at_least=Role.ANALYST,
            hidden=NotFound,
        )
    since = now - dt.timedelta(days=COHORT_DAYS)
    return await reads.read(partial(queries.cohorts, organization_id=organization_id, since=since))


async def replay(reads: Reads, *, actor: Actor, event_id: EventId, at: dt.datetime) -> Replay:
    """What of today's standing orders and tickets was there at that moment."""
    event = await reading.judged(reads, actor=actor, event_id=event_id)
    return await reads.read(partial(_replay, event=event, at=at))


async def _replay(session: Session, *, event: EventRow, at: dt.datetime) -> Replay:
    then = await queries.at(session, event_id=event.id, moment=at)
    sections = [
        SectionThen(
            section_id=each.section_id,
            name=name,
            capacity=each.capacity,
            sold=was.sold,
            checked_in=was.checked_in,
            inside=was.inside,
        )
        for name, each in await reading.counts_of(session, event=event)
        for was in [then.get(each.section_id, Then())]
    ]
    return Replay(
        at=at,
        tickets_sold=sum(was.sold for was in then.values()),
        revenue=sum(was.revenue for was in then.values()),
        checked_in=sum(was.checked_in for was in then.values()),
        inside=sum(was.inside for was in then.values()),
        currency=event.currency,
        sections=sections,
    )


async def export_xlsx(reads: Reads, *, event: EventRow) -> bytes:
    """Sections, and sales by the hour, a sheet each; whoever asks was `judged` before."""
    return await asyncio.to_thread(xlsx, await reads.read(partial(_sheets, event=event)))


async def export_parquet(reads: Reads, *, event: EventRow) -> bytes:
    """The sections, typed; whoever asks was `judged` before."""
    return await asyncio.to_thread(parquet, await reads.read(partial(_sections, event=event)))


async def _sheets(session: Session, *, event: EventRow) -> list[Sheet]:
    sold = await queries.sales_over_time(session, event_id=event.id, bucket=Bucket.HOUR)
    hours = Sheet(
        "Sales by hour",
        _SALES_COLUMNS,
        [(clock.rfc3339(at), tickets, revenue, event.currency) for at, tickets, revenue in sold],
    )
    return [await _sections(session, event=event), hours]


async def _sections(session: Session, *, event: EventRow) -> Sheet:
    rows = [
        [str(cell) if name in {"section_id", "name"} else cell for name, cell in each]
        + [event.currency]
        for each in await reading.sections_of(session, event=event)
    ]
    return Sheet("Sections", reading.HEADINGS, rows)
