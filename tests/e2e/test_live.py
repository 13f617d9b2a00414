"""Two people, two browsers, two server processes: what one does the other sees, within a second."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.async_api import Page, WebSocket, expect

from tests.e2e.browsing import PHONE, Visit, Visitors
from tests.e2e.organizing import Buyer, Organizer
from tests.e2e.stack import PASSWORD, Stack
from tests.e2e.test_buying import HOLD, choose_in_list, hold_in, newcomer, pay_with
from tests.servers import Server, stop

PROMISE_MS = 1_000
ROUNDS = 3
# How long a busy machine may take before we stop looking; what counts is the time measured.
FALL_SECONDS_MAX = 45.0
# While the server is away the socket knocks at growing distances of up to 10 s.
BACK_MS = 60_000

# Resolves with the moment the page first shows so many places.
SHOWS = """
wanted => new Promise(resolve => {
  const look = () => {
    const shown = document.body.textContent.match(/([\\d,]+) places left of/);
    if (shown === null || shown[1].replace(/,/g, '') !== wanted) return false;
    watcher.disconnect();
    resolve(Date.now());
    return true;
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, {subtree: true, childList: true, characterData: true});
  look();
})
"""
# When the answer to the latest order had come in, by the browser's own books.
ANSWERED = """
() => {
  const asked = performance.getEntriesByType('resource').filter(
    entry => new URL(entry.name).pathname === '/api/v1/orders');
  return performance.timeOrigin + asked.at(-1).responseEnd;
}
"""


@dataclass
class Frames:
    """The `event:capacity` frames that a page has heard, as number of places and time made."""

    heard: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def listen(self, page: Page) -> None:
        page.on("websocket", self._on_socket)

    def _on_socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._on_frame)

    def _on_frame(self, payload: str | bytes) -> None:
        if isinstance(payload, str) and payload.startswith('42["event:capacity"'):
            frame = json.loads(payload[2:])[1]
            self.heard.append((frame["currentCapacity"], frame["timestamp"]))

    def made_at(self, places: int) -> str:
        """When the frame of that number was made, RFC 3339."""
        return next(timestamp for number, timestamp in reversed(self.heard) if number == places)


async def milliseconds(page: Page, timestamp: str) -> float:
    return float(await page.evaluate("text => Date.parse(text)", timestamp))


@pytest.mark.alone
async def test_a_number_falls_before_the_eyes_of_another_within_a_second(
    visitors: Visitors, stack: Stack, organizer: Organizer
) -> None:
    seller, other = stack.servers
    sale = await organizer.sale(north=100, south=100)
    buyer = await newcomer(visitors)
    watcher = await visitors.arrive(url=other.url)
    frames = Frames()
    frames.listen(watcher.page)
    await watcher.open_event(sale.event_id)
    await watcher.sees(re.compile("200 places left of 200"))
    await buyer.open_event(sale.event_id)
    assert buyer.url == seller.url != watcher.url
    measured: list[dict[str, float]] = []
    for number in range(1, ROUNDS + 1):
        await buyer.open_event(sale.event_id)
        await choose_in_list(buyer, "North")
        left = 200 - 2 * number
        seen = asyncio.create_task(watcher.page.evaluate(SHOWS, str(left)))
        await buyer.press(HOLD)
        await expect(buyer.page).to_have_url(re.compile("/checkout/"))
        fell_at = await asyncio.wait_for(seen, FALL_SECONDS_MAX)
        answered_at = await buyer.page.evaluate(ANSWERED)
        made_at = await milliseconds(watcher.page, frames.made_at(left))
        measured.append(
            {"after answer": round(fell_at - answered_at), "after frame": fell_at - made_at}
        )
    print(f"the number fell, in ms: {measured}")
    best = min(max(each.values()) for each in measured)
    assert best <= PROMISE_MS, f"the number fell too late in every round: {measured}"
    await pay_with(buyer)
    await buyer.heading("You’re in.")
    # Paid for, two of the six held places are sold: one in a hundred of the ground.
    await expect(
        watcher.page.get_by_role("img", name="1 % sold, 2 % held, 97 % left")
    ).to_be_visible()


async def test_sold_out_shows_at_once(
    visitors: Visitors, stack: Stack, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=2)
    desk = await visitors.arrive(url=stack.servers[1].url)
    phone = await visitors.arrive(url=stack.servers[1].url, size=PHONE)
    for watcher in (desk, phone):
        await watcher.open_event(sale.event_id)
    await desk.sees(re.compile("2 places left of 2"))
    buyer = await newcomer(visitors)
    await hold_in(buyer, sale, "North")
    await desk.sees("All held right now")
    await phone.sees("0 left")
    await pay_with(buyer)
    await buyer.heading("You’re in.")
    for watcher in (desk, phone):
        await watcher.sees("Sold out.")
        await expect(watcher.page.get_by_role("button", name=HOLD)).to_have_count(0)
    await desk.page.reload()
    await desk.sees("Sold out.")


async def test_a_place_given_back_rises_again(
    visitors: Visitors, stack: Stack, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=2)
    watcher = await visitors.arrive(url=stack.servers[1].url)
    await watcher.open_event(sale.event_id)
    buyer = await newcomer(visitors)
    await hold_in(buyer, sale, "North")
    await watcher.sees(re.compile("0 places left of 2"))
    await buyer.press("Release them now")
    await buyer.press("Release now")
    await watcher.sees(re.compile("2 places left of 2"))


@asynccontextmanager
async def third_server(stack: Stack) -> AsyncIterator[list[Server]]:
    """One to kill; whoever starts it again appends it."""
    made = [await stack.another_server()]
    try:
        yield made
    finally:
        stop(server.process for server in made)


async def mark(visit: Visit, state: str | None) -> None:
    """The page's live mark says so: None is live, `late` delayed, `off` offline."""
    live = visit.page.locator(".live").first
    if state is None:
        await expect(live).not_to_have_attribute("data-s", re.compile("."), timeout=BACK_MS)
    else:
        await expect(live).to_have_attribute("data-s", state, timeout=BACK_MS)


async def test_a_server_dies_and_the_page_says_so_until_it_knows_again(
    visitors: Visitors, stack: Stack, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(north=50)
    buyer = await Buyer.registered(api)
    async with third_server(stack) as servers:
        watcher = await visitors.arrive(url=servers[0].url)
        # The last is what the browser says of the service worker it cannot ask for.
        watcher.foresee(
            *("ERR_CONNECTION", "WebSocket connection to", "ERR_EMPTY_RESPONSE"),
            "when fetching the script",
        )
        await watcher.open_event(sale.event_id)
        await watcher.sees(re.compile("50 places left of 50"))
        await watcher.page.wait_for_load_state("networkidle")
        servers[0].kill()
        # Delayed at once; offline if asking by other ways has failed too before we look.
        await expect(watcher.page.locator(".live").first).to_have_attribute(
            "data-s", re.compile("late|off")
        )
        await watcher.sees(re.compile("Delayed|Offline"))
        await buyer.buy(sale.event_id, sale.sections["North"], 3)
        await watcher.sees(re.compile("50 places left of 50"))
        servers.append(await stack.another_server(port=servers[0].port))
        await mark(watcher, None)
        await watcher.sees(re.compile("47 places left of 50"))
        # And it hears again, instead of having asked once.
        await buyer.buy(sale.event_id, sale.sections["North"], 2)
        await watcher.sees(re.compile("45 places left of 50"))


async def test_a_browser_without_connection_says_so_and_catches_up(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(north=50)
    buyer = await Buyer.registered(api)
    watcher = await visitors.arrive(size=PHONE)
    watcher.foresee("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
    await watcher.open_event(sale.event_id)
    await watcher.sees("50 left")
    await watcher.page.context.set_offline(offline=True)
    await mark(watcher, "off")
    await watcher.sees("· Offline")
    await buyer.buy(sale.event_id, sale.sections["North"], 4)
    await watcher.page.context.set_offline(offline=False)
    await mark(watcher, None)
    await watcher.sees("46 left")


async def test_signed_in_here_one_stays_signed_in_in_another_tab_until_signing_out(
    visitors: Visitors,
) -> None:
    visit = await visitors.arrive()
    await visit.go("/sign-in?next=/tickets")
    await visit.sign_in("fan@demo.test", password=PASSWORD)
    await visit.heading("Tickets")
    second = await visit.page.context.new_page()
    await second.goto(f"{visit.url}/tickets")
    await expect(second.get_by_role("heading", name="Tickets", exact=True)).to_be_visible()
    await visit.press(re.compile("account and settings of"))
    await visit.press("Sign out")
    await expect(visit.page).to_have_url(re.compile("/sign-in"))
    await second.reload()
    await expect(second).to_have_url(re.compile("/sign-in"))
