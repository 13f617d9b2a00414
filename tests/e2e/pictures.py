"""Pictures of few colours that a repository can carry: the same dots, packed tighter."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_RGB: Final = (8, 2, 0, 0, 0)
_CHANNELS: Final = 3


def lighter(png: bytes) -> bytes:
    """The lighter of the picture as it is and without a filter; browsers save time, not room.

    Large flat areas repeat exactly, which deflate finds by itself, while a filter hides it.
    """
    header, data = _parts(png)
    width, height, *kind = struct.unpack(">IIBBBBB", header)
    if tuple(kind) != _RGB:
        return png
    lines = _unfiltered(zlib.decompress(data), size=width * _CHANNELS, height=height)
    packed = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    made = _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    return min(png, made, key=len)


def _parts(png: bytes) -> tuple[bytes, bytes]:
    """The header and the packed lines."""
    header, data, at = b"", b"", len(_SIGNATURE)
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + size]
        header = body if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += size + 12
    return header, data


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _unfiltered(raw: bytes, *, size: int, height: int) -> list[bytes]:
    """Lines without the filters of the PNG specification, section 9."""
    lines = [bytes(size)]
    edges = range(0, (size + 1) * (height + 1), size + 1)
    for start, end in list(pairwise(edges))[:height]:
        lines.append(_line(raw[start], raw[start + 1 : end], above=lines[-1]))
    return lines[1:]


def _line(kind: int, filtered: bytes, *, above: bytes) -> bytes:
    if kind == 0:
        return filtered
    if kind == 2:
        return bytes((a + b) & 255 for a, b in zip(filtered, above, strict=True))
    line = bytearray(_CHANNELS) + filtered
    over = bytes(_CHANNELS) + above
    for at in range(_CHANNELS, len(line)):
        left, up, corner = line[at - _CHANNELS], over[at], over[at - _CHANNELS]
        guess = left if kind == 1 else (left + up) >> 1 if kind == 3 else _paeth(left, up, corner)
        line[at] = (line[at] + guess) & 255
    return bytes(line[_CHANNELS:])


def _paeth(left: int, up: int, corner: int) -> int:
    whole = left + up - corner
    return min((left, up, corner), key=lambda each: abs(whole - each))
