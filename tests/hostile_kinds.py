"""What a rule of `tests/hostile.py` may say of a route."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Who(enum.Enum):
    ANYONE = "takes no token"
    MAYBE = "token optional"
    PERSON = "token needed"
    ADMIN = "an ADMIN's token needed"
    GUEST = "a visitor's token needed"
    SIGNED = "signed by a vendor"


@dataclass(frozen=True)
class Rule:
    who: Who
    body: Mapping[str, Any] | None = None
    is_partial: bool = False
    """Every field may be left out."""
    is_optional: bool = False
    """The body may be left out."""
    unknown: str = ""
    """The code for an id that is nobody's."""
    foreign: frozenset[tuple[int, str]] = frozenset()
    """The answers for an id that is somebody else's; none where everybody may see it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    """What the route needs behind the question mark."""
    is_bare: bool = False
    """It does what it does without a body, so it cannot be asked without a change."""
    is_dead: bool = False
    """The body is well formed, and names a token that nobody was given: 422 all the same."""


def hidden(code: str) -> frozenset[tuple[int, str]]:
    return frozenset({(404, code)})
