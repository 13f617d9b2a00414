"""Base45 (RFC 9285): bytes as characters that QR codes keep in five and a half bits each. Pure."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NONE: Final = 0xFF
_LANE: Final = 4
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
    triples, left = divmod(len(values), 3)
    whole = len(values) - left
    # All triples at once, as one long number of four bytes each: gates read thousands a second.
    number = (
        _lanes(values[0:whole:3], many=triples)
        + _lanes(values[1:whole:3], many=triples) * 45
        + _lanes(values[2:whole:3], many=triples) * 2025
    ).to_bytes(_LANE * triples, "big")
    if any(number[1::_LANE]):
        raise ValueError("three characters that are no two bytes")
    made = bytearray(2 * triples)
    made[0::2], made[1::2] = number[2::_LANE], number[3::_LANE]
    if left == 1:
        raise ValueError("a character too many")
    if left == 2:
        last = values[-2] + values[-1] * 45
        if last > 0xFF:
            raise ValueError("two characters that are no byte")
        made.append(last)
    return bytes(made)


def _lanes(values: bytes, *, many: int) -> int:
    made = bytearray(_LANE * many)
    made[_LANE - 1 :: _LANE] = values
    return int.from_bytes(made, "big")
