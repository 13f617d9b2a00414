"""`/docs` in a real browser: it draws the document, tries it out, and hides from nobody."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.browsing import Theme, Visitors
from tests.e2e.stack import PASSWORD, WEB

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


async def test_somebody_signs_in_and_asks_who_they_are(visitors: Visitors) -> None:
    visit = await visitors.arrive()
    await visit.go("/docs")
    filter_box = visit.page.get_by_label("Filter")

    await filter_box.fill("auth/login")
    await expect(visit.page.get_by_role("status").first).to_have_text("Operations that match: 1")
    login = visit.page.locator("#signin")
    await login.locator("summary").click()
    await login.get_by_label("Body").fill(f'{{"email": "fan@demo.test", "password": "{PASSWORD}"}}')
    await login.get_by_role("button", name="Send").click()
    await expect(login.get_by_label("Answer")).to_contain_text("200 OK")

    await filter_box.fill("get users/me asks")
    me = visit.page.locator("details[data-text]:visible")
    await me.locator("summary").click()
    await me.get_by_role("button", name="Send").click()
    await expect(me.get_by_label("Answer")).to_contain_text('"email": "fan@demo.test"')


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_page_for_everybody(visitors: Visitors, theme: Theme) -> None:
    visit = await visitors.arrive(theme=theme)
    await visit.go("/docs")
    await visit.sees("POST")
    await visit.page.locator("details[data-text] summary").first.click()
    await visit.page.evaluate(AXE.read_text())
    found = await visit.page.evaluate("axe.run().then((told) => told.violations)")
    assert [(problem["id"], problem["nodes"][0]["html"]) for problem in found] == []
