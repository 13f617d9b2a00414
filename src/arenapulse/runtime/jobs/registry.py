"""What a worker can do: tasks, reactions to facts, schedules, loops; introspectable by name.

A task takes ids, keyword-only, tolerates unknown arguments and may run twice. A reaction takes one
fact and may see it twice: a unique constraint in its slice makes it idempotent.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from arenapulse.core import facts
from arenapulse.core.errors import InvariantBroken
from arenapulse.core.facts import Fact
from arenapulse.runtime.jobs.due.kind import AnyKind, DueWork

RETRIES_MAX_DEFAULT = 8
SECONDS_MAX_DEFAULT = 60.0
BACKOFF_SECONDS_DEFAULT = 1.0

TaskFunction = Callable[..., Awaitable[None]]
LoopFunction = Callable[[], Awaitable[None]]
Run = Callable[[bytes], Awaitable[None]]
RunMany = Callable[[Sequence[bytes]], Awaitable[None]]

F = TypeVar("F", bound=Fact)
ItemT = TypeVar("ItemT", bound=msgspec.Struct)
TaskT = TypeVar("TaskT", bound=TaskFunction)
LoopT = TypeVar("LoopT", bound=LoopFunction)

_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z")


class UnreadablePayload(Exception):
    """A job whose arguments do not fit its function; it says the kind of error alone."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long, how often and how many at once; `concurrency` is over all workers, 0 is no limit.

    A try that fails waits `backoff_seconds`, doubled each time, at most five minutes. After
    `retries_max` retries the job is held for a person to look at.
    """

    retries_max: int = RETRIES_MAX_DEFAULT
    backoff_seconds: float = BACKOFF_SECONDS_DEFAULT
    seconds_max: float = SECONDS_MAX_DEFAULT
    concurrency: int = 0


GIVING_WAY: Final = Limits(seconds_max=600, concurrency=100)
"""For who gives way (`Courtesy`): meanwhile no more of them are picked than two goes take."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One name in the queue: a task, or a reaction (`fact` says to what).

    `run_many` does in one go what several jobs of the name ask for.
    """

    name: str
    run: Run
    limits: Limits
    fact: type[Fact] | None = None
    run_many: RunMany | None = None
    delayed: bool = False
    cron: str | None = None


@dataclass(frozen=True, kw_only=True)
class Loop:
    """Work that every worker does every `seconds`; safe to run in several at once."""

    name: str
    seconds: float
    run: LoopFunction


@dataclass
class Registry:
    """Collects what a slice's `tasks.py` and `reactions.py` declare; wiring joins them by `of`."""

    _entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    _loops: dict[str, Loop] = field(default_factory=dict[str, Loop])
    _due: list[DueWork] = field(default_factory=list[DueWork])

    @classmethod
    def of(cls, registries: Iterable[Registry]) -> Registry:
        """All of them in one; raises `InvariantBroken` where two use one name."""
        made = cls()
        for registry in registries:
            for entry in registry.entries.values():
                made.add(entry)
            for loop in registry.loops.values():
                made.add_loop(loop)
            made._due.extend(registry.due_works)
        return made

    @property
    def entries(self) -> Mapping[str, Entry]:
        return MappingProxyType(self._entries)

    @property
    def loops(self) -> Mapping[str, Loop]:
        return MappingProxyType(self._loops)

    @property
    def due_works(self) -> Sequence[DueWork]:
        return tuple(self._due)

    @property
    def task_names(self) -> frozenset[str]:
        return frozenset(name for name, entry in self._entries.items() if entry.fact is None)

    @property
    def facts(self) -> frozenset[type[Fact]]:
        """The facts that somebody reacts to."""
        return frozenset(entry.fact for entry in self._entries.values() if entry.fact is not None)

    def reactions_to(self, fact: type[Fact]) -> tuple[str, ...]:
        """Names of the reactions to a fact, in a stable order."""
        return tuple(sorted(name for name, e in self._entries.items() if e.fact is fact))

    def add(self, entry: Entry) -> None:
        if not _NAME.match(entry.name):
            raise InvariantBroken(f"{entry.name}: a job is named slice.verb_noun")
        if entry.name in self._entries:
            raise InvariantBroken(f"{entry.name}: two jobs of one name")
        self._entries[entry.name] = entry

    def add_loop(self, loop: Loop) -> None:
        if loop.name in self._loops:
            raise InvariantBroken(f"{loop.name}: two loops of one name")
        self._loops[loop.name] = loop

    def task(
        self,
        name: str,
        *,
        limits: Limits | None = None,
        delayed: bool = False,
        cron: str | None = None,
    ) -> Callable[[TaskT], TaskT]:
        """Declares `async def work(*, ids…, **_future)`.

        `delayed` is for tasks that are enqueued with `run_at`: they have a name of their own,
        so that thousands that wait do not slow those that are due. `cron` (five fields, UTC)
        enqueues it, without arguments, on a schedule.
        """

        def register(function: TaskT) -> TaskT:
            run = _task_runner(function)
            self.add(
                Entry(name=name, run=run, limits=limits or Limits(), delayed=delayed, cron=cron)
            )
            return function

        return register

    def task_many(
        self, name: str, *, of: type[ItemT], limits: Limits | None = None
    ) -> Callable[
        [Callable[[Sequence[ItemT]], Awaitable[None]]],
        Callable[[Sequence[ItemT]], Awaitable[None]],
    ]:
        """Declares `async def work(items)` for a task that comes hundreds a second.

        `of` is what a payload is read as; what it does not know is left out. Those that wait are
        given together. Where that fails each is given alone, so some may be seen a second time.
        """

        def register(
            function: Callable[[Sequence[ItemT]], Awaitable[None]],
        ) -> Callable[[Sequence[ItemT]], Awaitable[None]]:
            async def run_many(payloads: Sequence[bytes]) -> None:
                with _reading():
                    items = [msgspec.json.decode(payload, type=of) for payload in payloads]
                await function(items)

            async def run(payload: bytes) -> None:
                await run_many([payload])

            self.add(Entry(name=name, run=run, limits=limits or Limits(), run_many=run_many))
            return function

        return register

    def on(
        self, fact: type[F], *, name: str, limits: Limits | None = None
    ) -> Callable[[Callable[[F], Awaitable[None]]], Callable[[F], Awaitable[None]]]:
        """Declares `async def react(fact)`, run at least once for each recorded fact."""

        def register(function: Callable[[F], Awaitable[None]]) -> Callable[[F], Awaitable[None]]:
            async def run(payload: bytes) -> None:
                with _reading():
                    seen = facts.decode(payload, fact)
                await function(seen)

            self.add(Entry(name=name, run=run, limits=limits or Limits(), fact=fact))
            return function

        return register

    def on_many(
        self, fact: type[F], *, name: str, limits: Limits | None = None
    ) -> Callable[
        [Callable[[Sequence[F]], Awaitable[None]]], Callable[[Sequence[F]], Awaitable[None]]
    ]:
        """Declares `async def react(facts)` for facts that come hundreds a second.

        Those that wait are given together. Where that fails each is given alone, so some of them
        may be seen a second time.
        """

        def register(
            function: Callable[[Sequence[F]], Awaitable[None]],
        ) -> Callable[[Sequence[F]], Awaitable[None]]:
            async def run_many(payloads: Sequence[bytes]) -> None:
                with _reading():
                    seen = [facts.decode(payload, fact) for payload in payloads]
                await function(seen)

            async def run(payload: bytes) -> None:
                await run_many([payload])

            kept = limits or Limits()
            self.add(Entry(name=name, run=run, limits=kept, fact=fact, run_many=run_many))
            return function

        return register

    def loop(self, name: str, *, seconds: float) -> Callable[[LoopT], LoopT]:
        """Declares `async def work()` that every worker repeats with a pause of `seconds`."""
        assert seconds > 0

        def register(function: LoopT) -> LoopT:
            self.add_loop(Loop(name=name, seconds=seconds, run=function))
            return function

        return register

    def due(self, kind: AnyKind) -> DueWork:
        """Declares a kind of due work, and the job of its name that wakes who does it.

        Whoever makes rows due enqueues one such job a transaction; a lost one costs a second.
        """
        work = DueWork(kind=kind)

        async def wake(_payload: bytes) -> None:
            work.ring()

        self.add(Entry(name=kind.name, run=wake, limits=Limits()))
        self._due.append(work)
        return work


@contextmanager
def _reading() -> Generator[None, None, None]:
    try:
        yield
    except msgspec.MsgspecError as error:
        raise UnreadablePayload(type(error).__name__) from None


def _task_runner(function: TaskFunction) -> Run:
    """Decodes a payload by the function's annotations; unknown arguments go to `**_future`."""
    parameters = inspect.signature(function).parameters.values()
    if not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        raise InvariantBroken(f"{function.__qualname__} must take **_future: arguments may come")
    known = [p for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD]
    if any(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in known):
        raise InvariantBroken(f"{function.__qualname__} must take keywords only")
    hints = get_type_hints(function)
    types = {p.name: hints[p.name] for p in known}

    async def run(payload: bytes) -> None:
        with _reading():
            given: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
            for name, kind in types.items():
                if name in given:
                    given[name] = msgspec.convert(given[name], type=kind, strict=False)
        await function(**given)

    return run
