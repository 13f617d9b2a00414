"""The page of an event as the server sends it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from arenapulse.core.errors import NotFound
from arenapulse.core.ids import EventId, VenueId
from arenapulse.events.errors import EventNotFound
from arenapulse.events.service.reading import detail
from arenapulse.events.sharing import Shared, page_of
from arenapulse.runtime.db import Session
from arenapulse.runtime.web import pages
from arenapulse.venues.queries import find as find_venue


@dataclass(frozen=True, slots=True)
class ShownPage:
    text: str
    status: int


async def shared(session: Session, *, event_id: str, index: Path, base: str) -> ShownPage:
    """What everybody may see of an event, in the head of the app's page.

    Without such an event it is the bare page with 404: whoever may see a draft has a token, which
    the page itself sends. Raises `NotFound` where no web app is built.
    """
    bare = await asyncio.to_thread(pages.bare, index)
    if bare is None:
        raise NotFound
    try:
        wanted = EventId(UUID(event_id))
        event = await detail(session, actor=None, event_id=wanted, promo_code=None)
    except (ValueError, EventNotFound):
        return ShownPage(bare, HTTPStatus.NOT_FOUND)
    venue = await find_venue(session, venue_id=VenueId(event.venue_id))
    return ShownPage(page_of(bare, shared=Shared(event, venue, base)), HTTPStatus.OK)
