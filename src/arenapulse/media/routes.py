"""HTTP for the files of pictures: bare, outside of the API."""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from arenapulse.core import clock
from arenapulse.core.errors import BodyTooLarge, MalformedBody, UnsupportedMedia
from arenapulse.media.errors import PictureNotFound
from arenapulse.media.queries import FILES_PATH
from arenapulse.media.service.developing import Studio
from arenapulse.media.storage import UPLOAD_PATH
from arenapulse.media.terms import ENDINGS
from arenapulse.runtime.web.provided import provided

router = APIRouter(include_in_schema=False)

StudioDep = Annotated[Studio, Depends(provided(Studio))]
IMMUTABLE: Final = "public, max-age=31536000, immutable"
_NAME: Final = re.compile(r"[1-9][0-9]{0,4}\.(avif|webp|jpg)", re.ASCII)


@router.get(FILES_PATH + "{media_id}/{name}")
async def read_file(media_id: UUID, name: str, studio: StudioDep) -> Response:
    """One size; what an address names never changes."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise PictureNotFound
    content = await studio.file(media_id, name=name)
    headers = {"Cache-Control": IMMUTABLE, "Content-Disposition": "inline"}
    return Response(content, media_type=ENDINGS[match[1]], headers=headers)


@router.put(UPLOAD_PATH + "{media_id}", status_code=204)
async def upload(
    *,
    media_id: UUID,
    request: Request,
    studio: StudioDep,
    until: Annotated[int, Query(ge=0, le=2**40)],
    signature: Annotated[str, Query(max_length=64)],
) -> None:
    """Takes one file into the local folder, by a link that `…/media` gave."""
    awaited = await studio.awaited(media_id, until=until, signature=signature, now=clock.now())
    if request.headers.get("content-type", "") != awaited.content_type:
        raise UnsupportedMedia
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > awaited.size:
            raise BodyTooLarge
    if len(content) != awaited.size:
        raise MalformedBody("The file is shorter than was said.")
    await studio.take_in(awaited, bytes(content))
