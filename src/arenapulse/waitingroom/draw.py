"""The draw of who came before the start: sealed first, opened after, computed again by anybody.

A seed is made with the room and its SHA-256, the seal, published. When the sale starts the list of
tickets is closed. The lot of a ticket is HMAC-SHA-256(draw key, ticket); the draw key is
HMAC-SHA-256(seed, name of the draw + lane + SHA-256 of the list). The smallest lot is the first
place. Since the seed is sealed, nobody can choose it after; since the list is in the key, no lot
can be told before the list is closed. Who runs the service knows the seed and could try lists:
against that there is only the published list, in which everybody finds their own ticket.
"""

from __future__ import annotations

import array
import hashlib
import hmac
import sys
from typing import Final

from arenapulse.core.macs import Mac

SEED_BYTES: Final = 32
TICKET_BYTES: Final = 16
NAME: Final = b"arenapulse draw 1"
_RANK: Final = "I"

assert array.array(_RANK).itemsize == 4


def seal(seed: bytes) -> bytes:
    """What is published before."""
    return hashlib.sha256(seed).digest()


class Tickets:
    """Of the people of one room, by its key."""

    __slots__ = ("_mac",)

    def __init__(self, key: bytes) -> None:
        self._mac = Mac(key)

    def of(self, person: bytes) -> bytes:
        """A person's ticket: the same whenever they join, and nobody else can tell whose it is."""
        return self._mac.of(person)[:TICKET_BYTES]


def draw_key(seed: bytes, *, lane: int, tickets: bytes) -> bytes:
    """`tickets` are all of the lane, one after the other as they joined."""
    return hmac.digest(seed, NAME + bytes([lane]) + hashlib.sha256(tickets).digest(), "sha256")


def lot(key: bytes, one: bytes) -> bytes:
    return hmac.digest(key, one, "sha256")


def split(tickets: bytes) -> list[bytes]:
    assert len(tickets) % TICKET_BYTES == 0
    return [tickets[at : at + TICKET_BYTES] for at in range(0, len(tickets), TICKET_BYTES)]


def places(tickets: bytes, *, key: bytes) -> array.array[int]:
    """The place, from 1, of each ticket in the order of the list."""
    lots = Mac(key).of_each(split(tickets))
    made = array.array(_RANK, bytes(4 * len(lots)))
    for place, index in enumerate(sorted(range(len(lots)), key=lots.__getitem__), 1):
        made[index] = place
    return made


def place_of(one: bytes, *, tickets: bytes, key: bytes) -> int | None:
    """The place of one ticket; None for one that is not in the list."""
    listed = split(tickets)
    if one not in listed:
        return None
    own = lot(key, one)
    return 1 + sum(lot(key, other) < own for other in listed)


def packed(ranks: array.array[int]) -> bytes:
    """As it is kept: four bytes each, the smallest first."""
    if sys.byteorder == "big":
        ranks = array.array(_RANK, ranks)
        ranks.byteswap()
    return ranks.tobytes()


def unpacked(kept: bytes) -> array.array[int]:
    ranks = array.array(_RANK)
    ranks.frombytes(kept)
    if sys.byteorder == "big":
        ranks.byteswap()
    return ranks
