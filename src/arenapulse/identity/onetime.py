"""Tokens that are good once: 256 random bits, of which a plain hash is kept."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Final

_BYTES: Final = 32


def minted() -> str:
    return base64.urlsafe_b64encode(os.urandom(_BYTES)).decode().rstrip("=")


def hash_of(token: str) -> bytes:
    """What is kept of a token, and looked for."""
    return hashlib.sha256(token.encode()).digest()
