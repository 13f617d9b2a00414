"""An organization's settings and the platform's pages: for everybody, by day and night."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from playwright.async_api import expect

from tests.e2e.browsing import DESKTOP, PHONE, Size, Theme, Visit, Visitors
from tests.e2e.judging import axe_findings, settled, sideways, small_targets
from tests.e2e.organizing import OWNER, Organizer

# Each theme and each size once: what one of them breaks alone is a colour, or a width.
LOOKS: Final[Sequence[tuple[Theme, Size]]] = (("light", PHONE), ("dark", DESKTOP))
SETTINGS: Final = ("", "/team", "/keys", "/webhooks", "/audit")
PLATFORM: Final = ("", "/people", "/organizations", "/flags", "/jobs", "/webhooks", "/audit")


async def findings(visit: Visit, path: str) -> list[str]:
    await visit.go(path)
    await expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
    await settled(visit.page)
    found = [*await axe_findings(visit.page), *await sideways(visit.page)]
    return [f"{path}: {each}" for each in (*found, *await small_targets(visit.page))]


@pytest.mark.parametrize(("theme", "size"), LOOKS)
async def test_settings_are_for_everybody(
    visitors: Visitors, organizer: Organizer, theme: Theme, size: Size
) -> None:
    own = f"/organizations/{organizer.organization_id}"
    hook = await organizer.post(
        f"{own}/webhooks", {"url": "https://93.184.216.34/till", "events": ["order.confirmed"]}
    )
    await organizer.post(f"{own}/api-keys", {"name": "Till", "role": "STAFF"})
    await organizer.post(f"{own}/members", {"email": "cleo@demo.test", "role": "ANALYST"})
    visit = await visitors.arrive(theme=theme, size=size)
    # Where the mail about a paused webhook leads; to sign in is on the way.
    await visit.go(f"/organizer/{organizer.organization_id}/settings/webhooks")
    await visit.sign_in(OWNER)
    await visit.sees("https://93.184.216.34/till")
    pages = [*SETTINGS, f"/webhooks/{hook['id']}"]
    at = f"/organizer/{organizer.organization_id}/settings"
    assert [each for page in pages for each in await findings(visit, at + page)] == []
    await visit.go(f"{at}/audit")
    await visit.page.get_by_role("button", name="Webhook made").first.click()
    await expect(visit.page.get_by_role("dialog")).to_be_visible()
    assert await axe_findings(visit.page) == [], "a line of the log"
    await visit.page.keyboard.press("Escape")
    await expect(visit.page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("theme", "size"), LOOKS)
async def test_the_platform_is_for_everybody(visitors: Visitors, theme: Theme, size: Size) -> None:
    visit = await visitors.arrive(theme=theme, size=size)
    await visit.go("/sign-in?next=/admin")
    await visit.sign_in("admin@demo.test")
    await visit.sees("PostgreSQL")
    assert [each for page in PLATFORM for each in await findings(visit, f"/admin{page}")] == []
    await visit.press("Check the seals")
    await visit.sees("Whole:")
    await visit.page.keyboard.press("?")
    await expect(visit.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert await axe_findings(visit.page) == [], "the shortcuts"
    await visit.page.keyboard.press("Escape")
    await visit.page.keyboard.press("g")
    await visit.page.keyboard.press("p")
    await visit.heading("People")
