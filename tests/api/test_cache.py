"""The cache: four layers with the lives of the specification, one load at a time, no stale fill."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from arenapulse.runtime.cache import (
    EVENT_CAPACITY,
    LAYERS,
    SESSION_DATA,
    USER_PREFERENCES,
    VENUE_DETAILS,
    Cache,
    Layer,
)
from arenapulse.runtime.redis import CONNECTIONS_MAX, Redis, connect
from tests.conftest import TestEngines as Engines


@pytest.fixture
async def redis(engines: Engines) -> AsyncIterator[Redis]:
    client = connect(engines.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def key() -> str:
    return secrets.token_hex(8)


class Source:
    """What the database would say, and how often it was asked."""

    def __init__(self, value: bytes | None) -> None:
        self.value = value
        self.asked = 0

    async def load(self) -> bytes | None:
        self.asked += 1
        return self.value


@pytest.mark.parametrize(
    ("layer", "seconds"),
    [
        (SESSION_DATA, 24 * 3600),
        (EVENT_CAPACITY, 60),
        (VENUE_DETAILS, 3600),
        (USER_PREFERENCES, 12 * 3600),
    ],
    ids=lambda value: value.name if isinstance(value, Layer) else "",
)
async def test_a_layer_lives_as_long_as_the_specification_says(
    redis: Redis, key: str, *, layer: Layer, seconds: int
) -> None:
    source = Source(b"value")
    assert await Cache(redis).get(layer, key, load=source.load) == b"value"
    (name,) = [found async for found in redis.scan_iter(f"cache:{layer.name}:{key}:*")]
    assert seconds - 2 <= await redis.ttl(name) <= seconds


def test_there_are_four_layers() -> None:
    assert {layer.name for layer in LAYERS} == {"session", "capacity", "venue", "preferences"}


async def test_a_second_reader_does_not_ask_the_source(redis: Redis, key: str) -> None:
    source = Source(b"value")
    first, second = Cache(redis), Cache(redis)
    await first.get(VENUE_DETAILS, key, load=source.load)
    source.value = b"changed behind our back"
    assert await second.get(VENUE_DETAILS, key, load=source.load) == b"value"
    assert source.asked == 1


async def test_readers_at_the_same_time_share_one_load(redis: Redis, key: str) -> None:
    cache, source, gate = Cache(redis), Source(b"value"), asyncio.Event()

    async def slow() -> bytes | None:
        await gate.wait()
        return await source.load()

    readers = [asyncio.ensure_future(cache.get(VENUE_DETAILS, key, load=slow)) for _ in range(50)]
    await asyncio.sleep(0.05)
    gate.set()
    assert await asyncio.gather(*readers) == [b"value"] * 50
    assert source.asked == 1


async def test_a_reader_who_hangs_up_takes_nothing_from_the_others(redis: Redis, key: str) -> None:
    cache, source, gate = Cache(redis), Source(b"value"), asyncio.Event()
    begun = asyncio.Event()

    async def slow() -> bytes | None:
        begun.set()
        await gate.wait()
        return await source.load()

    impatient = asyncio.ensure_future(cache.get(VENUE_DETAILS, key, load=slow))
    await begun.wait()
    patient = asyncio.ensure_future(cache.get(VENUE_DETAILS, key, load=slow))
    impatient.cancel()
    gate.set()
    assert await patient == b"value"


async def test_an_invalidation_shows_the_new_value_to_every_process(redis: Redis, key: str) -> None:
    source = Source(b"old")
    here, there = Cache(redis), Cache(redis)
    await here.get(VENUE_DETAILS, key, load=source.load)
    source.value = b"new"
    await there.invalidate(VENUE_DETAILS, key)
    assert await here.get(VENUE_DETAILS, key, load=source.load) == b"new"


async def test_a_load_from_before_a_write_is_never_served_after_it(redis: Redis, key: str) -> None:
    # The reader looked at the database, then the writer committed and invalidated, then the reader
    # stores what it saw: under a generation that nobody asks for any more.
    reader, writer = Cache(redis), Cache(redis)
    looked, may_store = asyncio.Event(), asyncio.Event()

    async def stale() -> bytes | None:
        looked.set()
        await may_store.wait()
        return b"old"

    reading = asyncio.ensure_future(reader.get(VENUE_DETAILS, key, load=stale))
    await looked.wait()
    await writer.invalidate(VENUE_DETAILS, key)
    may_store.set()
    assert await reading == b"old"
    fresh = Source(b"new")
    assert await reader.get(VENUE_DETAILS, key, load=fresh.load) == b"new"
    assert await writer.get(VENUE_DETAILS, key, load=fresh.load) == b"new"


async def test_nothing_is_not_kept(redis: Redis, key: str) -> None:
    cache, source = Cache(redis), Source(None)
    assert await cache.get(USER_PREFERENCES, key, load=source.load) is None
    source.value = b"now there is one"
    assert await cache.get(USER_PREFERENCES, key, load=source.load) == b"now there is one"


async def test_without_redis_every_read_goes_to_the_source(key: str) -> None:
    away = connect("redis://127.0.0.1:1/0")
    cache, source = Cache(away), Source(b"value")
    assert await cache.get(VENUE_DETAILS, key, load=source.load) == b"value"
    await cache.invalidate(VENUE_DETAILS, key)
    assert await cache.get(VENUE_DETAILS, key, load=source.load) == b"value"
    assert source.asked == 2
    await away.aclose()


async def test_who_comes_in_a_burst_waits_for_a_connection_and_is_not_refused(
    redis: Redis,
) -> None:
    asked = [redis.ping() for _ in range(3 * CONNECTIONS_MAX)]  # pyright: ignore[reportUnknownMemberType]
    assert all(await asyncio.gather(*asked))
