"""What everybody sees of events: reads that a crowd shares, encoded once.

No answer is kept: each is of a read that began after it was asked for, so what an organizer
changed is there at once. However many ask, a process reads the same thing once at a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.core.paging import PageRequest
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries import EventFilter
from arenapulse.events.queries.seen import Record, listed, seen_from_pool
from arenapulse.events.service.encoding import Encoder
from arenapulse.events.service.reading import Counts, counts_of, moment_of, page_cards
from arenapulse.identity.access import Access
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.sharing import SharedReads
from arenapulse.runtime.web.envelope import Depth, ok_page


@dataclass(frozen=True, slots=True)
class Told:
    """An answer's body, and the event's version."""

    body: bytes
    version: int
    is_public: bool
    is_for_all: bool
    """Nobody is told more of it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which events are asked for, and how much of each."""

    wanted: EventFilter
    request: PageRequest
    depth: Depth


class PublicEvents:
    """One a process."""

    def __init__(self, reads: Reads, *, cache: Cache, access: Access) -> None:
        self._reads = reads
        self._cache = cache
        self._access = access
        self._encoder = Encoder(reads.primary.session_info)
        self._counts: dict[tuple[tuple[EventId, int], ...], Counts] = {}
        self._counted_in = 0
        self._events = SharedReads(self._tell)
        self._listings = SharedReads(self._list)

    async def organizations_of(self, actor: Actor | None) -> Sequence[OrganizationId] | None:
        """Whose hidden things this one may see: where it is no one's, what everybody sees is all.

        None for an ADMIN, who sees everybody's.
        """
        if actor is None or actor.is_guest:
            return ()
        return await self._access.organizations_of(actor)

    async def event(self, event_id: EventId, *, actor: Actor | None) -> Told | None:
        """As `detail` without a code; None where this one may be told more than everybody.

        Raises `EventNotFound`.
        """
        told = await self._events.get(event_id)
        if told.is_for_all:
            return told
        if await self.organizations_of(actor) != ():
            return None
        if not told.is_public:
            raise EventNotFound
        return told

    async def listing(self, asked: Listing) -> bytes:
        """As `page` and `page_cards` for a stranger."""
        return await self._listings.get(asked)

    async def _tell(self, event_id: EventId) -> Told:
        record = await seen_from_pool(self._reads.primary, event_id=event_id)
        event = self._encoder.event(record, totals=record.totals)
        return Told(
            b'{"success":true,"data":%s}' % event,
            record.version,
            is_public=record.is_public,
            is_for_all=record.is_for_all,
        )

    async def _list(self, asked: Listing) -> bytes:
        if asked.depth is Depth.CARD:
            question = partial(
                page_cards,
                cache=self._cache,
                own=[],
                request=asked.request,
                wanted=asked.wanted,
                now=clock.now(),
            )
            found = await self._reads.ask(question)
            return ok_page(found, items=found.items).model_dump_json().encode()
        return await self._reads.ask(partial(self._whole, asked))

    async def _whole(self, asked: Listing, database: Database) -> bytes:
        now = clock.now()
        found = await listed(database, request=asked.request, wanted=asked.wanted)
        counts = await self._counts_of(database, found.records, now=now) if found.records else {}
        items = [
            msgspec.Raw(self._encoder.event(record, totals=counts.get(record.id)))
            for record in found.records
        ]
        request = asked.request
        meta = {"page": request.page, "limit": request.limit, "total": found.total}
        return msgspec.json.encode({"success": True, "data": items, "meta": meta})

    async def _counts_of(
        self, database: Database, records: Sequence[Record], *, now: dt.datetime
    ) -> Counts:
        """What all processes share, not fetched twice by this one."""
        moment = moment_of(now)
        if moment != self._counted_in:
            self._counts.clear()
            self._counted_in = moment
        events = tuple((record.id, record.version) for record in records)
        counts = self._counts.get(events)
        if counts is None:
            counts = await counts_of(database, cache=self._cache, events=events, now=now)
            if moment == self._counted_in:
                self._counts[events] = counts
        return counts
