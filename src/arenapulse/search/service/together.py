"""Events with so many places side by side now: what no index knows, asked of who sells them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from arenapulse.core.ids import EventId
from arenapulse.core.paging import PageRequest
from arenapulse.events.errors import EventNotFound
from arenapulse.events.salebook import Salebook
from arenapulse.events.terms import EventStatus
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.search.engine import Asked, Engine, Found, Hit
from arenapulse.search.terms import Kind

LOOKED_AT_MAX: Final = 200
"""The first of what is found are looked at; a search that finds more can be narrowed."""
_OPEN: Final = frozenset({EventStatus.ON_SALE, EventStatus.LIVE})


class Ushers:
    """Look into houses for who searches."""

    def __init__(self, *, salebook: Salebook, desk: SeatDesk) -> None:
        self._salebook = salebook
        self._desk = desk

    async def search(self, engine: Engine, *, asked: Asked, together: int) -> Found:
        """Those of the first `LOOKED_AT_MAX` events with so many places together, as a page.

        The facets are of all that was found, `total` of those that have the places.
        """
        whole = replace(asked, kind=Kind.EVENT, page=PageRequest(limit=LOOKED_AT_MAX))
        found = await engine.search(whole)
        there = [hit for hit in found.hits if await self._has(hit, together)]
        page = there[asked.page.offset : asked.page.offset + asked.page.limit]
        return replace(found, hits=page, total=len(there))

    async def _has(self, hit: Hit, together: int) -> bool:
        event_id = EventId(hit.document.id)
        try:
            facts = await self._salebook.facts(event_id)
        except EventNotFound:
            # Gone since it was indexed.
            return False
        if facts.status not in _OPEN:
            return False
        read = await self._desk.read(event_id)
        return read.has_together(facts.chart.sections, quantity=together)
