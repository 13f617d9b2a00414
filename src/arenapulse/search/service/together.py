"""Events with so many places side by side now: what no index knows, asked of who sells them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from arenapulse.core.errors import Unavailable
from arenapulse.core.ids import EventId
from arenapulse.core.paging import PageRequest
from arenapulse.events.errors import EventNotFound
from arenapulse.events.queries.sales import sections_for_sale
from arenapulse.events.salebook import Salebook
from arenapulse.inventory.service.choosing import SeatDesk
from arenapulse.runtime.reads import Reads
from arenapulse.search.engine import Asked, Engine, Found, Hit
from arenapulse.search.terms import Kind

LOOKED_AT_MAX: Final = 200
"""The first of what is found are looked at; a search that finds more can be narrowed."""
WAITING_MAX: Final = 8
"""Searches of one process that wait for the one whose houses are being looked into."""
BUSY: Final = "Too many look for places side by side at the moment."


class Ushers:
    """Look into houses for who searches, for one after another: who sells has the processor too."""

    def __init__(self, *, reads: Reads, salebook: Salebook, desk: SeatDesk) -> None:
        self._reads = reads
        self._salebook = salebook
        self._desk = desk
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def search(self, engine: Engine, *, asked: Asked, together: int) -> Found:
        """Those of the first `LOOKED_AT_MAX` events with so many places together, as a page.

        The facets are of all that was found, `total` of those that have the places. Raises
        `Unavailable` where too many ask.
        """
        if self._waiting >= WAITING_MAX:
            raise Unavailable(BUSY, retry_after_seconds=2)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._search(engine, asked=asked, together=together)
        finally:
            self._waiting -= 1

    async def _search(self, engine: Engine, *, asked: Asked, together: int) -> Found:
        whole = replace(asked, kind=Kind.EVENT, page=PageRequest(limit=LOOKED_AT_MAX))
        found = await engine.search(whole)
        ids = [hit.document.id for hit in found.hits]
        for_sale = await self._reads.ask(partial(sections_for_sale, event_ids=ids, now=asked.now))
        there = [
            hit
            for hit in found.hits
            if await self._has(hit, together, for_sale.get(hit.document.id, ()))
        ]
        page = there[asked.page.offset : asked.page.offset + asked.page.limit]
        types = [each for each in found.facets["type"] if each[0] == Kind.EVENT]
        return replace(found, hits=page, total=len(there), facets=found.facets | {"type": types})

    async def _has(self, hit: Hit, together: int, for_sale: Collection[UUID]) -> bool:
        if not for_sale:
            # Not sold now: its houses need no look.
            return False
        event_id = EventId(hit.document.id)
        try:
            facts = await self._salebook.facts(event_id)
        except EventNotFound:
            # Gone since it was indexed.
            return False
        sections = [each for each in facts.chart.sections if each.id in for_sale]
        read = await self._desk.read(event_id)
        return read.has_together(sections, quantity=together)
