"""Facts: what happened in our system, past tense, frozen, small, append-only.

A fact carries ids and the numbers that were true then, never an ORM object and nothing personal.
Fields are only added, with defaults; never renamed. `record` (runtime/jobs) stores it in the same
transaction; `record_fact.sql` does so for functions of the hot path.
"""

from __future__ import annotations

import datetime as dt
from typing import TypeVar
from uuid import UUID

import msgspec

from arenapulse.core import clock
from arenapulse.core.ids import new_id


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all facts; the class name is its stable name in the job queue.

    A reaction that runs twice sees the same `fact_id`: with it a unique constraint makes it
    idempotent.
    """

    fact_id: UUID = msgspec.field(default_factory=new_id)
    at: dt.datetime = msgspec.field(default_factory=clock.now)


T = TypeVar("T", bound=Fact)


def encode(fact: Fact) -> bytes:
    return msgspec.json.encode(fact)


def decode(payload: bytes, kind: type[T]) -> T:
    return msgspec.json.decode(payload, type=kind)
