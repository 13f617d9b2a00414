"""Money between three: who pays, the bank that asks, the organizer who gives it back."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import httpx
from playwright.async_api import expect

from tests.e2e.browsing import Visitors
from tests.e2e.organizing import Buyer, Organizer, bearer
from tests.e2e.test_buying import hold_in, pay_with, register

MAIL_SECONDS = 45


async def mail_to(api: httpx.AsyncClient, email: str, template: str) -> Any:
    """A mail that the twin took, once it is there."""
    admin = await bearer(api, "admin@demo.test")
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        answer = await api.get(f"/api/v1/sandbox/outbox?to={email}", headers=admin)
        found = [mail for mail in answer.json()["data"] if mail["template"] == template]
        if found:
            return found[0]
        await asyncio.sleep(0.1)
    raise AssertionError(f"{template} never came")


async def test_declined_then_another_card_then_the_bank_asks_then_the_receipt_comes(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(north=20)
    visit = await visitors.arrive()
    await visit.go("/register")
    person = await register(visit)
    await hold_in(visit, sale, "North")
    await pay_with(visit, "Card that is declined")
    await visit.sees("Your bank declined this card.")
    assert await sale.counts("North") == (18, 2, 0)
    await pay_with(visit, "Card with a bank check")
    await visit.heading("Your bank wants to know it is you")
    await visit.press("Fail the check")
    await visit.sees("Your bank could not confirm that it is you.")
    await pay_with(visit, "Card with a bank check")
    await visit.heading("Your bank wants to know it is you")
    await visit.press("Yes, it is me")
    await visit.heading("You’re in.")
    assert await sale.counts("North") == (18, 0, 2)
    receipt = await mail_to(api, person["email"], "receipt")
    assert sale.name in receipt["text"]
    assert "€93.00" in receipt["text"]


async def test_what_an_organizer_gives_back_is_free_before_the_eyes_of_another(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(north=20)
    buyer = await Buyer.registered(api)
    await buyer.buy(sale.event_id, sale.sections["North"], 2)
    watcher = await visitors.arrive()
    await watcher.open_event(sale.event_id)
    await watcher.sees(re.compile("18 places left of 20"))
    desk = await visitors.arrive()
    await desk.go("/sign-in?next=/organizer")
    await desk.sign_in("owner@demo.test")
    await desk.heading("Your events")
    await desk.go(f"/organizer/orders?event={sale.event_id}")
    await desk.page.get_by_role("button", name=re.compile("2 places")).click()
    # By key: what is read meanwhile (its history, its papers) moves it from under a pointer.
    await desk.page.get_by_role("checkbox").first.press("Space")
    await desk.page.get_by_label("Reason", exact=True).fill("Cannot come")
    refund = desk.page.get_by_role("button", name=re.compile("^Refund 1 ticket"))
    await refund.press("Enter")
    await watcher.sees(re.compile("19 places left of 20"))
    # The order lies over the list until it is put away.
    await desk.page.keyboard.press("Escape")
    await desk.page.get_by_role("link", name="Money").click()
    await desk.heading("Money")
    row = desk.page.get_by_role("row", name=re.compile(re.escape(sale.name)))
    await expect(row).to_contain_text("€46.50")
