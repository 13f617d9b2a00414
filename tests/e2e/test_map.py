"""Seats on the map: by mouse, by fingers; taken by somebody else; without a network."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.browsing import PHONE, Visit, Visitors
from tests.e2e.organizing import Buyer, Organizer, Sale
from tests.e2e.test_buying import HOLD

PICKED = ".yours-mark"
PINCH_STEPS = 6


async def middle(visit: Visit) -> tuple[float, float]:
    box = await visit.page.locator(".map-host").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def into_the_stand(visit: Visit, sale: Sale) -> None:
    """The map of a house with one stand, and a tap on it: on a seat, where seats are shown."""
    await visit.open_event(sale.event_id)
    await expect(visit.page.locator(".map-host canvas").first).to_be_visible()
    await visit.page.mouse.click(*await middle(visit))
    await expect(visit.page).to_have_url(re.compile("section="))


async def pick_in_the_middle(visit: Visit) -> str:
    """A seat near the middle of the screen; its name."""
    told = parse_qs(urlsplit(visit.page.url).query).get("picks", [])
    before = sum(len(picks.split("~")) for picks in told)
    await expect(visit.page.locator(PICKED)).to_have_count(before)
    x, y = await middle(visit)
    await visit.page.mouse.click(x + 48 * before, y + 60)
    await expect(visit.page.locator(PICKED)).to_have_count(before + 1)
    return (await visit.page.locator(PICKED).last.inner_text()).strip()


@pytest.mark.parametrize("party", [1, 2])
async def test_a_seat_that_somebody_else_took_is_replaced_in_one_tap(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient, party: int
) -> None:
    sale = await organizer.seated(rows=12, seats=24)
    visit = await visitors.arrive()
    await into_the_stand(visit, sale)
    picked = [await pick_in_the_middle(visit) for _ in range(party)]
    row, number = picked[0].split(" ")
    quicker = await Buyer.registered(api)
    await quicker.buy_seat(sale.event_id, sale.sections["Stand"], row, int(number))
    visit.foresee(r"status of 409 .*/api/v1/orders\)")
    await visit.press(HOLD)
    await visit.sees(f"Seat {row} {number} was just taken.")
    await visit.press(re.compile("^Take "))
    await visit.press(HOLD)
    await expect(visit.page).to_have_url(re.compile("/checkout/"))
    assert await sale.counts("Stand") == (12 * 24 - party - 1, party, 1)


async def test_fingers_pinch_the_map(visitors: Visitors, organizer: Organizer) -> None:
    sale = await organizer.seated(rows=12, seats=24)
    visit = await visitors.arrive(size=PHONE, has_touch=True)
    await visit.open_event(sale.event_id)
    await expect(visit.page.locator(".map-host canvas").first).to_be_visible()
    await expect(visit.page.locator(".map-whole")).to_have_count(0)
    x, y = await middle(visit)
    session = await visit.page.context.new_cdp_session(visit.page)
    for step in range(PINCH_STEPS + 1):
        apart = 20 + 20 * step
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        kind = "touchStart" if step == 0 else "touchMove"
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await expect(visit.page.locator(".map-whole")).to_be_visible()
    await visit.press("Whole house")
    await expect(visit.page.locator(".map-whole")).to_have_count(0)


async def test_the_network_goes_and_what_was_chosen_stays(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.seated(rows=12, seats=24)
    visit = await visitors.arrive()
    await into_the_stand(visit, sale)
    await pick_in_the_middle(visit)
    visit.foresee("ERR_INTERNET_DISCONNECTED", "WebSocket")
    await visit.page.context.set_offline(offline=True)
    await expect(visit.page.locator(".live").first).to_have_attribute("data-s", "off")
    await visit.page.context.set_offline(offline=False)
    await visit.is_live()
    await visit.page.reload()
    await expect(visit.page.locator(PICKED)).to_have_count(1)
    await visit.press(HOLD)
    await expect(visit.page).to_have_url(re.compile("/checkout/"))
    await visit.page.go_back()
    await expect(visit.page.get_by_role("link", name=re.compile("1 place held"))).to_be_visible()
    await expect(visit.page.locator(PICKED)).to_have_count(0)
