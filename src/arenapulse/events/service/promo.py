"""Promo codes of an event; MANAGER and up. `place_orders` and `use_promo` use them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from arenapulse.core.errors import Invalid
from arenapulse.core.ids import EventId, new_id
from arenapulse.core.names import key
from arenapulse.core.paging import Page, PageRequest
from arenapulse.events.errors import PromoNameTaken, PromoNotFound
from arenapulse.events.models import PromoCode, TierPrice
from arenapulse.events.news import EventNews
from arenapulse.events.schemas import PromoBody, PromoKind, PromoView
from arenapulse.events.service.rights import get_to_change
from arenapulse.events.service.telling import record_written, tell_prices
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.audit import audit
from arenapulse.runtime.db import Session

PERCENT_MAX = 100


async def page_promos(
    session: Session, *, actor: Actor, event_id: EventId, request: PageRequest
) -> Page[PromoView]:
    """The event's codes with their uses, newest first."""
    await get_to_change(session, actor=actor, event_id=event_id)
    living = (PromoCode.event_id == event_id, PromoCode.deleted_at.is_(None))
    total = await session.scalar(select(func.count()).select_from(PromoCode).where(*living))
    rows = await session.execute(
        select(PromoCode)
        .where(*living)
        .order_by(PromoCode.id.desc())
        .limit(request.limit)
        .offset(request.offset)
    )
    return Page([PromoView.model_validate(row) for row in rows.scalars()], request, total or 0)


async def create_promo(
    session: Session, *, actor: Actor, event_id: EventId, body: PromoBody, news: EventNews
) -> PromoView:
    """A new code; the price levels it unlocks are no longer shown to everybody.

    Raises `Invalid`, and `PromoNameTaken` where the event has one of that name.
    """
    event = await get_to_change(session, actor=actor, event_id=event_id)
    unlocks = await _judge(session, event_id=event_id, body=body)
    values = body.model_dump() | {
        "id": new_id(),
        "event_id": event_id,
        "code_key": key(body.code),
        "kind": body.kind.value,
        "unlocks": unlocks,
    }
    made = await session.execute(
        insert(PromoCode).values(values).on_conflict_do_nothing().returning(PromoCode)
    )
    row = made.scalar_one_or_none()
    if row is None:
        raise PromoNameTaken
    await audit(
        session,
        organization_id=event.organization_id,
        action="event.promo_made",
        subject_id=event_id,
        # Not the code itself, which is money to who reads it.
        details={"id": str(row.id), "kind": row.kind, "value": row.value, "unlocks": unlocks},
    )
    if row.unlocks:
        # Others see a higher lowest price from now on.
        await record_written(session, row=event, is_new=False)
        await tell_prices(session, row=event, news=news)
    return PromoView.model_validate(row)


async def _judge(session: Session, *, event_id: EventId, body: PromoBody) -> list[str]:
    """The levels that it unlocks, as they are written."""
    if body.value == 0 and not body.unlocks:
        raise Invalid.on("value", "takes nothing off, and the code unlocks nothing")
    if body.kind is PromoKind.PERCENT and body.value > PERCENT_MAX:
        raise Invalid.on("value", "is whole percent, at most 100")
    if body.valid_from and body.valid_until and body.valid_until <= body.valid_from:
        raise Invalid.on("validUntil", "must lie after validFrom")
    prices = await session.execute(
        select(TierPrice.section_id, TierPrice.price_level).where(TierPrice.event_id == event_id)
    )
    sections: set[UUID] = set()
    levels: dict[str, str] = {}
    for section_id, level in prices:
        sections.add(section_id)
        levels[key(level)] = level
    for n, section in enumerate(body.section_ids or ()):
        if section not in sections:
            raise Invalid.on(f"sectionIds.{n}", "is not for sale at this event")
    unlocks: list[str] = []
    for n, given in enumerate(body.unlocks or ()):
        level = levels.get(key(given))
        if level is None:
            raise Invalid.on(f"unlocks.{n}", "is no price level of this event")
        unlocks.append(level)
    return unlocks


async def delete_promo(
    session: Session, *, actor: Actor, event_id: EventId, promo_id: UUID
) -> None:
    """Nobody can use it from now on; orders that did keep their price.

    What it unlocked stays hidden: nobody gets at it by a code that is gone. Raises `PromoNotFound`.
    """
    event = await get_to_change(session, actor=actor, event_id=event_id)
    gone = await session.execute(
        update(PromoCode)
        .where(
            PromoCode.id == promo_id,
            PromoCode.event_id == event_id,
            PromoCode.deleted_at.is_(None),
        )
        .values(deleted_at=func.now())
        .returning(PromoCode.code)
    )
    code = gone.scalar_one_or_none()
    if code is None:
        raise PromoNotFound
    await audit(
        session,
        organization_id=event.organization_id,
        action="event.promo_ended",
        subject_id=event_id,
        details={"id": str(promo_id), "code": code},
    )
