"""From an announced upload to a picture in its sizes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse.core.errors import Invalid, Unavailable
from arenapulse.core.ids import OrganizationId, new_id
from arenapulse.media import queries
from arenapulse.media.darkroom import Darkroom, Developed
from arenapulse.media.errors import PictureNotFound, TooManyPictures
from arenapulse.media.queries import Awaited, Made
from arenapulse.media.schemas import AwaitedView, PictureBody, PictureView, UploadView
from arenapulse.media.storage import Storage, picture_folder, picture_key, upload_key
from arenapulse.media.terms import ENDINGS, PICTURES_MAX, UPLOAD_SECONDS
from arenapulse.runtime.db import Database, Session

UNUSED_AFTER: Final = dt.timedelta(hours=1)
COLLECTED_MAX: Final = 100
CLOSED: Final = "New pictures are not taken in at the moment."
CLOSED_SECONDS: Final = 600
FILE_BYTES_MAX: Final = 20_000_000


@dataclass(frozen=True, kw_only=True)
class Studio:
    """Where pictures lie and where they are developed."""

    database: Database
    storage: Storage
    darkroom: Darkroom
    is_open: Callable[[OrganizationId], bool] = lambda _organization_id: True
    """Whether new pictures of an organization are taken in at the moment."""

    async def announce(
        self,
        session: Session,
        *,
        subject_id: UUID,
        organization_id: OrganizationId,
        body: PictureBody,
        now: dt.datetime,
    ) -> AwaitedView:
        """Where to send the file; the caller has judged the rights.

        Raises `TooManyPictures`, and `Unavailable` while none are taken in.
        """
        if not self.is_open(organization_id):
            raise Unavailable(CLOSED, retry_after_seconds=CLOSED_SECONDS)
        media_id = new_id()
        is_added = await queries.add(
            session,
            media_id=media_id,
            subject_id=subject_id,
            organization_id=organization_id,
            content_type=body.content_type.value,
            size=body.size,
            most=PICTURES_MAX,
        )
        if not is_added:
            raise TooManyPictures
        upload = UploadView(
            url=self.storage.upload_url(media_id, now=now, seconds=UPLOAD_SECONDS),
            method="PUT",
            headers={"Content-Type": body.content_type.value},
            expires_at=now + dt.timedelta(seconds=UPLOAD_SECONDS),
        )
        return AwaitedView(media_id=media_id, upload=upload)

    async def awaited(
        self, media_id: UUID, *, until: int, signature: str, now: dt.datetime
    ) -> Awaited:
        """What may be uploaded by this link to the local folder; raises `PictureNotFound`."""
        if not self.storage.may_upload(media_id, until=until, signature=signature, now=now):
            raise PictureNotFound
        async with self.database.transaction() as session:
            found = await queries.find(session, media_id=media_id, subject_id=None)
        if found is None or found.is_ready:
            raise PictureNotFound
        return found

    async def take_in(self, awaited: Awaited, content: bytes) -> None:
        await self.storage.put(
            upload_key(awaited.media_id), content, content_type=awaited.content_type
        )

    async def complete(self, *, subject_id: UUID, media_id: UUID) -> bool:
        """Develops what was uploaded; False where it is ready already.

        Raises `PictureNotFound`, and `Invalid` where nothing was uploaded, or not that picture.
        """
        async with self.database.transaction() as session:
            awaited = await queries.find(session, media_id=media_id, subject_id=subject_id)
        if awaited is None:
            raise PictureNotFound
        if awaited.is_ready:
            return False
        content = await self.storage.get(upload_key(media_id), bytes_max=awaited.size)
        if content is None:
            if await self._is_ready(media_id, subject_id=subject_id):
                # Completed a second time at once, and the other was quicker.
                return False
            raise Invalid.on("content", "was not uploaded, or is larger than was said")
        developed = await self.darkroom.develop(content, content_type=awaited.content_type)
        made = await self._keep(media_id, developed)
        async with self.database.transaction() as session:
            is_made = await queries.make_ready(
                session, media_id=media_id, blur=developed.blur, made=made
            )
        if not is_made and not await self._is_ready(media_id, subject_id=subject_id):
            # Deleted, or given up, while it was developed: nobody would ever collect it.
            await self._clear(media_id)
            raise PictureNotFound
        await self.storage.delete([upload_key(media_id)])
        return is_made

    async def _is_ready(self, media_id: UUID, *, subject_id: UUID) -> bool:
        async with self.database.transaction() as session:
            found = await queries.find(session, media_id=media_id, subject_id=subject_id)
        return found is not None and found.is_ready

    async def _clear(self, media_id: UUID) -> None:
        """Deletes all its files: those of a developing that was broken off stand in no row."""
        kept = await self.storage.kept(picture_folder(media_id))
        await self.storage.delete([upload_key(media_id), *kept])

    async def _keep(self, media_id: UUID, developed: Developed) -> list[Made]:
        made: list[Made] = []
        for size in developed.sizes:
            each = Made(ending=size.ending, width=size.width, height=size.height)
            await self.storage.put(
                picture_key(media_id, each.name),
                size.content,
                content_type=ENDINGS[size.ending],
            )
            made.append(each)
        return made

    async def file(self, media_id: UUID, *, name: str) -> bytes:
        """One size of a picture; raises `PictureNotFound`."""
        found = await self.storage.get(picture_key(media_id, name), bytes_max=FILE_BYTES_MAX)
        if found is None:
            raise PictureNotFound
        return found

    async def collect(self, *, now: dt.datetime) -> int:
        """Deletes the files of what is gone and of what nobody completed; how many."""
        async with self.database.transaction() as session:
            found = await queries.unused(session, before=now - UNUSED_AFTER, limit=COLLECTED_MAX)
        for media_id in found:
            await self._clear(media_id)
        if found:
            # Files first: what is forgotten before would lie there for ever.
            async with self.database.transaction() as session:
                await queries.forget(session, media_ids=found)
        return len(found)


async def shown(session: Session, *, subject_id: UUID, media_id: UUID) -> PictureView:
    """One picture of a subject; raises `PictureNotFound`."""
    found = await queries.pictures(session, subject_ids=[subject_id])
    for each in found.get(subject_id, ()):
        if each.media_id == media_id:
            return each
    raise PictureNotFound
