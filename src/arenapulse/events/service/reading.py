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
from collections.abc import Collection, Sequence

import msgspec

from arenapulse.core.ids import EventId
from arenapulse.core.paging import Page, PageRequest
from arenapulse.events import queries
from arenapulse.events.queries import EventFilter, EventRow
from arenapulse.events.schemas import EventView
from arenapulse.events.service.rights import get_for
from arenapulse.identity.queries import organization_ids_of, role_of
from arenapulse.identity.schemas import Actor
from arenapulse.inventory.queries import totals as stock_totals
from arenapulse.inventory.schemas import Totals
from arenapulse.runtime.cache import EVENT_CAPACITY, Cache
from arenapulse.runtime.db import Database, Session

SERVED_MILLISECONDS = 500

_Counts = dict[EventId, Totals]


async def detail(
    session: Session, *, actor: Actor | None, event_id: EventId, promo_code: str | None
) -> EventView:
    """One event with exact counts; raises `EventNotFound`, for strangers of a DRAFT too.

    Price levels that codes unlock are shown to the members of its organization, and to others
    where `promo_code` unlocks them.
    """
    row = await get_for(session, actor=actor, event_id=event_id)
    counts = await stock_totals(session, event_ids=[row.id])
    locked: Collection[str] = ()
    if (
        actor is None
        or await role_of(session, actor=actor, organization_id=row.organization_id) is None
    ):
        by_event = await queries.locked_levels(session, event_ids=[row.id], promo_code=promo_code)
        locked = by_event.get(row.id, ())
    return queries.view(row, totals=counts.get(row.id), locked=locked)


async def page(
    database: Database,
    *,
    cache: Cache,
    actor: Actor | None,
    request: PageRequest,
    wanted: EventFilter,
    now: dt.datetime,
) -> Page[EventView]:
    """Events by start, with counts at most half a second old.

    Drafts, and price levels that codes unlock, are for the members of their organization alone.
    """
    async with database.transaction() as session:
        own = await organization_ids_of(session, actor=actor) if actor else []
        found = await queries.page(session, request=request, wanted=wanted, drafts_of=own)
        others = [
            row.id for row in found.items if own is not None and row.organization_id not in own
        ]
        locked = await queries.locked_levels(session, event_ids=others) if others else {}
    counts = await _counts(database, cache=cache, rows=found.items, now=now) if found.items else {}
    views = [
        queries.view(row, totals=counts.get(row.id), locked=locked.get(row.id, ()))
        for row in found.items
    ]
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
