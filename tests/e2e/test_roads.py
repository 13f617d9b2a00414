"""Roads of people who are not two ordinary buyers: a family, who has a code, who keeps a search."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.browsing import PHONE, Visit, Visitors
from tests.e2e.organizing import Organizer
from tests.e2e.test_buying import HOLD, choose_in_list, introduce, register


async def found(visit: Visit, button: str | re.Pattern[str]) -> None:
    """Asks for the best places and takes the first proposal."""
    await visit.press(button)
    await visit.page.locator(".opt-box .opt").first.click()
    await visit.press(HOLD)
    await expect(visit.page).to_have_url(re.compile("/checkout/"))


async def test_two_adults_and_a_child_sit_together_each_at_their_price(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.seated(rows=8, seats=16)
    await organizer.sell_to_children(sale, amount=2000)
    visit = await visitors.arrive(size=PHONE)
    await visit.open_event(sale.event_id)
    await visit.page.locator(".grab").click()
    child = visit.page.get_by_role("group", name="Child")
    await child.get_by_role("button", name="One more").click()
    await found(visit, re.compile("Find 3 places|Best 3"))
    await introduce(visit)
    await visit.press(re.compile("^Pay €113.00"))
    await visit.heading("You’re in.")
    assert await sale.counts("Stand") == (125, 0, 3)


async def test_a_code_saves_in_the_checkout_and_a_reload_and_a_second_tab_know_it(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=20)
    await organizer.post(
        f"/events/{sale.event_id}/promo-codes", {"code": "SPRING", "kind": "PERCENT", "value": 10}
    )
    visit = await visitors.arrive(size=PHONE)
    page = visit.page
    await visit.open_event(sale.event_id)
    await choose_in_list(visit, "North")
    await visit.press(HOLD)
    await introduce(visit)
    visit.foresee(r"status of 422 .*/promo-code\)")
    await visit.press("Add a promo code")
    await page.keyboard.type("WINTER")
    await page.keyboard.press("Enter")
    await visit.sees("This promo code does not work here.")
    await visit.press("Add a promo code")
    await page.keyboard.type("spring")
    await page.keyboard.press("Enter")
    await visit.sees("You save €9.00.")
    await page.reload()
    await visit.sees("You save €9.00.")
    second = Visit(await page.context.new_page(), visit.url)
    await second.page.goto(page.url)
    await expect(second.page.get_by_role("button", name=re.compile("^Pay €84.00"))).to_be_visible()
    # Back to the event and forth again: the same hold, and nothing is offered twice.
    await page.goto(f"{visit.url}/events/{sale.event_id}")
    await page.get_by_role("link", name=re.compile("Pay")).first.click()
    await visit.press(re.compile("^Pay €84.00"))
    await visit.heading("You’re in.")
    await second.heading("You’re in.")
    assert await sale.counts("North") == (18, 0, 2)


async def test_a_search_is_kept_and_found_again(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    await visit.go("/register")
    await register(visit)
    await visit.go("/?q=rovers")
    await visit.press("Save and tell me")
    await visit.sees("Saved: we mail you when something new fits.")
    await visit.go("/")
    # Not the event whose name has the word.
    await visit.page.get_by_role("link", name="rovers", exact=True).first.click()
    await expect(visit.page).to_have_url(re.compile("q=rovers"))
