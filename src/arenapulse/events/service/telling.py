"""Tells everybody the prices of an event after the commit that changed them."""

from __future__ import annotations

from functools import partial

from arenapulse.events import queries
from arenapulse.events.news import EventNews
from arenapulse.events.queries import EventRow
from arenapulse.events.terms import EventStatus
from arenapulse.runtime.db import Session


async def tell_prices(session: Session, *, row: EventRow, news: EventNews) -> None:
    """Without what a code unlocks, for all hear it; nothing of a DRAFT."""
    if row.status is EventStatus.DRAFT:
        return
    tiers = await queries.public_tiers(session, row=row)
    session.after_commit(partial(news.price_changed, event_id=row.id, pricing_tiers=tiers))
