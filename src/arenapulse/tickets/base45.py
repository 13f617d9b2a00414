"""Base45 (RFC 9285): bytes as characters that QR codes keep in five and a half bits each. Pure."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}


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
    try:
        values = [_VALUE[character] for character in text]
    except KeyError:
        raise ValueError("a character that base45 has not") from None
    made = bytearray()
    for at in range(0, len(values) - 2, 3):
        number = values[at] + values[at + 1] * 45 + values[at + 2] * 2025
        if number > 0xFFFF:
            raise ValueError("three characters that are no two bytes")
        made += number.to_bytes(2, "big")
    left = len(values) % 3
    if left == 1:
        raise ValueError("a character too many")
    if left == 2:
        number = values[-2] + values[-1] * 45
        if number > 0xFF:
            raise ValueError("two characters that are no byte")
        made.append(number)
    return bytes(made)
