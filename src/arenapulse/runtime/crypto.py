"""Keys derived from the one root secret, and the envelope for secrets at rest.

HKDF-SHA-256 (RFC 5869) per purpose; AES-256-GCM with a random 96-bit nonce; Ed25519 for signatures.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_LENGTH_MIN = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class Keyring:
    """All keys of an installation; the same root secret gives the same keys on every host."""

    def __init__(self, secret: str) -> None:
        assert len(secret) >= SECRET_LENGTH_MIN, "the root secret is too short"
        self._secret = secret.encode()

    def derive(self, purpose: str, *, length: int = 32) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(
            self._secret
        )

    def signing_key(self, purpose: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derive(purpose))

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return (
            _VERSION + nonce + AESGCM(self.derive(purpose)).encrypt(nonce, plain, purpose.encode())
        )

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """Raises `ValueError` where the text was changed or sealed for another purpose."""
        if sealed[:1] != _VERSION:
            raise ValueError("unknown envelope version")
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(self.derive(purpose)).decrypt(nonce, text, purpose.encode())
        except InvalidTag:
            raise ValueError("the envelope does not open") from None
