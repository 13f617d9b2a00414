"""After Redis was lost, and whatever comes by it, new rooms hear: judged by frames, not by ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import asyncpg
import pytest

from arenapulse.core.ids import EventId, UserId
from arenapulse.core.settings import Settings
from arenapulse.realtime.broadcast import Broadcast
from arenapulse.realtime.streams import event_channel, key, person_channel
from arenapulse.runtime.redis import connect
from tests.forks import Fork, become
from tests.lines import Line
from tests.planting import cut
from tests.realtime.buying import buy
from tests.realtime.ownredis import OwnRedis
from tests.servers import SOON_SECONDS, Server, Socket, connected, start_server, stop
from tests.worlds import Fan, World, make_fans, make_world

# Whoever missed a frame is told only after ten seconds of silence.
FRAME_SECONDS = SOON_SECONDS
ROOMS = 6
OUTAGES = 3
# Longer than a room that is heard takes to be open.
DEAF_SECONDS = 1.5


@pytest.fixture
async def server(own_redis: OwnRedis, settings: Settings) -> AsyncIterator[Server]:
    made = await start_server(settings.model_copy(update={"redis_url": own_redis.url}))
    yield made
    stop([made.process])


async def _subscribe(socket: Socket, world: World, *, seconds: float = 20) -> None:
    """Joined, and Redis is there: an ack without an epoch says that none will follow."""
    async with asyncio.timeout(seconds):
        while True:
            ack = await socket.emit("event:subscribe", {"eventId": str(world.event_id)})
            assert ack["ok"], ack
            if ack["epoch"] is not None:
                return
            await asyncio.sleep(0.05)


async def _hears(
    socket: Socket, server: Server, fan: Fan, world: World, *, sales_before: int = 0
) -> None:
    """A sale of now arrives as a frame; the first frame may be of what was before."""
    await buy(server, fan, world.order())
    free = sum(place.capacity for place in world.sections) - sales_before - 1
    async with asyncio.timeout(FRAME_SECONDS):
        while True:
            frame = await socket.hear("event:capacity", seconds=FRAME_SECONDS)
            if (frame["eventId"], frame["currentCapacity"]) == (str(world.event_id), free):
                return


async def _new_rooms_hear(
    server: Server, db: asyncpg.Connection, settings: Settings, *, rooms: int = ROOMS
) -> None:
    deaf = 0
    for _ in range(rooms):
        world = await make_world(db, settings)
        (fan,) = await make_fans(db, world, 1)
        async with connected(server) as socket:
            await _subscribe(socket, world)
            try:
                await _hears(socket, server, fan, world)
            except TimeoutError:
                deaf += 1
    assert deaf == 0, f"{deaf} of {rooms} new rooms are deaf"


async def test_new_rooms_hear_after_one_outage_and_two_and_three(
    own_redis: OwnRedis, server: Server, db: asyncpg.Connection, settings: Settings
) -> None:
    await _new_rooms_hear(server, db, settings, rooms=2)
    for _ in range(OUTAGES):
        own_redis.kill()
        await own_redis.start()
        await _new_rooms_hear(server, db, settings)


def _without_its_guard(words: Sequence[str], variables: Mapping[str, str]) -> None:
    """As it was: the half that did not fail lives on, and takes names for a dead connection."""
    cut(
        pytest.MonkeyPatch(),
        Broadcast,
        "_listen",
        right="await together(self._receive(pubsub), self._subscribe(pubsub, wanted))",
        wrong="await asyncio.gather(self._receive(pubsub), self._subscribe(pubsub, wanted))",
        besides={
            "self._wanted = asyncio.Queue[tuple[bool, str]]()": (
                "self._wanted = self._wanted or asyncio.Queue()"
            ),
            "self._wanted = None": "pass",
        },
    )
    become(words, variables)


def _deafened(words: Sequence[str], variables: Mapping[str, str], *, log: Path | None) -> Fork:
    assert log is None
    return Fork(_without_its_guard, tuple(words), dict(variables))


async def test_without_its_guard_a_new_room_is_deaf_after_an_outage(
    own_redis: OwnRedis, settings: Settings, db: asyncpg.Connection, fan: Fan
) -> None:
    known, new = await make_world(db, settings), await make_world(db, settings)
    own = settings.model_copy(update={"redis_url": own_redis.url})
    server = await start_server(own, begin=_deafened)
    try:
        async with connected(server) as socket:
            await _subscribe(socket, known)
            own_redis.kill()
            await own_redis.start()
            # It listens again to what it listened to.
            await _subscribe(socket, known)
            await _hears(socket, server, fan, known)
            with pytest.raises(TimeoutError):
                await _subscribe(socket, new, seconds=DEAF_SECONDS)
    finally:
        stop([server.process])


async def test_who_is_connected_hears_what_is_told_to_them_from_then_on(
    own_redis: OwnRedis, server: Server, fan: Fan
) -> None:
    """It has no sequence: whoever reads at the connect and misses the next message never knows."""
    redis = connect(own_redis.url)
    name = person_channel(UserId(fan.user_id))
    # The server has lost its connection and has not come back yet.
    assert await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub") > 0
    async with connected(server, fan.token) as socket:
        assert await redis.publish(name, b'order:update\n{"orderId":"a"}') == 1
        told = await socket.hear("order:update", seconds=FRAME_SECONDS)
    assert told == {"orderId": "a"}
    await redis.aclose()


async def test_a_line_that_fell_silent_is_left(
    own_redis: OwnRedis, settings: Settings, db: asyncpg.Connection, world: World, fan: Fan
) -> None:
    """What it subscribed to would be heard ten seconds late, each time."""
    line = Line(own_redis.port)
    await line.mend()
    url = f"redis://127.0.0.1:{line.port}/0"
    server = await start_server(settings.model_copy(update={"redis_url": url}))
    try:
        async with connected(server) as socket:
            await _subscribe(socket, world)
            await _hears(socket, server, fan, world)
            line.silence()
            await line.mend()
            # It finds out by pings that nobody answers.
            await asyncio.sleep(6)
            await _hears(socket, server, fan, world, sales_before=1)
            await _new_rooms_hear(server, db, settings, rooms=2)
    finally:
        # Beside the line, which the server takes leave by.
        await asyncio.to_thread(stop, [server.process])
        await line.close()


async def test_what_is_no_frame_deafens_nobody(
    own_redis: OwnRedis,
    server: Server,
    db: asyncpg.Connection,
    settings: Settings,
    world: World,
    fan: Fan,
) -> None:
    redis = connect(own_redis.url)
    async with connected(server) as socket:
        await _subscribe(socket, world)
        await redis.publish(event_channel(EventId(world.event_id)), b"nonsense")
        await redis.publish(event_channel(EventId(world.event_id)), b"capacity x y z")
        await _hears(socket, server, fan, world)
    await _new_rooms_hear(server, db, settings, rooms=2)
    await redis.aclose()


async def test_a_broken_key_of_one_event_deafens_no_other(
    own_redis: OwnRedis,
    server: Server,
    db: asyncpg.Connection,
    settings: Settings,
    world: World,
    fan: Fan,
) -> None:
    redis = connect(own_redis.url)
    broken = await make_world(db, settings)
    async with connected(server) as bad, connected(server) as socket:
        await _subscribe(socket, world)
        position = key(EventId(broken.event_id), "position")
        await redis.rpush(position, "no number")  # type: ignore[misc]
        with contextlib.suppress(TimeoutError):
            await bad.emit("event:subscribe", {"eventId": str(broken.event_id)})
        for sales in range(3):
            await _hears(socket, server, fan, world, sales_before=sales)
        await _new_rooms_hear(server, db, settings, rooms=2)
    await redis.aclose()
