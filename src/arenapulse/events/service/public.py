"""What everybody sees of events: reads that a crowd shares, encoded once.

Nothing is kept: each answer is of a read that began after it was asked for, so what an organizer
changed is there at once. However many ask, a process reads the same thing once at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from arenapulse.core import clock
from arenapulse.core.ids import EventId, OrganizationId
from arenapulse.core.paging import PageRequest
from arenapulse.events.queries import EventFilter
from arenapulse.events.service.reading import detail, page, page_cards
from arenapulse.identity.queries import organization_ids_of
from arenapulse.identity.schemas import Actor
from arenapulse.runtime.cache import Cache
from arenapulse.runtime.reads import Reads
from arenapulse.runtime.sharing import SharedReads
from arenapulse.runtime.web.envelope import Depth, ok, ok_page


@dataclass(frozen=True, slots=True)
class Told:
    """An answer's body, and the event's version."""

    body: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Which events are asked for, and how much of each."""

    wanted: EventFilter
    request: PageRequest
    depth: Depth


class PublicEvents:
    """One a process."""

    def __init__(self, reads: Reads, *, cache: Cache) -> None:
        self._reads = reads
        self._cache = cache
        self._events = SharedReads(self._tell)
        self._listings = SharedReads(self._list)

    async def organizations_of(self, actor: Actor | None) -> list[OrganizationId] | None:
        """Whose hidden things this one may see: where it is no one's, what everybody sees is all.

        None for an ADMIN, who sees everybody's.
        """
        if actor is None or actor.is_guest:
            return []
        async with self._reads.primary.transaction() as session:
            return await organization_ids_of(session, actor=actor)

    async def event(self, event_id: EventId) -> Told:
        """As `detail` for a stranger without a code; raises `EventNotFound`."""
        return await self._events.get(event_id)

    async def listing(self, asked: Listing) -> bytes:
        """As `page` and `page_cards` for a stranger."""
        return await self._listings.get(asked)

    async def _tell(self, event_id: EventId) -> Told:
        async with self._reads.primary.transaction() as session:
            found = await detail(session, actor=None, event_id=event_id, promo_code=None)
        return Told(ok(found).model_dump_json().encode(), found.version)

    async def _list(self, asked: Listing) -> bytes:
        look = page_cards if asked.depth is Depth.CARD else page
        question = partial(
            look,
            cache=self._cache,
            own=[],
            request=asked.request,
            wanted=asked.wanted,
            now=clock.now(),
        )
        found = await self._reads.ask(question)
        return ok_page(found, items=found.items).model_dump_json().encode()
