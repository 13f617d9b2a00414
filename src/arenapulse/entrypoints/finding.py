"""What a look found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One checked thing; `mend` is empty where nothing is wrong."""

    about: str
    text: str
    mend: str = ""
