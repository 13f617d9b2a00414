"""A purchase that is interrupted: back, a reload and a second tab at every step; no network."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from playwright.async_api import TimeoutError as TooLate
from playwright.async_api import expect

from tests.e2e.browsing import DESKTOP, PHONE, Size, Visit, Visitors
from tests.e2e.organizing import Organizer, Sale
from tests.e2e.stack import Stack
from tests.e2e.test_buying import GUEST_IS_GONE, HOLD, PAY, introduce, pay_with
from tests.e2e.test_map import PICKED, into_the_stand, pick_in_the_middle
from tests.lines import Line

SEATS = 12 * 24
HELD = re.compile(r"\d+ places? held")
# Longer than a tunnel, and than a request waits for its answer.
CUT_SECONDS = 20
CUT_SECONDS_MAX = 90


async def pick(visit: Visit, sale: Sale) -> int:
    """Seats on the map, and how many: on a phone the tap that opens the stand may take one."""
    await into_the_stand(visit, sale)
    await pick_in_the_middle(visit)
    return await visit.page.locator(PICKED).count()


async def has_the_picks(visit: Visit, count: int) -> None:
    await expect(visit.page.locator(PICKED)).to_have_count(count)


async def has_the_hold(visit: Visit) -> None:
    """The event's page says what is held, and wishes for nothing twice."""
    await expect(visit.page.get_by_role("link", name=HELD)).to_be_visible()
    await expect(visit.page.locator(PICKED)).to_have_count(0)


async def can_pay(visit: Visit) -> None:
    await expect(visit.page.get_by_role("timer")).to_be_visible()
    await expect(visit.page.get_by_role("button", name=PAY)).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_back_a_reload_and_a_second_tab_at_every_step_keep_the_hold_and_never_double_it(
    visitors: Visitors, organizer: Organizer, size: Size
) -> None:
    sale = await organizer.seated(rows=12, seats=24)
    first = await visitors.arrive(size=size)
    # Choosing: the choice lies in the address.
    count = await pick(first, sale)
    await first.page.reload()
    await has_the_picks(first, count)
    second = await visitors.another_tab(first)
    await has_the_picks(second, count)
    # Held: what one tab holds the other knows, without a reload.
    await first.press(HOLD)
    await expect(first.page.get_by_role("heading", name="Who is it for?")).to_be_visible()
    checkout = first.page.url
    await has_the_hold(second)
    await first.page.go_back()
    await has_the_hold(first)
    await first.page.reload()
    await has_the_hold(first)
    await first.page.go_forward()
    await second.page.get_by_role("link", name=HELD).click()
    await expect(second.page).to_have_url(checkout)
    assert await sale.counts("Stand") == (SEATS - count, count, 0)
    # Who pays: the account takes the hold over, in both tabs.
    second.foresee(GUEST_IS_GONE)
    await introduce(first)
    await first.page.reload()
    await can_pay(first)
    await second.page.reload()
    await can_pay(second)
    await first.page.go_back()
    await has_the_hold(first)
    await first.page.go_forward()
    await can_pay(first)
    assert await sale.counts("Stand") == (SEATS - count, count, 0)
    # Paid in both tabs at once: once.
    first.foresee(r"status of 409 .*/payment\)")
    second.foresee(r"status of 409 .*/payment\)")
    for visit in (first, second):
        await visit.page.get_by_role("radio", name="Card that pays").check()
    await asyncio.gather(first.press(PAY), press_if_it_is_there(second))
    await first.heading("You’re in.")
    await second.heading("You’re in.")
    await first.page.reload()
    await first.heading("You’re in.")
    await first.page.go_back()
    await expect(first.page.locator(".map-host canvas").first).to_be_visible()
    await expect(first.page.get_by_role("link", name=HELD)).to_have_count(0)
    await expect(first.page.locator(PICKED)).to_have_count(0)
    assert await sale.counts("Stand") == (SEATS - count, 0, count)


async def press_if_it_is_there(visit: Visit) -> None:
    """A tab that was told of the other's payment a moment before offers none any more."""
    with contextlib.suppress(TooLate):
        await visit.page.get_by_role("button", name=PAY).click(timeout=5_000)


@contextlib.asynccontextmanager
async def cut_off(line: Line, *visits: Visit) -> AsyncIterator[None]:
    """No socket lives and none is made, for some seconds at least; the browser is not told."""
    for visit in visits:
        visit.foresee("ERR_CONNECTION_(REFUSED|RESET)", "ERR_EMPTY", "WebSocket", "the script")
    line.cut()
    async with asyncio.timeout(CUT_SECONDS_MAX):
        waiting = asyncio.create_task(asyncio.sleep(CUT_SECONDS))
        yield
        await waiting
    await line.mend()


async def test_the_network_is_cut_in_the_middle_and_one_hold_is_paid_once(
    visitors: Visitors, organizer: Organizer, stack: Stack
) -> None:
    line = Line(stack.servers[0].port)
    await line.mend()
    url = f"http://127.0.0.1:{line.port}"
    # Each buys at an event of their own, so that neither takes the other's seat.
    sales = [await organizer.seated(rows=12, seats=24) for _ in range(2)]
    visits = [await visitors.arrive(url=url, size=size) for size in (DESKTOP, PHONE)]
    try:
        counts = [await pick(*each) for each in zip(visits, sales, strict=True)]
        async with cut_off(line, *visits):
            await together(holds_in_vain, visits, counts)
        await together(holds, visits)
        async with cut_off(line, *visits):
            await together(pays_in_vain, visits)
        await together(pays, visits)
    finally:
        await line.close()
    for sale, count in zip(sales, counts, strict=True):
        assert await sale.counts("Stand") == (SEATS - count, 0, count)


async def together(act: Callable[..., Awaitable[None]], *whom: Sequence[object]) -> None:
    await asyncio.gather(*(act(*each) for each in zip(*whom, strict=True)))


async def holds_in_vain(visit: Visit, count: int) -> None:
    mark = visit.page.locator(".live").first
    await expect(mark).to_have_attribute("data-s", re.compile("late|off"))
    await visit.press(HOLD)
    await visit.sees("No answer from the server.")
    await has_the_picks(visit, count)


async def holds(visit: Visit) -> None:
    await visit.is_live()
    await visit.press(HOLD)
    await introduce(visit)
    await expect(visit.page.get_by_role("radio", name=re.compile("Card that pays"))).to_be_visible()


async def pays_in_vain(visit: Visit) -> None:
    await pay_with(visit)
    await visit.sees(re.compile("counts as the same payment"))
    await expect(visit.page.get_by_role("timer")).to_be_visible()


async def pays(visit: Visit) -> None:
    await visit.press(PAY)
    await visit.heading("You’re in.")
