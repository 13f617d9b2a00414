"""A person buys: from the first look at an event to the ticket, with everything that may happen."""

from __future__ import annotations

import itertools
import re
import time

import httpx
from playwright.async_api import Page, expect

from tests.e2e.browsing import DEADLINE_MS, DESKTOP, PHONE, Size, Theme, Visit, Visitors
from tests.e2e.organizing import Buyer, Organizer, Sale, new_person
from tests.e2e.stack import PASSWORD

HOLD = re.compile(r"^Hold \d+ place")
PAY = re.compile(r"^Pay €")
CARD_NUMBER = "4242424242424242"
TABS_MAX = 60
# What is asked while a visitor's token dies is asked again with the person's, in each tab.
GUEST_IS_GONE = r"status of 401 .*/api/v1/orders"


async def register(visit: Visit) -> dict[str, str]:
    """At the registration page."""
    person = new_person()
    await visit.page.get_by_label("Full name").fill(person["fullName"])
    await visit.page.get_by_label("E-mail").fill(person["email"])
    await visit.page.get_by_label("Password").fill(person["password"])
    await visit.press("Create account")
    await expect(visit.page).not_to_have_url(re.compile("/register"))
    return person


async def introduce(visit: Visit) -> dict[str, str]:
    """In the checkout of somebody without an account."""
    person = new_person()
    await visit.page.get_by_label("E-mail").fill(person["email"])
    await visit.page.get_by_label("Full name").fill(person["fullName"])
    visit.foresee(GUEST_IS_GONE)
    await visit.press("Continue to payment")
    await expect(visit.page.get_by_role("button", name=PAY)).to_be_visible()
    return person


async def newcomer(visitors: Visitors, *, size: Size = DESKTOP, theme: Theme = "light") -> Visit:
    """Somebody who has just made an account."""
    visit = await visitors.arrive(size=size, theme=theme)
    await visit.go("/register")
    await register(visit)
    return visit


async def choose_in_list(visit: Visit, section: str) -> None:
    await visit.press("List")
    sections = visit.page.get_by_label("Sections as a list")
    await sections.get_by_role("button", name=re.compile(f"^{section}")).click()


async def choose_seats(visit: Visit, section: str, count: int) -> None:
    """By name in the list: the section, its first row with as many free, its first free seats."""
    await choose_in_list(visit, section)
    rows = visit.page.locator(".seat-rows")
    await rows.get_by_role(
        "button", name=re.compile(rf"up to ([{count}-9]|\d\d) together")
    ).first.click()
    for number in range(count):
        await rows.locator(".seat").nth(number).click()
    await expect(visit.page.locator(".seat[aria-pressed=true]")).to_have_count(count)


async def hold_in(visit: Visit, sale: Sale, section: str) -> None:
    """From anywhere to the checkout, with two places of the section."""
    await visit.open_event(sale.event_id)
    await choose_in_list(visit, section)
    await visit.press(HOLD)
    await expect(visit.page).to_have_url(re.compile("/checkout/"))


async def pay_with(visit: Visit, card: str = "Card that pays") -> None:
    """By one of the test numbers, which fills the fields of the card."""
    await visit.page.get_by_role("radio", name=re.compile(card)).check()
    await visit.press(PAY)


async def focused_text(page: Page) -> str:
    return await page.evaluate(
        "() => { const at = document.activeElement;"
        " if (at === document.body) return '';"
        " return at.getAttribute('aria-label') || at.textContent"
        " || at.labels?.[0]?.textContent || at.value || '' }"
    )


async def tab_to(page: Page, name: re.Pattern[str]) -> str:
    """Presses Tab until the focus is on something of that name; round again where it comes late."""
    deadline = time.monotonic() + DEADLINE_MS / 1_000
    for pressed in itertools.count(1):
        await page.keyboard.press("Tab")
        text = (await focused_text(page)).strip()
        if name.search(text):
            return text
        if pressed >= TABS_MAX and time.monotonic() > deadline:
            break
    raise AssertionError(f"{name.pattern} cannot be reached with the Tab key")


async def type_a_card(page: Page) -> None:
    for label, text in (("Card number", CARD_NUMBER), ("Expiry", "1234"), ("Security code", "123")):
        await tab_to(page, re.compile(f"^{label}"))
        await page.keyboard.type(text)


async def test_a_newcomer_finds_an_event_holds_says_who_they_are_pays_and_has_the_ticket(
    visitors: Visitors,
) -> None:
    visit = await visitors.arrive()
    page = visit.page
    await visit.go("/")
    await visit.follow(re.compile("Harbour Rovers v Kestrel United"))
    await visit.is_live()
    await choose_seats(visit, "310", 2)
    await visit.press(HOLD)
    # Held as a visitor; the account is made of an e-mail and a name, and the places come with it.
    await introduce(visit)
    await expect(page.get_by_role("timer")).to_be_visible()
    await pay_with(visit)
    await visit.heading("You’re in.")
    await visit.follow("Open tickets")
    await visit.heading("Harbour Rovers v Kestrel United")
    await expect(page.locator("a.tkrow")).to_have_count(2)
    await expect(page.locator("a.tkrow").first).to_contain_text("310")
    await expect(page.locator("a.tkrow").first).to_contain_text("Valid")
    await page.locator("a.tkrow").first.click()
    await expect(page.get_by_role("article", name="Ticket")).to_contain_text("310")
    await page.reload()
    await expect(page.get_by_role("article", name="Ticket")).to_contain_text("310")


async def test_on_a_phone_with_the_list_by_somebody_who_has_an_account(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=40, south=40)
    visit = await visitors.arrive(size=PHONE)
    page = visit.page
    await visit.open_event(sale.event_id)
    await choose_in_list(visit, "South")
    await visit.press("One more")
    await visit.press(re.compile("^Hold 3 places"))
    visit.foresee(r"status of 409 .*/auth/guest/claim\)", r"status of 401 .*/auth/login\)")
    visit.foresee(GUEST_IS_GONE)
    await page.get_by_label("E-mail").fill("owner@demo.test")
    await page.get_by_label("Full name").fill("Somebody")
    await visit.press("Continue to payment")
    await page.get_by_label("Password").fill("not the password")
    await visit.press("Sign in and continue")
    await visit.sees("E-mail and password do not match.")
    await page.get_by_label("Password").fill(PASSWORD)
    await visit.press("Sign in and continue")
    await expect(page.get_by_role("button", name=re.compile("^Pay €139.50"))).to_be_visible()
    # On another device of theirs it is the same hold.
    other = await visitors.arrive()
    await other.go("/sign-in")
    await other.sign_in("owner@demo.test")
    await other.page.get_by_role("link", name=re.compile(f"3 places held.*{sale.name}")).click()
    await expect(other.page).to_have_url(page.url)
    await pay_with(visit)
    await visit.heading("You’re in.")
    await other.heading("You’re in.")
    assert await sale.counts("South") == (37, 0, 3)
    assert await sale.counts("North") == (40, 0, 0)
    await page.goto(f"{visit.url}/tickets")
    await visit.heading(sale.name)


async def test_by_keyboard_alone(visitors: Visitors, organizer: Organizer) -> None:
    sale = await organizer.sale(north=30, south=30)
    visit = await newcomer(visitors)
    page = visit.page
    await visit.open_event(sale.event_id)
    first = await tab_to(page, re.compile("^(North|South), €46.50"))
    await page.keyboard.press("ArrowRight" if first.startswith("North") else "ArrowLeft")
    second = await focused_text(page)
    assert {first.split(",")[0], second.split(",")[0]} == {"North", "South"}
    chosen = second.split(",")[0]
    await page.keyboard.press("Enter")
    await expect(page.locator(".map-cursor [aria-pressed=true]")).to_have_count(1)
    await tab_to(page, HOLD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("timer")).to_be_visible()
    await type_a_card(page)
    await tab_to(page, PAY)
    await page.keyboard.press("Enter")
    await visit.heading("You’re in.")
    assert await sale.counts(chosen) == (28, 0, 2)


async def test_a_declined_card_leaves_the_places_and_another_pays(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=20)
    visit = await newcomer(visitors)
    await hold_in(visit, sale, "North")
    await pay_with(visit, "Card that is declined")
    await visit.sees("Your bank declined this card.")
    await visit.sees(re.compile("Your places are still yours"))
    assert await sale.counts("North") == (18, 2, 0)
    await pay_with(visit, "Card without money")
    await visit.sees("There is not enough money on this card.")
    await pay_with(visit, "Card that pays")
    await visit.heading("You’re in.")
    assert await sale.counts("North") == (18, 0, 2)


async def test_a_hold_is_given_back(visitors: Visitors, organizer: Organizer) -> None:
    sale = await organizer.sale(north=20)
    visit = await newcomer(visitors)
    await hold_in(visit, sale, "North")
    await visit.press("Release them now")
    await visit.press("Keep them")
    await expect(visit.page.get_by_role("dialog")).to_be_hidden()
    assert await sale.counts("North") == (18, 2, 0)
    await visit.press("Release them now")
    await visit.press("Release now")
    await visit.heading("You released the places")
    assert await sale.counts("North") == (20, 0, 0)
    await visit.follow("Back to the event")
    await visit.sees(re.compile("20 places left of 20"))


async def test_a_hold_runs_out_and_is_had_again(visitors: Visitors, organizer: Organizer) -> None:
    sale = await organizer.sale(hold_seconds=4, north=20)
    visit = await newcomer(visitors)
    await hold_in(visit, sale, "North")
    first = visit.page.url
    await visit.heading("Your time ran out")
    await visit.sees("You were not charged. The places went back on sale.")
    await visit.press("Get them back")
    await expect(visit.page).to_have_url(
        re.compile("/checkout/(?!" + first.rsplit("/", 1)[1] + ")")
    )


async def test_what_ran_out_may_be_gone(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(hold_seconds=5, north=2, south=9)
    visit = await newcomer(visitors)
    quicker = await Buyer.registered(api)
    await hold_in(visit, sale, "North")
    await visit.heading("Your time ran out")
    await quicker.buy(sale.event_id, sale.sections["North"], 2)
    visit.foresee(r"status of 409 .*/api/v1/orders\)")
    await visit.press("Get them back")
    await visit.sees("They are taken now.")
    await visit.follow("Choose others")
    await visit.sees(re.compile("9 places left of 11"))
