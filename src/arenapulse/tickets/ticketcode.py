"""The code of a ticket: a signed payload and, unless it is printed, a number that rotates. Pure.

The format with its test vectors: docs/reference/ticket-code.md. Its twin in the web app:
web/src/shared/gate/ticket-code.ts.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from arenapulse.core.macs import Mac
from arenapulse.tickets import base45
from arenapulse.tickets.terms import DIGITS, STEP_SECONDS, STEPS_AFTER, STEPS_BEFORE

PREFIX: Final = "AP1"
PRINTED: Final = 0x01
"""The flag of a code that never changes: the organizer lets people in with paper."""
_PAYLOAD: Final = struct.Struct(">B16s16sH")
_SIGNATURE_BYTES: Final = 64
_BODY_CHARACTERS: Final = 149
_INFO: Final = b"arenapulse ticket code"
VERSION_MAX: Final = 0xFFFF


class Malformed(ValueError):
    """No text of this format."""


@dataclass(frozen=True, slots=True)
class Payload:
    """35 bytes: flags · ticket · event · version. A reissue raises the version."""

    ticket_id: UUID
    event_id: UUID
    version: int
    is_printed: bool = False

    def pack(self) -> bytes:
        flags = PRINTED if self.is_printed else 0
        return _PAYLOAD.pack(flags, self.ticket_id.bytes, self.event_id.bytes, self.version)


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says; nobody has judged it yet. `digits` is None in a printed one."""

    payload: Payload
    signature: bytes
    digits: str | None


class EventKeys:
    """The two secrets of an event: one signs payloads, the gate key makes the rotating numbers.

    A gate is handed the public key and the gate key: it can judge every ticket and forge none.
    """

    def __init__(self, *, seed: bytes, gate_key: bytes) -> None:
        self._signer = Ed25519PrivateKey.from_private_bytes(seed)
        self._expander = Mac(hmac.digest(bytes(32), gate_key, "sha256"))
        self.gate_key = gate_key
        self.public_key = self._signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, payload: Payload) -> bytes:
        return self._signer.sign(payload.pack())

    def is_genuine(self, code: Code) -> bool:
        """Ed25519 signs alike each time, and signing anew takes a third of verifying."""
        return hmac.compare_digest(self.sign(code.payload), code.signature)

    def ticket_key(self, payload: Payload) -> bytes:
        """HKDF-SHA-256 of the gate key for this ticket and version: what its wallet holds."""
        info = _INFO + payload.ticket_id.bytes + struct.pack(">H", payload.version)
        return self._expander.of(info + b"\x01")


def signed_part(payload: Payload, *, keys: EventKeys) -> str:
    """What stands before the dot; all of a printed code."""
    return PREFIX + base45.encode(payload.pack() + keys.sign(payload))


def code_at(payload: Payload, *, keys: EventKeys, unix: float) -> str:
    """The whole code as its holder shows it at that time."""
    head = signed_part(payload, keys=keys)
    if payload.is_printed:
        return head
    return f"{head}.{digits(keys.ticket_key(payload), step=int(unix) // STEP_SECONDS)}"


def digits(key: bytes, *, step: int) -> str:
    """TOTP (RFC 6238) with SHA-1, steps of 15 s and six digits."""
    mac = hmac.digest(key, struct.pack(">Q", step), "sha1")
    at = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def is_in_time(shown: str, *, key: bytes, unix: float) -> bool:
    """Whether these digits are of two steps ago to one step ahead."""
    now = int(unix) // STEP_SECONDS
    # Nearly all are of this step: it is asked first. Which one it was is no secret.
    steps = (
        now,
        *range(now - 1, now - STEPS_BEFORE - 1, -1),
        *range(now + 1, now + STEPS_AFTER + 1),
    )
    return any(hmac.compare_digest(digits(key, step=step), shown) for step in steps if step >= 0)


def parse(text: str) -> Code:
    """Raises `Malformed`; the last six digits are apart from what is signed."""
    body, shown = text.removeprefix(PREFIX), None
    if len(body) == _BODY_CHARACTERS + 1 + DIGITS and body[_BODY_CHARACTERS] == ".":
        body, shown = body[:_BODY_CHARACTERS], body[-DIGITS:]
        if not (shown.isascii() and shown.isdigit()):
            raise Malformed("the digits are none")
    if not text.startswith(PREFIX) or len(body) != _BODY_CHARACTERS:
        raise Malformed("the length is another")
    try:
        raw = base45.decode(body)
    except ValueError as error:
        raise Malformed(str(error)) from None
    if len(raw) != _PAYLOAD.size + _SIGNATURE_BYTES or raw[0] & ~PRINTED:
        raise Malformed("the payload is of another format")
    flags, ticket, event, version = _PAYLOAD.unpack(raw[: _PAYLOAD.size])
    payload = Payload(UUID(bytes=ticket), UUID(bytes=event), version, flags == PRINTED)
    if payload.is_printed != (shown is None):
        raise Malformed("a printed code has no digits, another has six")
    return Code(payload, raw[_PAYLOAD.size :], shown)
