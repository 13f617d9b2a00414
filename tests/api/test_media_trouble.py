"""Pictures in trouble: deleted or completed meanwhile, broken off; busy machines; colours."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, ImageCms

from arenapulse.core import clock
from arenapulse.core.errors import Unavailable
from arenapulse.media.darkroom import Darkroom, Developed
from arenapulse.media.errors import PictureNotFound
from arenapulse.media.service.developing import UNUSED_AFTER, Studio
from arenapulse.media.storage import Bucket, Storage, picture_key
from arenapulse.runtime.db import Database
from tests.api.test_media import Wall, picture, wall

__all__ = ["wall"]


@pytest.fixture
async def beside(wall: Wall, database_url: str) -> AsyncIterator[Studio]:
    """Another process that develops the wall's pictures."""
    database = Database(database_url, pool_size=2)
    await database.open()
    place = wall.place
    yield Studio(database=database, storage=Storage(place=place), darkroom=Darkroom())
    await database.close()


class Meanwhile(Darkroom):
    """Something happens while it develops."""

    def __init__(self, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._happens = happens

    async def develop(self, upload: bytes, *, content_type: str) -> Developed:
        developed = await super().develop(upload, content_type=content_type)
        await self._happens()
        return developed


async def test_a_picture_that_is_deleted_while_it_is_developed_leaves_nothing(
    wall: Wall, beside: Studio
) -> None:
    content = picture(64, 64)
    awaited = await wall.announce(content, "image/jpeg")
    await wall.send(awaited["upload"], content)
    path = f"{wall.path}/{awaited['mediaId']}"
    venue_id, media_id = UUID(wall.venue["id"]), UUID(awaited["mediaId"])
    slow = dataclasses.replace(
        beside, darkroom=Meanwhile(lambda: wall.client.delete(path, headers=wall.owner.headers))
    )
    with pytest.raises(PictureNotFound):
        await slow.complete(subject_id=venue_id, media_id=media_id)
    assert wall.files() == []


async def test_completing_twice_at_once_is_as_once(wall: Wall, beside: Studio) -> None:
    content = picture(64, 64)
    awaited = await wall.announce(content, "image/jpeg")
    await wall.send(awaited["upload"], content)
    venue_id, media_id = UUID(wall.venue["id"]), UUID(awaited["mediaId"])

    class Slower(Storage):
        async def get(self, key: str, *, bytes_max: int) -> bytes | None:
            assert await beside.complete(subject_id=venue_id, media_id=media_id)
            return await super().get(key, bytes_max=bytes_max)

    slow = dataclasses.replace(beside, storage=Slower(place=wall.place))
    assert not await slow.complete(subject_id=venue_id, media_id=media_id)
    later = dataclasses.replace(
        beside,
        darkroom=Meanwhile(lambda: beside.complete(subject_id=venue_id, media_id=media_id)),
    )
    assert not await later.complete(subject_id=venue_id, media_id=media_id)
    assert len(await wall.shown()) == 1
    assert len(wall.files()) == 3


async def test_what_a_developing_left_that_was_broken_off_is_collected(
    wall: Wall, beside: Studio
) -> None:
    awaited = await wall.announce(b"x", "image/png")
    await beside.storage.put(
        picture_key(UUID(awaited["mediaId"]), "640.webp"), b"half", content_type="image/webp"
    )
    assert len(wall.files()) == 1
    await beside.collect(now=clock.now() + UNUSED_AFTER * 2)
    assert wall.files() == []


async def test_a_file_that_grows_between_two_looks_is_not_read() -> None:
    """A bucket whose object is replaced after its size was asked for."""
    small, large = b"x" * 10, b"x" * 5_000_000

    class Growing(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(small, with_body=False)

        def do_GET(self) -> None:
            with contextlib.suppress(OSError):
                self.answer(large, with_body=True)

        def answer(self, content: bytes, *, with_body: bool) -> None:
            self.send_response(200)
            for name, value in (
                ("Content-Length", str(len(content))),
                ("ETag", f'"{len(content)}"'),
                ("Last-Modified", "Mon, 30 Nov 2026 10:00:00 GMT"),
            ):
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Growing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    bucket = Bucket(
        name="pictures",
        region="us-east-1",
        endpoint=f"http://127.0.0.1:{server.server_port}",
        key_id="key",
        secret="secret",
    )
    assert await Storage(place=bucket).get("uploads/a", bytes_max=100) is None
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_machine_that_is_too_busy_blames_no_picture() -> None:
    with pytest.raises(Unavailable):
        await Darkroom(seconds_max=0.0).develop(picture(64, 64), content_type="image/jpeg")


async def _shown_colour(content: bytes, content_type: str) -> tuple[int, ...]:
    developed = await Darkroom().develop(content, content_type=content_type)
    (size,) = [each for each in developed.sizes if each.ending == "jpg"]
    shown = Image.open(io.BytesIO(size.content)).convert("RGB").getpixel((32, 32))
    assert isinstance(shown, tuple)
    return shown


def _wider_red() -> bytes:
    """A profile whose red is what sRGB calls green: what it says is seen at once."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, green = (profile.index(name) for name in (b"rXYZ", b"gXYZ"))
    swapped = bytearray(profile)
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(swapped)


async def test_colours_are_those_that_the_profile_said() -> None:
    red = Image.new("RGB", (64, 64), (250, 20, 20))
    buffer = io.BytesIO()
    red.save(buffer, format="PNG", icc_profile=_wider_red())
    r, g, b = await _shown_colour(buffer.getvalue(), "image/png")
    assert (g > 200, max(r, b) < 100) == (True, True)
    broken = io.BytesIO()
    red.save(broken, format="PNG", icc_profile=b"not a profile" * 20)
    r, g, b = await _shown_colour(broken.getvalue(), "image/png")
    assert (r > 200, max(g, b) < 100) == (True, True)


async def test_16_bits_of_grey_stay_grey() -> None:
    grey = Image.new("I;16", (64, 64), 0x8000)
    buffer = io.BytesIO()
    grey.save(buffer, format="PNG")
    r, g, b = await _shown_colour(buffer.getvalue(), "image/png")
    assert all(abs(each - 128) < 4 for each in (r, g, b))
