"""Every screen of a buyer in words that are long, with the longest names, and from the right.

What is judged is what a language, a name or a screen breaks: nothing sticks out sideways, no text
is cut off, nothing to press lies on another.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import pytest
from playwright.async_api import expect

from tests.e2e.browsing import DESKTOP, NARROW, PHONE, Size, Visit, Visitors
from tests.e2e.crowd import MATCH
from tests.e2e.judging import axe_findings, cut_off, overlapping, settled, sideways
from tests.e2e.languages import TAKEN, long_words, speak_long
from tests.e2e.organizing import Organizer, new_person
from tests.e2e.test_screens import CANCELLED, SOLD_OUT

# What is left of a laptop at 200 %.
ZOOMED: Final[Size] = (720, 450)
# As it is written, and from the right.
LOOKS: Final[tuple[tuple[Size, str], ...]] = ((ZOOMED, "ltr"), (NARROW, "rtl"), (DESKTOP, "rtl"))
# What test_screens judges by axe in both themes is judged here by its words alone.
JUDGED_THERE: Final = (
    "/",
    "/?q=zzz",
    f"/events/{MATCH}",
    f"/events/{MATCH}?view=list",
    f"/events/{SOLD_OUT}",
    f"/events/{CANCELLED}",
    "/sign-in",
    "/register",
    "/no/such/page",
)
PUBLIC: Final = (
    "/?q=lantern",
    f"/events/{MATCH}/queue",
    "/events/00000000-0000-4000-8000-000000000000",
    "/forgot",
    "/reset?token=nonsense",
    "/verify?token=nonsense",
    "/invitation?token=nonsense",
    "/transfers/nonsense",
)
OWN: Final = (
    "/account",
    "/account/orders",
    "/account/security",
    "/account/preferences",
    "/account/privacy",
)
STILL_SECONDS: Final = 0.002
LONG_NAME: Final = "Donaudampfschifffahrtsgesellschaftskapitänsmützenträger v " * 2
LONG_STAND: Final = "Donaudampfschifffahrtsgesellschaftstribüne Nordwest"
HOLD: Final = re.compile(rf"^{long_words('Hold')} \d")
PAY: Final = re.compile(rf"^{long_words('Pay')} ")
# Tells whether it is another page, and so whether the focus has to go along.
_WALK: Final = """
to => {
  const from = location.pathname;
  document.activeElement?.blur();
  history.pushState(null, '', to);
  dispatchEvent(new PopStateEvent('popstate'));
  return location.pathname !== from;
}
"""


# How long whatever begins to move there moves, in seconds.
_LISTEN: Final = """
  window.__moves = [];
  for (const kind of ['animationstart', 'transitionrun'])
    addEventListener(kind, ({target, pseudoElement}) => {
      const style = getComputedStyle(target, pseudoElement || null);
      const told = kind === 'animationstart' ? style.animationDuration : style.transitionDuration;
      for (const each of told.split(','))
        __moves.push([target.className?.baseVal ?? target.className, Number.parseFloat(each)
          * (each.trim().endsWith('ms') ? 0.001 : 1)]);
    }, true);
"""


async def walk(visit: Visit, path: str) -> None:
    """Goes there as by a link: the app stays, and the focus is on the heading of the new screen."""
    if await visit.page.evaluate(_WALK, path):
        await expect(visit.page.locator("h1").first).to_be_focused()


async def faults(visit: Visit, name: str, *, by_axe: bool = True) -> list[str]:
    """All that is wrong with the screen one is on, at each size and in both themes."""
    found: list[str] = []
    for size, direction in LOOKS:
        await visit.page.set_viewport_size({"width": size[0], "height": size[1]})
        await visit.page.evaluate("it => { document.documentElement.dir = it }", direction)
        await settled(visit.page)
        for judge in (sideways, cut_off, overlapping):
            told = await judge(visit.page)
            found += [f"{name}, {size[0]} {direction}, {judge.__name__}: {each}" for each in told]
    for theme in ("dark", "light") if by_axe else ():
        await visit.page.emulate_media(color_scheme=theme)
        await expect(visit.page.locator("html")).to_have_attribute("data-theme", theme)
        await settled(visit.page)
        # Of all rules one depends on the theme.
        rules = ["color-contrast"] if theme == "dark" else None
        told = await axe_findings(visit.page, rules=rules)
        found += [f"{name}, {theme}: {each}" for each in told]
    return found


async def stranger(visitors: Visitors) -> Visit:
    """Somebody who reads the long language, which a worker would not let through."""
    visit = await visitors.arrive(service_workers="block")
    await speak_long(visit.page.context)
    visit.foresee("Service Worker registration blocked", "status of (400|401|404|410|422)")
    return visit


async def test_a_public_screen_holds_long_words_and_words_from_the_right(
    visitors: Visitors,
) -> None:
    visit = await stranger(visitors)
    await visit.go("/transfers/nonsense")
    await expect(visit.page.locator("html")).to_have_attribute("lang", TAKEN)
    await expect(visit.page.locator("h1")).to_be_attached()
    found: list[str] = []
    for path in (*JUDGED_THERE, *PUBLIC):
        await walk(visit, path)
        found += await faults(visit, path, by_axe=path in PUBLIC)
    assert found == [], "\n".join(found)


async def test_a_buyers_screens_hold_the_longest_names(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.sale(name=LONG_NAME, **{LONG_STAND: 20})
    visit = await stranger(visitors)
    page = visit.page
    event = f"/events/{sale.event_id}"
    await visit.go(event)
    found = await faults(visit, "event", by_axe=False)
    await walk(visit, f"{event}?view=list&section={next(iter(sale.sections.values()))}")
    found += await faults(visit, "list", by_axe=False)
    await page.get_by_role("button", name=HOLD).first.click()
    await page.locator("input[type=email]").wait_for()
    found += await faults(visit, "who")
    person = new_person()
    await page.locator("input[type=email]").fill(person["email"])
    await page.locator("input[autocomplete=name]").fill(person["fullName"])
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name=PAY).wait_for()
    found += await faults(visit, "pay", by_axe=False)
    checkout = page.url.removeprefix(visit.url)
    await walk(visit, "/")
    found += await faults(visit, "a hold on every page")
    await walk(visit, checkout)
    await page.get_by_role("radio").first.check()
    await page.get_by_role("button", name=PAY).click()
    await page.locator("a[href='/tickets']").first.wait_for()
    found += await faults(visit, "paid", by_axe=False)
    await walk(visit, "/tickets")
    ticket = await page.locator("a.tkrow").first.get_attribute("href")
    found += await faults(visit, "tickets", by_axe=False)
    await walk(visit, str(ticket))
    found += await faults(visit, "ticket", by_axe=False)
    for path in OWN:
        await walk(visit, path)
        found += await faults(visit, path)
    assert found == [], "\n".join(found)


async def test_the_focus_goes_along_wherever_one_goes(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    await visit.go("/")
    heading = visit.page.locator("h1").first
    for link in ("My tickets", "Discover", "Thousand Lanterns"):
        await visit.page.get_by_role("link", name=re.compile(link)).first.click()
        await expect(heading).to_be_focused()
    await visit.page.go_back()
    await expect(heading).to_be_focused()


@pytest.mark.parametrize("wish", ["reduce", "no-preference"])
async def test_nothing_moves_for_who_wants_no_motion(
    visitors: Visitors, organizer: Organizer, wish: Literal["reduce", "no-preference"]
) -> None:
    sale = await organizer.seated(rows=4, seats=8)
    visit = await visitors.arrive(size=PHONE)
    await visit.page.emulate_media(reduced_motion=wish)
    await visit.page.add_init_script(_LISTEN)
    moves: list[tuple[str, float]] = []
    for path in ("/", f"/events/{sale.event_id}", "/account"):
        await visit.go(path)
        await expect(visit.page.locator("h1").first).to_be_attached()
        for press in (".grab", ".chip", "button[aria-haspopup]"):
            if await visit.page.locator(press).count():
                await visit.page.locator(press).first.click()
        await settled(visit.page)
        moves += await visit.page.evaluate("() => __moves")
    moving = [each for each in moves if each[1] > STILL_SECONDS]
    # That the ear is open is seen by those who want motion.
    assert (moving == []) is (wish == "reduce"), moving
