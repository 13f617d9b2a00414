"""Bitmaps of seats as PostgreSQL's get_bit and set_bit read them: bit n of byte n // 8."""

from __future__ import annotations

from collections.abc import Iterable


def empty(seats: int) -> bytes:
    return bytes((seats + 7) // 8)


def of(indices: Iterable[int], *, seats: int) -> bytes:
    """The bitmap with these bits set; each index lies in 0..seats-1."""
    bits = bytearray(empty(seats))
    for index in indices:
        assert 0 <= index < seats, index
        bits[index >> 3] |= 1 << (index & 7)
    return bytes(bits)


def is_set(bits: bytes, *, index: int) -> bool:
    return bool(bits[index >> 3] >> (index & 7) & 1)


def overlap(left: bytes, *, right: bytes) -> bool:
    return any(a & b for a, b in zip(left, right, strict=True))
