"""A language that no person reads, in the place of one that is shipped: it is half as long again.

Its files are put under the requests for German's, so nothing is built for it. What it says is
English whose vowels stand twice, with accents.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from playwright.async_api import BrowserContext, Route

from tests.e2e.stack import WEB

TAKEN: Final = "de"
_LOCALES: Final = WEB / "src" / "shared" / "i18n" / "locales"
_FILE: Final = re.compile(rf"/assets/{TAKEN}-(\w+)-[\w-]+\.js$")
_SLOT: Final = re.compile(r"(\{\{\w+\}\})")
_VOWEL: Final = re.compile(r"([aeiouAEIOU])")
_ACCENTS: Final = str.maketrans("aeiounAEIOU", "áéíóúñÁÉÍÓÚ")
_SPEAK: Final = f"try {{ localStorage.setItem('arenapulse.language', '{TAKEN}') }} catch {{}}"


def long_words(text: str) -> str:
    """The text with its vowels twice; what is filled in stays."""
    return "".join(
        part if _SLOT.fullmatch(part) else _VOWEL.sub(r"\1\1", part).translate(_ACCENTS)
        for part in _SLOT.split(text)
    )


async def speak_long(context: BrowserContext) -> None:
    """Whatever is opened there from now on speaks it."""
    await context.route(_FILE, _answer)
    await context.add_init_script(_SPEAK)


async def _answer(route: Route) -> None:
    found = _FILE.search(route.request.url)
    assert found is not None
    await route.fulfill(body=_module(found[1]), content_type="text/javascript")


@functools.cache
def _module(area: str) -> str:
    words = json.loads(Path(_LOCALES / "en" / f"{area}.json").read_text(encoding="utf-8"))
    return f"export default {json.dumps(_put(words, long_words))}"


def _put(tree: Any, put: Callable[[str], str]) -> Any:
    if isinstance(tree, str):
        return put(tree)
    return {key: _put(value, put) for key, value in tree.items()}
