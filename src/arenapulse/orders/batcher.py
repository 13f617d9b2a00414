"""The micro-batch of orders: one call of `place_orders` for all that arrived during the last."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeAlias

import asyncpg
import msgspec

from arenapulse.core import clock
from arenapulse.core.errors import InvariantBroken, KeyReused
from arenapulse.core.ids import EventId, OrderId
from arenapulse.orders import queries, service
from arenapulse.orders.errors import CapacityExceeded
from arenapulse.orders.facts import OrdersPlaced
from arenapulse.orders.news import SaleNews
from arenapulse.orders.outcomes import Again, Outcome, Replay, batch_changes, flips, outcomes
from arenapulse.orders.placing import CARD, BatchArrays, PlaceOrder, arguments
from arenapulse.orders.schemas import OrderResponse, OwnedOrder
from arenapulse.orders.terms import SPREAD_TASK, OrderStatus
from arenapulse.runtime.batching import Batch, Connection, MicroBatcher, Waiting
from arenapulse.runtime.db import CONNECTION_ERRORS, Database
from arenapulse.runtime.jobs import spread_by

RECLAIMS_MAX = 5


class Placed(msgspec.Struct, frozen=True):
    order: OrderResponse
    is_replay: bool


class _Run(msgspec.Struct, frozen=True):
    """What `place_orders` was asked and what it answered."""

    now: dt.datetime
    commands: Sequence[PlaceOrder]
    arrays: BatchArrays
    row: asyncpg.Record


_Order: TypeAlias = Waiting[PlaceOrder, Placed]


class Batcher:
    """Where orders are placed; one a process."""

    def __init__(
        self,
        database: Database,
        *,
        news: SaleNews,
        queue_max: int,
        held_places_max: int | None = None,
        wake: Callable[[], None] | None = None,
        now: Callable[[], dt.datetime] = clock.now,
    ) -> None:
        """`wake` tells the workers, after a commit, that there is something to do.

        `held_places_max` bounds what one person holds unpaid over all events.
        `now` is asked once a batch; the simulation has a clock of its own.
        """
        work = _Placing(database, news=news, held_places_max=held_places_max, wake=wake, now=now)
        self._batches = MicroBatcher(
            database, work=work, name="orders", queue_max=queue_max, sells=True
        )

    async def place(self, command: PlaceOrder) -> Placed:
        """The order as placed, or as it was placed before under the same key.

        Raises the slice's refusals, `KeyReused`, and `Unavailable` where the queue is full or the
        database away.
        """
        if command.key is None:
            return await self._batches.submit(command)
        key = (command.user_id, command.key)
        twin = self._batches.twin(key)
        if twin is None:
            return await self._batches.submit(command, key=key)
        if twin.command.request_hash != command.request_hash:
            raise KeyReused
        return Placed((await asyncio.shield(twin.answer)).order, is_replay=True)

    def is_first(self, command: PlaceOrder) -> bool:
        """Whether nobody waits under its key."""
        return command.key is None or not self._batches.twin((command.user_id, command.key))

    def put(self, command: PlaceOrder) -> asyncio.Future[Placed]:
        """`place` of the first under its key, for who waits otherwise."""
        key = None if command.key is None else (command.user_id, command.key)
        return self._batches.put(command, key=key)

    async def close(self) -> None:
        """Answers what is queued, then closes the connection."""
        await self._batches.close()


class _Placing:
    """What a batch of orders does."""

    def __init__(
        self,
        database: Database,
        *,
        news: SaleNews,
        held_places_max: int | None,
        wake: Callable[[], None] | None,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._news = news
        self._held_places_max = held_places_max
        self._wake = wake
        self._now = now
        self._heard_by = spread_by(database, OrdersPlaced, task=SPREAD_TASK)

    async def run(self, connection: Connection, commands: Sequence[PlaceOrder], /) -> _Run:
        now = self._now()
        arrays, values = arguments(
            commands,
            now=now,
            reactions=self._heard_by,
            held_places_max=self._held_places_max,
        )
        row = await connection.fetchrow(queries.PLACE_ORDERS, *values)
        if row is None:
            raise InvariantBroken("place_orders returned no row")
        return _Run(now, commands, arrays, row)

    async def answer(self, batch: Batch[PlaceOrder, Placed], result: _Run, /) -> None:
        commands, row = result.commands, result.row
        found = outcomes(commands, result.arrays, row, now=result.now)
        await self._answer(batch, found, now=result.now)
        self._news.counts_changed(batch_changes(result.arrays, row))
        self._news.events_flipped(flips(row))
        placed = _placed(commands, found)
        self._news.orders_placed(placed)
        # What is spread can wait until a worker looks by itself: a quarter of a second.
        is_heard = self._heard_by not in {(), (SPREAD_TASK,)} and any(
            each.view.status is OrderStatus.CONFIRMED for each in placed
        )
        is_charged = placed and any(each.pay == CARD for each in commands)
        if self._wake is not None and (is_heard or is_charged):
            self._wake()

    async def _answer(
        self, batch: Batch[PlaceOrder, Placed], found: Sequence[Outcome], *, now: dt.datetime
    ) -> None:
        replays: dict[OrderId, list[_Order]] = {}
        again: list[_Order] = []
        for waiting, outcome in zip(batch.waiting, found, strict=True):
            if isinstance(outcome, OrderResponse):
                batch.answer(waiting, Placed(outcome, is_replay=False))
            elif isinstance(outcome, Replay):
                replays.setdefault(outcome.order_id, []).append(waiting)
            elif isinstance(outcome, Again):
                again.append(waiting)
            else:
                batch.answer(waiting, outcome)
        if replays:
            await _answer_replays(batch, replays)
        if again:
            await self._reclaim_for(batch, again, now=now)

    async def _reclaim_for(
        self, batch: Batch[PlaceOrder, Placed], again: Sequence[_Order], *, now: dt.datetime
    ) -> None:
        """Gives the expired holds of their events back, then queues them for the next batch."""
        events = {EventId(waiting.command.event_id) for waiting in again}
        try:
            await service.reclaim(
                self._database, news=self._news, now=now, event_ids=sorted(events)
            )
        except Exception as error:  # noqa: BLE001 - what else the batch did stands, and is told
            batch.fail(again, error)
            return
        for waiting in again:
            if waiting.rounds >= RECLAIMS_MAX:
                batch.answer(waiting, CapacityExceeded())
            else:
                batch.again(waiting)


async def _answer_replays(
    batch: Batch[PlaceOrder, Placed], replays: dict[OrderId, list[_Order]]
) -> None:
    try:
        views = await queries.orders_as_placed(batch.connection, list(replays))
    except (asyncpg.PostgresError, *CONNECTION_ERRORS) as error:
        everyone = [waiting for group in replays.values() for waiting in group]
        batch.fail(everyone, error, is_line_lost=True)
        return
    for order_id, group in replays.items():
        for waiting in group:
            batch.answer(waiting, Placed(views[order_id], is_replay=True))


def _placed(commands: Sequence[PlaceOrder], found: Sequence[Outcome]) -> list[OwnedOrder]:
    return [
        OwnedOrder(command.user_id, outcome)
        for command, outcome in zip(commands, found, strict=True)
        if isinstance(outcome, OrderResponse)
    ]
