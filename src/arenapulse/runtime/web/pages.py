"""Pages of the web app whose head the server fills, for whoever is sent their address."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Final

_TITLE_MARK: Final = "<title>ArenaPulse</title>"
_DESCRIPTION_MARK: Final = '<meta name="description"'


def bare(index: Path) -> str | None:
    """The page without a word of anything; None where no web app is built."""
    try:
        return _read(index, index.stat().st_mtime_ns)
    except OSError:
        return None


# A page that is built anew has another time, and is read again.
@lru_cache(maxsize=1)
def _read(path: Path, _changed_at: int) -> str:
    return path.read_text()


def filled(index: str, *, title: str, description: str, head: Sequence[str], foot: str = "") -> str:
    """The page with these words, with `head` behind its title and `foot` at its end."""
    start = index.index(_DESCRIPTION_MARK)
    end = index.index("/>", start) + 2
    described = f'<meta name="description" content="{escape(description)}" />'
    page = index[:start] + described + index[end:]
    titled = "\n".join([f"<title>{escape(title)} · ArenaPulse</title>", *head])
    return page.replace(_TITLE_MARK, titled, 1).replace("</body>", f"{foot}</body>", 1)


def cards(*, name: str, description: str, address: str, picture: str) -> list[str]:
    """What others show of the page, and where it really is."""
    told: Mapping[str, str] = {
        "og:type": "website",
        "og:site_name": "ArenaPulse",
        "og:title": name,
        "og:description": description,
        "og:url": address,
        "og:image": picture,
    }
    lines = [f'<meta property="{k}" content="{escape(v)}" />' for k, v in told.items()]
    lines.append('<meta name="twitter:card" content="summary_large_image" />')
    return [*lines, f'<link rel="canonical" href="{escape(address)}" />']


def data(kind: str, more: str, value: object) -> str:
    """A script element that holds JSON."""
    # Nothing in it may end the element, whatever an organizer wrote.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="{kind}"{more}>{text}</script>'
