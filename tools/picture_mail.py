"""Takes the pictures of docs/screens/mail: each template, light and dark, phone width.

Run by `make mailscreens`; nothing is fetched, and the values are those of the samples.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import sync_playwright

from arenapulse.notifications import wording
from arenapulse.notifications.catalogue import TEMPLATES
from arenapulse.notifications.samples import sample
from tests.e2e.pictures import lighter

FOLDER: Final = Path("docs/screens/mail")
WIDTH: Final = 390
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
# One template shows each language; the others differ in words alone.
LANGUAGES: Final = {"receipt": ("en", "de", "es")}


def main(browser_path: str, folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path or None)
        for scheme in SCHEMES:
            page = browser.new_page(viewport={"width": WIDTH, "height": 600}, color_scheme=scheme)
            for name in TEMPLATES:
                for locale in LANGUAGES.get(name, ("en",)):
                    made = wording.mail(name, locale=locale, values=sample(name))
                    page.set_content(made.html)
                    tail = "" if locale == "en" else f"-{locale}"
                    target = folder / f"{name}{tail}-{scheme}.png"
                    target.write_bytes(lighter(page.screenshot(full_page=True)))
        browser.close()
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
