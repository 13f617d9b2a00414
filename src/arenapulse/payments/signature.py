"""Stripe's signature of webhooks: `t=<unix>,v1=<hex HMAC-SHA256(secret, t.payload)>`.

Source: https://docs.stripe.com/webhooks#verify-manually. Several secrets are good at a time, so
that one can be replaced without losing an event. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

TOLERANCE_SECONDS: Final = 300
HEADER_CHARACTERS_MAX: Final = 2_000
_UNIX_DIGITS_MAX: Final = 12


def sign(payload: bytes, *, secret: str, at_unix: int) -> str:
    """The header for a payload."""
    return f"t={at_unix},v1={_digest(payload, secret=secret, at=str(at_unix))}"


def is_valid(payload: bytes, *, header: str, secrets: Sequence[str], now_unix: int) -> bool:
    """Whether one of the secrets signed it within the tolerance."""
    if len(header) > HEADER_CHARACTERS_MAX or not header.isascii():
        return False
    at, given = "", list[str]()
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            at = value
        elif name == "v1":
            given.append(value)
    if not at.isdigit() or len(at) > _UNIX_DIGITS_MAX:
        return False
    if abs(now_unix - int(at)) > TOLERANCE_SECONDS:
        return False
    good = [_digest(payload, secret=secret, at=at) for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in good for other in given)


def _digest(payload: bytes, *, secret: str, at: str) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
