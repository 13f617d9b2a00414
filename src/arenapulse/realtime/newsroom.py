"""Takes news from the slices after a commit and turns it into frames; one a process.

Capacity is coalesced, latest wins: the first change after a quiet window goes at once, then at most
ten a second and event over all processes, fewer when many listen. What is published is read from
the stock rows at that moment, so a frame is one consistent picture, and racing publishers are
sorted out by `rev`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Any, Final

from arenapulse.core import clock
from arenapulse.core.errors import Refusal
from arenapulse.core.ids import EventId, OrderId, UserId
from arenapulse.events.queries import find, public_tiers, whose
from arenapulse.inventory.queries import read_counts
from arenapulse.inventory.schemas import ChangedCounts
from arenapulse.orders.schemas import OwnedOrder, TicketDetails
from arenapulse.realtime.doorbell import Doorbell
from arenapulse.realtime.gateframes import GateFrames
from arenapulse.realtime.seatframes import SeatFrames
from arenapulse.realtime.streams import Streams, window_seconds
from arenapulse.runtime import log, tracing
from arenapulse.runtime.db import PASSING_ERRORS, Database, as_unavailable
from arenapulse.runtime.redis import REDIS_ERRORS
from arenapulse.runtime.siblings import survive

EVENTS_DIRTY_MAX: Final = 10_000
TASKS_MAX: Final = 1_000
# Updates that Redis could not take; what is so by then is told when it is back.
UNTOLD_MAX: Final = 10_000
UNTOLD_SECONDS: Final = 1.0

_log = log.logger("realtime.newsroom")


class Newsroom:
    """Implements `SaleNews`, `EventNews` and `GateNews`."""

    def __init__(self, database: Database, *, streams: Streams, seating: SeatFrames) -> None:
        self._database = database
        self._seating = seating
        self._streams = streams
        self._doorbell = Doorbell(database, streams=streams)
        self._gates = GateFrames(database, streams=streams)
        self._dirty: set[EventId] = set()
        self._publishing: set[EventId] = set()
        self._tasks: set[asyncio.Task[bool]] = set()
        self._untold: set[tuple[EventId, str]] = set()
        self._retelling: asyncio.Task[bool] | None = None

    def counts_changed(self, changes: Sequence[ChangedCounts]) -> None:
        for change in changes:
            self.touch(change.event_id)

    def events_flipped(self, flips: Sequence[tuple[EventId, str]]) -> None:
        for event_id, status in flips:
            self._spawn(self.status_changed(event_id=event_id, status=status))

    def orders_placed(self, placed: Sequence[OwnedOrder]) -> None:
        self._doorbell.placed(placed)

    def orders_changed(self, order_ids: Sequence[OrderId]) -> None:
        self._spawn(self._doorbell.changed(order_ids))

    def tickets_changed(self, tickets: Sequence[tuple[UserId, TicketDetails]]) -> None:
        self._doorbell.tickets(tickets)

    def gates_changed(self, event_ids: Collection[EventId]) -> None:
        self._gates.touch(event_ids)

    async def status_changed(self, *, event_id: EventId, status: str) -> None:
        await self._update(event_id, kind="STATUS", data={"status": status})

    async def price_changed(
        self, *, event_id: EventId, pricing_tiers: Sequence[Mapping[str, object]]
    ) -> None:
        await self._update(
            event_id, kind="PRICE", data={"price": {"pricingTiers": list(pricing_tiers)}}
        )

    async def capacity_changed(self, *, changed: ChangedCounts, current_capacity: int) -> None:
        self.touch(changed.event_id)
        await self._update(
            changed.event_id, kind="CAPACITY", data={"currentCapacity": current_capacity}
        )

    def touch(self, event_id: EventId) -> None:
        """The counts of this event may differ from its last frame."""
        if len(self._dirty) >= EVENTS_DIRTY_MAX:
            return  # the reconciler of whoever listens finds it
        self._dirty.add(event_id)
        if event_id not in self._publishing:
            self._publishing.add(event_id)
            self._spawn(self._publish(event_id))

    async def reconcile(self, event_id: EventId) -> None:
        """Frames for what the rows say and the last frames do not: their publisher died."""
        self.touch(event_id)
        try:
            await self._reconcile_status(event_id)
        except (*REDIS_ERRORS, *PASSING_ERRORS) as error:
            _log.warning("not reconciled", error=type(error).__name__)

    async def _reconcile_status(self, event_id: EventId) -> None:
        position = await self._streams.position(event_id)
        found = await whose(self._database, event_id=event_id)
        if found is not None:
            await self._streams.reconcile_status(
                event_id, status=found[1].value, position=position, now=clock.now()
            )

    async def close(self) -> None:
        """Lets what was begun end."""
        if self._retelling is not None:
            self._retelling.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2.0)
        await self._doorbell.close()
        await self._gates.close()

    async def _publish(self, event_id: EventId) -> None:
        """Publishes while there is something new, with a pause between two frames."""
        try:
            while event_id in self._dirty:
                self._dirty.discard(event_id)
                pause = window_seconds(0)
                try:
                    counts = await read_counts(self._database, event_id=event_id)
                    with tracing.part("frame", attributes={"kind": "capacity"}):
                        audience = await self._streams.publish_capacity(
                            event_id, counts=counts, now=clock.now()
                        )
                    if audience.wait_seconds:
                        # Whoever may publish next reads what is so by then, and so do we.
                        self._dirty.add(event_id)
                        await asyncio.sleep(audience.wait_seconds)
                        continue
                    pause = window_seconds(audience.listeners)
                    await self._seating.publish(
                        event_id,
                        revs=[
                            (section.section_id, section.rev)
                            for section in counts
                            if section.section_id in audience.watched
                        ],
                    )
                except (Refusal, *REDIS_ERRORS, *PASSING_ERRORS) as error:
                    _log.warning("counts not published", error=type(error).__name__)
                await asyncio.sleep(pause)
        finally:
            self._publishing.discard(event_id)

    async def _update(self, event_id: EventId, *, kind: str, data: Mapping[str, object]) -> None:
        try:
            await self._streams.publish_update(event_id, kind=kind, data=data, now=clock.now())
        except REDIS_ERRORS as error:
            _log.warning("update not published", kind=kind, error=type(error).__name__)
            if len(self._untold) < UNTOLD_MAX:
                self._untold.add((event_id, kind))
            if self._retelling is None:
                work = survive("newsroom.untold", self._tell_untold())
                self._retelling = asyncio.create_task(work)

    async def _tell_untold(self) -> None:
        try:
            while self._untold:
                await asyncio.sleep(UNTOLD_SECONDS)
                for event_id, kind in list(self._untold):
                    try:
                        await self._tell_as_is(event_id, kind=kind)
                    except Exception as error:
                        if isinstance(error, REDIS_ERRORS) or as_unavailable(error) is not None:
                            break
                        if not isinstance(error, Refusal):
                            raise
                        # The event has gone, and there is nothing to tell.
                    self._untold.discard((event_id, kind))
        finally:
            self._retelling = None

    async def _tell_as_is(self, event_id: EventId, *, kind: str) -> None:
        """Read anew, for another process may have changed and told more since."""
        if kind == "STATUS":
            await self._reconcile_status(event_id)
            return
        if kind == "PRICE":
            async with self._database.transaction() as session:
                event = await find(session, event_id=event_id)
                tiers = await public_tiers(session, row=event)
            data: dict[str, object] = {"price": {"pricingTiers": tiers}}
        else:
            counts = await read_counts(self._database, event_id=event_id)
            data = {"currentCapacity": sum(section.available for section in counts)}
        await self._streams.publish_update(event_id, kind=kind, data=data, now=clock.now())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= TASKS_MAX:
            work.close()
            return
        task = asyncio.create_task(survive("newsroom", work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
