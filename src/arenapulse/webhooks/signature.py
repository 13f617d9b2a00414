"""Standard Webhooks: `v1,<base64 HMAC-SHA256>` over `id.timestamp.body`. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def shown(secret: bytes) -> str:
    """The secret as receivers keep it."""
    return PREFIX + base64.b64encode(secret).decode()


def sign(secret: bytes, *, message_id: str, at_unix: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{message_id}.{at_unix}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
