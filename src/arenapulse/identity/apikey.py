"""API keys as text: how one is made, known again, and how a request is signed with its secret.

A key has 192 random bits, so its SHA-256 is kept: nothing that is slow to guess is needed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "ak_"
SHOWN_LENGTH: Final = 11
"""`ak_` and eight characters: enough to tell keys apart, nothing to guess with."""
SIGNATURE_LENGTH_MAX: Final = 400
WINDOW_SECONDS: Final = 300
_KEY_BYTES: Final = 24
_SECRET_BYTES: Final = 32
_SHAPE: Final = re.compile(r"ak_[A-Za-z0-9_-]{32}\Z")
_SIGNATURE: Final = re.compile(r"t=(\d{1,12}),n=([\x21-\x2b\x2d-\x7e]{8,128}),v1=([0-9a-f]{64})\Z")


def minted() -> str:
    return PREFIX + base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def signing_secret() -> str:
    return os.urandom(_SECRET_BYTES).hex()


def hash_of(key: str) -> bytes | None:
    """What is kept of a key; None for what is none."""
    return hashlib.sha256(key.encode()).digest() if _SHAPE.match(key) else None


@dataclass(frozen=True, slots=True)
class Signature:
    at_unix: int
    nonce: str
    digest: str

    def is_of(self, signed: bytes, *, secret: str) -> bool:
        made = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made, self.digest)

    def is_in_time(self, *, now_unix: float) -> bool:
        return abs(now_unix - self.at_unix) <= WINDOW_SECONDS


def read_signature(header: str) -> Signature | None:
    """`t=<unix>,n=<nonce>,v1=<hex>`, None for another shape."""
    if len(header) > SIGNATURE_LENGTH_MAX or not (found := _SIGNATURE.match(header)):
        return None
    return Signature(at_unix=int(found[1]), nonce=found[2], digest=found[3])


def signed_text(signature: Signature, *, method: str, target: str, body: bytes) -> bytes:
    """`t.nonce.METHOD.path?query.body`; the target is the path with its query, if there is one."""
    head = f"{signature.at_unix}.{signature.nonce}.{method}.{target}."
    return head.encode() + body
