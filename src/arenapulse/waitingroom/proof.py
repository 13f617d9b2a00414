"""The work a browser does for its place when many join at once: bots pay for each account.

A challenge names the event, the person, how many bits, and until when; it carries a MAC of ours,
so nothing is kept. Its answer is a number that makes SHA-256(challenge + ":" + number) begin with
so many zero bits. It is good for one person at one event, who has one place: used again it gives
the same place.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from typing import Final

from arenapulse.core.ids import EventId, UserId
from arenapulse.waitingroom.schemas import Proof

CALM_JOINS: Final = 100.0
"""A second and process; past it each doubling costs a bit more, from `BITS_FIRST`."""
ADDRESS_JOINS: Final = 10
"""A minute from one address before it costs more, a bit for each doubling."""
PATIENT_JOINS: Final = 40
"""The same of `PATIENT_SECONDS`: who joins ten a minute for hours pays too."""
BITS_FIRST: Final = 14
BITS_MAX: Final = 22
"""About four million hashes: some seconds of a phone."""
CHALLENGE_SECONDS: Final = 120
_MAC_HEX: Final = 32


def bits_needed(*, joins_a_second: float, from_address: int, from_address_long: int = 0) -> int:
    """0 while it is calm; more the more join, and the more of them from one address."""
    bits = 0
    if joins_a_second > CALM_JOINS:
        bits = BITS_FIRST + int(math.log2(joins_a_second / CALM_JOINS))
    crowded = max(from_address / ADDRESS_JOINS, from_address_long / PATIENT_JOINS)
    if crowded > 1:
        bits = max(bits, BITS_FIRST) + int(math.log2(crowded))
    return min(bits, BITS_MAX)


def challenge(key: bytes, *, event_id: EventId, user_id: UserId, bits: int, until: int) -> str:
    said = f"{bits}.{until}"
    return f"{said}.{_mac(key, said, event_id=event_id, user_id=user_id)}"


def bits_shown(key: bytes, *, event_id: EventId, user_id: UserId, proof: Proof, now: float) -> int:
    """For how many bits the answer is good; 0 for one that is wrong, late or another's."""
    text = proof.challenge
    said, _, mac = text.rpartition(".")
    bits, _, until = said.partition(".")
    if not (bits.isascii() and bits.isdigit() and until.isascii() and until.isdigit()):
        return 0
    if len(bits) > 2 or len(until) > 12 or int(until) < now:
        return 0
    if not hmac.compare_digest(mac, _mac(key, said, event_id=event_id, user_id=user_id)):
        return 0
    return int(bits) if zero_bits(text, answer=proof.answer) >= int(bits) else 0


def zero_bits(text: str, *, answer: int) -> int:
    digest = hashlib.sha256(f"{text}:{answer}".encode()).digest()
    return 256 - int.from_bytes(digest).bit_length()


def solve(text: str, *, bits: int) -> int:
    """The first answer: what a client does."""
    answer = 0
    while zero_bits(text, answer=answer) < bits:
        answer += 1
    return answer


def _mac(key: bytes, said: str, *, event_id: EventId, user_id: UserId) -> str:
    about = said.encode() + event_id.bytes + user_id.bytes
    return hmac.digest(key, about, "sha256").hex()[:_MAC_HEX]
