"""Base45 (RFC 9285): bytes as characters that QR codes keep in five and a half bits each. Pure."""

from __future__ import annotations

import struct
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NONE: Final = 0xFF
_VALUES: Final = bytes(
    ALPHABET.index(chr(code)) if chr(code) in ALPHABET else _NONE for code in range(256)
)


def encode(data: bytes) -> str:
    made: list[str] = []
    for at in range(0, len(data) - 1, 2):
        rest, low = divmod(data[at] * 256 + data[at + 1], 45)
        high, middle = divmod(rest, 45)
        made += (ALPHABET[low], ALPHABET[middle], ALPHABET[high])
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        made += (ALPHABET[low], ALPHABET[high])
    return "".join(made)


def decode(text: str) -> bytes:
    """Raises `ValueError` for what `encode` does not give."""
    values = text.encode("latin-1", "replace").translate(_VALUES)
    if _NONE in values:
        raise ValueError("a character that base45 has not")
    whole = len(values) // 3 * 3
    triples = zip(values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True)
    numbers = [low + middle * 45 + high * 2025 for low, middle, high in triples]
    if max(numbers, default=0) > 0xFFFF:
        raise ValueError("three characters that are no two bytes")
    made = struct.pack(f">{len(numbers)}H", *numbers)
    left = len(values) - whole
    if left == 1:
        raise ValueError("a character too many")
    if left == 2:
        number = values[-2] + values[-1] * 45
        if number > 0xFF:
            raise ValueError("two characters that are no byte")
        made += bytes((number,))
    return made
