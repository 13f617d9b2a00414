"""Pictures of events; MANAGER and up."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from arenapulse.core.ids import EventId
from arenapulse.events.service.rights import get_to_change
from arenapulse.identity.schemas import Actor
from arenapulse.media import queries as media_queries
from arenapulse.media.errors import PictureNotFound
from arenapulse.media.schemas import AwaitedView, PictureBody, PictureView
from arenapulse.media.service.developing import Studio, shown
from arenapulse.runtime.db import Session


async def announce_picture(
    session: Session,
    *,
    actor: Actor,
    event_id: EventId,
    body: PictureBody,
    studio: Studio,
    now: dt.datetime,
) -> AwaitedView:
    """Where to send the file. Raises `EventNotFound`, `Forbidden` and `TooManyPictures`."""
    event = await get_to_change(session, actor=actor, event_id=event_id)
    return await studio.announce(
        session, subject_id=event_id, organization_id=event.organization_id, body=body, now=now
    )


async def complete_picture(
    studio: Studio, *, actor: Actor, event_id: EventId, media_id: UUID
) -> PictureView:
    """Develops what was uploaded, and shows it; again, the same answer.

    Raises `EventNotFound`, `Forbidden`, `PictureNotFound`, `Invalid` where it is not that picture.
    """
    async with studio.database.transaction() as session:
        await get_to_change(session, actor=actor, event_id=event_id)
    await studio.complete(subject_id=event_id, media_id=media_id)
    async with studio.database.transaction() as session:
        return await shown(session, subject_id=event_id, media_id=media_id)


async def delete_picture(
    session: Session, *, actor: Actor, event_id: EventId, media_id: UUID
) -> None:
    """Raises `EventNotFound`, `Forbidden` and `PictureNotFound`."""
    await get_to_change(session, actor=actor, event_id=event_id)
    if not await media_queries.remove(session, subject_id=event_id, media_id=media_id):
        raise PictureNotFound
