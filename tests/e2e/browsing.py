"""People in front of browsers: each visit is a profile of its own that hears what goes wrong."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    expect,
)
from playwright.async_api import Response as PageResponse

from tests.e2e.stack import PASSWORD, Stack

DEBIAN_SHELL: Final = Path("/usr/bin/chromium-headless-shell")
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# For a machine that does other things as well; what is fast is measured, not waited for.
DEADLINE_MS: Final = 45_000
Size = tuple[int, int]
PHONE: Final[Size] = (390, 844)
NARROW: Final[Size] = (320, 640)
DESKTOP: Final[Size] = (1440, 900)
Theme = Literal["light", "dark"]


def executable() -> str | None:
    """The browser that `make browser` found; None is Playwright's own."""
    given = os.environ.get("ARENAPULSE_BROWSER")
    if given is not None:
        return given or None
    return str(DEBIAN_SHELL) if DEBIAN_SHELL.exists() else None


async def launch(playwright: Playwright, *more: str) -> Browser:
    """The browser; `more` are arguments of its command line."""
    try:
        return await playwright.chromium.launch(
            executable_path=executable(), args=[*ARGUMENTS, *more]
        )
    except Error as error:
        raise AssertionError(
            "the browser tests need a browser: `make browser` brings one in, or "
            "`apt-get install chromium-headless-shell`, or name one in ARENAPULSE_BROWSER\n"
            f"{error.message}"
        ) from error


@dataclass
class Visit:
    """One person with one tab. What the console complains of fails the test, unless foreseen."""

    page: Page
    url: str
    problems: list[str] = field(default_factory=list[str])
    foreseen: list[re.Pattern[str]] = field(default_factory=list[re.Pattern[str]])

    def foresee(self, *patterns: str) -> None:
        """Complaints that belong to the story, such as the browser's own of a refused order."""
        self.foreseen += [re.compile(pattern) for pattern in patterns]

    def unforeseen(self) -> list[str]:
        return [p for p in self.problems if not any(each.search(p) for each in self.foreseen)]

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")

    def on_page_error(self, error: Error) -> None:
        self.problems.append(f"uncaught: {error.message}")

    def on_response(self, response: PageResponse) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} of {response.request.method} {response.url}")

    async def go(self, path: str = "/") -> None:
        await self.page.goto(f"{self.url}{path}")

    async def sees(self, text: str | re.Pattern[str]) -> None:
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def heading(self, name: str | re.Pattern[str]) -> None:
        await expect(self.page.get_by_role("heading", name=name).first).to_be_visible()

    async def press(self, name: str | re.Pattern[str]) -> None:
        await self.page.get_by_role("button", name=name).first.click()

    async def follow(self, name: str | re.Pattern[str]) -> None:
        await self.page.get_by_role("link", name=name).first.click()

    async def sign_in(self, email: str, *, password: str = PASSWORD) -> None:
        """At the sign-in page, from wherever one was sent to it."""
        await self.page.get_by_label("E-mail").fill(email)
        await self.page.get_by_label("Password").fill(password)
        await self.press("Sign in")
        await expect(self.page).not_to_have_url(re.compile("/sign-in"))

    async def open_event(self, event_id: UUID | str) -> None:
        await self.go(f"/events/{event_id}")
        await self.is_live()

    async def is_live(self) -> None:
        await expect(self.page.locator(".live").first).not_to_have_attribute("data-s", "late")
        await expect(self.page.locator(".live").first).not_to_have_attribute("data-s", "off")
        # On the narrowest phones it is for the ear alone.
        await expect(self.page.locator(".live").first).to_contain_text("updated")


@dataclass
class Visitors:
    """Opens visits and ends them all; says what their consoles complained of."""

    browser: Browser
    stack: Stack
    visits: list[Visit] = field(default_factory=list[Visit])
    contexts: list[BrowserContext] = field(default_factory=list[BrowserContext])

    async def arrive(
        self,
        *,
        size: Size = DESKTOP,
        theme: Theme = "light",
        url: str | None = None,
        **options: Any,
    ) -> Visit:
        """Somebody who was never here before."""
        width, height = size
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
            **options,
        )
        context.set_default_timeout(DEADLINE_MS)
        self.contexts.append(context)
        return self.seen(await context.new_page(), url=url or self.stack.url)

    async def another_tab(self, visit: Visit) -> Visit:
        """The same person, who opens the same address beside."""
        tab = self.seen(await visit.page.context.new_page(), url=visit.url)
        await tab.page.goto(visit.page.url)
        return tab

    def seen(self, page: Page, *, url: str) -> Visit:
        """A tab whose console counts, of somebody who is there already."""
        visit = Visit(page, url)
        visit.page.on("console", visit.on_console)
        visit.page.on("pageerror", visit.on_page_error)
        visit.page.on("response", visit.on_response)
        self.visits.append(visit)
        return visit

    async def leave(self) -> list[str]:
        for context in self.contexts:
            await context.close()
        return [problem for visit in self.visits for problem in visit.unforeseen()]
