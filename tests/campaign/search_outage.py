"""The cluster killed in the middle of writes and brought back: no answer lost, nothing missing."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Generator
from uuid import UUID

import pytest

from arenapulse.core.paging import PageRequest
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search import queries
from arenapulse.search.cluster_engine import ClusterEngine
from arenapulse.search.cluster_index import ALIAS
from arenapulse.search.engine import Asked, EngineAway
from arenapulse.search.opensearch_cluster import OpenSearchCluster
from arenapulse.search.postgres_engine import PostgresEngine
from arenapulse.search.service.choosing import Chosen
from arenapulse.search.service.mirroring import Mirror
from tests.campaign.opensearch import OpenSearch, brought_in, running
from tests.contracts.test_search_engines import NOW, event

WRITES_A_SECOND = 50
SECONDS_BEFORE, SECONDS_AWAY = 3.0, 6.0
CATCH_UP_SECONDS_MAX = 60.0
DOCUMENTS = 400


class Shop:
    """Who writes, who tells the cluster, and who asks, all at once."""

    def __init__(self, database: Database, cluster: OpenSearchCluster) -> None:
        self.database = database
        self.mirror = Mirror(database, cluster)
        self.chosen = Chosen(ClusterEngine(cluster), second=PostgresEngine(Reads(database)))
        self.written: dict[UUID, str] = {}
        self.answers: list[bool] = []
        self.is_over = False

    async def write(self) -> None:
        ids = [UUID(int=number + 1) for number in range(DOCUMENTS)]
        for turn, each in enumerate(itertools.cycle(ids)):
            if self.is_over:
                return
            name = f"Harbour Night {turn}"
            async with self.database.transaction() as session:
                await queries.put(session, documents=[event(name, id=each)], is_told=True)
            self.written[each] = name
            await asyncio.sleep(1 / WRITES_A_SECOND)

    async def tell(self) -> None:
        while not self.is_over:
            try:
                await self.mirror.send_due()
            except EngineAway:
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.05)

    async def ask(self) -> None:
        asked = Asked(query="harbour", page=PageRequest(), now=NOW)
        while not self.is_over:
            found = await self.chosen.search(asked)
            self.answers.append(self.chosen.is_up)
            # From the first document on there is always something to find.
            assert found.hits
            await asyncio.sleep(0.05)


@pytest.fixture
def node() -> Generator[OpenSearch]:
    archive = brought_in()
    if archive is None:
        pytest.skip("OpenSearch is not here")
    with running(archive) as made:
        yield made


async def test_the_cluster_is_killed_in_the_middle_of_writes_and_comes_back(
    node: OpenSearch, fresh_database_url: str
) -> None:
    database = Database(fresh_database_url, pool_size=6)
    await database.open()
    cluster = OpenSearchCluster(node.url)
    shop = Shop(database, cluster)
    async with database.transaction() as session:
        first = event("Harbour Night", id=UUID(int=DOCUMENTS + 1))
        await queries.put(session, documents=[first], is_told=True)
    await shop.mirror.rebuild()
    async with asyncio.TaskGroup() as group:
        for work in (shop.write(), shop.tell(), shop.ask()):
            group.create_task(work)
        await asyncio.sleep(SECONDS_BEFORE)
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(SECONDS_AWAY)
        await asyncio.to_thread(node.start)
        back_at = time.monotonic()
        while not shop.chosen.is_up or not shop.answers[-1]:
            assert time.monotonic() < back_at + CATCH_UP_SECONDS_MAX
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        shop.is_over = True
    assert {True, False} == set(shop.answers), "it was away, and it was asked again"
    while await shop.mirror.send_due():
        continue
    await cluster.call("POST", f"/{ALIAS}/_refresh")
    # Every revision is there, and none too many.
    assert await shop.mirror.compare() == 0
    engine = ClusterEngine(cluster)
    for each, name in list(shop.written.items())[:: DOCUMENTS // 10]:
        number = name.rsplit(" ", 1)[1]
        asked = Asked(query=f"harbour {number}", page=PageRequest(), now=NOW)
        found = await engine.search(asked)
        assert (each, name) in [(hit.document.id, hit.document.name) for hit in found.hits]
    count = await cluster.call("GET", f"/{ALIAS}/_count")
    assert count["count"] == len(shop.written) + 1
    print(
        f"written {len(shop.written)} documents, {len(shop.answers)} answers, "
        f"{shop.answers.count(False)} of them by PostgreSQL"
    )
    await cluster.close()
    await database.close()
