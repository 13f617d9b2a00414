"""Keys derived from the root secrets, and the envelope for secrets at rest.

HKDF-SHA-256 (RFC 5869) per purpose; AES-256-GCM with a random 96-bit nonce; Ed25519 for signatures.

An envelope is: version (1 byte, 2) · key id (4) · nonce (12) · text and tag. Version 1 had no key
id; its rows still open.

A blind index is: key id · "." · half of an HMAC-SHA-256, in hex. It says that two rows hold
the same, and not what.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from arenapulse.core.errors import InvariantBroken
from arenapulse.runtime.db import Database, Session

SECRET_LENGTH_MIN: Final = 32
FORMER_MAX: Final = 7
KEY_ID_BYTES: Final = 4
_INDEX_CHARACTERS: Final = 32
_NONCE_BYTES: Final = 12
_SESSION_KEY: Final = "arenapulse.keyring"
_WITHOUT_KEY_ID: Final = b"\x01"
_WITH_KEY_ID: Final = b"\x02"


@dataclass(frozen=True, slots=True)
class _Root:
    key_id: bytes
    secret: bytes
    ciphers: dict[str, AESGCM] = field(default_factory=dict[str, AESGCM], compare=False)
    index_keys: dict[str, bytes] = field(default_factory=dict[str, bytes], compare=False)

    def derive(self, purpose: str, *, length: int) -> bytes:
        return _hkdf(self.secret, purpose, length=length)

    def cipher(self, purpose: str) -> AESGCM:
        """Made once a purpose, of which there are a dozen: who opens thousands derives once."""
        known = self.ciphers.get(purpose)
        if known is None:
            known = self.ciphers[purpose] = AESGCM(self.derive(purpose, length=32))
        return known

    def index(self, plain: bytes, purpose: str) -> str:
        key = self.index_keys.get(purpose)
        if key is None:
            key = self.index_keys[purpose] = self.derive(f"blind index of {purpose}", length=32)
        found = hmac.new(key, plain, hashlib.sha256).hexdigest()[:_INDEX_CHARACTERS]
        return f"{self.key_id.hex()}.{found}"


class Keyring:
    """All keys of an installation; the same root secrets give the same keys on every host.

    `secret` seals, signs and derives; the `former` ones still open and check what they made, so
    that one can take the place of another while the service runs. A key's id is derived from it:
    whoever knows the id does not know the key.
    """

    def __init__(self, secret: str, *, former: Sequence[str] = ()) -> None:
        given = [each.encode() for each in (secret, *former)]
        assert len(former) <= FORMER_MAX, "too many former root secrets"
        assert all(len(each) >= SECRET_LENGTH_MIN for each in given), "a root secret is too short"
        self._roots = tuple(
            _Root(_hkdf(each, "key id", length=KEY_ID_BYTES), each) for each in given
        )

    @property
    def key_id(self) -> str:
        """The id, in hex, of the key that seals now."""
        return self._roots[0].key_id.hex()

    def derive(self, purpose: str, *, length: int = 32) -> bytes:
        return self._roots[0].derive(purpose, length=length)

    def derive_each(self, purpose: str, *, length: int = 32) -> tuple[bytes, ...]:
        """One key for each root secret, the present one first: for what was made before."""
        return tuple(root.derive(purpose, length=length) for root in self._roots)

    def signing_keys(self, purpose: str) -> tuple[Ed25519PrivateKey, ...]:
        """The first signs; signatures of the others are still good."""
        return tuple(Ed25519PrivateKey.from_private_bytes(key) for key in self.derive_each(purpose))

    def seal(self, plain: bytes, *, purpose: str, bound_to: str = "") -> bytes:
        """`bound_to` names the place (table, column, row): moved elsewhere, it does not open."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._roots[0].cipher(purpose)
        sealed = cipher.encrypt(nonce, plain, _associated(purpose, bound_to))
        return _WITH_KEY_ID + self._roots[0].key_id + nonce + sealed

    def open(self, sealed: bytes, *, purpose: str, bound_to: str = "") -> bytes:
        """Raises `ValueError` where the text was changed, moved, or sealed by or for another."""
        roots, nonce_at = self._sealers(sealed)
        nonce_ends = nonce_at + _NONCE_BYTES
        nonce, text = sealed[nonce_at:nonce_ends], sealed[nonce_ends:]
        for root in roots:
            try:
                return root.cipher(purpose).decrypt(nonce, text, _associated(purpose, bound_to))
            except InvalidTag:
                continue
        raise ValueError("the envelope does not open")

    def is_current(self, sealed: bytes) -> bool:
        """Whether the present key sealed it; what is not is to be sealed anew after a rotation."""
        return sealed.startswith(_WITH_KEY_ID + self._roots[0].key_id)

    def index(self, plain: bytes, *, purpose: str) -> str:
        """By which rows that hold the same sealed value find each other."""
        return self._roots[0].index(plain, purpose)

    def former_indexes(self, plain: bytes, *, purpose: str) -> tuple[str, ...]:
        """What `index` said before: rows that no rotation has reached yet still say it."""
        return tuple(root.index(plain, purpose) for root in self._roots[1:])

    def _sealers(self, sealed: bytes) -> tuple[tuple[_Root, ...], int]:
        """Who may have sealed it, and where its nonce begins."""
        if sealed[:1] == _WITHOUT_KEY_ID:
            return self._roots, 1
        if sealed[:1] != _WITH_KEY_ID:
            raise ValueError("unknown envelope version")
        key_id = sealed[1 : 1 + KEY_ID_BYTES]
        roots = tuple(root for root in self._roots if root.key_id == key_id)
        if not roots:
            raise ValueError("sealed by a key that is not on the ring")
        return roots, 1 + KEY_ID_BYTES


def _hkdf(secret: bytes, purpose: str, *, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)


def _associated(purpose: str, bound_to: str) -> bytes:
    return f"{purpose}\n{bound_to}".encode() if bound_to else purpose.encode()


def hold_keyring(database: Database, keyring: Keyring) -> None:
    """Lets what is written in a session of this database be sealed."""
    database.session_info[_SESSION_KEY] = keyring


def keyring_of(session: Session) -> Keyring:
    found = session.info.get(_SESSION_KEY)
    if not isinstance(found, Keyring):
        raise InvariantBroken("the database has no keyring: wiring gives it")
    return found
