"""The organizer's house: from nothing to an event on sale, a sale as it happens, two who edit."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import secrets
from typing import Final

import httpx
import pytest
from playwright.async_api import Locator, expect

from arenapulse.entrypoints import crowd
from tests.e2e.browsing import DESKTOP, PHONE, Size, Visit, Visitors
from tests.e2e.judging import axe_findings, settled, sideways
from tests.e2e.organizing import OWNER, Organizer, Sale
from tests.e2e.stack import Stack
from tests.e2e.test_buying import newcomer

# Ten minutes are promised to a person; these are steps of a script, which does not think.
ROAD_SECONDS_MAX: Final = 180.0
SOLD_SECONDS_MAX: Final = 60.0
ADDRESS: Final = {
    "Address": "Cinder Road 4",
    "City": "Havenbrook",
    "Country (two letters)": "de",
    "Latitude": "53.5",
    "Longitude": "10.0",
    "Time zone": "Europe/Berlin",
}


async def judged(visit: Visit) -> None:
    await settled(visit.page)
    assert await axe_findings(visit.page) == []
    assert await sideways(visit.page) == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_from_nothing_to_an_event_on_sale(visitors: Visitors, size: Size) -> None:
    began = asyncio.get_running_loop().time()
    mark = secrets.token_hex(3)
    visit = await newcomer(visitors, size=size)
    page = visit.page
    await visit.go("/organizer")
    await page.get_by_label("Name", exact=True).fill(f"Cinder Town {mark}")
    await visit.press("Found it")
    # An event needs a house, and the page says where one is made.
    await visit.follow("New event")
    await visit.follow("Make a venue")
    await page.get_by_label("Name", exact=True).fill(f"Cinder Road {mark}")
    for label, value in ADDRESS.items():
        await page.get_by_label(label, exact=True).fill(value)
    await judged(visit)
    await visit.press("Make the venue")
    await visit.sees(f"Cinder Road {mark} is there.")
    await visit.follow("New event")
    # The page before it has a field of that name, too.
    await visit.heading("New event")
    await page.get_by_label("Name", exact=True).fill(f"Cinder Town v Brightwell {mark}")
    begins = dt.datetime.now(dt.UTC) + dt.timedelta(days=40)
    await page.get_by_label("Begins").fill(f"{begins:%Y-%m-%d}T19:30")
    await page.get_by_label("Price of a ticket").fill("24.50")
    await judged(visit)
    await visit.press("Make a draft")
    await page.get_by_label("Description").fill("Two sides of one river.")
    # A second price, painted onto two stands; the draft saves itself.
    prices = page.locator("#prices")
    await prices.get_by_role("button", name="Price", exact=True).click()
    await prices.get_by_label("Amount of Price 2").fill("12.00")
    await prices.locator("summary").nth(1).click()
    for stand in ("North 1", "South 1"):
        await prices.get_by_role("button", name=stand, exact=True).last.click()
    await visit.heading("Ready for fans")
    await visit.sees(re.compile(r"^Saved "))
    await judged(visit)
    await visit.press("Publish")
    await visit.press("Open the sale")
    await expect(page.get_by_role("button", name="Pause sale")).to_be_visible()
    event_id = re.search(r"/events/([0-9a-f-]{36})/edit", page.url)
    assert event_id is not None
    buyer = await visitors.arrive(size=size)
    await buyer.open_event(event_id[1])
    await buyer.heading(re.compile(f"Cinder Town v Brightwell {mark}"))
    await buyer.sees(re.compile("2,400"))
    took = asyncio.get_running_loop().time() - began
    print(f"from nothing to an event on sale: {took:.0f} s of steps")
    assert took < ROAD_SECONDS_MAX


async def test_the_live_page_moves_while_a_crowd_buys(
    visitors: Visitors, stack: Stack, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=300, south=300)
    visit = await visitors.arrive()
    await visit.go(f"/sign-in?next=/organizer/events/{sale.event_id}")
    await visit.sign_in(OWNER)
    sold = visit.page.locator(".org-tile").filter(has_text="Sold").locator("dd").first
    await expect(sold).to_have_text("0")
    await judged(visit)
    seen: set[str] = set()

    async def watch() -> None:
        while True:
            seen.add(await sold.inner_text())
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    tally = await asyncio.to_thread(_crowd_at, stack.url, sale.event_id)
    assert tally.outcomes["paying"] > 0, tally.outcomes
    await _shows_what_is_sold(sold, sale)
    watching.cancel()
    assert len(seen) > 1, "the number moved"
    await judged(visit)


async def _shows_what_is_sold(sold: Locator, sale: Sale) -> None:
    """In the end: what is being paid when the crowd leaves is sold a moment later."""
    async with asyncio.timeout(SOLD_SECONDS_MAX):
        while True:
            counts = [await sale.counts(name) for name in ("North", "South")]
            if await sold.inner_text() == str(sum(each[2] for each in counts)) != "0":
                return
            await asyncio.sleep(0.2)


def _crowd_at(url: str, event_id: str) -> crowd.Tally:
    """`arenapulse crowd` with a few fans who all want this one event."""
    return asyncio.run(crowd.run(url, fans=6, rate=12, seconds=10, seed=4, event_id=event_id))


async def test_two_who_edit_the_same_event_lose_nothing(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(north=50)
    path = f"/organizer/events/{sale.event_id}/edit"
    first, second = [await visitors.arrive() for _ in range(2)]
    for visit in (first, second):
        await visit.go(f"/sign-in?next={path}")
        await visit.sign_in(OWNER)
        await visit.heading("Basics")
    second.foresee(r"status of 412")
    mine, theirs = f"Second leg {sale.name}", f"Replay {sale.name}"
    await first.page.get_by_label("Name", exact=True).fill(theirs)
    await first.page.get_by_label("Tickets an order").fill("5")
    await first.press("Save")
    await first.sees(re.compile(r"^Saved "))
    # Two changed the name: a person decides. Only one changed the words and the rules: both stay.
    await second.page.get_by_label("Name", exact=True).fill(mine)
    await second.page.get_by_label("Description").fill("Written by the second.")
    await second.press("Save")
    conflict = second.page.locator(".org-conflict")
    await expect(conflict).to_have_count(1)
    await expect(conflict).to_contain_text(theirs)
    await expect(conflict).to_contain_text(mine)
    await judged(second)
    untouched = (await api.get(f"/api/v1/events/{sale.event_id}")).json()["data"]
    assert untouched["name"] == theirs, "nothing is saved until somebody chose"
    await conflict.get_by_role("radio").nth(1).check()
    await second.press("Save this")
    await second.sees(re.compile(r"^Saved "))
    await expect(conflict).to_have_count(0)
    merged = (await api.get(f"/api/v1/events/{sale.event_id}")).json()["data"]
    assert (
        merged["name"],
        merged["description"],
        merged["capacityConfig"]["maxTicketsPerOrder"],
    ) == (theirs, "Written by the second.", 5)
