"""HMAC-SHA-256 by a key that is asked for thousands a second."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

_BLOCK: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


class Mac:
    """RFC 2104 with the key taken in once and copied: half of what `hmac.digest` costs."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER))
        self._outer = hashlib.sha256(block.translate(_OUTER))

    def of(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    def of_each(self, messages: Iterable[bytes]) -> list[bytes]:
        """The same of a million: a call each would cost as much again."""
        copy_inner, copy_outer = self._inner.copy, self._outer.copy
        made: list[bytes] = []
        for message in messages:
            inner, outer = copy_inner(), copy_outer()
            inner.update(message)
            outer.update(inner.digest())
            made.append(outer.digest())
        return made
