"""Facts: what happened in our system, past tense, frozen, small, append-only.

A fact carries ids and the numbers that were true then, never an ORM object. Fields are only
added, with defaults; never renamed. `record` (runtime/jobs) stores it in the same transaction.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all facts; the class name is its stable name in the job queue."""


T = TypeVar("T", bound=Fact)


def encode(fact: Fact) -> bytes:
    return msgspec.json.encode(fact)


def decode(payload: bytes, kind: type[T]) -> T:
    return msgspec.json.decode(payload, type=kind)
