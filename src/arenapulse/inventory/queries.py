"""Reads of the stock rows, exact at the moment they run."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from arenapulse.core.ids import EventId, SectionId
from arenapulse.inventory.models import Stock
from arenapulse.inventory.schemas import SeatBits, SectionCounts, Totals
from arenapulse.runtime.db import Database, Session


async def totals(session: Session, *, event_ids: Sequence[EventId]) -> dict[EventId, Totals]:
    """The sums of each event, one query for all; an event without stock is left out."""
    rows = await session.execute(
        select(
            Stock.event_id,
            func.sum(Stock.capacity),
            func.sum(Stock.held),
            func.sum(Stock.sold),
            func.sum(Stock.blocked),
        )
        .where(Stock.event_id.in_(event_ids))
        .group_by(Stock.event_id)
    )
    return {
        EventId(event_id): Totals(int(capacity), int(held), int(sold), int(blocked))
        for event_id, capacity, held, sold, blocked in rows
    }


async def sections_of(session: Session, *, event_id: EventId) -> list[SectionCounts]:
    """Each section's counts, in the order the sections were put up."""
    rows = await session.execute(select(Stock).where(Stock.event_id == event_id).order_by(Stock.id))
    return [
        SectionCounts.of(
            row.section_id,
            capacity=row.capacity,
            held=row.held,
            sold=row.sold,
            blocked=row.blocked,
            rev=row.rev,
        )
        for row in rows.scalars()
    ]


async def read_counts(database: Database, *, event_id: EventId) -> list[SectionCounts]:
    """The same for hot readers, by the driver's own pool."""
    rows = await database.pool.fetch(_COUNTS, event_id)
    return [
        SectionCounts.of(sec, capacity=capacity, held=held, sold=sold, blocked=blocked, rev=rev)
        for sec, capacity, held, sold, blocked, rev in rows
    ]


async def read_seats(
    database: Database, *, event_id: EventId, section_id: SectionId | None = None
) -> list[SeatBits]:
    """For hot readers: the seats of every section in the chart's order, or of the one named."""
    rows = await database.pool.fetch(_SEATS, event_id, section_id)
    return [
        SeatBits(
            SectionId(row["section_id"]),
            row["seats"],
            row["taken_seats"] or b"",
            row["sold_seats"] or b"",
            row["blocked_seats"] or b"",
            row["available"],
            row["rev"],
        )
        for row in rows
    ]


_SEATS = (
    "SELECT section_id, seats, taken_seats, sold_seats, blocked_seats, rev, "
    "capacity - held - sold - blocked AS available "
    "FROM stock WHERE event_id = $1 AND ($2::UUID IS NULL OR section_id = $2) ORDER BY id"
)
_COUNTS = (
    "SELECT section_id, capacity, held, sold, blocked, rev "
    "FROM stock WHERE event_id = $1 ORDER BY id"
)
