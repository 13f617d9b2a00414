"""The organizer's days once a sale runs: orders, venues, the day, a chart; by keyboard."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsing import DESKTOP, PHONE, Size, Visit, Visitors
from tests.e2e.judging import axe_findings, settled, sideways
from tests.e2e.organizing import OWNER, Buyer, Organizer
from tests.e2e.test_buying import tab_to

Theme = Literal["light", "dark"]
LOOKS: Final = [(PHONE, "light"), (DESKTOP, "dark"), (PHONE, "dark"), (DESKTOP, "light")]
# Where to leave pictures of what is judged, for who wants to look at them.
PICTURES: Final = os.environ.get("ARENAPULSE_LOOKS")


async def judged(visit: Visit, *, name: str) -> None:
    await settled(visit.page)
    if PICTURES is not None:
        await visit.page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    assert await axe_findings(visit.page) == []
    assert await sideways(visit.page) == []


async def tabbed_to(page: Page, words: str) -> None:
    """By the Tab key alone; what it comes to is visible."""
    await tab_to(page, re.compile(f"^{re.escape(words)}$"))
    await expect(page.locator(":focus")).to_be_visible()


@pytest.mark.parametrize(
    ("size", "theme"), LOOKS, ids=["phone-light", "desktop-dark", "phone-dark", "desktop-light"]
)
async def test_orders_venues_the_day_and_a_chart_are_run_by_keyboard(
    visitors: Visitors, organizer: Organizer, size: Size, theme: Theme
) -> None:
    look = f"{size[0]}-{theme}"
    sale = await organizer.sale(north=300, south=300)
    order = await Buyer(organizer.api, organizer.headers).invoice(
        sale.event_id, sale.sections["North"], 3
    )
    visit = await visitors.arrive(size=size, theme=theme)
    page = visit.page
    await visit.go(f"/sign-in?next=/organizer/orders?order={order['orderId']}")
    await visit.sign_in(OWNER)
    # The order: paid by hand, its invoice, a note.
    await visit.sees(re.compile("is not paid yet"))
    await visit.heading("Messages")
    await judged(visit, name=f"order-{look}")
    await page.get_by_label("Reference at the bank").fill(f"CT {secrets.token_hex(3)}")
    await tabbed_to(page, "Mark as paid")
    await page.keyboard.press("Enter")
    await visit.sees("Noted as paid.")
    await tabbed_to(page, "Issue the invoice")
    await page.keyboard.press("Enter")
    await visit.sees(re.compile(r"^Invoice "))
    await page.get_by_label("New note").fill("They come by bus.")
    await tabbed_to(page, "Note it")
    await page.keyboard.press("Enter")
    await visit.sees("They come by bus.")
    await tabbed_to(page, "Give back an amount")
    await page.keyboard.press("Enter")
    await judged(visit, name=f"order-done-{look}")
    # The buyer, here the same person, has the paper too.
    await visit.go(f"/account/orders/{order['orderId']}")
    await visit.sees(re.compile(r"^Invoice "))
    await judged(visit, name=f"buyer-{look}")
    # The day itself.
    await visit.go(f"/organizer/events/{sale.event_id}/edit")
    await page.get_by_role("button", name="Begin the event").focus()
    await page.keyboard.press("Enter")
    await judged(visit, name=f"day-{look}")
    await tabbed_to(page, "Begin the event")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="End the event")).to_be_visible()
    await visit.go(f"/organizer/events/{sale.event_id}")
    await visit.heading("Gates")
    await judged(visit, name=f"live-{look}")
    # A list that is looked through, and a venue that is corrected.
    await visit.go("/organizer")
    await page.get_by_label("Words of the name").fill(sale.name)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name=re.compile(sale.name))).to_have_count(1)
    await judged(visit, name=f"events-{look}")
    await visit.go("/organizer/venues")
    await page.get_by_label(re.compile("^Correct or delete")).first.focus()
    await page.keyboard.press("Enter")
    await visit.sees("Save the venue")
    await judged(visit, name=f"venue-{look}")
    # What happened since, and a message to one section.
    await visit.go(f"/organizer/events/{sale.event_id}/insight")
    await page.get_by_role("button", name="The day itself").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="The day itself", pressed=True)).to_be_visible()
    await judged(visit, name=f"insight-{look}")
    await visit.go(f"/organizer/events/{sale.event_id}/messages")
    await page.get_by_label("To whom").select_option("One section")
    await judged(visit, name=f"message-{look}")


async def test_an_unsaved_drawing_asks_before_it_is_left_and_is_there_again(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=300)
    visit = await visitors.arrive(theme="dark")
    page = visit.page
    desk = f"/organizer/venues/{await _venue_of(organizer, sale.event_id)}/chart"
    await visit.go(f"/sign-in?next={desk}")
    await visit.sign_in(OWNER)
    await page.get_by_role("button", name="A section").click()
    await page.get_by_role("link", name="Orders", exact=True).click()
    asked = page.get_by_role("dialog", name="Leave without saving?")
    await expect(asked).to_be_visible()
    await judged(visit, name="leave")
    await page.keyboard.press("Escape")
    await expect(asked).to_be_hidden()
    await expect(page).to_have_url(re.compile("/chart$"))
    await page.get_by_role("link", name="Orders", exact=True).click()
    await tabbed_to(page, "Leave")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/organizer/orders"))
    await visit.go(desk)
    await visit.sees(re.compile("was not saved"))
    await judged(visit, name="kept")
    await visit.press("Go on with it")
    await expect(page.get_by_role("button", name="Save as a new chart")).to_be_enabled()


async def test_two_who_draw_on_one_chart_lose_nothing(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=300)
    venue_id = await _venue_of(organizer, sale.event_id)
    visit = await visitors.arrive(theme="dark")
    page = visit.page
    await visit.go(f"/sign-in?next=/organizer/venues/{venue_id}/chart")
    await visit.sign_in(OWNER)
    await page.get_by_role("button", name=re.compile("North 300 places")).click()
    await page.get_by_role("region", name="North").get_by_label("Name").fill("North Bank")
    # A colleague adds a terrace meanwhile, and makes that chart the venue's own.
    at = f"/api/v1/venues/{venue_id}"
    api, headers = organizer.api, organizer.headers
    venue = (await api.get(at)).json()["data"]
    path = f"{at}/charts/{venue['chartId']}/document"
    theirs = (await api.get(path, headers=headers)).json()["data"]
    theirs["sections"].append({"name": "Terrace", "kind": "GENERAL", "capacity": 70})
    chart = await organizer.post(f"/venues/{venue_id}/charts", theirs)
    used = await api.post(f"{at}/charts/{chart['id']}/use", headers=headers)
    assert used.status_code == 200, used.text
    visit.foresee(r"status of 412")
    await page.get_by_role("button", name="Save as a new chart").click()
    await visit.sees("Yours and theirs")
    await judged(visit, name="together")
    await tabbed_to(page, "Put them together")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=re.compile("Terrace 70 places"))).to_be_visible()
    async with page.expect_response(re.compile("/use$")) as made:
        await page.get_by_role("button", name="Save as a new chart").click()
    assert (await made.value).status == 200
    drawn = (await api.get(at)).json()["data"]["sections"]
    assert [each["name"] for each in drawn] == ["North Bank", "Terrace"]


async def _venue_of(organizer: Organizer, event_id: str) -> str:
    answer = await organizer.api.get(f"/api/v1/events/{event_id}", headers=organizer.headers)
    venue_id: str = answer.json()["data"]["venueId"]
    return venue_id
