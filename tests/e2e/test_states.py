"""States that no address leads to: each is brought about as it comes about, and is for everybody.

`make screens` writes a picture of each to docs/screens/states, by day on a phone and by night on
a desktop.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx
import pytest
from playwright.async_api import Route, expect

from tests.e2e.browsing import DESKTOP, PHONE, Size, Theme, Visit, Visitors
from tests.e2e.organizing import Buyer, Organizer
from tests.e2e.test_buying import (
    HOLD,
    choose_in_list,
    hold_in,
    introduce,
    pay_with,
    register,
)
from tests.e2e.test_line import steer, with_a_line
from tests.e2e.test_map import into_the_stand, pick_in_the_middle
from tests.e2e.test_screens import SCREENS_FOLDER, judge, take_picture
from tests.e2e.test_season import repeated

STATES_FOLDER: Final = SCREENS_FOLDER / "states"
# Pictures are of both; judged is the narrower one, for what a colour breaks others judge already.
LOOKS: Final[Sequence[tuple[str, Theme, Size]]] = (
    ("phone", "light", PHONE),
    ("desktop", "dark", DESKTOP),
)


@dataclass(frozen=True)
class Stage:
    visit: Visit
    organizer: Organizer
    api: httpx.AsyncClient


async def proposals(stage: Stage) -> None:
    """Three ways to sit for four, one of them apart."""
    visit = stage.visit
    sale = await stage.organizer.seated(rows=8, seats=16)
    await visit.open_event(sale.event_id)
    if await visit.page.locator(".grab").count():
        await visit.page.locator(".grab").click()
    for _ in range(2):
        await visit.press("One more")
    await visit.press(re.compile("^(Find|Best) 4"))
    await expect(visit.page.locator(".opt-box .opt").nth(1)).to_be_visible()


async def conflict(stage: Stage) -> None:
    """A seat that somebody else was quicker to take, and the nearest one."""
    visit = stage.visit
    sale = await stage.organizer.seated(rows=12, seats=24)
    await into_the_stand(visit, sale)
    await pick_in_the_middle(visit)
    quicker = await Buyer.registered(stage.api)
    for place in await visit.page.locator(".yours-mark").all_inner_texts():
        row, number = place.strip().split(" ")
        await quicker.buy_seat(sale.event_id, sale.sections["Stand"], row, int(number))
    visit.foresee(r"status of 409 .*/api/v1/orders\)")
    await visit.press(HOLD)
    await expect(visit.page.get_by_role("button", name=re.compile("^Take "))).to_be_visible()


async def popover(stage: Stage) -> None:
    """What is told of a seat: by a mouse over it, by a finger in the sheet."""
    visit = stage.visit
    sale = await stage.organizer.seated(rows=12, seats=24)
    await into_the_stand(visit, sale)
    await pick_in_the_middle(visit)
    box = await visit.page.locator(".map-host").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await visit.page.mouse.move(x - 120, y - 40)
    await visit.page.mouse.move(x - 121, y - 40)
    await expect(visit.page.locator(".pop")).to_be_visible()


async def become_known(visit: Visit) -> None:
    await visit.go("/register")
    await register(visit)


async def waiting(stage: Stage) -> None:
    """In a line in which nobody goes in yet, behind somebody."""
    sale = await with_a_line(stage.organizer)
    await become_known(stage.visit)
    await stage.visit.go(f"/events/{sale.event_id}/queue")
    await stage.visit.sees("Nobody goes in at the moment.")


async def turn(stage: Stage) -> None:
    """It is your turn."""
    sale = await with_a_line(stage.organizer)
    await become_known(stage.visit)
    await stage.visit.go(f"/events/{sale.event_id}/queue")
    await stage.visit.sees("Nobody goes in at the moment.")
    await steer(stage.organizer, sale.event_id, paused=False, admitPerMinute=600)
    await stage.visit.heading("It’s your turn.")


async def reset(stage: Stage) -> None:
    """A new password, asked for by the link of a mail."""
    await stage.visit.go("/reset?token=of-a-mail")
    await stage.visit.heading("New password")


async def unclear(stage: Stage) -> None:
    """A payment whose answer never came."""
    visit = stage.visit
    sale = await stage.organizer.sale(north=20)
    await hold_in(visit, sale, "North")
    await introduce(visit)

    async def lose(route: Route) -> None:
        await route.abort("connectionreset")

    await visit.page.route("**/api/v1/orders/*/payment", lose)
    visit.foresee("ERR_CONNECTION_RESET")
    await pay_with(visit, "Card that pays")
    await visit.sees("We do not know if the payment went out.")


async def expired(stage: Stage) -> None:
    """A hold whose time ran out, with the places it had."""
    sale = await stage.organizer.sale(hold_seconds=3, north=20)
    await hold_in(stage.visit, sale, "North")
    await stage.visit.heading("Your time ran out")


async def venue(stage: Stage) -> None:
    """What is on in a house."""
    sale = await stage.organizer.sale(north=300, south=300)
    seen = await stage.api.get(f"/api/v1/events/{sale.event_id}")
    await stage.visit.go(f"/venues/{seen.json()['data']['venueId']}")
    await stage.visit.heading(re.compile("^Cinder Road"))
    await expect(stage.visit.page.locator("a.ecard").first).to_be_visible()


async def season(stage: Stage) -> None:
    """One place at every date of a series, with one chosen."""
    visit, organizer = stage.visit, stage.organizer
    sale = await organizer.seated(rows=4, seats=12)
    await repeated(organizer, sale)
    path = f"/api/v1/series/{sale.event_id}/season-ticket"
    level = {"priceLevel": "ADULT", "amount": 3000}
    body = {"levels": [level]}
    offered = await organizer.api.put(path, json=body, headers=organizer.headers)
    assert offered.status_code == 200, offered.text
    await visit.go(f"/series/{sale.event_id}")
    await visit.heading("Season ticket")
    await visit.press("Row A, seat 5")
    await visit.sees(re.compile(r"1 place · €63\.00"))


async def lane(stage: Stage) -> None:
    """A line in which members have a lane of their own, before somebody gives the code."""
    sale = await with_a_line(stage.organizer)
    await stage.organizer.post(
        f"/events/{sale.event_id}/waiting-room/lanes",
        {"name": "Members", "share": 50, "code": "RED-AND-WHITE"},
    )
    await become_known(stage.visit)
    await stage.visit.go(f"/events/{sale.event_id}/queue")
    await stage.visit.page.get_by_label("Code for members or sponsors").fill("NOT-A-CODE")
    stage.visit.foresee("status of 422")
    await stage.visit.page.locator("form .btn-line").click()
    await expect(stage.visit.page.locator(".note-no, .note-warn").first).to_be_visible()


async def saved(stage: Stage) -> None:
    """Events that one means to come back to, above all others."""
    visit = stage.visit
    await visit.go()
    # Of what has begun already nothing is left to come back to.
    for name in ("Harbour Rovers v Kestrel", "Mira Solene", "Orchestra of the Tides"):
        await visit.page.get_by_role("button", name=f"Save {name}").click()
    await expect(visit.page.get_by_label("Saved events").get_by_role("link")).to_have_count(3)


async def paid(stage: Stage) -> None:
    """The places, and the number by which mails and people call the order."""
    visit = stage.visit
    sale = await stage.organizer.sale(north=20)
    await become_known(visit)
    await hold_in(visit, sale, "North")
    await pay_with(visit)
    await visit.heading("You’re in.")
    await visit.sees(re.compile(r"Order\s[0-9A-F]{8}$"))


async def levels(stage: Stage) -> None:
    """A family where one stands, and a child has no price."""
    visit, organizer = stage.visit, stage.organizer
    sale = await organizer.sale(north=300, south=300)
    await organizer.sell_to_children(sale, amount=1500, only=("South",))
    await visit.go(f"/events/{sale.event_id}?view=list&party=ADULT.2~CHILD.1")
    await choose_in_list(visit, "North")
    await expect(visit.page.get_by_role("alert")).to_contain_text("has no price for: Child")


STATES: Final[dict[str, Callable[[Stage], Awaitable[None]]]] = {
    "venue": venue,
    "season": season,
    "lane": lane,
    "levels": levels,
    "saved": saved,
    "paid": paid,
    "proposals": proposals,
    "conflict": conflict,
    "popover": popover,
    "waiting": waiting,
    "turn": turn,
    "reset": reset,
    "unclear": unclear,
    "expired": expired,
}
# A finger has no popover: what it tells is in the sheet, which the test of the map opens.
MOUSE_ALONE: Final = ("popover",)
# Judged elsewhere already; here for their picture.
# What a sheet covers in part is too small for a thumb to the judge of targets, and no fault.
PICTURED_ALONE: Final = ("expired", "waiting", "turn", "proposals", "levels", "paid")


WANTS_PICTURES: Final = bool(os.environ.get("ARENAPULSE_SCREENS"))
CASES: Final = [
    pytest.param(name, *look, id=f"{name}-{look[0]}")
    for name in STATES
    for look in (LOOKS[1:] if name in MOUSE_ALONE else LOOKS if WANTS_PICTURES else LOOKS[:1])
    if WANTS_PICTURES or name not in PICTURED_ALONE
]


@pytest.mark.parametrize(("name", "kind", "theme", "size"), CASES)
async def test_a_state_is_for_everybody(
    visitors: Visitors,
    organizer: Organizer,
    api: httpx.AsyncClient,
    *,
    name: str,
    kind: str,
    theme: Theme,
    size: Size,
) -> None:
    visit = await visitors.arrive(theme=theme, size=size)
    await STATES[name](Stage(visit, organizer, api))
    if WANTS_PICTURES:
        STATES_FOLDER.mkdir(exist_ok=True)
        await take_picture(visit, STATES_FOLDER / f"{name}-{kind}-{theme}.png", at_rest=False)
    if name not in PICTURED_ALONE:
        await judge(visit, f"{name}, {kind}, {theme}")
