"""The page of a venue as the server sends it."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from arenapulse.core.errors import NotFound
from arenapulse.core.ids import VenueId
from arenapulse.runtime.db import Session
from arenapulse.runtime.priority import briefly
from arenapulse.runtime.web import pages
from arenapulse.runtime.web.page_reads import Page, SharedPages
from arenapulse.venues import queries
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.sharing import page_of


class VenuePages(SharedPages):
    """The app's page with the venue in its head; the bare one with 404 where there is none."""

    async def _written(self, session: Session, name: str) -> Page:
        bare = await briefly(pages.bare, self._index)
        if bare is None:
            raise NotFound
        try:
            venue = await queries.find(session, venue_id=VenueId(UUID(name)))
        except (ValueError, VenueNotFound):
            return Page(bare, HTTPStatus.NOT_FOUND)
        return Page(page_of(bare, venue=venue, base=self._base), HTTPStatus.OK)
