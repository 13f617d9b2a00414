"""A place's token and the pass: read where they come back, without the network.

A place's token is sealed by its room's key: who has it can neither read nor change it, and the same
place has the same token. A pass is signed by a MAC of ours (keyed BLAKE2b, RFC 7693): only we check
it, a public signature would cost twenty times as much, and POST /orders has five microseconds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from arenapulse.core.ids import EventId, UserId, read_uuid
from arenapulse.runtime.crypto import Keyring
from arenapulse.waitingroom.schemas import Place

TOKEN_LENGTH: Final = 50
PASS_LENGTH: Final = 76
KEY_BYTES: Final = 32
_PLACE: Final = struct.Struct(">BI16s")
_PASS: Final = struct.Struct(">16s16sBII")
_MAC_BYTES: Final = 16
_LAST: Final = frozenset("AQgw")
"""The characters whose last four bits, which say nothing in a token of 37 bytes, are zero."""
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_PURPOSE: Final = "waiting room passes"


class PlaceTokens:
    """Of one room."""

    def __init__(self, key: bytes, *, event_id: EventId) -> None:
        self._siv = AESSIV(key)
        self._about = [event_id.bytes]

    def mint(self, place: Place) -> str:
        plain = _PLACE.pack(place.lane, place.number, place.user_id.bytes)
        return _text(self._siv.encrypt(plain, self._about))

    def read(self, token: str) -> Place | None:
        """Whose place it is; None for what we have not made for this event."""
        # Of a place there is one token: what differs in bits that say nothing is none.
        if len(token) != TOKEN_LENGTH or token[-1] not in _LAST or "+" in token or "/" in token:
            return None
        try:
            sealed = binascii.a2b_base64(token.encode().translate(_STANDARD) + b"==")
            lane, number, person = _PLACE.unpack(self._siv.decrypt(sealed, self._about))
        except (binascii.Error, ValueError, InvalidTag, struct.error):
            return None
        return Place(lane, number, UserId(read_uuid(person)))


class Passes:
    """Minted with the present key, good by each on the ring."""

    def __init__(self, keyring: Keyring) -> None:
        # Each key is taken in once and copied for each pass.
        self._macs = [
            hashlib.blake2b(key=key, digest_size=_MAC_BYTES)
            for key in keyring.derive_each(_PURPOSE)
        ]

    def mint(self, event_id: EventId, *, place: Place, position: int, expires_at: int) -> str:
        """Of one place there is one pass: asked for again it is the same."""
        said = _PASS.pack(
            event_id.bytes, place.user_id.bytes, place.lane, position, expires_at & 0xFFFF_FFFF
        )
        return _text(said + _mac(self._macs[0], said))

    def is_good(self, given: bytes, *, event_id: EventId, user_id: UserId, now: float) -> bool:
        if len(given) != PASS_LENGTH:
            return False
        try:
            raw = binascii.a2b_base64(given.translate(_STANDARD), strict_mode=True)
        except (binascii.Error, ValueError):
            return False
        said, mac = raw[: _PASS.size], raw[_PASS.size :]
        if said[:32] != event_id.bytes + user_id.bytes or int.from_bytes(said[-4:]) <= now:
            return False
        for keyed in self._macs:  # noqa: SIM110 - a generator costs a fifth of it, with every order
            if hmac.compare_digest(_mac(keyed, said), mac):
                return True
        return False


def _mac(keyed: hashlib.blake2b, said: bytes) -> bytes:
    made = keyed.copy()
    made.update(said)
    return made.digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
