"""Develops one picture in a process of its own: `python -m arenapulse.media.darkroom TYPE`.

The upload comes on standard input; standard output gets a line of JSON with what follows it, the
sizes one after another. What the process may take of memory and time is bounded by the kernel, so
a picture that bursts its decoder takes nobody with it. Exit code 3 says that it is no such picture.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import os
import resource
import sys
import warnings
from dataclasses import dataclass
from typing import Any, Final, cast

from PIL import Image, ImageCms, ImageOps

from arenapulse.core.errors import Invalid, Unavailable
from arenapulse.media.terms import ENDINGS, PIXELS_MAX, SIDE_MAX, SIDE_MIN, WIDTHS

MEMORY_BYTES_MAX: Final = 1_500_000_000
CPU_SECONDS_MAX: Final = 30
WAIT_SECONDS_MAX: Final = 40
OUTPUT_BYTES_MAX: Final = 40_000_000
AT_ONCE_MAX: Final = 1
QUEUE_MAX: Final = 8
NO_PICTURE: Final = 3

_FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
_SAVED: Final[dict[str, dict[str, Any]]] = {
    "avif": {"format": "AVIF", "quality": 55, "speed": 9, "max_threads": 1},
    "webp": {"format": "WEBP", "quality": 78, "method": 3},
    "jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
}
_BLUR_WIDTH: Final = 24


@dataclass(frozen=True, kw_only=True)
class Size:
    ending: str
    width: int
    height: int
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Developed:
    blur: str
    sizes: list[Size]


class Darkroom:
    """Develops so many at once in this process, and keeps so many waiting."""

    def __init__(self, *, seconds_max: float = WAIT_SECONDS_MAX) -> None:
        self._seconds_max = seconds_max
        self._places = asyncio.Semaphore(AT_ONCE_MAX)
        self._waiting = 0

    async def develop(self, upload: bytes, *, content_type: str) -> Developed:
        """All sizes, without what the file said beside its pixels.

        Raises `Invalid` for what is not such a picture, `Unavailable` where too many wait and where
        it takes too long: by the clock that is the machine's fault, what the picture itself may
        take is bounded by the CPU's.
        """
        if self._waiting >= QUEUE_MAX:
            raise Unavailable("Too many pictures are being developed.", retry_after_seconds=5)
        self._waiting += 1
        try:
            async with self._places:
                return await _in_a_process(
                    upload, content_type=content_type, seconds_max=self._seconds_max
                )
        finally:
            self._waiting -= 1


async def _in_a_process(upload: bytes, *, content_type: str, seconds_max: float) -> Developed:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "arenapulse.media.darkroom",
        content_type,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        # It reads what strangers sent: it is told no secrets.
        env={},
    )
    try:
        async with asyncio.timeout(seconds_max):
            output, _ = await process.communicate(upload)
    except TimeoutError:
        raise Unavailable(
            "The picture could not be developed in time.", retry_after_seconds=30
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0 or len(output) > OUTPUT_BYTES_MAX:
        raise _no_picture(content_type)
    head, _, rest = output.partition(b"\n")
    told = json.loads(head)
    sizes: list[Size] = []
    for ending, width, height, length in told["sizes"]:
        sizes.append(Size(ending=ending, width=width, height=height, content=rest[:length]))
        rest = rest[length:]
    return Developed(blur=told["blur"], sizes=sizes)


def _no_picture(content_type: str) -> Invalid:
    return Invalid.on("content", f"is no {content_type} that can be shown")


def _open(upload: bytes, *, content_type: str) -> Image.Image:
    """The picture as it is to be seen; raises `ValueError` for what is none, or too large."""
    found: Image.Image = Image.open(io.BytesIO(upload), formats=[_FORMATS[content_type]])
    width, height = found.size
    if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
        raise ValueError("too large")
    if min(width, height) < SIDE_MIN:
        raise ValueError("too small")
    # A JPEG need not be decoded larger than it is shown.
    found.draft("RGB", (WIDTHS[-1], WIDTHS[-1]))
    found.load()
    profile: bytes | None = found.info.get("icc_profile")
    flat = _flat(ImageOps.exif_transpose(found))
    if flat.width > WIDTHS[-1]:
        # Before its colours are worked out: they cost by the pixel.
        height = max(1, round(flat.height * WIDTHS[-1] / flat.width))
        flat = flat.resize(  # pyright: ignore[reportUnknownMemberType]
            (WIDTHS[-1], height), Image.Resampling.LANCZOS
        )
    return _in_srgb(flat, profile=profile)


def _flat(picture: Image.Image) -> Image.Image:
    """Its pixels with 8 bits a channel, on white where one sees through it."""
    if picture.mode in {"RGBA", "LA", "PA", "P"} or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    if picture.mode.startswith("I"):
        # 16 bits of grey, of which a mere conversion would keep the lowest and cut the rest.
        high = picture.point(lambda value: value / 256)  # pyright: ignore[reportUnknownMemberType]
        return high.convert("L")
    return picture if picture.mode in {"L", "CMYK"} else picture.convert("RGB")


def _in_srgb(picture: Image.Image, *, profile: bytes | None) -> Image.Image:
    """In the colours that everything is shown in, since the profile that told of others goes."""
    if profile is not None:
        # One that is broken, or of other channels, tells nothing.
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            named = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            shown = cast("Any", ImageCms).createProfile("sRGB")
            made = ImageCms.profileToProfile(picture, named, shown, outputMode="RGB")
            if made is not None:
                return made
    return picture.convert("RGB")


def _developed(picture: Image.Image) -> tuple[str, list[tuple[str, int, int, bytes]]]:
    widths = [width for width in WIDTHS if width <= picture.width] or [picture.width]
    made: list[tuple[str, int, int, bytes]] = []
    # From the largest down, each from the one before.
    for width in reversed(widths):
        height = max(1, round(picture.height * width / picture.width))
        picture = picture.resize(  # pyright: ignore[reportUnknownMemberType]
            (width, height), Image.Resampling.LANCZOS
        )
        picture.info.clear()
        made += [(ending, width, height, _saved(picture, ending)) for ending in ENDINGS]
    tiny = picture.copy()
    tiny.thumbnail((_BLUR_WIDTH, _BLUR_WIDTH))
    buffer = io.BytesIO()
    tiny.save(buffer, format="WEBP", quality=30)
    blur = "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
    return blur, made


def _saved(picture: Image.Image, ending: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, **_SAVED[ending])
    return buffer.getvalue()


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    # Pillow warns where it would rather refuse.
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        blur, sizes = _developed(_open(sys.stdin.buffer.read(), content_type=sys.argv[1]))
    except Exception:  # noqa: BLE001 - decoders raise what they like; all of it means the same
        return NO_PICTURE
    told = [(ending, width, height, len(content)) for ending, width, height, content in sizes]
    out = sys.stdout.buffer
    out.write(json.dumps({"blur": blur, "sizes": told}).encode() + b"\n")
    for *_, content in sizes:
        out.write(content)
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
