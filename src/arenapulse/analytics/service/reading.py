"""The figures of one event, for ANALYST and up of its organization; to all others it is not there.

Sales are read from the tables that sold; there is no second count that could differ.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from arenapulse.analytics import queries
from arenapulse.analytics.schemas import (
    Attention,
    Funnel,
    Plotted,
    PlottedPoint,
    Revenue,
    Sales,
    SectionFigures,
    Step,
    Summary,
    Visits,
)
from arenapulse.analytics.service.judging import worries
from arenapulse.analytics.terms import Bucket, Metric
from arenapulse.core.ids import EventId
from arenapulse.events import queries as event_queries
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventRow
from arenapulse.identity.access import require_role
from arenapulse.identity.schemas import Actor, Role
from arenapulse.inventory import queries as inventory_queries
from arenapulse.inventory.schemas import SectionCounts
from arenapulse.runtime.db import Session
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.sheets import defused
from arenapulse.venues import queries as venue_queries

# A cell that begins with one of these is a formula to a spreadsheet.
HEADINGS: Final = (
    *("sectionId", "name", "capacity", "sold", "held", "available", "checkedIn"),
    *("revenue", "currency"),
)
_NOTHING: Final = Visits()


async def summary(reads: Reads, *, actor: Actor, event_id: EventId, now: dt.datetime) -> Summary:
    event = await judged(reads, actor=actor, event_id=event_id)
    return await reads.read(partial(summary_of, event=event, now=now))


async def summary_of(session: Session, *, event: EventRow, now: dt.datetime) -> Summary:
    """The same where the rights have been judged."""
    return (await figures_of(session, event=event, now=now))[0]


async def figures_of(
    session: Session, *, event: EventRow, now: dt.datetime
) -> tuple[Summary, Funnel]:
    """Both from one reading, so that they say the same."""
    sales = await queries.sales(session, event_id=event.id)
    visits = await queries.visits(session, event_id=event.id)
    views = visits.get("view", _NOTHING)
    summed = Summary(
        orders=sales.orders,
        tickets_sold=sales.sold,
        tickets_held=sales.held,
        checked_in=sales.checked_in,
        revenue=_revenue(sales, currency=event.currency),
        views=views.count,
        visitors=views.sessions,
        conversion=_share(sales.orders, of=views.sessions),
        updated_at=now - dt.timedelta(seconds=session.behind_seconds),
    )
    return summed, _funnel(sales, visits)


async def timeseries(
    reads: Reads,
    *,
    actor: Actor,
    event_id: EventId,
    metric: Metric,
    bucket: Bucket,
    between: queries.Between,
) -> Plotted:
    """What happened between the two moments, by when it did; open where one is None."""
    await judged(reads, actor=actor, event_id=event_id)
    look = partial(timeseries_of, event_id=event_id, metric=metric, bucket=bucket, between=between)
    return await reads.read(look)


async def timeseries_of(
    session: Session,
    *,
    event_id: EventId,
    metric: Metric,
    bucket: Bucket,
    between: queries.Between,
) -> Plotted:
    if metric is Metric.VIEWS:
        found = await queries.views_over_time(
            session, event_id=event_id, bucket=bucket, between=between
        )
    elif metric is Metric.CHECKINS:
        found = await queries.checkins_over_time(
            session, event_id=event_id, bucket=bucket, between=between
        )
    elif metric is Metric.REVENUE:
        found = await queries.revenue_over_time(
            session, event_id=event_id, bucket=bucket, between=between
        )
    else:
        found = await queries.tickets_over_time(
            session, event_id=event_id, bucket=bucket, between=between
        )
    points = [PlottedPoint(at=at, value=value) for at, value in found if value]
    return Plotted(metric=metric, bucket=bucket, points=points)


async def funnel(reads: Reads, *, actor: Actor, event_id: EventId) -> Funnel:
    await judged(reads, actor=actor, event_id=event_id)

    async def look(session: Session) -> Funnel:
        sales = await queries.sales(session, event_id=event_id)
        return _funnel(sales, await queries.visits(session, event_id=event_id))

    return await reads.read(look)


def _funnel(sales: Sales, visits: Mapping[str, Visits]) -> Funnel:
    steps = {
        "view": visits.get("view", _NOTHING).sessions,
        "select": visits.get("select", _NOTHING).sessions,
        "hold": sales.placed,
        "pay": sales.paying,
        "confirmed": sales.orders,
    }
    return Funnel(steps=[Step(name=name, count=count) for name, count in steps.items()])


async def sections(reads: Reads, *, actor: Actor, event_id: EventId) -> list[SectionFigures]:
    """In the order of the chart."""
    event = await judged(reads, actor=actor, event_id=event_id)
    return await reads.read(partial(sections_of, event=event))


async def attention(
    reads: Reads, *, actor: Actor, event_id: EventId, now: dt.datetime
) -> Attention:
    """What needs somebody's hand now, the worst first."""
    event = await judged(reads, actor=actor, event_id=event_id)

    async def look(session: Session) -> Attention:
        found = await sections_of(session, event=event)
        return await attention_of(session, event=event, sections=found, now=now)

    return await reads.read(look)


async def attention_of(
    session: Session, *, event: EventRow, sections: Sequence[SectionFigures], now: dt.datetime
) -> Attention:
    signs = await queries.signs(
        session, event_id=event.id, organization_id=event.organization_id, now=now
    )
    return Attention(worries=worries(signs, sections=sections), at=now)


async def export_csv(reads: Reads, *, event: EventRow) -> str:
    """The sections, RFC 4180; names that a spreadsheet would compute are defused.

    Whoever asks was `judged` before.
    """
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\r\n")
    lines.writerow(HEADINGS)
    for each in await reads.read(partial(sections_of, event=event)):
        cells = each.model_dump() | {"name": defused(each.name)}
        lines.writerow([*cells.values(), event.currency])
    return written.getvalue()


async def sections_of(session: Session, *, event: EventRow) -> list[SectionFigures]:
    sold = await queries.section_sales(session, event_id=event.id)
    made: list[SectionFigures] = []
    for name, count in await counts_of(session, event=event):
        checked_in, revenue = sold.get(count.section_id, (0, 0))
        made.append(
            SectionFigures(
                section_id=count.section_id,
                name=name,
                capacity=count.capacity,
                sold=count.sold,
                held=count.held,
                available=count.available,
                checked_in=checked_in,
                revenue=revenue,
            )
        )
    return made


async def counts_of(session: Session, *, event: EventRow) -> list[tuple[str, SectionCounts]]:
    """The sections that sell with their names, in the order of the chart; no ticket is read."""
    counts = await inventory_queries.sections_of(session, event_id=event.id)
    names = await venue_queries.section_names(session, chart_id=event.chart_id)
    by_id = {each.section_id: each for each in counts}
    return [(name, by_id[section_id]) for section_id, name in names if section_id in by_id]


async def judged(reads: Reads, *, actor: Actor, event_id: EventId) -> EventRow:
    """The event to who may see its figures: rights are the primary's, figures may be a moment old.

    Raises `EventNotFound` for strangers, `Forbidden` for members below ANALYST.
    """
    async with reads.primary.transaction() as session:
        event = await event_queries.find(session, event_id=event_id)
        await require_role(
            session,
            actor=actor,
            organization_id=event.organization_id,
            at_least=Role.ANALYST,
            hidden=EventNotFound,
        )
    return event


def _revenue(sales: Sales, *, currency: str) -> Revenue:
    return Revenue(
        gross=sales.gross,
        fees=sales.fees,
        refunded=sales.refunded,
        net=sales.gross - sales.fees - sales.refunded,
        currency=currency,
    )


def _share(part: int, *, of: int) -> float:
    """Between 0 and 1; 0 where nobody was seen."""
    return min(1.0, round(part / of, 4)) if of else 0.0
