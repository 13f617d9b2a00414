"""A scanner's camera where the browser reads no codes itself: its reader is kept by the page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageOps
from playwright.async_api import Browser, async_playwright, expect

from tests.e2e.browsing import DEADLINE_MS, PHONE, Visit, Visitors, launch
from tests.e2e.organizing import Buyer, Organizer, Sale
from tests.e2e.reading import qr_of
from tests.e2e.stack import Stack
from tests.e2e.test_gates import NO_NETWORK, code_of, opened, scanner, ticket_of, verdict
from tests.e2e.test_installed import LOOK, installed, publish

FRAME = (640, 480)
KEPT = """
caches.has("reader")
  .then((is) => (is ? caches.open("reader").then((kept) => kept.keys()) : []))
  .then((kept) => kept.map(({ url }) => new URL(url).pathname))
"""
# No browser of ours has one on every machine; here none has.
NO_DETECTOR = "delete window.BarcodeDetector;"
# An empty page has no caches.
NO_ROOM = """
if (globalThis.Cache)
  Cache.prototype.add = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
"""
# Nobody has touched the screen.
NO_TAP = "navigator.vibrate"


class Camera:
    """What a browser's camera looks at, as a film of one frame; read when the camera starts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._film(Image.new("L", FRAME, 235))

    async def sees(self, text: str) -> None:
        """A code of this text from now on."""
        frame = Image.new("L", FRAME, 235)
        code = await qr_of(text)
        code = ImageOps.scale(code, (FRAME[1] - 40) // code.height, Image.Resampling.NEAREST)
        frame.paste(code, ((FRAME[0] - code.width) // 2, (FRAME[1] - code.height) // 2))
        self._film(frame)

    def _film(self, frame: Image.Image) -> None:
        colour = bytes([128]) * (FRAME[0] * FRAME[1] // 2)
        head = f"YUV4MPEG2 W{FRAME[0]} H{FRAME[1]} F10:1 Ip A1:1 C420jpeg\nFRAME\n"
        self.file.write_bytes(head.encode() + frame.tobytes() + colour)


@pytest.fixture
def camera(tmp_path: Path) -> Camera:
    return Camera(tmp_path / "camera.y4m")


@pytest.fixture
async def browser(camera: Camera) -> AsyncIterator[Browser]:
    """One whose camera is ours, and that nobody has to ask for it."""
    expect.set_options(timeout=DEADLINE_MS)
    async with async_playwright() as playwright:
        made = await launch(
            playwright,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera.file}",
        )
        yield made
        await made.close()


async def tonight(organizer: Organizer, api: httpx.AsyncClient) -> tuple[Sale, Buyer, str]:
    """An event whose gates are open, and who comes with a ticket."""
    sale = await organizer.sale(north=20)
    buyer = await Buyer.registered(api)
    ticket = await ticket_of(buyer, await buyer.buy(sale.event_id, sale.sections["North"], 1))
    await opened(organizer, sale)
    return sale, buyer, ticket


async def kept_readers(visit: Visit) -> list[str]:
    return list(await visit.page.evaluate(KEPT))


async def reader_is_kept(visit: Visit) -> str:
    """The path of the one reader that this device keeps."""
    await visit.page.wait_for_function(f"({KEPT.strip()}).then((kept) => kept.length === 1)")
    (path,) = await kept_readers(visit)
    return path


async def test_a_scanner_without_a_detector_reads_after_a_reload_without_a_network(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient, camera: Camera
) -> None:
    sale, buyer, ticket = await tonight(organizer, api)
    gate = await scanner(visitors, organizer, sale, "Lane 1", before=NO_DETECTOR)
    await installed(gate)
    await reader_is_kept(gate)
    gate.foresee(*NO_NETWORK, NO_TAP)
    await gate.page.context.set_offline(offline=True)
    # Without what the browser keeps for itself, which it may throw away whenever it likes.
    session: Any = await gate.page.context.new_cdp_session(gate.page)
    await session.send("Network.clearBrowserCache")
    await camera.sees(await code_of(buyer, ticket))
    await gate.page.reload()
    assert await verdict(gate) == "admitted"
    await gate.sees("1 scan is kept here and goes out by itself.")
    await gate.page.context.set_offline(offline=False)
    await gate.sees("In step")


async def test_a_new_version_brings_a_scanner_its_reader_before_it_is_taken(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient, stack: Stack
) -> None:
    sale, _, _ = await tonight(organizer, api)
    gate = await scanner(visitors, organizer, sale, "Lane 1", before=NO_DETECTOR)
    await installed(gate)
    before = await reader_is_kept(gate)
    newer = before.replace(".wasm", "2.wasm")
    worker = stack.web_folder / "sw.js"
    text = worker.read_text()
    file = stack.web_folder / newer.removeprefix("/")
    file.write_bytes((stack.web_folder / before.removeprefix("/")).read_bytes())
    try:
        changed = text.replace(f'READER = "{before}"', f'READER = "{newer}"')
        publish(worker, re.sub(r'VERSION = "\w+"', 'VERSION = "newer"', changed))
        assert await gate.page.evaluate(LOOK)
        await gate.sees("A newer version is ready.")
        assert await kept_readers(gate) == [before, newer]
        async with gate.page.expect_navigation():
            await gate.press("Load it")
        await gate.page.wait_for_function(
            "caches.keys().then(names => !names.some((name) => /^shell-(?!newer)/.test(name)))"
        )
        # The page here is still the older one: it may have asked for its own reader since.
        assert newer in await kept_readers(gate)
    finally:
        publish(worker, text)
        file.unlink()


async def test_a_scanner_that_can_keep_nothing_reads_as_long_as_there_is_a_network(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient, camera: Camera
) -> None:
    sale, _, _ = await tonight(organizer, api)
    await camera.sees("https://example.test/no-ticket")
    gate = await scanner(visitors, organizer, sale, "Lane 1", before=NO_DETECTOR + NO_ROOM)
    gate.foresee("404", NO_TAP)
    assert await verdict(gate) == "unknown"
    assert await kept_readers(gate) == []


async def test_who_scans_nothing_carries_no_reader_about(visitors: Visitors) -> None:
    visit = await visitors.arrive(size=PHONE)
    await visit.go("/")
    await installed(visit)
    assert await kept_readers(visit) == []
