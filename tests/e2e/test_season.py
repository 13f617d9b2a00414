"""One place at every date of a series: offered by its organizer, held and paid as one by a fan."""

from __future__ import annotations

import re

import httpx
from playwright.async_api import expect

from tests.e2e.browsing import Visitors
from tests.e2e.organizing import Buyer, Organizer, Sale, new_person
from tests.e2e.stack import PASSWORD
from tests.e2e.test_buying import pay_with


async def repeated(organizer: Organizer, sale: Sale) -> str:
    """One more date of it, on sale too."""
    path = f"/api/v1/events/{sale.event_id}/repeats"
    made = await organizer.api.post(
        path, json={"every": "WEEK", "times": 1}, headers=organizer.headers
    )
    assert made.status_code == 201, made.text
    event_id: str = made.json()["data"][0]["id"]
    for status in ("SCHEDULED", "ON_SALE"):
        await organizer.post(f"/events/{event_id}/status", {"status": status}, status=200)
    return event_id


async def test_offered_in_the_editor_found_on_a_dates_page_and_paid_as_one(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.seated(rows=2, seats=4)
    second = await repeated(organizer, sale)
    other = await Buyer.registered(api)
    await other.buy_seat(second, sale.sections["Stand"], "A", 1)
    desk = await visitors.arrive()
    await desk.go(f"/sign-in?next=/organizer/events/{second}/edit")
    await desk.sign_in("owner@demo.test")
    part = desk.page.get_by_role("region", name="Season tickets")
    await part.get_by_role("checkbox", name="Adult").check()
    await part.get_by_label("Adult, a date").fill("30")
    await part.get_by_role("button", name="Save the season ticket").click()
    await desk.sees("Season tickets are sold at these prices.")

    fan = await visitors.arrive()
    person = new_person()
    answer = await api.post("/api/v1/auth/register", json=person)
    assert answer.status_code == 201, answer.text
    await fan.open_event(sale.event_id)
    await fan.page.get_by_role("link", name=re.compile("^Season ticket: all 2 dates")).click()
    await fan.heading("Season ticket")
    # Of row A the first seat is gone at the other date.
    await expect(fan.page.get_by_role("button", name="Row A, seat")).to_have_count(3)
    await fan.page.get_by_label("Row", exact=True).select_option("B")
    await fan.press("Row B, seat 1")
    await fan.press("Sign in to hold 1 place · €63.00")
    await fan.sign_in(person["email"], password=PASSWORD)
    await fan.press("Hold 1 place · €63.00")
    await expect(fan.page).to_have_url(re.compile("/season-orders/"))
    await pay_with(fan, "Card that pays")
    await fan.heading("You’re in.")
    assert await sale.counts("Stand") == (7, 0, 1)
