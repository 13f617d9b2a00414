"""Bodies and answers about pictures, as the API's contract has them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field

from arenapulse.media.terms import UPLOAD_BYTES_MAX, PictureType
from arenapulse.runtime.web.envelope import Body, View


class PictureBody(Body):
    """`size` is the file's, in bytes: a larger one is no picture when it is completed."""

    content_type: PictureType
    size: Annotated[int, Field(strict=True, ge=1, le=UPLOAD_BYTES_MAX)]


class UploadView(View):
    """The file is sent there as it is, with these headers; then `…/complete`."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: dt.datetime


class AwaitedView(View):
    media_id: UUID
    upload: UploadView


class SourceView(View):
    url: str
    content_type: str
    width: int
    height: int


class ThumbView(View):
    """A picture as a card shows it: its files are `<path><width>.avif`, `.webp` and `.jpg`."""

    path: str
    widths: list[int]
    blur: str


class PictureView(SourceView):
    """The largest JPEG, and all `sources`; `blur` is a `data:` URI to show until one is there."""

    media_id: UUID
    blur: str
    sources: list[SourceView]
