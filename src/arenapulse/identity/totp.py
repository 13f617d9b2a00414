"""Codes of the time (RFC 6238): SHA-1, six digits, thirty seconds, as authenticators have them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Final
from urllib.parse import quote

SECRET_BYTES: Final = 20
DIGITS: Final = 6
STEP_SECONDS: Final = 30
DRIFT_STEPS: Final = 1
"""How far a telephone's clock may be off, either way."""
ISSUER: Final = "ArenaPulse"


def minted() -> bytes:
    return os.urandom(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """As people type it."""
    return base64.b32encode(secret).decode().rstrip("=")


def uri(secret: bytes, *, email: str) -> str:
    """What the picture says to an authenticator."""
    label = quote(f"{ISSUER}:{email}", safe="")
    return f"otpauth://totp/{label}?secret={shown(secret)}&issuer={ISSUER}&digits={DIGITS}"


def code_at(secret: bytes, *, step: int) -> str:
    digest = hmac.digest(secret, step.to_bytes(8), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: bytes, *, code: str, unix_seconds: float, after: int) -> int | None:
    """The step whose code it is, of those around now and later than `after`; None for another."""
    now = int(unix_seconds) // STEP_SECONDS
    found = None
    for step in range(max(0, now - DRIFT_STEPS), now + DRIFT_STEPS + 1):
        # Each is compared, so that the time says nothing of which it was.
        is_it = hmac.compare_digest(code_at(secret, step=step).encode(), code.encode())
        if is_it and step > after and found is None:
            found = step
    return found
