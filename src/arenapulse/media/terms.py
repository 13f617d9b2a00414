"""Words and limits of pictures."""

from __future__ import annotations

import enum
from typing import Final

UPLOAD_BYTES_MAX: Final = 10_000_000
UPLOAD_SECONDS: Final = 15 * 60
PIXELS_MAX: Final = 50_000_000
SIDE_MAX: Final = 16_384
SIDE_MIN: Final = 16
PICTURES_MAX: Final = 20
"""Of one subject, those that wait for their upload among them."""
WIDTHS: Final = (320, 640, 1280, 1920)
THUMB_WIDTH_MAX: Final = 640
"""What a card shows is no wider."""


class PictureType(enum.StrEnum):
    """What may be uploaded; drawings with scripts in them may not."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    AVIF = "image/avif"


ENDINGS: Final = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
"""What a picture is served as, the smallest first."""
