"""What the twins took, as a person would read it: its text and where its links lead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from arenapulse.notifications.catalogue import TEMPLATES
from arenapulse.notifications.schemas import LinkView, OutboxView

_URL = re.compile(r"https?://[^\s<>\"]+")
_CHANNELS: Final = {"sendgrid": "email", "twilio": "sms"}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append((given.get("rel") or "", given.get("href") or ""))


def view(row: Mapping[str, Any]) -> OutboxView:
    """A row of the twins' table, with the links of its HTML, or of its text where it has none."""
    template = TEMPLATES.get(row["template"])
    links = _Links()
    links.feed(row["html"])
    if not row["html"]:
        rel = template.rel if template else ""
        links.found = [(rel, url) for url in _URL.findall(row["body"])]
    return OutboxView(
        id=row["id"],
        channel="email" if _CHANNELS[row["vendor"]] == "email" else "sms",
        to=row["recipient"],
        template=row["template"],
        subject=row["subject"],
        text=row["body"],
        links=[LinkView(rel=rel, url=url, token=token_of(url)) for rel, url in links.found],
        at=row["taken_at"],
    )


def token_of(url: str) -> str:
    """The `token` of its query, or else the last part of its path."""
    parts = urlsplit(url)
    given = parse_qs(parts.query).get("token") or parse_qs(parts.fragment).get("token")
    return given[0] if given else parts.path.rstrip("/").rpartition("/")[2]
