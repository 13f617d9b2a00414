"""What a browser is given at the first visit and at the next: pages, files, caching, safety."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.browsing import PHONE, Visitors
from tests.e2e.crowd import MATCH
from tests.e2e.organizing import Organizer
from tests.e2e.test_buying import HOLD, choose_seats, introduce, pay_with

ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')
YEAR = "public, max-age=31536000, immutable"
PAGES = ("/", "/events/4f69611e-c0d6-59a3-b2e0-62a90f816bb9", "/tickets", "/no/such/page", "/docs")


async def test_the_first_page_comes_in_one_piece_and_says_what_it_is(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    await visit.go("/")
    await visit.heading("Who are you shouting for?")
    await expect(visit.page).to_have_title(re.compile("ArenaPulse"))
    cards = visit.page.locator("a.ecard")
    await expect(cards.first).to_be_visible()
    assert await cards.count() >= 6
    # Drafts are the organizer's alone.
    await expect(visit.page.get_by_text("Ember Winter Revue")).to_have_count(0)
    await visit.page.get_by_label("Search events, teams and venues").fill("Thousand Lanterns")
    await visit.page.keyboard.press("Enter")
    await expect(cards).to_have_count(1)
    await expect(cards.first).to_contain_text("Night of a Thousand Lanterns")


async def test_the_reference_can_be_browsed(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    await visit.go("/docs")
    await visit.heading(re.compile("ArenaPulse"))
    await visit.sees("/api/v1/orders")
    await visit.go("/api/v1/openapi.json")
    shown = await visit.page.evaluate("() => JSON.parse(document.body.innerText)")
    assert shown["openapi"].startswith("3.1")
    assert "/api/v1/orders" in shown["paths"]


async def test_an_unknown_address_has_the_apps_own_page(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    await visit.go("/no/such/page")
    await visit.heading("There is nothing at this address")
    await visit.follow("See all events")
    await visit.heading("Who are you shouting for?")


async def test_an_unknown_event_says_so(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    visit.foresee("status of 404 ")
    await visit.go("/events/00000000-0000-4000-8000-000000000000")
    await visit.heading("This event is not here")


async def test_languages_change_without_a_reload(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    await visit.go("/")
    await visit.press("Account and settings")
    await visit.page.get_by_label("Language").select_option("de")
    await expect(visit.page.locator("html")).to_have_attribute("lang", "de")
    await visit.heading("Für wen schreist du?")
    await visit.go("/")
    await expect(visit.page.locator("html")).to_have_attribute("lang", "de")


async def test_files_are_kept_for_a_year_and_the_page_is_asked_about(
    api: httpx.AsyncClient,
) -> None:
    page = await api.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assets = ASSET.findall(page.text)
    assert any(name.endswith(".js") for name in assets)
    assert any(name.endswith(".css") for name in assets)
    for name in assets:
        asset = await api.get(name)
        assert (asset.status_code, asset.headers["cache-control"]) == (200, YEAR), name
    missing = await api.get("/assets/no-such-file.js")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "NOTFOUND001"
    again = await api.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == page.headers["etag"]
    other = await api.get("/", headers={"If-None-Match": '"something-else"'})
    assert (other.status_code, other.text) == (200, page.text)


async def test_every_page_is_guarded(api: httpx.AsyncClient) -> None:
    for path in PAGES:
        page = await api.get(path)
        assert page.status_code == 200, path
        policy = dict(
            part.strip().split(" ", 1)
            for part in page.headers["content-security-policy"].split(";")
            if " " in part.strip()
        )
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'", path
        assert policy["frame-ancestors"] == "'none'", path
        assert page.headers["x-content-type-options"] == "nosniff", path
        assert page.headers["referrer-policy"], path


@pytest.mark.asvs("V5.3.2", "V13.4.3")
async def test_no_address_leads_out_of_the_web_folder(api: httpx.AsyncClient) -> None:
    index = (await api.get("/")).text
    for path in ("/../pyproject.toml", "/%2e%2e/pyproject.toml", "/assets/..%2f..%2fpackage.json"):
        answer = await api.get(path)
        assert answer.status_code == 404 or answer.text == index, path


# What Safari 16 does not have. Where one of them is called, the page breaks there.
OLD_PHONE = """
for (const [owner, names] of [
  [Map, ['groupBy']], [Object, ['groupBy']], [Promise, ['withResolvers', 'try']],
  [AbortSignal, ['any']], [URL, ['canParse', 'parse']], [Array, ['fromAsync']],
  [Element.prototype, ['checkVisibility']], [window, ['requestIdleCallback', 'scheduler']],
  [Set.prototype, ['union', 'intersection', 'difference', 'isSubsetOf']],
]) for (const name of names) delete owner[name];
delete globalThis.Iterator;
"""


async def test_an_old_phone_buys_as_all_do(visitors: Visitors, organizer: Organizer) -> None:
    sale = await organizer.seated(rows=8, seats=16)
    visit = await visitors.arrive(size=PHONE)
    await visit.page.add_init_script(OLD_PHONE)
    await visit.go("/")
    await expect(visit.page.locator("a.ecard").first).to_be_visible()
    assert await visit.page.evaluate("() => 'groupBy' in Map") is False
    await visit.open_event(sale.event_id)
    await expect(visit.page.locator(".map-host canvas").first).to_be_visible()
    await choose_seats(visit, "Stand", 2)
    await visit.press(HOLD)
    await introduce(visit)
    await pay_with(visit)
    await visit.heading("You’re in.")
    await visit.follow("Open tickets")
    await visit.page.locator("a.tkrow").first.click()
    await expect(visit.page.get_by_role("article", name="Ticket")).to_be_visible()
    for path in ("/account", "/account/orders", "/account/security", "/account/preferences"):
        await visit.go(path)
        await expect(visit.page.locator("main .card").first).to_be_visible()


async def test_the_network_that_comes_back_is_used_at_once(visitors: Visitors) -> None:
    visit = await visitors.arrive(size=PHONE)
    visit.foresee("ERR_INTERNET_DISCONNECTED", "WebSocket connection")
    await visit.open_event(MATCH)
    context = visit.page.context
    await context.set_offline(offline=True)
    # The kind of silence a tunnel makes: the socket is gone and its pauses have grown.
    await visit.page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    await expect(visit.page.locator(".live").first).to_have_attribute("data-s", "off")
    await context.set_offline(offline=False)
    await visit.is_live()
