"""What a slice says about one kind of due work; the runner does the rest.

A due row is a row of a slice's table with a time at which somebody must look at it: a charge, a
message, a webhook. A kind says what is done with one row, and how answers are written down.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Generic, TypeVar
from uuid import UUID

import asyncpg

from arenapulse.runtime.db import Session
from arenapulse.runtime.jobs.due.table import DueTable

BACKOFF_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 30.0, 120.0, 600.0)

RowT = TypeVar("RowT")
AnswerT = TypeVar("AnswerT")


class Again(Exception):
    """Not this time: the row is put off by `after`, or by the kind's back-off where it is None."""

    def __init__(self, why: str, *, after: dt.timedelta | None = None) -> None:
        self.after = after
        super().__init__(why)


class GiveUp(Exception):
    """Not by itself: the row stays, is tried no more and is shown until a person decides.

    `why` is a word or a code; it is stored and logged, so it says nothing about a person.
    """


@dataclass(frozen=True, kw_only=True)
class DueLimits:
    """How many at once in this process, for how long, how often; `tenant_max` None is no limit.

    A call that outlives `call_seconds` is given up and put off. The ends of calls are gathered for
    `gather_seconds` and written down together: fewer transactions where nobody waits for one.
    `backoff_seconds` is waited after the first try, the second and so on, the last from there on.
    A row whose work or settling fails by a bug is stuck after `tries_max` tries; a vendor that is
    away never makes it stuck.
    """

    running_max: int = 32
    tenant_max: int | None = None
    settle_max: int = 200
    call_seconds: float = 20.0
    gather_seconds: float = 0.0
    backoff_seconds: Sequence[float] = BACKOFF_SECONDS
    tries_max: int = 12

    def pause(self, tries: int) -> dt.timedelta:
        """What is waited after so many tries, 20 % more or less: what failed together parts."""
        seconds = self.backoff_seconds[min(max(tries, 1), len(self.backoff_seconds)) - 1]
        return dt.timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load


class Kind(ABC, Generic[RowT, AnswerT]):
    """Subclass it, name it like a job (`slice.verb_noun`), hand it to `Registry.due`."""

    name: ClassVar[str]
    table: ClassVar[DueTable]
    limits: ClassVar[DueLimits] = DueLimits()
    passing: ClassVar[tuple[type[Exception], ...]] = ()
    """What a vendor raises that is away: put off, without an error in the log."""

    @abstractmethod
    def read(self, record: asyncpg.Record) -> RowT:
        """A row as `work` wants it, from the table's `columns`."""

    def room(self, *, mine: int) -> int:
        """How many more may be taken while `mine` are: one round of calls and one that waits.

        0 until half a round can be taken at once.
        """
        most = self.limits.running_max
        return free if (free := 2 * most - mine) >= max(1, most // 2) else 0

    @property
    def gather_seconds(self) -> float:
        """For how long the ends of calls are gathered now."""
        return self.limits.gather_seconds

    def mark(self) -> str | None:
        """The word by which the table's `on_mark` marks the rows that are taken now."""
        return None

    async def load(self, session: Session, rows: Sequence[RowT]) -> Sequence[RowT]:
        """What else must be known of rows just taken, in the transaction that takes them.

        As many, in the same order.
        """
        del session
        return rows

    def at_rest(self) -> Collection[UUID]:
        """Tenants of whom nothing is taken now; their rows stay where they are and cost nothing."""
        return ()

    @abstractmethod
    async def work(self, row: RowT) -> AnswerT:
        """The call, outside any transaction. It may have been made before, by a worker that died.

        Raises `Again` and `GiveUp`; whatever else it raises is put off.
        """

    def group_of(self, row: RowT, answer: AnswerT) -> str:
        """Answers of one word are settled together, each word in a transaction of its own."""
        del row, answer
        return ""

    @abstractmethod
    async def settle(self, session: Session, answers: Sequence[tuple[RowT, AnswerT]]) -> None:
        """Writes answers down in one transaction, by guarded statements: it may run again.

        It sets `due_at` to when somebody must look again, or to NULL; a row whose `due_at` it
        leaves alone is taken again at once. Where it raises, halves are tried, down to one.
        """


AnyKind = Kind[Any, Any]


@dataclass(frozen=True, kw_only=True)
class DueWork:
    """A kind as it is registered; whoever makes rows of it due rings."""

    kind: AnyKind
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        self.bell.set()
