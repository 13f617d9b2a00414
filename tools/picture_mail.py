"""Takes the pictures of docs/screens/mail: each template, light and dark, phone width.

Run by `make mailscreens`; nothing is fetched, and the values are those of the samples.
"""

from __future__ import annotations

import json
import sys
from typing import Final, Literal

from pictured_mails import DIGESTS, FOLDER, digests, pictured
from playwright.sync_api import sync_playwright

from tests.e2e.pictures import lighter

WIDTH: Final = 390
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def main(browser_path: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    mails = pictured()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path or None)
        for scheme in SCHEMES:
            page = browser.new_page(viewport={"width": WIDTH, "height": 600}, color_scheme=scheme)
            for name, html in mails.items():
                page.set_content(html)
                target = FOLDER / f"{name}-{scheme}.png"
                target.write_bytes(lighter(page.screenshot(full_page=True)))
        browser.close()
    (FOLDER / DIGESTS).write_text(f"{json.dumps(digests(mails), indent=2)}\n")
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])
