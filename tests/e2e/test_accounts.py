"""One person's way with an account: mails, an app for codes, a passkey, a lost phone."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import secrets
import time
from urllib.parse import quote

import httpx
from playwright.async_api import CDPSession, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from arenapulse.identity import totp
from tests.e2e.browsing import PHONE, Visit, Visitors
from tests.e2e.organizing import bearer
from tests.e2e.stack import Stack

FIRST, SECOND = "lighthouse by the north pier", "ferry to the far side 7"
SECONDS_MAX = 45


async def mailed(api: httpx.AsyncClient, *, to: str, rel: str) -> str:
    """The token of the newest link, as an ADMIN reads it in the outbox of the twins."""
    headers = await bearer(api, "admin@demo.test")
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        answer = await api.get(f"/api/v1/sandbox/outbox?to={quote(to)}", headers=headers)
        links = [link for mail in answer.json()["data"] for link in mail["links"]]
        for link in links:
            if link["rel"] == rel:
                return str(link["token"])
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.1)


async def authenticator(visit: Visit) -> tuple[CDPSession, str]:
    """The fingerprint reader of this machine, in software; it waits until it is touched."""
    session = await visit.page.context.new_cdp_session(visit.page)
    await session.send("WebAuthn.enable")
    made = await session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session, str(made["authenticatorId"])


async def touch(reader: tuple[CDPSession, str], *, enabled: bool) -> None:
    session, authenticator_id = reader
    await session.send(
        "WebAuthn.setAutomaticPresenceSimulation",
        {"authenticatorId": authenticator_id, "enabled": enabled},
    )


async def sign_out(visit: Visit) -> None:
    await visit.page.get_by_role(
        "button", name=re.compile("account and settings", re.IGNORECASE)
    ).click()
    await visit.press("Sign out")
    # Without a name: nobody's.
    await expect(
        visit.page.get_by_role("button", name="Account and settings", exact=True)
    ).to_be_visible()


async def is_in(visit: Visit) -> None:
    await expect(visit.page).not_to_have_url(re.compile("/sign-in"))
    await expect(
        visit.page.get_by_role("button", name=re.compile("settings of Robin Vale"))
    ).to_be_visible()


async def test_an_account_from_its_first_mail_to_a_lost_phone(
    visitors: Visitors, stack: Stack, api: httpx.AsyncClient
) -> None:
    # Browsers know no passkeys of bare addresses.
    home = stack.url.replace("127.0.0.1", "localhost")
    visit = await visitors.arrive(size=PHONE, url=home)
    # A code is asked for, and a passkey that waits is let go when somebody types.
    visit.foresee("status of 401 ", "AbortError")
    page = visit.page
    reader = await authenticator(visit)
    await touch(reader, enabled=False)
    email = f"robin-{secrets.token_hex(4)}@fans.test"

    await visit.go("/register")
    await page.get_by_label("Full name").fill("Robin Vale")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(FIRST)
    await visit.press("Create account")
    await is_in(visit)

    await visit.go(f"/verify?token={await mailed(api, to=email, rel='verification')}")
    await visit.press("Confirm")
    await visit.heading("Your address is confirmed")

    await visit.go("/account/security")
    await visit.press("Set it up")
    shown = (await page.locator("code.num").inner_text()).replace(" ", "")
    secret = base64.b32decode(shown + "=" * (-len(shown) % 8))
    step = int(time.time()) // totp.STEP_SECONDS
    await page.get_by_label("Code from the app").fill(totp.code_at(secret, step=step))
    await visit.press("Turn it on")
    await expect(page.locator(".codes code").first).to_be_visible()
    kept = await page.locator(".codes code").all_inner_texts()
    assert len(kept) == len(set(kept)) >= 8
    await visit.press("I have kept them")
    await touch(reader, enabled=True)
    await visit.press("Add a passkey")
    await visit.sees("Not used yet")
    await touch(reader, enabled=False)
    await sign_out(visit)

    # By passkey: nothing is typed.
    await visit.go("/sign-in")
    await touch(reader, enabled=True)
    # The field of the address offers it too, and may be the quicker of the two.
    with contextlib.suppress(PlaywrightTimeoutError):
        await page.get_by_role("button", name="Sign in with a passkey").click(timeout=3_000)
    await is_in(visit)
    await touch(reader, enabled=False)
    await sign_out(visit)

    # The phone is gone: the password, and one of the kept codes.
    await visit.go("/sign-in")
    await by_recovery_code(visit, email=email, password=FIRST, code=kept[0])

    # And the password is forgotten.
    await sign_out(visit)
    await visit.go("/forgot")
    await page.get_by_label("E-mail").fill(email)
    await visit.press("Send the link")
    await visit.heading("Look into your mail")
    await visit.go(f"/reset?token={await mailed(api, to=email, rel='reset')}")
    await page.get_by_role("textbox", name="New password").fill(SECOND)
    await visit.press("Set the password")
    await visit.heading("Your password is new")
    await visit.go("/sign-in")
    await by_recovery_code(visit, email=email, password=SECOND, code=kept[1])


async def by_recovery_code(visit: Visit, *, email: str, password: str, code: str) -> None:
    page = visit.page
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await visit.press("No phone at hand? Use a recovery code")
    await page.get_by_label("Recovery code").fill(code)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await is_in(visit)
