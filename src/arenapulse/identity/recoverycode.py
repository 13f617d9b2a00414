"""Recovery codes: ten, each once, of ten letters, kept as a keyed hash."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Final
from uuid import UUID

COUNT: Final = 10
PURPOSE: Final = "recovery codes"
# Without what is read for something else: 0 and O, 1, I and L, U and V.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_LENGTH: Final = 10
_SEPARATORS: Final = re.compile(r"[\s\-]")


def minted() -> str:
    """`ABCDE-FGHJK`: 48 bits."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def hash_of(code: str, *, key: bytes, user_id: UUID) -> bytes:
    """What is kept: a key of ours, so that a stolen table is not guessed through."""
    letters = _SEPARATORS.sub("", code).upper()
    return hmac.digest(key, user_id.bytes + letters.encode(), "sha256")
