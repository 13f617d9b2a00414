"""Every page of the account, on phone and desktop, by day and night: for everybody.

`make screens` also writes the pictures to docs/screens/account.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

import httpx
from playwright.async_api import expect

from arenapulse.identity import totp
from tests.e2e.browsing import NARROW, PHONE, Visit, Visitors
from tests.e2e.organizing import Organizer
from tests.e2e.stack import Stack
from tests.e2e.test_accounts import authenticator, mailed
from tests.e2e.test_buying import register
from tests.e2e.test_screens import FORMATS, SCREENS_FOLDER, THEMES, judge, resize, take_picture

FOLDER: Final = SCREENS_FOLDER / "account"
WANTS_PICTURES: Final = bool(os.environ.get("ARENAPULSE_SCREENS"))


async def nobody(visit: Visit) -> None:
    await visit.go("/account")
    await visit.sees("Create an account")


async def complaints(visit: Visit) -> None:
    await visit.go("/sign-in")
    await visit.press("Sign in")
    await visit.sees("Enter your e-mail.")


async def wrong(visit: Visit) -> None:
    visit.foresee("status of 401 ")
    await visit.go("/sign-in")
    await visit.page.get_by_label("E-mail").fill("fan@demo.test")
    await visit.page.get_by_label("Password").fill("not the password of the fan")
    await visit.page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(visit.page.locator(".note-no, .note-warn").first).to_be_visible()


async def breached(visit: Visit) -> None:
    visit.foresee("status of 422 ")
    await visit.go("/register")
    page = visit.page
    await page.get_by_label("Full name").fill("Robin Vale")
    await page.get_by_label("E-mail").fill("robin@fans.test")
    await page.get_by_label("Password").fill("password1234")
    await visit.press("Create account")
    await expect(page.locator("[aria-invalid=true]")).to_have_count(1)


async def forgot(visit: Visit) -> None:
    await visit.go("/forgot")
    await visit.heading("Forgot")


async def sent(visit: Visit) -> None:
    await visit.go("/forgot?email=nobody@fans.test")
    await visit.press("Send the link")
    await visit.heading("Look into your mail")


async def reset(visit: Visit) -> None:
    await visit.go("/reset?token=of-a-mail")
    await visit.heading("New password")


async def dead(visit: Visit) -> None:
    await visit.go("/reset")
    await expect(visit.page.locator(".note-no")).to_be_visible()


async def verify(visit: Visit) -> None:
    await visit.go("/verify?token=of-a-mail")
    await expect(visit.page.get_by_role("button", name="Confirm")).to_be_visible()


PAGES: Final[dict[str, Callable[[Visit], Awaitable[None]]]] = {
    "nobody": nobody,
    "complaints": complaints,
    "wrong": wrong,
    "breached": breached,
    "forgot": forgot,
    "sent": sent,
    "reset": reset,
    "dead": dead,
    "verify": verify,
}


async def look(visit: Visit, name: str) -> None:
    """In all four looks: pictured where pictures are wanted, else judged in the two it takes."""
    for theme in THEMES:
        await visit.page.emulate_media(color_scheme=theme)
        await expect(visit.page.locator("html")).to_have_attribute("data-theme", theme)
        for kind, size in FORMATS.items():
            if WANTS_PICTURES:
                await resize(visit, size)
                FOLDER.mkdir(exist_ok=True)
                height = await visit.page.evaluate("document.documentElement.scrollHeight")
                await resize(visit, (size[0], max(size[1], int(height))))
                await take_picture(visit, FOLDER / f"{name}-{kind}-{theme}.png")
            elif (kind, theme) in {("phone", "light"), ("desktop", "dark")}:
                await resize(visit, size)
                await judge(visit, f"{name}, {kind}, {theme}")


async def tabs_are_in_sight(visit: Visit) -> None:
    """All five on a phone; on the narrowest the one that one is on, and a shadow on the rest."""
    strip = visit.page.locator(".tabs-line")
    assert await strip.evaluate("at => at.scrollWidth - at.clientWidth") <= 0
    await visit.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    assert await strip.evaluate("at => at.scrollWidth - at.clientWidth") > 0
    await strip.get_by_role("link", name="Privacy").click()
    here = strip.locator("[aria-current=page]")
    await expect(here).to_have_text("Privacy")
    await expect(here).to_be_in_viewport(ratio=1)
    await strip.get_by_role("link", name="Profile").click()
    await expect(here).to_have_text("Profile")
    await expect(here).to_be_in_viewport(ratio=1)
    await resize(visit, PHONE)


async def test_pages_of_who_is_not_signed_in_are_for_everybody(
    visitors: Visitors, api: httpx.AsyncClient, organizer: Organizer
) -> None:
    visit = await visitors.arrive(size=PHONE)
    for name, go in PAGES.items():
        await go(visit)
        await look(visit, name)
    email = f"{uuid4()}@fans.test"
    body = {"email": email, "role": "STAFF"}
    await organizer.post(f"/organizations/{organizer.organization_id}/members", body)
    token = await mailed(api, to=email, rel="invitation")
    await visit.go(f"/invitation?token={token}")
    await expect(visit.page.get_by_text("Your role there: Staff.")).to_be_visible()
    await look(visit, "invitation")


async def test_pages_of_an_account_are_for_everybody(
    visitors: Visitors, stack: Stack, api: httpx.AsyncClient
) -> None:
    # Browsers know no passkeys of bare addresses.
    visit = await visitors.arrive(size=PHONE, url=stack.url.replace("127.0.0.1", "localhost"))
    page = visit.page
    await authenticator(visit)
    await visit.go("/register")
    person = await register(visit)
    # At home as well.
    body = {"email": person["email"], "password": person["password"]}
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
    known = await api.post("/api/v1/auth/login", json=body, headers={"User-Agent": agent})
    assert known.status_code == 200, known.text
    await visit.go("/account")
    await expect(page.get_by_label("Full name")).to_be_visible()
    await tabs_are_in_sight(visit)
    await look(visit, "profile")
    await visit.go("/account/security")
    await visit.press("Set it up")
    shown = (await page.locator("code.num").inner_text()).replace(" ", "")
    await look(visit, "security-app")
    secret = base64.b32decode(shown + "=" * (-len(shown) % 8))
    step = int(time.time()) // totp.STEP_SECONDS
    await page.get_by_label("Code from the app").fill(totp.code_at(secret, step=step))
    await visit.press("Turn it on")
    await expect(page.locator(".codes code").first).to_be_visible()
    await look(visit, "security-codes")
    await visit.press("I have kept them")
    await visit.press("Add a passkey")
    await visit.sees("Not used yet")
    await look(visit, "security")
    for path in ("orders", "preferences", "privacy"):
        await resize(visit, PHONE)
        await visit.go(f"/account/{path}")
        await visit.heading("Account")
        await look(visit, path)
