"""Reads of the stock rows, exact at the moment they run."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from asyncpg import Record
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


async def read_seats(database: Database, *, event_id: EventId) -> list[SeatBits]:
    """For hot readers: the seats of every section in the chart's order."""
    return [_bits(row) for row in await database.pool.fetch(_SEATS, event_id)]


async def read_section_seats(
    database: Database, slots: Collection[tuple[EventId, SectionId]]
) -> dict[tuple[EventId, SectionId], SeatBits]:
    """The seats of these sections of these events, one query for all; what is not there is not."""
    asked = list(slots)
    rows = await database.pool.fetch(
        _SECTIONS_SEATS, [event for event, _ in asked], [section for _, section in asked]
    )
    return {asked[row["number"] - 1]: _bits(row) for row in rows}


def _bits(row: Record) -> SeatBits:
    return SeatBits(
        SectionId(row["section_id"]),
        row["seats"],
        row["taken_seats"] or b"",
        row["sold_seats"] or b"",
        row["blocked_seats"] or b"",
        row["available"],
        row["rev"],
    )


_BITS = (
    "st.section_id, st.seats, st.taken_seats, st.sold_seats, st.blocked_seats, "
    "st.capacity - st.held - st.sold - st.blocked AS available, st.rev"
)
_SEATS = f"SELECT {_BITS} FROM stock st WHERE st.event_id = $1 ORDER BY st.id"
# LIMIT 1 pins an index probe for each section.
_SECTIONS_SEATS = (
    "SELECT x.number, st.* FROM unnest($1::UUID[], $2::UUID[]) "
    "WITH ORDINALITY x(event_id, section_id, number) "
    f"CROSS JOIN LATERAL (SELECT {_BITS} FROM stock st "
    "WHERE st.event_id = x.event_id AND st.section_id = x.section_id LIMIT 1) st"
)
_COUNTS = (
    "SELECT section_id, capacity, held, sold, blocked, rev "
    "FROM stock WHERE event_id = $1 ORDER BY id"
)
