"""The micro-batch: what arrives during one commit shares the next.

No timer and one batch in flight a process: under load batches grow by themselves, an idle process
answers at once. A refusal fails only its command; a command that raises is found by bisection; a
deadlock, a serialization failure or a key that another process used first re-runs the batch; a
lost connection, or one that says nothing in time, is 503, and the client's key makes its retry
safe.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, Final, Generic, Protocol, TypeAlias, TypeVar

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken, Refusal, Unavailable
from arenapulse.runtime import log, telemetry, tracing
from arenapulse.runtime.db import CONNECTION_ERRORS, SERVICE, Database, as_unavailable
from arenapulse.runtime.tracing import SpanContext

BATCH_MAX: Final = 512
RERUNS_MAX: Final = 4
# The whole batch was rolled back and may run again: serialization, deadlock, a unique key, and a
# function that a migration put another in the place of (XX000: its lookup failed).
RERUN_STATES: Final = frozenset({"40001", "40P01", "23505", "XX000"})

# For so long after a lost batch its trouble is told of, whether anybody comes meanwhile or not.
LOST_SECONDS: Final = 30.0

# Who made a batch so lately is being bought from.
RUSH_SECONDS: Final = 0.5

C = TypeVar("C")
R = TypeVar("R")
A = TypeVar("A")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_log = log.logger("batching")


class _Rush:
    began: ClassVar[float] = -RUSH_SECONDS


def is_rush() -> bool:
    """Whether people buy from this process: somebody waits for each batch."""
    return clock.monotonic_seconds() - _Rush.began < RUSH_SECONDS


class Waiting(msgspec.Struct, Generic[C, A], eq=False):
    """A command on its way; `rounds` counts how often it was put off to a later batch."""

    command: C
    answer: asyncio.Future[A]
    key: Hashable | None
    rounds: int = 0
    trace: SpanContext | None = None


class Batch(Generic[C, A]):
    """A batch that was committed: each of its commands is answered, failed or put off, once."""

    def __init__(
        self,
        waiting: Sequence[Waiting[C, A]],
        *,
        connection: Connection,
        resolve: Callable[[Waiting[C, A], A | Exception], None],
    ) -> None:
        self.waiting = waiting
        self.connection = connection
        self.answered = 0
        self.put_off: list[Waiting[C, A]] = []
        self.is_line_lost = False
        self._resolve = resolve

    def answer(self, waiting: Waiting[C, A], outcome: A | Exception) -> None:
        """At once, whatever the others still wait for; an exception refuses this one command."""
        self._resolve(waiting, outcome)
        self.answered += 1

    def fail(
        self, those: Iterable[Waiting[C, A]], error: Exception, *, is_line_lost: bool = False
    ) -> None:
        """They could not be answered, though the batch stands; `connection` may be of no use."""
        self.is_line_lost = self.is_line_lost or is_line_lost
        told = _told(error)
        for waiting in those:
            self.answer(waiting, told)

    def again(self, waiting: Waiting[C, A]) -> None:
        """Into the next batch once more."""
        waiting.rounds += 1
        self.put_off.append(waiting)


class Work(Protocol[C, R, A]):
    """What a batch does; the order of the commands is the order in which they arrived."""

    async def run(self, connection: Connection, commands: Sequence[C], /) -> R:
        """One transaction for all of them. It may run again, and for fewer."""
        ...

    async def answer(self, batch: Batch[C, A], result: R, /) -> None:
        """Tells each what became of it, after the commit; never run again."""
        ...


class MicroBatcher(Generic[C, R, A]):
    """One a process and kind of work."""

    def __init__(
        self,
        database: Database,
        *,
        work: Work[C, R, A],
        name: str,
        queue_max: int,
        batch_max: int = BATCH_MAX,
        sells: bool = False,
    ) -> None:
        """`name` is the label of its metrics; past `queue_max` it refuses.

        While one that `sells` is at work, it is a rush.
        """
        self._database = database
        self._work = work
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._sells = sells
        self._queue: deque[Waiting[C, A]] = deque()
        self._by_key: dict[Hashable, Waiting[C, A]] = {}
        self._runner: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._began: float | None = None
        self._lost_since: float | None = None
        self._lost_at = 0.0
        self._name = name
        self._sizes = telemetry.BATCH_SIZE.labels(name)
        self._seconds = telemetry.BATCH_SECONDS.labels(name)
        telemetry.BATCH_QUEUE.labels(name).set_function(lambda: len(self._queue))
        telemetry.BATCH_STUCK_SECONDS.labels(name).set_function(self._seconds_in_flight)

    def twin(self, key: Hashable) -> Waiting[C, A] | None:
        """Who waits under the same key: `await asyncio.shield(twin.answer)` joins them."""
        return self._by_key.get(key)

    async def submit(self, command: C, *, key: Hashable | None = None) -> A:
        """The command's answer once its batch is committed; nobody else waits under its key.

        Raises what the work refuses it with, and `Unavailable` where the queue is full or the
        database away.
        """
        # Not shielded, for that costs as much as the rest: only the end of the process cancels the
        # first to come, and then its twins end too.
        return await self.put(command, key=key)

    def put(self, command: C, *, key: Hashable | None = None) -> asyncio.Future[A]:
        """The same for who waits otherwise; here is raised only that the queue is full."""
        if len(self._queue) >= self._queue_max:
            raise Unavailable("Too many are waiting.", retry_after_seconds=1)
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        waiting = Waiting(command, future, key, trace=tracing.current())
        if key is not None:
            self._by_key[key] = waiting
        self._queue.append(waiting)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return future

    async def close(self) -> None:
        """Answers what is queued, then closes the connection."""
        if self._runner is not None:
            await self._runner
        await self._disconnect()

    async def _run(self) -> None:
        try:
            while self._queue:
                # One turn of the loop: what has arrived already gets on this batch.
                await asyncio.sleep(0)
                count = min(len(self._queue), self._batch_max)
                batch = [self._queue.popleft() for _ in range(count)]
                self._began = clock.monotonic_seconds()
                if self._sells:
                    _Rush.began = self._began
                try:
                    with self._seconds.time(), self._traced(batch):
                        await self._flush(batch, reruns=RERUNS_MAX)
                except Exception as error:  # noqa: BLE001 - a bug here must not hang 512 clients
                    _log.error("batch failed", batch=self._name, exc_info=error)
                    self._fail(batch, error)
                self._sizes.observe(count)
        finally:
            self._runner = None
            self._began = None

    async def _flush(self, batch: Sequence[Waiting[C, A]], *, reruns: int) -> None:
        """One run of the work; every waiting command is answered or queued again."""
        try:
            connection = await self._connected()
            with tracing.part("commit", attributes={"commands": len(batch)}):
                result = await self._work.run(connection, [waiting.command for waiting in batch])
        except asyncpg.PostgresError as error:
            await self._after_error(batch, error, reruns=reruns)
        except (asyncpg.DataError, ValueError, OverflowError) as error:
            await self._bisect(batch, error)
        except CONNECTION_ERRORS as error:
            self._note_lost()
            await self._disconnect()
            self._fail(batch, error)
            if isinstance(error, TimeoutError):
                # Who came meanwhile would wait as long for the same, a batch after the other.
                behind, self._queue = self._queue, deque()
                self._fail(behind, error)
        else:
            self._lost_since = None
            committed = Batch(batch, connection=connection, resolve=self._resolve)
            await self._answer(committed, result)

    async def _after_error(
        self, batch: Sequence[Waiting[C, A]], error: asyncpg.PostgresError, *, reruns: int
    ) -> None:
        state = str(getattr(error, "sqlstate", "") or "")
        if state in RERUN_STATES and reruns > 0:
            telemetry.BATCH_RETRIES.labels(self._name, state).inc()
            await self._flush(batch, reruns=reruns - 1)
        elif state not in RERUN_STATES and as_unavailable(error) is not None:
            # The outcome may be unknown: the client asks again with its key.
            self._note_lost()
            await self._disconnect()
            self._fail(batch, error)
        else:
            await self._bisect(batch, error)

    async def _bisect(self, batch: Sequence[Waiting[C, A]], error: Exception) -> None:
        """One command is poison: halves run by themselves until it stands alone."""
        if len(batch) == 1:
            if as_unavailable(error) is None:
                _log.error("command failed", batch=self._name, exc_info=error)
            self._fail(batch, error)
            return
        telemetry.BATCH_RETRIES.labels(self._name, "bisect").inc()
        middle = len(batch) // 2
        await self._flush(batch[:middle], reruns=RERUNS_MAX)
        await self._flush(batch[middle:], reruns=RERUNS_MAX)

    async def _answer(self, batch: Batch[C, A], result: R) -> None:
        try:
            await self._work.answer(batch, result)
        finally:
            if batch.is_line_lost:
                await self._disconnect()
        if batch.answered + len(batch.put_off) != len(batch.waiting):
            raise InvariantBroken("some of a batch were left without an answer")
        self._queue.extend(batch.put_off)

    def _fail(self, batch: Iterable[Waiting[C, A]], error: Exception) -> None:
        told = _told(error)
        for waiting in batch:
            self._resolve(waiting, told)

    def _resolve(self, waiting: Waiting[C, A], outcome: A | Exception) -> None:
        if waiting.key is not None:
            self._by_key.pop(waiting.key, None)
        if waiting.answer.done():
            return
        if isinstance(outcome, Exception):
            waiting.answer.set_exception(outcome)
            # Read once here: the client may have hung up, and that is no error.
            waiting.answer.exception()
        else:
            waiting.answer.set_result(outcome)

    async def _connected(self) -> Connection:
        """The batcher's own connection: a batch never waits for the pool, and is many people's."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect(actor=SERVICE)
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(asyncpg.PostgresError, *CONNECTION_ERRORS):
                await connection.close(timeout=1)

    def _traced(self, batch: Sequence[Waiting[C, A]]) -> AbstractContextManager[object]:
        """A part of the first that is traced, whoever started the runner."""
        traced = [waiting.trace for waiting in batch if waiting.trace is not None]
        about = {"batch": self._name, "commands": len(batch)}
        return tracing.shared("batch", of=traced, attributes=about)

    def _note_lost(self) -> None:
        """The database let this batch go, at its deadline or with its connection."""
        now = clock.monotonic_seconds()
        if self._lost_since is None or now - self._lost_at > LOST_SECONDS:
            self._lost_since = now if self._began is None else self._began
        self._lost_at = now

    def _seconds_in_flight(self) -> float:
        """Since the batch began, or the first of those that were lost one after the other.

        A lock held by hand ends each of them after four seconds: by itself none is ever old.
        """
        now = clock.monotonic_seconds()
        if self._lost_since is not None and now - self._lost_at < LOST_SECONDS:
            return now - self._lost_since
        return 0.0 if self._began is None else now - self._began


def _told(error: Exception) -> Exception:
    """What the client is told of an error."""
    return error if isinstance(error, Refusal) else as_unavailable(error) or error
