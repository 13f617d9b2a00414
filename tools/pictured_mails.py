"""The mails of docs/screens/mail, and how one knows that their pictures are of today's words."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from arenapulse.notifications import wording
from arenapulse.notifications.catalogue import TEMPLATES
from arenapulse.notifications.samples import sample

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs/screens/mail"
DIGESTS: Final = "digests.json"
# One template shows each language; the others differ in words alone.
LANGUAGES: Final = {"receipt": ("en", "de", "es")}


def pictured() -> dict[str, str]:
    """The HTML of each mail of which there are pictures, by their name."""
    made: dict[str, str] = {}
    for name in TEMPLATES:
        for locale in LANGUAGES.get(name, ("en",)):
            tail = "" if locale == "en" else f"-{locale}"
            made[f"{name}{tail}"] = wording.mail(name, locale=locale, values=sample(name)).html
    return made


def digests(mails: dict[str, str]) -> dict[str, str]:
    """What is kept beside the pictures when they are taken."""
    return {name: hashlib.sha256(html.encode()).hexdigest() for name, html in mails.items()}
