"""The page of an event as the server sends it."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from arenapulse.core.errors import NotFound
from arenapulse.core.ids import EventId, VenueId
from arenapulse.events.errors import EventNotFound
from arenapulse.events.service.reading import detail
from arenapulse.events.sharing import Shared, page_of
from arenapulse.runtime.db import Session
from arenapulse.runtime.priority import briefly
from arenapulse.runtime.web import pages
from arenapulse.runtime.web.page_reads import Page, SharedPages
from arenapulse.venues.queries import find as find_venue


class EventPages(SharedPages):
    """What everybody may see of an event, in the head of the app's page.

    Without such an event it is the bare page with 404: whoever may see a draft has a token, which
    the page itself sends.
    """

    async def _written(self, session: Session, name: str) -> Page:
        bare = await briefly(pages.bare, self._index)
        if bare is None:
            raise NotFound
        try:
            wanted = EventId(UUID(name))
            event = await detail(session, actor=None, event_id=wanted, promo_code=None)
        except (ValueError, EventNotFound):
            return Page(bare, HTTPStatus.NOT_FOUND)
        venue = await find_venue(session, venue_id=VenueId(event.venue_id))
        text = page_of(bare, shared=Shared(event, venue, self._base))
        return Page(text, HTTPStatus.OK)
