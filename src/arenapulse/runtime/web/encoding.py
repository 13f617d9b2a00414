"""What a client can read, and what it has already."""

from __future__ import annotations

_NEVER = ("q=0", "q=0.0", "q=0.00", "q=0.000")


def accepts(header: str, *, encoding: str) -> bool:
    """Whether an Accept-Encoding allows for it, by name or by `*`."""
    weights = {
        name.strip().lower(): weight.replace(" ", "")
        for name, _, weight in (part.partition(";") for part in header.split(","))
    }
    weight = weights.get(encoding, weights.get("*", _NEVER[0]))
    return weight not in _NEVER


def is_known(header: str, *, etag: str) -> bool:
    """Whether an If-None-Match names the entity; weakly, as GET compares."""
    bare = etag.removeprefix("W/")
    tags = (tag.strip().removeprefix("W/") for tag in header.split(","))
    return any(tag in (bare, "*") for tag in tags)
