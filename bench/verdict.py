"""How long a scanner without a network takes to say yes, in a browser at a quarter of its speed.

    python -m bench.verdict [--tickets 60000] [--scans 200]

A registered device has the manifest of all tickets; then its network is cut, and each scan is
another ticket's code, typed as a hand scanner types it. The time runs from the Enter key to the
verdict on the page: parsing, Ed25519, the rotating digits, the rules, the scan kept in IndexedDB,
the drawing.
Goal: 50 ms at the 95th percentile, of enough scans that it is not the second slowest of them.
Exit 1 where it is missed, or where a scan is not let in.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
from playwright.async_api import async_playwright

from arenapulse.tickets import ticketcode
from arenapulse.tickets.ticketcode import EventKeys, Payload
from bench.checkins import keys_of, sell
from bench.stack import Stack, running_stack
from tests.e2e.browsing import PHONE, launch
from tests.worlds import Place, World, make_fans, make_world

THROTTLE: Final = 4
GOAL_MS: Final = 50.0
KEEPING_MS: Final = 5_000
PASSWORD: Final = "bench-password-of-the-gate"
SCAN: Final = """
code => new Promise(done => {
  document.querySelector('[data-verdict] button')?.click();
  const field = document.getElementById('wedge');
  const typed = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  typed.call(field, code);
  field.dispatchEvent(new Event('input', { bubbles: true }));
  setTimeout(() => {
    const began = performance.now();
    const look = new MutationObserver(() => {
      const panel = document.querySelector('[data-verdict]');
      if (panel === null) return;
      look.disconnect();
      done([panel.dataset.verdict, performance.now() - began]);
    });
    look.observe(document.body, { subtree: true, childList: true });
    field.form.requestSubmit();
  }, 100);
})
"""


async def device_at(api: httpx.AsyncClient, db: asyncpg.Connection, world: World) -> str:
    """Where the organizer's QR code leads; whoever signs in as `gate@bench.test` may scan."""
    person = {"email": "gate@bench.test", "password": PASSWORD, "fullName": "Gate"}
    made = await api.post("/auth/register", json=person)
    made.raise_for_status()
    data = made.json()["data"]
    await db.execute(
        "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'MANAGER')",
        *(world.organization_id, UUID(data["userId"])),
    )
    headers = {"Authorization": f"Bearer {data['token']}"}
    path = f"/events/{world.event_id}/gates/devices"
    device = await api.post(path, json={"name": "Lane 1"}, headers=headers)
    device.raise_for_status()
    return f"/gate/{world.event_id}#device={device.json()['data']['code']}"


async def scan(
    stack: Stack, way: str, *, tickets: Sequence[str], world: World, keys: EventKeys
) -> tuple[list[str], list[float]]:
    """The verdicts of a device without a network, and how long each took."""
    url = f"http://127.0.0.1:{stack.ports[0]}"
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
        await page.goto(f"{url}/sign-in?next=/gate/{world.event_id}")
        await page.get_by_label("E-mail").fill("gate@bench.test")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").first.click()
        await page.wait_for_url(f"{url}/gate/**")
        await page.goto("about:blank")
        async with page.expect_response(lambda answer: "/manifest" in answer.url):
            await page.goto(f"{url}{way}")
        await page.get_by_text("In step").wait_for(timeout=60_000)
        # Until it has written the list down, which it does once an evening.
        await page.wait_for_timeout(KEEPING_MS)
        await page.context.set_offline(offline=True)
        session: Any = await page.context.new_cdp_session(page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
        found: list[Any] = []
        for ticket in tickets:
            payload = Payload(UUID(ticket), world.event_id, 0)
            code = ticketcode.code_at(payload, keys=keys, unix=time.time())
            found.append(await page.evaluate(SCAN, code))
        await browser.close()
    return [str(verdict) for verdict, _ in found], [float(took) for _, took in found]


async def measure(stack: Stack, asked: argparse.Namespace) -> bool:
    db = await asyncpg.connect(stack.settings.database_url)
    base = f"http://127.0.0.1:{stack.ports[0]}/api/v1"
    place = Place(5_000_000, amount=0, fee=0)
    world = await make_world(db, stack.settings, status="LIVE", sections=(place,))
    (fan,) = await make_fans(db, world, 1)
    sold = await sell(stack, world, (fan,), tickets=asked.tickets)
    async with httpx.AsyncClient(base_url=base, timeout=30) as api:
        way = await device_at(api, db, world)
    keys = await keys_of(db, stack, world)
    await db.close()
    verdicts, took = await scan(stack, way, tickets=sold[: asked.scans], world=world, keys=keys)
    slow = statistics.quantiles(took, n=20)[-1]
    print(
        f"offline verdict, {THROTTLE} x throttle  {len(sold):,} tickets known, {len(took)} scans   "
        f"p50 {statistics.median(took):.1f} ms   p95 {slow:.1f} ms   max {max(took):.1f} ms   "
        f"{', '.join(sorted(set(verdicts)))}"
    )
    return slow <= GOAL_MS and set(verdicts) == {"admitted"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=60_000)
    parser.add_argument("--scans", type=int, default=200)
    asked = parser.parse_args()
    with running_stack(servers=1) as stack:
        return 0 if asyncio.run(measure(stack, asked)) else 1


if __name__ == "__main__":
    sys.exit(main())
