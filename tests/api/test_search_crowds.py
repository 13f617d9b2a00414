"""What is found around a place, and how many searches ask the database at once."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from msgspec.structs import replace

from arenapulse.core.errors import Unavailable
from arenapulse.core.paging import PageRequest
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search import cluster_engine, queries
from arenapulse.search.cluster_engine import ClusterEngine
from arenapulse.search.engine import Asked, EngineAway
from arenapulse.search.opensearch_cluster import OpenSearchCluster
from arenapulse.search.postgres_engine import SEARCHES_AT_ONCE_MAX, PostgresEngine
from arenapulse.search.service.choosing import Chosen
from tests import relevance


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    made = Database(fresh_database_url, pool_size=2)
    await made.open()
    yield made
    await made.close()


def _kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    lat, lng, lat2, lng2 = map(math.radians, (*one, *other))
    chord = math.sin((lat2 - lat) / 2) ** 2
    chord += math.cos(lat) * math.cos(lat2) * math.sin((lng2 - lng) / 2) ** 2
    return 2 * 6371 * math.asin(min(1.0, math.sqrt(chord)))


@pytest.mark.parametrize(
    ("near", "radius_km"),
    [
        ((50.1, 8.7), 300.0),
        ((-33.9, 18.4), 2_500.0),
        ((0.0, 0.0), 5.0),
        ((89.0, 0.0), 800.0),
        ((78.0, 15.0), 900.0),
        ((10.0, 179.5), 700.0),
        ((10.0, -179.5), 700.0),
        ((50.1, 8.7), 20_000.0),
    ],
)
async def test_a_circle_is_as_the_globe_has_it_for_one_word_for_two_and_for_any_of_them(
    database: Database, near: tuple[float, float], radius_km: float
) -> None:
    chance = random.Random(7)
    (show, *_) = relevance.shows()
    crowd = [
        replace(
            show,
            id=UUID(int=number + 1),
            name=f"Lagoon Regatta {number}",
            lat=chance.choice((chance.uniform(-90, 90), near[0] + chance.uniform(-1, 1))),
            lng=chance.choice((chance.uniform(-180, 180), near[1])),
        )
        for number in range(150)
    ]
    async with database.transaction() as session:
        await queries.put(session, documents=crowd, is_told=False)
    within = {e.id for e in crowd if _kilometres(near, (e.lat, e.lng)) <= radius_km}
    assert within
    engine = PostgresEngine(Reads(database))
    for query in ("lagoon", "lagoon regatta", "lagoon zzyzx"):
        asked = Asked(
            query=query,
            near=near,
            radius_km=radius_km,
            page=PageRequest(limit=100),
            now=relevance.NOW,
        )
        found = await engine.search(asked)
        assert found.total == len(within), query
        assert {hit.document.id for hit in found.hits} <= within


async def test_where_any_word_is_enough_names_that_say_it_are_what_is_found(
    database: Database,
) -> None:
    (show, *_) = relevance.shows()
    told = {
        "Harbour Derby": ("Munich", ""),
        "Evening Show": ("Vienna", "Beside the derby of the harbour."),
        "Derby Dinner": ("Vienna", ""),
    }
    shows = [
        replace(show, id=UUID(int=number + 1), name=name, city=city, description=description)
        for number, (name, (city, description)) in enumerate(told.items())
    ]
    async with database.transaction() as session:
        await queries.put(session, documents=shows, is_told=False)
    engine = PostgresEngine(Reads(database))

    async def names(query: str, cities: tuple[str, ...] = ()) -> list[str]:
        asked = Asked(query=query, page=PageRequest(), now=relevance.NOW, cities=cities)
        return sorted(hit.document.name for hit in (await engine.search(asked)).hits)

    assert await names("derby harbour") == ["Evening Show", "Harbour Derby"]
    assert await names("derby quovadis") == ["Derby Dinner", "Harbour Derby"]
    assert await names("dreby quovadis", cities=("Vienna",)) == ["Derby Dinner"]
    assert await names("beside quovadis") == ["Evening Show"]
    # A word that is the sign of a name.
    assert await names("na quovadis") == []


async def test_so_many_searches_ask_at_once_and_suggestions_beside_them(
    database: Database, fresh_database_url: str
) -> None:
    """Who asks most would else take the database from everybody, themselves among them."""
    async with database.transaction() as session:
        await queries.put(session, documents=relevance.shows()[:5], is_told=False)
    many = Database(fresh_database_url, pool_size=SEARCHES_AT_ONCE_MAX + 3)
    await many.open()
    engine = PostgresEngine(Reads(many), turn_seconds_max=0.3)
    asked = Asked(query="lagoon", page=PageRequest(), now=relevance.NOW)
    async with database.transaction() as session:
        connection = await session.driver()
        # Where a word is looked up, so that every search stands still there.
        await connection.execute("LOCK TABLE search_words IN ACCESS EXCLUSIVE MODE")
        searches = [asyncio.create_task(engine.search(asked)) for _ in range(12)]
        async with asyncio.timeout(10):
            waiting = 0
            while waiting < SEARCHES_AT_ONCE_MAX:
                await asyncio.sleep(0.01)
                waiting = await connection.fetchval(_WAITING)
        name = relevance.shows()[0].name
        suggested = await engine.suggest(name, now=relevance.NOW)
        assert [each.name for each in suggested] == [name]
        # Whose turn does not come is not kept for ever.
        told = await asyncio.gather(*searches[SEARCHES_AT_ONCE_MAX:], return_exceptions=True)
        assert {type(each) for each in told} == {Unavailable}
        assert await connection.fetchval(_WAITING) == SEARCHES_AT_ONCE_MAX
    found = await asyncio.gather(*searches[:SEARCHES_AT_ONCE_MAX])
    assert len({each.total for each in found}) == 1
    await many.close()


class Node:
    """Takes calls and hangs up: at once, or when it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.heard = asyncio.Semaphore(0)
        self.may_hang_up = asyncio.Event()
        self.may_hang_up.set()

    async def take(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self.heard.release()
        await self.may_hang_up.wait()
        writer.close()


async def test_one_finds_out_whether_a_cluster_is_back_and_nobody_else_waits_for_it(
    database: Database,
) -> None:
    async with database.transaction() as session:
        await queries.put(session, documents=relevance.shows()[:5], is_told=False)
    node = Node()
    server = await asyncio.start_server(node.take, "127.0.0.1", 0)
    cluster = OpenSearchCluster(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    second = PostgresEngine(Reads(database))
    chosen = Chosen(ClusterEngine(cluster), second=second, rest_seconds=0)
    asked = Asked(query=relevance.shows()[0].name, page=PageRequest(), now=relevance.NOW)
    assert (await chosen.search(asked)).hits
    node.calls = 0
    node.may_hang_up.clear()
    searches = [asyncio.create_task(chosen.search(asked)) for _ in range(6)]
    for count, each in enumerate(asyncio.as_completed(searches), start=1):
        await each
        if count == len(searches) - 1:
            break
    assert node.calls == 1
    node.may_hang_up.set()
    assert all([(await each).hits for each in searches])
    server.close()
    await cluster.close()


async def test_searches_of_a_cluster_take_turns_and_who_waits_hears_that_it_is_away() -> None:
    node = Node()
    node.may_hang_up.clear()
    server = await asyncio.start_server(node.take, "127.0.0.1", 0)
    cluster = OpenSearchCluster(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    engine = ClusterEngine(cluster)
    asked = Asked(query="lagoon", page=PageRequest(), now=relevance.NOW)
    searches = [asyncio.create_task(engine.search(asked)) for _ in range(12)]
    for _ in range(cluster_engine.SEARCHES_AT_ONCE_MAX):
        await node.heard.acquire()
    node.may_hang_up.set()
    told = await asyncio.gather(*searches, return_exceptions=True)
    assert {type(each) for each in told} == {EngineAway}
    assert node.calls == cluster_engine.SEARCHES_AT_ONCE_MAX
    server.close()
    await cluster.close()


_WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'search_words'::REGCLASS AND NOT granted"
