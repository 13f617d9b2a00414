"""Two browsers in one line: each keeps its place, one goes in and buys, the other moves up."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.browsing import PHONE, Visit, Visitors
from tests.e2e.judging import axe_findings, settled, sideways, small_targets
from tests.e2e.organizing import Organizer, Sale
from tests.e2e.test_buying import HOLD, choose_in_list, newcomer, pay_with


async def with_a_line(organizer: Organizer) -> Sale:
    """An event before whose shop people wait; nobody goes in yet."""
    sale = await organizer.sale(north=20)
    path = f"/api/v1/events/{sale.event_id}"
    seen = await organizer.api.get(path)
    config = seen.json()["data"]["capacityConfig"]
    config["waitingRoom"] = {"enabled": True, "admitPerMinute": 1}
    changed = await organizer.api.patch(
        path,
        json={"capacityConfig": config},
        headers=organizer.headers | {"If-Match": seen.headers["ETag"]},
    )
    assert changed.status_code == 200, changed.text
    await steer(organizer, sale.event_id, paused=True)
    return sale


async def ahead(visit: Visit, words: str) -> None:
    await expect(visit.page.get_by_role("img", name=words, exact=True)).to_be_visible()


async def test_one_goes_in_and_buys_and_the_other_moves_up(
    visitors: Visitors, organizer: Organizer
) -> None:
    sale = await with_a_line(organizer)
    line = f"/events/{sale.event_id}/queue"
    first = await newcomer(visitors)
    second = await newcomer(visitors, size=PHONE)
    await first.go(line)
    await ahead(first, "0 people ahead of you")
    await second.go(line)
    await ahead(second, "1 person ahead of you")
    for visit in (first, second):
        await visit.sees("Nobody goes in at the moment.")
        await settled(visit.page)
        assert await axe_findings(visit.page) == []
        assert await sideways(visit.page) == []
        assert await small_targets(visit.page) == []
    # A reload and a closed tab: the place is the account's.
    await second.page.reload()
    await ahead(second, "1 person ahead of you")
    again = await second.page.context.new_page()
    await second.page.close()
    second = visitors.seen(again, url=second.url)
    await second.go(line)
    await ahead(second, "1 person ahead of you")

    await shown_by_a_cdn(second, sale.event_id)
    await ahead(second, "1 person ahead of you")

    await steer(organizer, sale.event_id, paused=False)
    await first.heading("It’s your turn.")
    await ahead(second, "0 people ahead of you")
    await expect(second.page.get_by_role("heading", name="It’s your turn.")).to_have_count(0)
    await first.follow("Choose places")
    await choose_in_list(first, "North")
    await first.press(HOLD)
    await expect(first.page).to_have_url(re.compile("/checkout/"))
    await pay_with(first)
    await first.heading("You’re in.")
    assert await sale.counts("North") == (18, 0, 2)
    # One a minute was asked for; now more are.
    await steer(organizer, sale.event_id, admitPerMinute=600)
    await second.heading("It’s your turn.")


async def shown_by_a_cdn(visit: Visit, event_id: str) -> None:
    """The page that is left when nothing of ours answers: it keeps the place, and the way back."""
    visit.foresee(r"net::ERR_FAILED .*/queue/serving")
    await visit.page.route("**/api/**", lambda route: route.abort())
    await visit.go(f"/line.html?event={event_id}")
    await visit.heading("Your place in line is kept.")
    await visit.sees("Your place: 2")
    await visit.sees("No answer yet. We keep asking.")
    assert await axe_findings(visit.page) == []
    assert await sideways(visit.page) == []
    await visit.page.unroute("**/api/**")
    await visit.follow("Try now")


async def steer(organizer: Organizer, event_id: str, **changes: object) -> None:
    answer = await organizer.api.patch(
        f"/api/v1/events/{event_id}/waiting-room", json=changes, headers=organizer.headers
    )
    assert answer.status_code == 200, answer.text
