"""From the purchase through the gate: without a network, two gates at once, from phone to phone."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
from playwright.async_api import Response, expect

from tests.e2e.browsing import PHONE, Visit, Visitors
from tests.e2e.organizing import Buyer, Organizer, Sale, new_person
from tests.e2e.reading import code_on
from tests.e2e.test_buying import hold_in, introduce, pay_with
from tests.e2e.test_installed import installed
from tests.e2e.test_paying import mail_to

NO_NETWORK = (
    "ERR_INTERNET_DISCONNECTED",
    "WebSocket",
    "Failed to fetch",
    "net::ERR",
    "fetching the script",
)
PAID_SECONDS_MAX = 60
# A device decides alone after a quarter of a second, which the server of a busy machine may need.
PATIENT = """
const timer = window.setTimeout;
window.setTimeout = (then, ms, ...more) => timer(then, ms === 250 ? 40_000 : ms, ...more);
"""


async def scanner(
    visitors: Visitors, organizer: Organizer, sale: Sale, name: str, *, before: str = ""
) -> Visit:
    """A registered device at the gate that knows the event's tickets; it waits for the server.

    `before` is run in each of its pages before anything of ours.
    """
    made = await organizer.post(f"/events/{sale.event_id}/gates/devices", {"name": name})
    visit = await visitors.arrive(size=PHONE)
    await visit.page.add_init_script(PATIENT + before)
    await visit.go(f"/sign-in?next=/gate/{sale.event_id}")
    await visit.sign_in("gate@demo.test")
    await visit.heading("A")
    await visit.page.goto("about:blank")
    async with visit.page.expect_response(_is_the_list_of_a_device):
        await visit.page.goto(re.sub(r"^https?://[^/]+", visit.url, made["url"]))
    await visit.sees("In step")
    await expect(visit.page.get_by_text("This device is not registered")).to_have_count(0)
    await expect(visit.page.get_by_label("Counters")).not_to_contain_text("Tickets known0")
    return visit


def _is_the_list_of_a_device(answer: Response) -> bool:
    return "/checkins/manifest" in answer.url and "x-gate-device" in answer.request.headers


async def show(visit: Visit, code: str) -> None:
    """Holds the code to a hand scanner, which types it."""
    await visit.page.get_by_label("Hand scanner or code").fill(code)
    await visit.page.keyboard.press("Enter")


async def verdict(visit: Visit) -> str | None:
    panel = visit.page.locator("[data-verdict]")
    await expect(panel).to_be_visible()
    return await panel.get_attribute("data-verdict")


async def live(organizer: Organizer, sale: Sale) -> Any:
    answer = await organizer.api.get(
        f"/api/v1/events/{sale.event_id}/gates/live", headers=organizer.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def opened(organizer: Organizer, sale: Sale) -> None:
    await organizer.post(f"/events/{sale.event_id}/status", {"status": "LIVE"}, status=200)


async def ticket_of(buyer: Buyer, order: dict[str, Any]) -> str:
    """Its first ticket, once the order is paid."""
    async with asyncio.timeout(PAID_SECONDS_MAX):
        while True:
            path = f"/api/v1/orders/{order['orderId']}"
            answer = await buyer.api.get(path, headers=buyer.headers)
            if answer.json()["data"]["status"] == "CONFIRMED":
                return str(order["tickets"][0]["ticketId"])
            await asyncio.sleep(0.05)


async def code_of(buyer: Buyer, ticket: str) -> str:
    answer = await buyer.api.get(f"/api/v1/tickets/{ticket}/code", headers=buyer.headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["code"])


async def test_bought_shown_and_let_in_without_a_network_and_counted_everywhere(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await organizer.sale(north=20)
    phone = await visitors.arrive(size=PHONE)
    await hold_in(phone, sale, "North")
    await introduce(phone)
    await pay_with(phone)
    await phone.heading("You’re in.")
    await opened(organizer, sale)
    gate = await scanner(visitors, organizer, sale, "Lane 1")
    await installed(gate)
    await phone.follow("Open tickets")
    await phone.page.locator("a.tkrow").first.click()
    await expect(phone.page.locator(".qr-code")).to_be_visible()
    box = await phone.page.locator(".qr-code").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE[0]
    for visit in (phone, gate):
        visit.foresee(*NO_NETWORK)
        await visit.page.context.set_offline(offline=True)
    code = await code_on(phone.page.locator(".qr"))
    await show(gate, code)
    assert await verdict(gate) == "admitted"
    await gate.sees("1 scan is kept here and goes out by itself.")
    await gate.press("Next ticket")
    await show(gate, code)
    assert await verdict(gate) == "already"
    # Of what happened in the dead zone nobody else knows yet.
    assert (await live(organizer, sale))["admitted"] == 0
    # The device is switched off and on there: it has its page, the tickets and the scan still.
    await gate.page.reload()
    await gate.sees("1 scan is kept here and goes out by itself.")
    await show(gate, await code_on(phone.page.locator(".qr")))
    assert await verdict(gate) == "already"
    await gate.press("Next ticket")
    await gate.page.context.set_offline(offline=False)
    await gate.sees("In step")
    await expect(gate.page.get_by_label("Counters")).to_contain_text("Inside1")
    told = await live(organizer, sale)
    assert (told["admitted"], told["inside"]) == (1, 1)
    await phone.page.context.set_offline(offline=False)
    await phone.page.reload()
    await phone.sees("Used")


async def test_two_scanners_race_over_one_ticket_and_one_lets_it_in(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(north=20)
    buyer = await Buyer.registered(api)
    ticket = await ticket_of(buyer, await buyer.buy(sale.event_id, sale.sections["North"], 1))
    await opened(organizer, sale)
    gates = [await scanner(visitors, organizer, sale, name) for name in ("Lane 1", "Lane 2")]
    code = await code_of(buyer, ticket)
    for visit in gates:
        visit.foresee("409")
    await asyncio.gather(*(show(visit, code) for visit in gates))
    assert sorted([str(await verdict(visit)) for visit in gates]) == ["admitted", "already"]
    told = await live(organizer, sale)
    assert (told["admitted"], told["inside"]) == (1, 1)


async def test_a_ticket_goes_from_phone_to_phone_and_lets_only_the_second_in(
    visitors: Visitors, organizer: Organizer, api: httpx.AsyncClient
) -> None:
    sale = await organizer.sale(north=20)
    giver, taker = new_person(), new_person()
    first, second = await arrived(visitors, api, giver), await arrived(visitors, api, taker)
    answer = await api.post(
        "/api/v1/auth/login", json={"email": giver["email"], "password": giver["password"]}
    )
    token = answer.json()["data"]["token"]
    buyer = Buyer(api, {"Authorization": f"Bearer {token}"})
    ticket = await ticket_of(buyer, await buyer.buy(sale.event_id, sale.sections["North"], 1))
    await opened(organizer, sale)
    old = await code_of(buyer, ticket)
    await first.go(f"/tickets/{ticket}")
    await first.page.get_by_label("Their e-mail").fill(taker["email"])
    await first.press("Send the link")
    await first.sees(re.compile("^Offered by mail, until"))
    mail = await mail_to(api, taker["email"], "transfer_offered")
    await second.go(f"/transfers/{mail['links'][0]['token']}")
    await second.press("Take the ticket")
    await second.follow("Show the ticket")
    await expect(second.page.locator(".qr-code")).to_be_visible()
    # The giver's phone hears of it without being touched.
    await expect(first.page.locator(".qr-code")).to_have_count(0)
    gate = await scanner(visitors, organizer, sale, "Lane 1")
    gate.foresee("409")
    await show(gate, old)
    assert await verdict(gate) == "invalid"
    await gate.press("Next ticket")
    await show(gate, await code_on(second.page.locator(".qr")))
    assert await verdict(gate) == "admitted"
    assert (await live(organizer, sale))["inside"] == 1


async def arrived(visitors: Visitors, api: httpx.AsyncClient, person: dict[str, str]) -> Visit:
    """Somebody with an account, signed in on their phone."""
    answer = await api.post("/api/v1/auth/register", json=person)
    assert answer.status_code == 201, answer.text
    visit = await visitors.arrive(size=PHONE)
    await visit.go("/sign-in")
    await visit.sign_in(person["email"])
    return visit
