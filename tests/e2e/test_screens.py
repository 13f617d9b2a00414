"""The six screens on phone and desktop, by day and night: for everybody, and worth a picture.

`make screens` also writes the pictures to docs/screens/.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.async_api import expect

from arenapulse.entrypoints.demo.places import demo_id
from tests.e2e.browsing import DESKTOP, PHONE, Size, Theme, Visit, Visitors
from tests.e2e.crowd import MATCH, WEEKENDER
from tests.e2e.judging import axe_findings, settled, sideways, small_targets
from tests.e2e.organizing import Buyer, Organizer, bearer
from tests.e2e.pictures import lighter
from tests.e2e.stack import ROOT
from tests.e2e.test_buying import (
    HOLD,
    choose_in_list,
    choose_seats,
    hold_in,
    newcomer,
    pay_with,
    register,
)

SCREENS_FOLDER: Final = ROOT / "docs" / "screens"
PICTURE_BYTES_MAX: Final = 300_000
WIDTHS: Final = (320, 390, 768, 1440, 1920)
FORMATS: Final[dict[str, Size]] = {"phone": PHONE, "desktop": DESKTOP}
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
CANCELLED: Final = demo_id("ember-hall", "glasshouse")
SOLD_OUT: Final = demo_id("ember-hall", "quiet-room")


async def discover(visit: Visit) -> None:
    await visit.go("/")
    await expect(visit.page.locator("a.ecard").first).to_be_visible()


async def event(visit: Visit) -> None:
    await visit.open_event(MATCH)
    await expect(visit.page.locator(".map-cursor button")).to_have_count(1)


async def checkout(visit: Visit) -> None:
    # The clock in the picture stands at what it starts with.
    await visit.page.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    await visit.go("/register")
    await register(visit)
    await visit.open_event(MATCH)
    await choose_seats(visit, "C3", 2)
    await visit.press(HOLD)
    await expect(visit.page.get_by_role("timer")).to_be_visible()


async def tickets(visit: Visit) -> None:
    await visit.go("/sign-in?next=/tickets")
    await visit.sign_in("fan@demo.test")
    await visit.heading("Harbour Rovers v Kestrel United")


async def sign_in(visit: Visit) -> None:
    await visit.go("/sign-in")
    await visit.heading("Sign in")


async def registration(visit: Visit) -> None:
    await visit.go("/register")
    await visit.heading("Create an account")


SCREENS: Final[dict[str, Callable[[Visit], Awaitable[None]]]] = {
    "discover": discover,
    "event": event,
    "checkout": checkout,
    "tickets": tickets,
    "sign-in": sign_in,
    "register": registration,
}


@pytest.fixture(scope="module")
async def fans_tickets(api: httpx.AsyncClient) -> None:
    """The demo's fan has tickets of three evenings, seated and standing."""
    fan = Buyer(api, await bearer(api, "fan@demo.test"))
    for event_id, section, quantity in (
        (MATCH, demo_id("lantern-park", "C7"), 3),
        (MATCH, demo_id("lantern-park", "310"), 1),
        (WEEKENDER, demo_id("tidewater-meadows", "Riverside"), 2),
    ):
        await fan.buy(str(event_id), str(section), quantity)


async def resize(visit: Visit, size: Size) -> None:
    await visit.page.set_viewport_size({"width": size[0], "height": size[1]})
    await settled(visit.page)


async def take_picture(visit: Visit, path: Path, *, at_rest: bool = True) -> None:
    """As it looks to somebody whose pointer rests elsewhere; the page's own size stays."""
    if at_rest:
        await visit.page.evaluate("() => scrollTo(0, 0)")
        await visit.page.mouse.move(2, 2)
    taken = await visit.page.screenshot(animations="disabled")
    packed = taken if len(taken) < PICTURE_BYTES_MAX else lighter(taken)
    assert len(packed) < PICTURE_BYTES_MAX, f"{path.name} weighs {len(packed)} bytes"
    await asyncio.to_thread(path.write_bytes, packed)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", list(SCREENS))
async def test_a_screen_is_for_everybody(
    visitors: Visitors, fans_tickets: None, name: str, theme: Theme
) -> None:
    visit = await visitors.arrive(theme=theme)
    await SCREENS[name](visit)
    await expect(visit.page.locator("html")).to_have_attribute("data-theme", theme)
    if os.environ.get("ARENAPULSE_SCREENS"):
        for kind, size in FORMATS.items():
            await resize(visit, size)
            await take_picture(visit, SCREENS_FOLDER / f"{name}-{kind}-{theme}.png")
    for kind, size in FORMATS.items():
        await resize(visit, size)
        assert await axe_findings(visit.page) == [], f"{name}, {kind}, {theme}"
        if kind == "phone":
            assert await small_targets(visit.page) == [], f"{name}: too small for a thumb"


@pytest.mark.parametrize("name", list(SCREENS))
async def test_a_screen_never_scrolls_sideways(
    visitors: Visitors, fans_tickets: None, name: str
) -> None:
    visit = await visitors.arrive()
    await SCREENS[name](visit)
    for width in WIDTHS:
        await resize(visit, (width, 800))
        assert await sideways(visit.page) == [], f"{name} at {width} px"


async def judge(visit: Visit, state: str) -> None:
    await settled(visit.page)
    assert await axe_findings(visit.page) == [], state
    assert await sideways(visit.page) == [], state
    assert await small_targets(visit.page) == [], state


@pytest.mark.parametrize("theme", THEMES)
async def test_what_a_visitor_may_see_is_for_everybody(visitors: Visitors, theme: Theme) -> None:
    visit = await visitors.arrive(theme=theme, size=PHONE)
    await visit.open_event(MATCH)
    await choose_in_list(visit, "C3")
    await judge(visit, "the list with a choice")
    for event_id, words in ((SOLD_OUT, "Sold out."), (CANCELLED, "This event is cancelled.")):
        await visit.open_event(event_id)
        await visit.sees(words)
        await judge(visit, words)
    await visit.go("/?q=zzz")
    await visit.sees("Nothing found for “zzz”")
    await visit.press("Account and settings")
    await judge(visit, "nothing found, with the menu open")
    await visit.go("/?q=lantern")
    await visit.page.locator("summary", has_text="Filters").click()
    await expect(visit.page.get_by_role("checkbox", name="Havenbrook")).to_be_visible()
    await judge(visit, "the filters")
    await visit.go("/no/such/page")
    await visit.heading("There is nothing at this address")
    await judge(visit, "an unknown address")
    await visit.go("/sign-in")
    await visit.press("Sign in")
    await visit.sees("Enter your e-mail.")
    await judge(visit, "a form with complaints")
    await visit.go("/account")
    await judge(visit, "the account of nobody")


@pytest.mark.parametrize("theme", THEMES)
async def test_what_a_buyer_may_see_is_for_everybody(
    visitors: Visitors, organizer: Organizer, theme: Theme
) -> None:
    sale = await organizer.sale(north=20)
    brief = await organizer.sale(north=20, hold_seconds=3)
    visit = await newcomer(visitors, theme=theme, size=PHONE)
    await visit.go("/tickets")
    await visit.heading("No tickets yet")
    await judge(visit, "an empty wallet")
    await hold_in(visit, brief, "North")
    await visit.heading("Your time ran out")
    await judge(visit, "a hold that ran out")
    await hold_in(visit, sale, "North")
    await pay_with(visit, "Card that is declined")
    await visit.sees("Your bank declined this card.")
    await judge(visit, "a declined card")
    await visit.press("Release them now")
    await judge(visit, "the question before a release")
    await visit.press("Keep them")
    await pay_with(visit, "Card with a bank check")
    await visit.heading("Your bank wants to know it is you")
    await judge(visit, "the bank's question")
    await visit.press("Fail the check")
    await visit.sees("Your bank could not confirm that it is you.")
    await pay_with(visit)
    await visit.heading("You’re in.")
    await judge(visit, "paid")
    await visit.follow("Open tickets")
    await visit.page.locator("a.tkrow").first.click()
    await expect(visit.page.get_by_role("article", name="Ticket")).to_be_visible()
    await judge(visit, "a ticket")
