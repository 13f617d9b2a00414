"""What a PDF of ours says, read back: its pages' texts by the letters' own tables."""

from __future__ import annotations

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>")
_FONT_OR_TEXT = re.compile(rb"/F(\d+) [\d.]+ Tf|\((.*?)(?<!\\)\) Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def words_of(paper: bytes) -> str:
    """Each text that is drawn, a line each; fonts are told apart by the order they came in."""
    streams = [_inflated(found) for found in _STREAM.findall(paper)]
    letters = [dict(_PAIR.findall(s)) for s in streams if b"beginbfchar" in s]
    said: list[str] = []
    font = 0
    for stream in streams:
        if b" Tf" not in stream:
            continue
        for number, text in _FONT_OR_TEXT.findall(stream):
            if number:
                font = int(number) - 1
                continue
            raw = _ESCAPED.sub(lambda m: _NAMED.get(m[1], m[1]), text)
            codes = [b"%04X" % int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw), 2)]
            table = letters[font]
            said.append("".join(chr(int(table.get(code, b"003F"), 16)) for code in codes))
    return "\n".join(said)


def _inflated(stream: bytes) -> bytes:
    try:
        # Some end with what looks like the end of a line, and are read without it.
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream
