"""Walks through events and venues and mends what the index says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from arenapulse.core.ids import EventId, VenueId
from arenapulse.events import queries as event_queries
from arenapulse.inventory.queries import totals
from arenapulse.runtime.db import Database
from arenapulse.search import queries
from arenapulse.search.service.indexing import LEAST_ID, Index, popularity_of
from arenapulse.search.terms import INDEX_PAGE, Kind
from arenapulse.venues import queries as venue_queries

PAGES_MAX: Final = 20
"""Pages of one walk; the next goes on where it stopped."""


@dataclass
class Mender:
    """Where it is; each worker has one, and mending twice does no harm."""

    database: Database
    index: Index
    _after: dict[Kind, UUID] = field(default_factory=dict[Kind, UUID])

    async def walk(self) -> int:
        """Looks at some pages of each kind; how many documents were not as they should be."""
        mended = 0
        for kind in Kind:
            for _ in range(PAGES_MAX):
                wrong, is_end = await self._page(kind)
                mended += wrong
                if is_end:
                    break
        return mended

    async def _page(self, kind: Kind) -> tuple[int, bool]:
        after = self._after.get(kind, LEAST_ID)
        async with self.database.transaction() as session:
            if kind is Kind.EVENT:
                rows = await event_queries.versions(session, after=after, limit=INDEX_PAGE)
                sums = await totals(session, event_ids=[key for key, _, _ in rows])
                true = {
                    UUID(int=key.int): (version, status.value, popularity_of(sums.get(key)))
                    for key, version, status in rows
                }
                last = rows[-1][0] if rows else None
            else:
                found = await venue_queries.versions(session, after=after, limit=INDEX_PAGE)
                true = {UUID(int=key.int): (version, None, 0) for key, version in found}
                rows, last = found, found[-1][0] if found else None
            is_end = len(rows) < INDEX_PAGE
            shown = await queries.versions(
                session, kind=kind, after=after, until=None if is_end else last
            )
        wrong = sorted(
            {key for key, what in true.items() if shown.get(key) != what} | (shown.keys() - true)
        )
        for start in range(0, len(wrong), INDEX_PAGE):
            part = wrong[start : start + INDEX_PAGE]
            if kind is Kind.EVENT:
                await self.index.events([EventId(key) for key in part])
            else:
                await self.index.venues([VenueId(key) for key in part])
        self._after[kind] = LEAST_ID if is_end or last is None else last
        return len(wrong), is_end
