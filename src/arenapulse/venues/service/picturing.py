"""Pictures of venues; MANAGER and up."""

from __future__ import annotations

import datetime as dt
from functools import partial
from uuid import UUID

from arenapulse.core.ids import VenueId
from arenapulse.identity.schemas import Actor
from arenapulse.media import queries as media_queries
from arenapulse.media.errors import PictureNotFound
from arenapulse.media.schemas import AwaitedView, PictureBody, PictureView
from arenapulse.media.service.developing import Studio, shown
from arenapulse.runtime.cache import VENUE_DETAILS, Cache
from arenapulse.runtime.db import Session
from arenapulse.venues import queries
from arenapulse.venues.service.charting import require_to_change


async def announce_picture(
    session: Session,
    *,
    actor: Actor,
    venue_id: VenueId,
    body: PictureBody,
    studio: Studio,
    now: dt.datetime,
) -> AwaitedView:
    """Where to send the file. Raises `VenueNotFound`, `Forbidden` and `TooManyPictures`."""
    await require_to_change(session, actor=actor, venue_id=venue_id)
    owner = await queries.owner_of(session, venue_id=venue_id)
    return await studio.announce(
        session, subject_id=venue_id, organization_id=owner, body=body, now=now
    )


async def complete_picture(
    studio: Studio, *, actor: Actor, venue_id: VenueId, media_id: UUID, cache: Cache
) -> PictureView:
    """Develops what was uploaded, and shows it; again, the same answer.

    Raises `VenueNotFound`, `Forbidden`, `PictureNotFound`, `Invalid` where it is not that picture.
    """
    async with studio.database.transaction() as session:
        await require_to_change(session, actor=actor, venue_id=venue_id)
    if await studio.complete(subject_id=venue_id, media_id=media_id):
        await cache.invalidate(VENUE_DETAILS, str(venue_id))
    async with studio.database.transaction() as session:
        return await shown(session, subject_id=venue_id, media_id=media_id)


async def delete_picture(
    session: Session, *, actor: Actor, venue_id: VenueId, media_id: UUID, cache: Cache
) -> None:
    """Raises `VenueNotFound`, `Forbidden` and `PictureNotFound`."""
    await require_to_change(session, actor=actor, venue_id=venue_id)
    if not await media_queries.remove(session, subject_id=venue_id, media_id=media_id):
        raise PictureNotFound
    session.after_commit(partial(cache.invalidate, VENUE_DETAILS, str(venue_id)))
