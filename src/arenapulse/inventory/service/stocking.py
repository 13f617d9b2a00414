"""Opens and changes what is for sale. Selling itself is `place_orders`, in the orders slice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from arenapulse.core.ids import EventId
from arenapulse.inventory import bitmap
from arenapulse.inventory.errors import BelowTaken
from arenapulse.inventory.models import Stock
from arenapulse.inventory.schemas import SectionStock
from arenapulse.runtime.db import Session


async def open_stock(
    session: Session, *, event_id: EventId, sections: Sequence[SectionStock]
) -> None:
    """Puts the sections of a new event up, nothing held or sold yet."""
    await session.execute(
        insert(Stock), [_row(section) | {"event_id": event_id} for section in sections]
    )


async def change_stock(
    session: Session, *, event_id: EventId, sections: Sequence[SectionStock]
) -> None:
    """Replaces capacity and blocked places of the named sections; new sections are opened.

    Raises `BelowTaken` where what is held and sold no longer fits, or a seat to block is taken.
    Then nothing is changed, for the caller's transaction ends with it.
    """
    locked = await session.execute(
        select(Stock)
        .where(Stock.event_id == event_id)
        .order_by(Stock.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    known = {row.section_id: row for row in locked.scalars()}
    fresh = [section for section in sections if section.section_id not in known]
    for section in sections:
        row = known.get(section.section_id)
        if row is not None:
            await _change(session, row, section=section)
    if fresh:
        await open_stock(session, event_id=event_id, sections=fresh)


async def lock_stock(session: Session, *, event_id: EventId) -> None:
    """Nobody sells or frees a place of the event until the transaction ends.

    For changes of an event's status: stock is locked before events, always.
    """
    await session.execute(
        select(Stock.id)
        .where(Stock.event_id == event_id)
        .order_by(Stock.id)
        .with_for_update(key_share=True)
    )


async def close_stock(session: Session, *, event_id: EventId) -> bool:
    """Takes every section of an event off; False, and nothing done, where a place is taken."""
    await lock_stock(session, event_id=event_id)
    taken = await session.scalar(
        select(Stock.id).where(Stock.event_id == event_id, Stock.held + Stock.sold > 0).limit(1)
    )
    if taken is not None:
        return False
    await session.execute(delete(Stock).where(Stock.event_id == event_id))
    return True


async def _change(session: Session, row: Stock, *, section: SectionStock) -> None:
    if row.held + row.sold + section.blocked > section.capacity or row.seats != section.seats:
        raise BelowTaken.on(f"capacityConfig.sections.{section.section_id}", BelowTaken.message)
    values = _row(section)
    blocked = values["blocked_seats"]
    if (
        isinstance(blocked, bytes)
        and row.taken_seats is not None
        and bitmap.overlap(blocked, right=row.taken_seats)
    ):
        raise BelowTaken.on(f"capacityConfig.sections.{section.section_id}", BelowTaken.message)
    await session.execute(
        update(Stock)
        .where(Stock.id == row.id)
        .values(
            capacity=section.capacity,
            blocked=section.blocked,
            blocked_seats=blocked,
            rev=Stock.rev + 1,
        )
    )


def _row(section: SectionStock) -> dict[str, object]:
    seated = section.seats > 0
    blank = bitmap.empty(section.seats) if seated else None
    return {
        "section_id": section.section_id,
        "capacity": section.capacity,
        "blocked": section.blocked,
        "seats": section.seats,
        "taken_seats": blank,
        "sold_seats": blank,
        "blocked_seats": bitmap.of(section.blocked_seats, seats=section.seats) if seated else None,
    }
