"""Roads of people who are not two ordinary buyers: a family, a wheelchair, keys, a code."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.browsing import DESKTOP, NARROW, PHONE, Size, Visit, Visitors
from tests.e2e.organizing import Buyer, Organizer, Sale, new_person
from tests.e2e.test_buying import (
    HOLD,
    PAY,
    choose_in_list,
    introduce,
    pay_with,
    register,
    tab_to,
    type_a_card,
)
from tests.e2e.test_map import PICKED, into_the_stand, pick_in_the_middle

# The map's own button is as large as the map and seen through.
IS_IN_SIGHT: Final = """
() => { const at = document.activeElement;
  if (at.closest('.map-cursor')) return true;
  const {left, top, width, height} = at.getBoundingClientRect();
  const seen = document.elementFromPoint(left + width / 2, top + height / 2);
  return at.contains(seen) || seen?.closest('label')?.contains(at) === true }
"""


async def found(visit: Visit, button: str | re.Pattern[str]) -> None:
    """Asks for the best places and takes the first proposal."""
    await visit.press(button)
    await visit.page.locator(".opt-box .opt").first.click()
    await visit.press(HOLD)
    await expect(visit.page).to_have_url(re.compile("/checkout/"))


SIZES: Final = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


async def unfold(visit: Visit, size: Size) -> None:
    """What lies beside the map is in a sheet on a phone."""
    if size == PHONE:
        await visit.page.locator(".grab").click()


@SIZES
async def test_two_adults_and_a_child_sit_together_each_at_their_price(
    visitors: Visitors, organizer: Organizer, size: Size
) -> None:
    sale = await organizer.seated(rows=8, seats=16)
    await organizer.sell_to_children(sale, amount=2000)
    visit = await visitors.arrive(size=size)
    await visit.open_event(sale.event_id)
    await unfold(visit, size)
    child = visit.page.get_by_role("group", name="Child")
    await child.get_by_role("button", name="One more").click()
    await found(visit, re.compile("Find 3 places|Best 3"))
    await introduce(visit)
    await expect(visit.page.get_by_role("button", name=re.compile("^Pay €113.00"))).to_be_visible()
    await pay_with(visit)
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
    await pay_with(visit)
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


@SIZES
async def test_two_want_one_seat_and_the_slower_takes_the_best_that_is_left(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient, size: Size
) -> None:
    sale = await organizer.seated(rows=12, seats=24)
    await is_found(api, sale)
    quick, slow = [await visitors.arrive(size=size) for _ in range(2)]
    await slow.go("/")
    await slow.page.get_by_role("combobox").fill(sale.name)
    await slow.page.keyboard.press("Enter")
    await slow.follow(re.compile(re.escape(sale.name)))
    for visit in (quick, slow):
        await into_the_stand(visit, sale)
    seats = [await pick_in_the_middle(visit) for visit in (quick, slow)]
    assert seats[0] == seats[1]
    # On a phone the tap that opens the stand may have taken one already.
    taken = await slow.page.locator(PICKED).count()
    await quick.press(HOLD)
    await expect(quick.page).to_have_url(re.compile("/checkout/"))
    slow.foresee(r"status of 409 .*/api/v1/orders\)")
    await slow.press(HOLD)
    await slow.sees(re.compile(rf"{seats[0]} (was|were) just taken\."))
    for left in reversed(range(taken)):
        await slow.press(re.compile("^Give up Stand ."))
        await expect(slow.page.locator(PICKED)).to_have_count(left)
    await found(slow, re.compile("^(Find|Best) 2"))
    await introduce(slow)
    await pay_with(slow)
    await slow.heading("You’re in.")
    await slow.follow("Open tickets")
    await expect(slow.page.locator("a.tkrow")).to_have_count(2)
    assert await sale.counts("Stand") == (12 * 24 - taken - 2, taken, 2)


@SIZES
async def test_a_wheelchair_place_and_its_companion_are_for_who_asks_for_them(
    visitors: Visitors, organizer: Organizer, size: Size
) -> None:
    sale = await organizer.seated(rows=4, seats=8, wheelchair=3, companion=4)
    visit = await visitors.arrive(size=size)
    await visit.open_event(sale.event_id)
    await unfold(visit, size)
    kept = visit.page.get_by_role("switch", name=re.compile("Wheelchair and companion places"))
    await expect(kept).to_contain_text("2 free")
    await kept.click()
    await found(visit, re.compile("^(Find|Best) 2"))
    await introduce(visit)
    await pay_with(visit)
    await visit.heading("You’re in.")
    await visit.follow("Open tickets")
    tickets = visit.page.locator("a.tkrow")
    await expect(tickets).to_have_count(2)
    for seat in (3, 4):
        await expect(tickets.filter(has_text=re.compile(rf"Row A\b.* {seat}(?!\d)"))).to_have_count(
            1
        )
    assert await sale.counts("Stand") == (30, 0, 2)
    # The next one who asks is told that there is none, and is not given another kind.
    await visit.open_event(sale.event_id)
    await unfold(visit, size)
    await expect(kept).to_contain_text("0 free")
    await kept.click()
    visit.foresee(r"status of 409 .*/best-available\)")
    await visit.press(re.compile("^(Find|Best) 2"))
    await visit.sees("There are not 2 places like that.")


async def test_from_the_search_to_the_ticket_by_keyboard_alone(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.seated(rows=6, seats=12)
    await is_found(api, sale)
    visit = await visitors.arrive()
    await find_by_keys(visit, sale)
    await keys_on(visit, "^Stand, €46.50", "Enter", "ArrowRight", "Enter")
    await expect(visit.page.locator(PICKED)).to_have_count(1)
    # Somebody else is quicker.
    row, number = (await visit.page.locator(PICKED).inner_text()).strip().split(" ")
    quicker = await Buyer.registered(api)
    await quicker.buy_seat(sale.event_id, sale.sections["Stand"], row, int(number))
    visit.foresee(r"status of 409 .*/api/v1/orders\)")
    await keys_on(visit, HOLD, "Enter")
    await visit.sees(f"Seat {row} {number} was just taken.")
    await keys_on(visit, "^Take ", "Enter")
    await buy_by_keys(visit)
    assert await sale.counts("Stand") == (70, 0, 2)


async def test_a_family_and_a_wheelchair_user_find_their_places_by_keyboard_alone(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.seated(rows=4, seats=8, wheelchair=3, companion=4)
    await organizer.sell_to_children(sale, amount=2000)
    visit = await visitors.arrive()
    await visit.open_event(sale.event_id)
    await keys_on(visit, "^Wheelchair and companion places", "Space")
    await keys_on(visit, "^Find 2 places", "Enter")
    await visit.page.locator(".opt-box .opt").first.wait_for()
    await keys_on(visit, "^Stand, row", "Enter")
    await buy_by_keys(visit)
    assert await sale.counts("Stand") == (30, 0, 2)
    await visit.open_event(sale.event_id)
    await keys_on(visit, "^One more$")
    # The first is the adults'.
    await keys_on(visit, "^One more$", "Enter")
    await keys_on(visit, "^Find 3 places", "Enter")
    await visit.page.locator(".opt-box .opt").first.wait_for()
    await keys_on(visit, "^Stand, row.*€113.00", "Enter")
    await keys_on(visit, HOLD, "Enter")
    await visit.page.get_by_role("button", name=PAY).wait_for()
    await pay_by_keys(visit)
    assert await sale.counts("Stand") == (27, 0, 5)


async def test_on_the_narrowest_phone_the_list_leads_to_the_ticket_by_keyboard_alone(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    """Or on any screen at 400 per cent, which a browser tells as 320 pixels."""
    sale = await organizer.seated(rows=6, seats=12)
    await is_found(api, sale)
    visit = await visitors.arrive(size=NARROW)
    await find_by_keys(visit, sale)
    await keys_on(visit, "^List$", "Enter")
    await visit.page.get_by_role("region", name="Sections as a list").wait_for()
    await keys_on(visit, "^Stand", "Enter")
    await visit.page.get_by_role("button", name=re.compile("^Row A ")).wait_for()
    await keys_on(visit, "^Row A .*up to 12 together", "Enter")
    await visit.page.get_by_role("button", name=re.compile(r"Seat 3\b")).wait_for()
    await keys_on(visit, r"Seat 3\b", "Space")
    await expect(visit.page.locator(".seat[aria-pressed=true]")).to_have_count(1)
    await buy_by_keys(visit)
    assert await sale.counts("Stand") == (71, 0, 1)


async def find_by_keys(visit: Visit, sale: Sale) -> None:
    await visit.go("/")
    await expect(visit.page.locator("a.ecard").first).to_be_visible()
    await keys_on(visit, "^Search events")
    await visit.page.keyboard.type(sale.name)
    await visit.page.keyboard.press("Enter")
    # What was found stands there: before, the words themselves are a link to look for them again.
    await expect(visit.page.get_by_text("1 event", exact=True)).to_be_visible()
    name = re.escape(sale.name)
    await visit.page.get_by_role("link", name=re.compile(name)).first.wait_for()
    await keys_on(visit, name, "Enter")
    await visit.is_live()


async def buy_by_keys(visit: Visit) -> None:
    """From a chosen seat to its ticket."""
    await keys_on(visit, HOLD, "Enter")
    await visit.heading("Who is it for?")
    person = new_person()
    for label, text in (("E-mail", person["email"]), ("Full name", person["fullName"])):
        await keys_on(visit, f"^{label}")
        await visit.page.keyboard.type(text)
    await visit.page.keyboard.press("Enter")
    await visit.page.get_by_role("button", name=PAY).wait_for()
    await pay_by_keys(visit)


async def pay_by_keys(visit: Visit) -> None:
    """From the checkout to a ticket."""
    await type_a_card(visit.page)
    await keys_on(visit, PAY, "Enter")
    await visit.heading("You’re in.")
    await keys_on(visit, "^Open tickets", "Enter")
    await visit.page.locator("a.tkrow").first.wait_for()
    # Whoever cannot see is taken to the new page's heading, and tabs on from there.
    await expect(visit.page.get_by_role("heading", name="Tickets", exact=True)).to_be_focused()
    await keys_on(visit, "Stand", "Enter")
    await expect(visit.page.get_by_role("article", name="Ticket")).to_contain_text("Stand")


async def keys_on(visit: Visit, name: str | re.Pattern[str], *keys: str) -> None:
    """Tabs to something, which is in sight then, and presses keys there."""
    await tab_to(visit.page, re.compile(name))
    assert await visit.page.evaluate(IS_IN_SIGHT), f"{name} has the focus and lies under something"
    for key in keys:
        await visit.page.keyboard.press(key)


async def is_found(api: httpx.AsyncClient, sale: Sale) -> None:
    """The search knows the event, which it does within two seconds."""
    async with asyncio.timeout(60):
        while True:
            answer = await api.get("/api/v1/search", params={"q": sale.name})
            if any(hit["id"] == sale.event_id for hit in answer.json()["data"]):
                return
            await asyncio.sleep(0.1)
