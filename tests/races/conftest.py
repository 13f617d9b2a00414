"""One arena for all races: two processes that sell from a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.conftest import TestEngines, cloned_database, settings_for
from tests.races.contests import CONNECTIONS, Arena
from tests.servers import servers, worker


@pytest.fixture(scope="package")
async def arena(engines: TestEngines, database_lock: Path) -> AsyncIterator[Arena]:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with cloned_database(engines, lock=database_lock) as url:
        settings = settings_for(url, engines.redis_url)
        db = await asyncpg.connect(url)
        try:
            async with servers(settings, 2) as pair, httpx.AsyncClient(limits=limits) as http:
                yield Arena(settings, pair, db, http)
        finally:
            await db.close()


@pytest.fixture(scope="package")
def till(arena: Arena) -> Iterator[None]:
    """The arena's worker process: takes cards, gives expired holds back."""
    with worker(arena.settings):
        yield
