"""What Redis forgets by itself: nodes that are gone, and never one of two that belong together."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from arenapulse.core.ids import EventId, SectionId
from arenapulse.core.settings import Settings
from arenapulse.inventory.schemas import SectionCounts
from arenapulse.realtime.seatstreams import SeatBase, SeatMark, SeatStreams
from arenapulse.realtime.streams import Position, Streams, key
from arenapulse.runtime.redis import Redis, connect

NOW = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    made = connect(settings.redis_url or "")
    yield made
    await made.aclose()


def _counts(section_id: SectionId, *, sold: int) -> list[SectionCounts]:
    return [
        SectionCounts(
            section_id=section_id,
            capacity=100,
            available=100 - sold,
            held=0,
            sold=sold,
            rev=1_000 + sold,
        )
    ]


async def test_a_node_that_vanished_listens_no_longer(redis: Redis) -> None:
    """The others say every two seconds who listens, and must not keep it alive with that."""
    streams, event_id, section_id = Streams(redis), EventId(uuid4()), SectionId(uuid4())
    for node, count in (("gone", 6_000), ("here", 30), ("there", 7)):
        await streams.report_listeners(event_id, node=node, count=count)
    told = await streams.publish_capacity(event_id, counts=_counts(section_id, sold=1), now=NOW)
    assert told.listeners == 6_037
    # A full machine says it late, and then frames must not come more often.
    assert await redis.zscore(key(event_id, "nodes"), "gone") - time.time() > 20
    # Its half minute is over.
    await redis.zadd(key(event_id, "nodes"), {"gone": 1})
    await streams.report_listeners(event_id, node="here", count=31)
    told = await streams.publish_capacity(event_id, counts=_counts(section_id, sold=2), now=NOW)
    assert told.listeners == 38
    assert await redis.hkeys(key(event_id, "listening")) == [b"here", b"there"]
    for name in ("nodes", "listening"):
        assert 0 < await redis.ttl(key(event_id, name)) <= 30


async def test_no_sequence_begins_anew_under_an_epoch_that_lives(redis: Redis) -> None:
    """Seven days without an update, or without a seat, while places are sold."""
    streams, seats = Streams(redis), SeatStreams(redis)
    event_id, section_id = EventId(uuid4()), SectionId(uuid4())
    await _publish(streams, seats, event_id, section_id, turn=1)
    before, seats_before = await _positions(streams, seats, event_id, section_id)
    assert before.sequences == {"capacity": 1, "update": 1}
    assert seats_before.sequence == 2
    # All that is not touched from now on is gone in a moment.
    for name in await redis.keys(f"rt:{{{event_id}}}:*"):
        await redis.pexpire(name, 1_000)
    await redis.delete(key(event_id, "pace"))
    await streams.publish_capacity(event_id, counts=_counts(section_id, sold=2), now=NOW)
    async with asyncio.timeout(20):
        while await redis.exists(key(event_id, "stream:update")):  # noqa: ASYNC110 - polls the subject itself
            await asyncio.sleep(0.02)
    await _publish(streams, seats, event_id, section_id, turn=3)
    after, seats_after = await _positions(streams, seats, event_id, section_id)
    assert (after.epoch, seats_after.epoch) == (before.epoch, seats_before.epoch)
    assert after.sequences == {"capacity": 3, "update": 2}
    # The first map anew is no frame: who asks since the one before gets a snapshot.
    assert seats_after.sequence == 4
    assert await streams.since(event_id, kind="update", sequence=0, position=after) is None
    missed = await streams.since(event_id, kind="update", sequence=1, position=after)
    assert missed is not None
    assert [frame.sequence for frame in missed] == [2]


async def test_a_stream_that_outlived_its_sequence_stands_in_nobodys_way(redis: Redis) -> None:
    """Redis may throw out whatever it likes where its memory is full."""
    streams, seats = Streams(redis), SeatStreams(redis)
    event_id, section_id = EventId(uuid4()), SectionId(uuid4())
    for turn in (1, 3):
        await _publish(streams, seats, event_id, section_id, turn=turn)
    before = await streams.position(event_id)
    await redis.delete(key(event_id, "position"))
    await _publish(streams, seats, event_id, section_id, turn=5)
    after = await streams.position(event_id)
    assert after.epoch != before.epoch
    assert after.sequences == {"capacity": 1, "update": 1}
    missed = await streams.since(event_id, kind="capacity", sequence=0, position=after)
    assert missed is not None
    assert [frame.sequence for frame in missed] == [1]


async def _publish(
    streams: Streams, seats: SeatStreams, event_id: EventId, section_id: SectionId, *, turn: int
) -> None:
    """A frame of each kind; of seats, from the state that was left or from a first one."""
    await streams._redis.delete(key(event_id, "pace"))
    await streams.publish_capacity(event_id, counts=_counts(section_id, sold=turn), now=NOW)
    await streams.publish_update(event_id, kind="STATUS", data={"status": str(turn)}, now=NOW)
    for rev in (turn, turn + 1):
        found = await seats.publish(
            event_id,
            section_id=section_id,
            state=SeatBase(rev, "F" * rev),
            since_rev=rev - 1,
            changes=b'[["A",1,"H"]]',
        )
        assert found.base is None


async def _positions(
    streams: Streams, seats: SeatStreams, event_id: EventId, section_id: SectionId
) -> tuple[Position, SeatMark]:
    return (
        await streams.position(event_id),
        await seats.position(event_id, section_id=section_id),
    )
