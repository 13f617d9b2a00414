"""How many parts a text message is sent, and paid, in. Pure.

GSM 03.38: 160 septets, or 153 a part; one character outside of its alphabet makes the whole
UCS-2: 70 UTF-16 units, or 67 a part. Source: 3GPP TS 23.038 and 23.040.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each is an escape and a septet.
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")

GSM_SINGLE, GSM_PART = 160, 153
UCS_SINGLE, UCS_PART = 70, 67


class Segments(NamedTuple):
    encoding: str
    units: int
    parts: int


def segments(text: str) -> Segments:
    """The encoding, its units and the parts; an escape pair or a surrogate pair is never split."""
    if all(c in _BASIC or c in _EXTENDED for c in text):
        widths = [2 if c in _EXTENDED else 1 for c in text]
        return Segments("GSM-7", sum(widths), _parts(widths, single=GSM_SINGLE, part=GSM_PART))
    widths = [2 if ord(c) > 0xFFFF else 1 for c in text]
    return Segments("UCS-2", sum(widths), _parts(widths, single=UCS_SINGLE, part=UCS_PART))


def _parts(widths: list[int], *, single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > part:
            count, used = count + 1, 0
        used += width
    return count
