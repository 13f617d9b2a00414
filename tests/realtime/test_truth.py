"""Nothing stays wrong: lost frames, dead publishers, many publishers, channels nobody hears."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from arenapulse_client import ArenaPulse, EventState

from arenapulse.core.ids import EventId, SectionId
from arenapulse.core.settings import Settings
from arenapulse.inventory.schemas import SectionCounts
from arenapulse.realtime.streams import Streams, event_channel, key, window_seconds
from arenapulse.runtime.redis import connect
from tests.realtime.buying import buy
from tests.servers import Server, connected
from tests.worlds import Fan, World

RIGHT_SECONDS = 60.0


@pytest.mark.parametrize(
    ("listeners", "seconds"),
    [(0, 0.1), (999, 0.1), (1_000, 0.25), (4_999, 0.25), (5_000, 1.0), (100_000, 1.0)],
)
def test_the_more_listen_the_rarer_the_frames(listeners: int, seconds: float) -> None:
    assert window_seconds(listeners) == seconds


def counts(world: World, *, sold: int) -> list[SectionCounts]:
    """One section's row after so many sales."""
    return [
        SectionCounts(
            section_id=SectionId(world.section_ids[0]),
            capacity=100,
            available=100 - sold,
            held=0,
            sold=sold,
            rev=1_000 + sold,
        )
    ]


@pytest.mark.parametrize(
    ("listeners", "least", "most"), [(0, 0, 100), (2_000, 100, 250), (6_000, 250, 1_000)]
)
async def test_whichever_process_publishes_a_window_lies_between_two_frames(
    settings: Settings, world: World, listeners: int, least: int, most: int
) -> None:
    event_id, now = EventId(world.event_id), dt.datetime.now(dt.UTC)
    pace = key(event_id, "pace")
    # Two connections, as two processes have them.
    redis, other = connect(settings.redis_url or ""), connect(settings.redis_url or "")
    here, there = Streams(redis), Streams(other)
    for node in range(2):
        await here.report_listeners(event_id, node=str(node), count=listeners // 2)
    told = await here.publish_capacity(event_id, counts=counts(world, sold=1), now=now)
    assert (told.listeners, told.wait_seconds) == (listeners, 0)
    # What is left of the window; asked again where that took the machine too long.
    last, left = 1, int(await redis.pttl(pace))
    while left <= least and last < 50:
        await redis.delete(pace)
        last += 1
        await there.publish_capacity(event_id, counts=counts(world, sold=last), now=now)
        left = int(await redis.pttl(pace))
    assert least < left <= most
    # A window without an end, so that no clock judges the machine.
    await redis.set(pace, 1, px=60_000)
    for streams in (here, there):
        told = await streams.publish_capacity(
            event_id, counts=counts(world, sold=last + 1), now=now
        )
        assert 0 < told.wait_seconds <= 60
    assert (await here.position(event_id)).sequences["capacity"] == last
    # Nothing newer has nothing to wait for.
    told = await here.publish_capacity(event_id, counts=counts(world, sold=last), now=now)
    assert told.wait_seconds == 0
    await redis.delete(pace)
    await there.publish_capacity(event_id, counts=counts(world, sold=last + 2), now=now)
    position = await here.position(event_id)
    assert position.sequences["capacity"] == last + 1
    frames = await here.since(event_id, kind="capacity", sequence=0, position=position)
    assert frames is not None
    shown = [json.loads(frame.payload)["sections"][0]["sold"] for frame in frames]
    assert shown == [*range(1, last + 1), last + 2]
    await redis.aclose()
    await other.aclose()


async def test_what_a_dead_publisher_did_not_tell_is_told_from_the_rows(
    pair: list[Server], settings: Settings, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    async with ArenaPulse(pair[0].url) as arena:
        event = await arena.follow_event(str(world.event_id))
        await buy(pair[0], fan, world.order())
        await _shows(event, capacity=149, status="ON_SALE")
        # The look at the rows remembers which status was told; it comes every five seconds.
        redis = connect(settings.redis_url or "")
        async with asyncio.timeout(RIGHT_SECONDS):
            while await redis.get(key(EventId(world.event_id), "status")) is None:  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.05)
        await redis.aclose()
        await db.execute(
            "UPDATE stock SET blocked = blocked + 9, rev = rev + 1 WHERE section_id = $1",
            world.section_ids[0],
        )
        await db.execute("UPDATE events SET status = 'PAUSED' WHERE id = $1", world.event_id)
        await _shows(event, capacity=140, status="PAUSED")


async def test_silence_reveals_a_frame_that_nobody_heard(
    pair: list[Server], settings: Settings, world: World, fan: Fan
) -> None:
    """Lost between Redis and a server, and between a server and a client."""
    redis = connect(settings.redis_url or "")
    async with ArenaPulse(pair[0].url) as deaf, ArenaPulse(pair[1].url) as other:
        event = await deaf.follow_event(str(world.event_id))
        second = await other.follow_event(str(world.event_id))
        for _ in range(2):
            await buy(pair[0], fan, world.order())
        await _shows(event, capacity=148, status="ON_SALE")
        await _shows(second, capacity=148, status="ON_SALE")
        # In the stream, with its number, but never said on the channel.
        frame = {"eventId": str(world.event_id), "currentCapacity": 7, "sections": []}
        frame |= {"timestamp": "2026-01-01T00:00:00Z", "epoch": event.epoch}
        position = key(EventId(world.event_id), "position")
        frame["sequence"] = int(await redis.hincrby(position, "capacity", 1))
        await redis.xadd(
            key(EventId(world.event_id), "stream:capacity"),
            {"f": json.dumps(frame)},
            id=f"{frame['sequence']}-0",
        )
        # One of the clients has lost one more than the others.
        event.sequences["capacity"] -= 1
        event.current_capacity = 0
        for followed in (event, second):
            await _shows(followed, capacity=7, status="ON_SALE")
    await redis.aclose()


async def test_a_process_listens_to_what_its_own_sockets_follow_and_no_longer(
    pair: list[Server], settings: Settings, world: World
) -> None:
    redis = connect(settings.redis_url or "")
    channel = event_channel(EventId(world.event_id))
    body = {"eventId": str(world.event_id)}

    async def processes() -> int:
        return int((await redis.pubsub_numsub(channel))[0][1])

    async with connected(pair[0]) as one, connected(pair[0]) as two:
        assert await processes() == 0
        for socket in (one, two):
            await socket.emit("event:subscribe", body)
        assert await processes() == 1
        async with connected(pair[1]) as three:
            await three.emit("event:subscribe", body)
            assert await processes() == 2
        await _becomes(processes, 1)
        await one.emit("event:unsubscribe", body)
        await two.emit("event:subscribe", body)
        assert await processes() == 1
        await two.emit("event:unsubscribe", body)
        await _becomes(processes, 0)
    await redis.aclose()


async def _becomes(ask: Callable[[], Awaitable[int]], wanted: int) -> None:
    async with asyncio.timeout(RIGHT_SECONDS):
        while await ask() != wanted:  # noqa: ASYNC110 - polls the subject itself
            await asyncio.sleep(0.02)


async def _shows(event: EventState, *, capacity: int, status: str) -> None:
    """Waits for the end of it; fails with what there is instead."""
    wanted = (capacity, status, True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(RIGHT_SECONDS):
            while (event.current_capacity, event.status, event.live) != wanted:  # noqa: ASYNC110 - polls the subject itself
                await asyncio.sleep(0.02)
    assert (event.current_capacity, event.status, event.live) == wanted
