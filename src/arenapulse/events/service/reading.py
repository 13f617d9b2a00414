"""Events as cards and as pages.

One event is read with exact counts. A list takes its counts from the capacity cache (TTL one
minute in Redis), whose keys carry the half second they were asked in: a count is served for half a
second at the most, one query a half second and page feeds all processes, and nothing needs to be
invalidated when somebody buys. The keys carry the events' versions too, so what an organizer
changes is there at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

import msgspec

from arenapulse.core.ids import EventId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.events import queries
from arenapulse.events.queries import EventFilter, EventRow
from arenapulse.events.schemas import EventView
from arenapulse.events.service.rights import get_for
from arenapulse.identity.queries import organization_ids_of
from arenapulse.identity.schemas import Actor
from arenapulse.inventory.queries import totals as stock_totals
from arenapulse.inventory.schemas import Totals
from arenapulse.runtime.cache import EVENT_CAPACITY, Cache
from arenapulse.runtime.db import Database, Session

SERVED_MILLISECONDS = 500

_Counts = dict[EventId, Totals]


async def detail(session: Session, *, actor: Actor | None, event_id: EventId) -> EventView:
    """One event with exact counts; raises `EventNotFound`, for strangers of a DRAFT too."""
    row = await get_for(session, actor=actor, event_id=event_id)
    counts = await stock_totals(session, event_ids=[row.id])
    return queries.view(row, totals=counts.get(row.id))


async def page(
    database: Database,
    *,
    cache: Cache,
    actor: Actor | None,
    request: PageRequest,
    wanted: EventFilter,
    now: dt.datetime,
) -> Page[EventView]:
    """Events by start, with counts at most half a second old; drafts for members alone."""
    async with database.transaction() as session:
        found = await queries.page(
            session,
            request=request,
            wanted=wanted,
            drafts_of=await organization_ids_of(session, actor=actor) if actor else [],
        )
    counts = await _counts(database, cache=cache, rows=found.items, now=now) if found.items else {}
    views = [queries.view(row, totals=counts.get(row.id)) for row in found.items]
    return Page(views, request, found.total)


async def _counts(
    database: Database, *, cache: Cache, rows: Sequence[EventRow], now: dt.datetime
) -> _Counts:
    async def load() -> bytes:
        async with database.transaction() as session:
            made = await stock_totals(session, event_ids=[row.id for row in rows])
        return msgspec.json.encode(made)

    moment = int(now.timestamp() * 1000) // SERVED_MILLISECONDS
    subject = ",".join(f"{row.id}:{row.version}" for row in rows)
    digest = hashlib.sha256(subject.encode()).hexdigest()
    stored = await cache.get(EVENT_CAPACITY, f"{moment}:{digest}", load=load)
    assert stored is not None
    return msgspec.json.decode(stored, type=_Counts)
