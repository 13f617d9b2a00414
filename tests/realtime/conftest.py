"""Two server processes on one database and one Redis, and a world to sell in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from arenapulse.core.settings import Settings
from tests.realtime.ownredis import OwnRedis
from tests.servers import Server, servers
from tests.worlds import Fan, Place, World, make_fans, make_world


@pytest.fixture(scope="session")
async def pair(settings: Settings) -> AsyncIterator[list[Server]]:
    async with servers(settings, 2) as made:
        yield made


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(100), Place(50)))


@pytest.fixture
async def fan(db: asyncpg.Connection, world: World) -> Fan:
    return (await make_fans(db, world, 1))[0]


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[OwnRedis]:
    made = OwnRedis(tmp_path)
    await made.start()
    yield made
    made.kill()
