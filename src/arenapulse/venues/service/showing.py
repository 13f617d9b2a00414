"""The page of a venue as the server sends it."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from arenapulse.core.errors import NotFound
from arenapulse.core.ids import VenueId
from arenapulse.runtime.db import Session
from arenapulse.runtime.web import pages
from arenapulse.venues import queries
from arenapulse.venues.errors import VenueNotFound
from arenapulse.venues.sharing import page_of


async def shared(
    session: Session, *, venue_id: str, index: Path, base: str
) -> tuple[str, HTTPStatus]:
    """The app's page with the venue in its head; the bare one with 404 where there is none.

    Raises `NotFound` where no web app is built.
    """
    bare = await asyncio.to_thread(pages.bare, index)
    if bare is None:
        raise NotFound
    try:
        venue = await queries.find(session, venue_id=VenueId(UUID(venue_id)))
    except (ValueError, VenueNotFound):
        return bare, HTTPStatus.NOT_FOUND
    return page_of(bare, venue=venue, base=base), HTTPStatus.OK
