"""The app as it is installed: its shell and the tickets without a network, and a newer version."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from tests.e2e.browsing import PHONE, Visit, Visitors
from tests.e2e.organizing import Organizer
from tests.e2e.stack import Stack
from tests.e2e.test_buying import HOLD, choose_in_list, introduce, pay_with

READY = "navigator.serviceWorker.ready.then(() => true)"
LOOK = "navigator.serviceWorker.ready.then(worker => worker.update()).then(() => true)"


async def installed(visit: Visit) -> None:
    """The worker has the shell, and the page is its."""
    assert await visit.page.evaluate(READY)
    await visit.page.wait_for_function("navigator.serviceWorker.controller !== null")


async def test_tickets_are_read_without_a_network(visitors: Visitors, organizer: Organizer) -> None:
    sale = await organizer.sale(north=20)
    visit = await visitors.arrive(size=PHONE)
    await visit.open_event(sale.event_id)
    await choose_in_list(visit, "North")
    await visit.press(HOLD)
    await introduce(visit)
    await pay_with(visit)
    await visit.heading("You’re in.")
    await visit.follow("Open tickets")
    await expect(visit.page.locator("a.tkrow")).to_have_count(2)
    await installed(visit)
    visit.foresee("ERR_INTERNET_DISCONNECTED", "WebSocket", "Failed to fetch")
    await visit.page.context.set_offline(offline=True)
    await visit.page.reload()
    await expect(visit.page.locator("a.tkrow")).to_have_count(2)
    await visit.page.context.set_offline(offline=False)


async def test_a_newer_version_waits_until_somebody_takes_it(
    visitors: Visitors, stack: Stack
) -> None:
    worker = stack.web_folder / "sw.js"
    before = worker.read_text()
    visit = await visitors.arrive()
    await visit.go("/")
    await installed(visit)
    await visit.page.reload()
    try:
        publish(worker, re.sub(r'VERSION = "\w+"', 'VERSION = "newer"', before))
        assert await visit.page.evaluate(LOOK)
        await visit.sees("A newer version is ready.")
        # Nothing changes under anybody's hands.
        assert await visit.page.evaluate("caches.keys().then(names => names.length)") == 2
        async with visit.page.expect_navigation():
            await visit.press("Load it")
        await visit.page.wait_for_function(
            "caches.keys().then(names => names.join() === 'shell-newer')"
        )
    finally:
        publish(worker, before)


def publish(worker: Path, text: str) -> None:
    """Another service worker from now on; its packed twins would be of the older one."""
    for twin in (".br", ".gz"):
        worker.with_name(worker.name + twin).unlink(missing_ok=True)
    worker.write_text(text)
