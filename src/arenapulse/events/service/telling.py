"""Tells what was written of an event: a fact with it, and everybody its prices after the commit."""

from __future__ import annotations

import datetime as dt
from functools import partial

from arenapulse.events import queries
from arenapulse.events.facts import EventWritten
from arenapulse.events.news import EventNews
from arenapulse.events.queries import EventRow
from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs import record


async def tell_prices(session: Session, *, row: EventRow, news: EventNews) -> None:
    """Without what a code unlocks, for all hear it; nothing of what is hidden."""
    if not row.is_public:
        return
    tiers = await queries.public_tiers(session, row=row)
    session.after_commit(partial(news.price_changed, event_id=row.id, pricing_tiers=tiers))


async def record_written(
    session: Session, *, row: EventRow, is_new: bool, start_before: dt.datetime | None = None
) -> None:
    await record(
        session,
        EventWritten(
            event_id=row.id,
            organization_id=row.organization_id,
            venue_id=row.venue_id,
            status=row.status.value,
            version=row.version,
            is_new=is_new,
            start_before=start_before,
        ),
    )
