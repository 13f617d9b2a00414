"""How a cluster is kept as the documents are: in memory, and by a real one where one is given.

`ARENAPULSE_TEST_SEARCH_URL` names it, as for `test_search_engines.py`; its index is made anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import asyncpg
import pytest

from arenapulse.runtime.db import Database
from arenapulse.search import queries
from arenapulse.search.cluster import Cluster, ClusterRefused
from arenapulse.search.cluster_index import ALIAS
from arenapulse.search.indexed import Document
from arenapulse.search.opensearch_cluster import OpenSearchCluster
from arenapulse.search.service.indexing import LEAST_ID
from arenapulse.search.service.mirroring import Mirror
from tests.clusters import Interrupted, TwinCluster
from tests.contracts.test_search_engines import GIVEN, event

ALL = {"gt": str(LEAST_ID), "lte": str(UUID(int=2**128 - 1))}


class Desk:
    def __init__(self, database: Database, cluster: Cluster) -> None:
        self.database, self.cluster = database, cluster
        self.mirror = Mirror(database, cluster)

    async def write(self, *documents: Document) -> None:
        async with self.database.transaction() as session:
            await queries.put(session, documents=documents, is_told=True)

    async def tell(self) -> None:
        """As the loop does, twice: what is found out in one round is done in the next."""
        for _ in "12":
            await self.mirror.send_due()

    async def behind(self) -> list[str]:
        return sorted(await self.cluster.call("GET", f"/{ALIAS}"))

    async def there(self) -> set[UUID]:
        await self.cluster.call("POST", f"/{ALIAS}/_refresh")
        asked = {"query": {"range": {"id": ALL}}, "size": 100}
        answer = await self.cluster.call("POST", f"/{ALIAS}/_search", body=asked)
        return {UUID(hit["_id"]) for hit in answer["hits"]["hits"]}


@pytest.fixture(
    params=["twin", pytest.param("cluster", marks=pytest.mark.skipif(not GIVEN, reason="no"))]
)
async def desk(request: pytest.FixtureRequest, fresh_database_url: str) -> AsyncIterator[Desk]:
    database = Database(fresh_database_url, pool_size=4)
    await database.open()
    is_real = request.param == "cluster"
    cluster = OpenSearchCluster(GIVEN.partition("+")[2]) if is_real else TwinCluster()
    with suppress(ClusterRefused):
        for index in await cluster.call("GET", f"/{ALIAS}"):
            await cluster.call("DELETE", f"/{index}")
    yield Desk(database, cluster)
    await cluster.close()
    await database.close()


async def test_what_is_written_while_it_is_compared_stays(desk: Desk) -> None:
    first, meanwhile = event("First"), event("Meanwhile")
    await desk.write(first)
    await desk.tell()

    async def happens() -> None:
        await desk.write(meanwhile)
        await desk.tell()

    looks = Mirror(desk.database, Interrupted(desk.cluster, "_refresh", happens))
    assert await looks.compare() == 0
    assert await desk.there() == {first.id, meanwhile.id}


async def test_what_became_newer_before_it_is_taken_away_stays(desk: Desk) -> None:
    gone = event("Gone")
    await desk.write(gone)
    await desk.tell()
    # Its row is away, as if its end had never been told; then it comes again.
    async with desk.database.transaction() as session:
        await queries.remove(session, ids=[gone.id], is_told=False)

    async def happens() -> None:
        await desk.write(gone)
        await desk.tell()

    looks = Mirror(desk.database, Interrupted(desk.cluster, "_bulk?require_alias=true", happens))
    await looks.compare()
    assert await desk.there() == {gone.id}


async def test_a_cluster_that_lost_its_index_is_filled_again(desk: Desk) -> None:
    old = event("Old")
    await desk.write(old)
    await desk.tell()
    for index in await desk.behind():
        await desk.cluster.call("DELETE", f"/{index}")
    assert await desk.mirror.compare() == 0
    new = event("New")
    await desk.write(new)
    await desk.tell()
    assert await desk.there() == {old.id, new.id}
    # Found by the writer alone, and where what is written is an end.
    for index in await desk.behind():
        await desk.cluster.call("DELETE", f"/{index}")
    async with desk.database.transaction() as session:
        await queries.remove(session, ids=[new.id], is_told=True)
    await desk.write(event("Newer", id=old.id))
    await desk.tell()
    assert await desk.there() == {old.id}
    assert len(await desk.behind()) == 1


async def test_an_index_that_bears_the_name_of_the_alias_makes_room(desk: Desk) -> None:
    await desk.cluster.call("PUT", f"/{ALIAS}")
    kept = event("Kept")
    await desk.write(kept)
    await desk.tell()
    assert await desk.there() == {kept.id}
    (index,) = await desk.behind()
    assert index.startswith(f"{ALIAS}-v")


async def test_a_document_that_is_refused_waits_and_stands_in_nobodys_way(
    desk: Desk, fresh_database_url: str
) -> None:
    await desk.tell()
    bad = [event(f"Bad {number}", lat=200.0) for number in range(3)]
    good = event("Good")
    await desk.write(*bad, good)
    await desk.tell()
    assert await desk.there() == {good.id}
    connection = await asyncpg.connect(fresh_database_url)
    rows = await connection.fetch(
        "SELECT tries, due_at > now() AS waits FROM search_documents WHERE due_at IS NOT NULL"
    )
    assert [tuple(row) for row in rows] == [(1, True)] * 3
    # Nor in that of a new index.
    await desk.mirror.rebuild()
    assert await desk.there() == {good.id}
    await desk.write(event("Better", id=bad[0].id))
    await desk.tell()
    assert await desk.there() == {good.id, bad[0].id}
    row = await connection.fetchrow(
        "SELECT tries, due_at FROM search_documents WHERE id = $1", bad[0].id
    )
    assert tuple(row or ()) == (0, None)
    await connection.close()


async def test_of_two_workers_that_begin_at_once_one_index_is_left(desk: Desk) -> None:
    kept = event("Kept")
    await desk.write(kept)
    other = Mirror(desk.database, desk.cluster)
    await asyncio.gather(*(each.send_due() for each in (desk.mirror, other)))
    for each in (desk.mirror, other):
        await each.send_due()
        assert await each.compare() == 0
    assert await desk.there() == {kept.id}
    assert list(await desk.cluster.call("GET", f"/{ALIAS}-v*")) == await desk.behind()


async def test_an_index_that_came_behind_the_alias_meanwhile_goes(desk: Desk) -> None:
    await desk.write(event("Kept"))
    quicker = Mirror(desk.database, desk.cluster)

    async def come_behind() -> None:
        await quicker.rebuild()

    slow = Interrupted(desk.cluster, before="/_aliases", meanwhile=come_behind)
    made = await Mirror(desk.database, slow).rebuild()
    assert await desk.behind() == [made]
    assert list(await desk.cluster.call("GET", f"/{ALIAS}-v*")) == [made]


async def test_what_was_left_half_made_goes_with_the_next_index(desk: Desk) -> None:
    await desk.cluster.call("PUT", f"/{ALIAS}-v1-1")
    await desk.cluster.call("PUT", f"/{ALIAS}-valuables")
    await desk.tell()
    found = set(await desk.cluster.call("GET", f"/{ALIAS}-v*"))
    assert found == {*await desk.behind(), f"{ALIAS}-valuables"}
    await desk.cluster.call("DELETE", f"/{ALIAS}-valuables")
