"""The micro-batch: orders that arrive during one commit share the next.

No timer and one batch in flight a process: under load batches grow by themselves, an idle shop
answers at once. A business refusal fails only its order; an order that raises is found by
bisection; a deadlock, a serialization failure or a key that another process used first re-runs the
batch; a lost connection is 503, and the client's key makes its retry safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import KeyReused, Refusal, Unavailable
from arenapulse.core.ids import EventId, OrderId
from arenapulse.orders import queries, service
from arenapulse.orders.errors import CapacityExceeded
from arenapulse.orders.news import SaleNews
from arenapulse.orders.outcomes import Again, Outcome, Replay, batch_changes, flips, outcomes
from arenapulse.orders.placing import CARD, PlaceOrder, arguments
from arenapulse.orders.schemas import OrderResponse, OwnedOrder
from arenapulse.runtime import log, telemetry
from arenapulse.runtime.db import CONNECTION_ERRORS, Database, as_unavailable

BATCH_MAX = 512
RERUNS_MAX = 4
RECLAIMS_MAX = 5
# The whole batch was rolled back and may run again: serialization, deadlock, a unique key.
RERUN_STATES = frozenset({"40001", "40P01", "23505"})
# The server goes away, is out of something, waited too long for a lock, or cancelled us.
AWAY_CLASSES = ("08", "53", "55", "57")

_log = log.logger("orders.batcher")


class Placed(msgspec.Struct, frozen=True):
    order: OrderResponse
    is_replay: bool


class _Waiting(msgspec.Struct, eq=False):
    command: PlaceOrder
    answer: asyncio.Future[Placed]
    reclaims: int = 0


class Batcher:
    def __init__(
        self,
        database: Database,
        *,
        news: SaleNews,
        queue_max: int,
        wake: Callable[[], None] | None = None,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        """`wake` tells the workers, after a commit, that cards are to be charged.

        `now` is asked once a batch; the simulation has a clock of its own.
        """
        self._database = database
        self._wake = wake
        self._now = now
        self._news = news
        self._queue_max = queue_max
        self._queue: deque[_Waiting] = deque()
        self._by_key: dict[tuple[object, str], _Waiting] = {}
        self._runner: asyncio.Task[None] | None = None
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._began: float | None = None
        telemetry.BATCH_QUEUE.set_function(lambda: len(self._queue))
        telemetry.BATCH_STUCK_SECONDS.set_function(self._seconds_in_flight)

    async def place(self, command: PlaceOrder) -> Placed:
        """The order as placed, or as it was placed before under the same key.

        Raises the slice's refusals, `KeyReused`, and `Unavailable` where the queue is full or the
        database away.
        """
        if command.key is not None:
            twin = self._by_key.get((command.user_id, command.key))
            if twin is not None:
                if twin.command.request_hash != command.request_hash:
                    raise KeyReused
                return Placed((await asyncio.shield(twin.answer)).order, is_replay=True)
        if len(self._queue) >= self._queue_max:
            raise Unavailable("Too many orders are waiting.", retry_after_seconds=1)
        waiting = _Waiting(command, asyncio.get_running_loop().create_future())
        if command.key is not None:
            self._by_key[command.user_id, command.key] = waiting
        self._enqueue(waiting)
        # Not shielded, for that costs as much as the rest: only the end of the process cancels the
        # first to come, and then its twins end too.
        return await waiting.answer

    async def close(self) -> None:
        """Answers what is queued, then closes the connection."""
        if self._runner is not None:
            await self._runner
        await self._disconnect()

    def _enqueue(self, waiting: _Waiting) -> None:
        self._queue.append(waiting)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._queue:
                # One turn of the loop: requests that have arrived already get on this batch.
                await asyncio.sleep(0)
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_MAX))]
                self._began = clock.monotonic_seconds()
                try:
                    with telemetry.BATCH_SECONDS.time():
                        await self._flush(batch, reruns=RERUNS_MAX)
                except Exception as error:  # noqa: BLE001 - a bug here must not hang 512 clients
                    _log.error("batch failed", exc_info=error)
                    self._fail(batch, error)
                telemetry.BATCH_ORDERS.observe(len(batch))
        finally:
            self._runner = None
            self._began = None

    async def _flush(self, batch: Sequence[_Waiting], *, reruns: int) -> None:
        """One call of `place_orders`; every waiting order is answered or queued again."""
        now = self._now()
        commands = [waiting.command for waiting in batch]
        arrays, values = arguments(commands, now=now)
        try:
            connection = await self._connected()
            row = await connection.fetchrow(queries.PLACE_ORDERS, *values)
        except asyncpg.PostgresError as error:
            await self._after_error(batch, error, reruns=reruns)
            return
        except (asyncpg.DataError, ValueError, OverflowError) as error:
            await self._bisect(batch, error)
            return
        except CONNECTION_ERRORS as error:
            await self._disconnect()
            self._fail(batch, error)
            if isinstance(error, TimeoutError):
                # Who came meanwhile would wait as long for the same, a batch after the other.
                behind, self._queue = self._queue, deque()
                self._fail(behind, error)
            return
        assert row is not None
        found = outcomes(commands, arrays, row, now=now)
        await self._answer(batch, found, now=now)
        self._news.counts_changed(batch_changes(arrays, row))
        self._news.events_flipped(flips(row))
        self._news.orders_placed(_placed(commands, found))
        if self._wake is not None and any(command.pay == CARD for command in commands):
            self._wake()

    async def _after_error(
        self, batch: Sequence[_Waiting], error: asyncpg.PostgresError, *, reruns: int
    ) -> None:
        state = str(getattr(error, "sqlstate", "") or "")
        if state in RERUN_STATES and reruns > 0:
            telemetry.BATCH_RETRIES.labels(state).inc()
            await self._flush(batch, reruns=reruns - 1)
        elif state.startswith(AWAY_CLASSES):
            # The outcome may be unknown: the client asks again with its key.
            await self._disconnect()
            self._fail(batch, error)
        else:
            await self._bisect(batch, error)

    async def _bisect(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """One order is poison: halves run by themselves until it stands alone."""
        if len(batch) == 1:
            _log.error("order failed", order=str(batch[0].command.order_id), exc_info=error)
            self._fail(batch, error)
            return
        telemetry.BATCH_RETRIES.labels("bisect").inc()
        middle = len(batch) // 2
        await self._flush(batch[:middle], reruns=RERUNS_MAX)
        await self._flush(batch[middle:], reruns=RERUNS_MAX)

    async def _answer(
        self, batch: Sequence[_Waiting], found: Sequence[Outcome], *, now: dt.datetime
    ) -> None:
        replays: dict[OrderId, list[_Waiting]] = {}
        again: list[_Waiting] = []
        for waiting, outcome in zip(batch, found, strict=True):
            if isinstance(outcome, OrderResponse):
                self._resolve(waiting, Placed(outcome, is_replay=False))
            elif isinstance(outcome, Replay):
                replays.setdefault(outcome.order_id, []).append(waiting)
            elif isinstance(outcome, Again):
                again.append(waiting)
            else:
                self._resolve(waiting, outcome)
        if replays:
            await self._answer_replays(replays)
        if again:
            await self._reclaim_for(again, now=now)

    async def _answer_replays(self, replays: dict[OrderId, list[_Waiting]]) -> None:
        everyone = [waiting for group in replays.values() for waiting in group]
        try:
            views = await queries.orders_as_placed(await self._connected(), list(replays))
        except (asyncpg.PostgresError, *CONNECTION_ERRORS) as error:
            await self._disconnect()
            self._fail(everyone, error)
            return
        for order_id, group in replays.items():
            for waiting in group:
                self._resolve(waiting, Placed(views[order_id], is_replay=True))

    async def _reclaim_for(self, again: Sequence[_Waiting], *, now: dt.datetime) -> None:
        """Gives the expired holds of their events back, then queues them for the next batch."""
        events = {EventId(waiting.command.event_id) for waiting in again}
        try:
            await service.reclaim(
                self._database, news=self._news, now=now, event_ids=sorted(events)
            )
        except Exception as error:  # noqa: BLE001 - what else the batch did stands, and is told
            self._fail(again, error)
            return
        for waiting in again:
            waiting.reclaims += 1
            if waiting.reclaims > RECLAIMS_MAX:
                self._resolve(waiting, CapacityExceeded())
            else:
                self._queue.append(waiting)

    def _fail(self, batch: Iterable[_Waiting], error: Exception) -> None:
        refusal = error if isinstance(error, Refusal) else as_unavailable(error)
        if refusal is None and str(getattr(error, "sqlstate", "")).startswith(AWAY_CLASSES):
            refusal = Unavailable(retry_after_seconds=1)
        for waiting in batch:
            self._resolve(waiting, refusal or error)

    def _resolve(self, waiting: _Waiting, outcome: Placed | Exception) -> None:
        command = waiting.command
        if command.key is not None:
            self._by_key.pop((command.user_id, command.key), None)
        if waiting.answer.done():
            return
        if isinstance(outcome, Placed):
            waiting.answer.set_result(outcome)
        else:
            waiting.answer.set_exception(outcome)
            # Read once here: the client may have hung up, and that is no error.
            waiting.answer.exception()

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        """The batcher's own connection: a batch never waits for the pool."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(asyncpg.PostgresError, *CONNECTION_ERRORS):
                await connection.close(timeout=1)

    def _seconds_in_flight(self) -> float:
        return 0.0 if self._began is None else clock.monotonic_seconds() - self._began


def _placed(commands: Sequence[PlaceOrder], found: Sequence[Outcome]) -> list[OwnedOrder]:
    return [
        OwnedOrder(command.user_id, outcome)
        for command, outcome in zip(commands, found, strict=True)
        if isinstance(outcome, OrderResponse)
    ]
