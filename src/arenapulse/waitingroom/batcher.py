"""The micro-batch of those who join: thousands share a commit, durable before the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from arenapulse.core.ids import EventId, UserId
from arenapulse.runtime.batching import Batch, Connection, MicroBatcher
from arenapulse.runtime.db import Database
from arenapulse.waitingroom import queries
from arenapulse.waitingroom.errors import LineFull
from arenapulse.waitingroom.schemas import Place
from arenapulse.waitingroom.terms import PEOPLE_MAX

QUEUE_MAX: Final = 16_384


class JoinLane(msgspec.Struct, frozen=True):
    """`afresh` is the number of the person's place that gives way to a new one; 0 for none."""

    event_id: EventId
    user_id: UserId
    lane: int
    ticket: bytes
    afresh: int = 0


class Joined(msgspec.Struct, frozen=True):
    place: Place
    is_new: bool


class Joiner:
    """Where places are given; one a process."""

    def __init__(
        self, database: Database, *, queue_max: int = QUEUE_MAX, people_max: int = PEOPLE_MAX
    ) -> None:
        self._batches = MicroBatcher(
            database, work=_Joining(people_max), name="joins", queue_max=queue_max
        )

    async def join(self, command: JoinLane) -> Joined:
        """The person's place, new or as it is. Raises `LineFull` and `Unavailable`."""
        return await self.put(command)

    def put(self, command: JoinLane) -> asyncio.Future[Joined]:
        """The same for who waits otherwise."""
        return self._batches.put(command)

    async def close(self) -> None:
        await self._batches.close()


class _Joining:
    """What a batch of joins does."""

    def __init__(self, people_max: int) -> None:
        self._people_max = people_max

    async def run(
        self, connection: Connection, commands: Sequence[JoinLane], /
    ) -> list[asyncpg.Record]:
        return await connection.fetch(
            queries.JOIN_LANES,
            [each.event_id for each in commands],
            [each.lane for each in commands],
            [each.user_id for each in commands],
            [each.ticket for each in commands],
            [each.afresh for each in commands],
            self._people_max,
        )

    async def answer(self, batch: Batch[JoinLane, Joined], result: list[asyncpg.Record], /) -> None:
        found = {row["nth"]: row for row in result}
        for nth, waiting in enumerate(batch.waiting, 1):
            row = found.get(nth)
            if row is None:
                batch.answer(waiting, LineFull())
                continue
            place = Place(row["in_lane"], row["its_number"], waiting.command.user_id)
            batch.answer(waiting, Joined(place, is_new=row["is_new"]))
