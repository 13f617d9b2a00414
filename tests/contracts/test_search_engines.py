"""What every engine of search must find: PostgreSQL, and a cluster where one is given.

`ARENAPULSE_TEST_SEARCH_URL` names a cluster of your own (`opensearch+http://127.0.0.1:9200`); its
index is made anew. Elasticsearch, which does not run here: `test_elasticsearch_wire.py`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from arenapulse.core.paging import PageRequest
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search import queries
from arenapulse.search.cluster import CALL_SECONDS_MAX, Cluster
from arenapulse.search.cluster_engine import ClusterEngine
from arenapulse.search.cluster_index import ALIAS
from arenapulse.search.engine import Asked, Engine, EngineAway, Found
from arenapulse.search.indexed import Document
from arenapulse.search.opensearch_cluster import OpenSearchCluster
from arenapulse.search.postgres_engine import PostgresEngine
from arenapulse.search.queries import mirrored
from arenapulse.search.service.choosing import Chosen
from arenapulse.search.service.mirroring import Mirror
from arenapulse.search.terms import Kind, Sort
from tests import relevance

NOW = dt.datetime(2035, 1, 1, tzinfo=dt.UTC)
GIVEN = os.environ.get("ARENAPULSE_TEST_SEARCH_URL", "")
PLACE = UUID(int=7)


@dataclass
class Library:
    database: Database
    engine: Engine
    mirror: Mirror | None

    async def put(self, *documents: Document) -> None:
        async with self.database.transaction() as session:
            await queries.put(session, documents=documents, is_told=self.mirror is not None)
        await self.catch_up()

    async def remove(self, *documents: Document) -> None:
        async with self.database.transaction() as session:
            ids = [each.id for each in documents]
            await queries.remove(session, ids=ids, is_told=self.mirror is not None)
        await self.catch_up()

    async def catch_up(self) -> None:
        if self.mirror is not None:
            await self.mirror.send_due()
            await self.mirror.cluster.call("POST", f"/{ALIAS}/_refresh")

    async def find(self, query: str = "", **changes: Any) -> Found:
        page = changes.pop("page", PageRequest())
        return await self.engine.search(Asked(query=query, page=page, now=NOW, **changes))

    async def names(self, query: str = "", **changes: Any) -> list[str]:
        return [hit.document.name for hit in (await self.find(query, **changes)).hits]


_GIVEN_ONE = pytest.param(
    "cluster",
    marks=pytest.mark.skipif(
        not GIVEN, reason="ARENAPULSE_TEST_SEARCH_URL names no cluster; `make campaign` starts one"
    ),
)
by_postgresql = pytest.mark.parametrize("library", ["postgresql"], indirect=True)
by_the_cluster = pytest.mark.parametrize("library", [_GIVEN_ONE], indirect=True)


@pytest.fixture(params=["postgresql", _GIVEN_ONE])
async def library(
    request: pytest.FixtureRequest, fresh_database_url: str
) -> AsyncIterator[Library]:
    database = Database(fresh_database_url, pool_size=2)
    await database.open()
    cluster: Cluster | None = None
    if request.param == "cluster":
        cluster = OpenSearchCluster(GIVEN.partition("+")[2])
        mirror = Mirror(database, cluster)
        await mirror.rebuild()
        yield Library(database, ClusterEngine(cluster), mirror)
        await cluster.close()
    else:
        yield Library(database, PostgresEngine(Reads(database)), None)
    await database.close()


def event(name: str, **changes: Any) -> Document:
    values: dict[str, Any] = {
        "id": uuid4(),
        "kind": Kind.EVENT,
        "organization_id": UUID(int=1),
        "version": 1,
        "name": name,
        "description": "",
        "venue_id": PLACE,
        "venue_name": "Lantern Park",
        "city": "Havenbrook",
        "country": "DE",
        "amenities": ("parking",),
        "lat": 52.5,
        "lng": 13.4,
        "status": "ON_SALE",
        "start_time": dt.datetime(2035, 3, 1, 18, tzinfo=dt.UTC),
        "end_time": dt.datetime(2035, 3, 1, 21, tzinfo=dt.UTC),
        "month": "2035-03",
        "price_from": 2000,
        "currency": "EUR",
    }
    return Document(**values | changes)


async def test_words_as_people_type_them(library: Library) -> None:
    await library.put(
        event("Harbour Derby"),
        event("Münchner Abend", description="Anpfiff um acht"),
        event("Philharmonic Night"),
        event("Grandes Conciertos"),
        event("FC Rovers"),
    )
    for query, name in {
        "hrabour derby": "Harbour Derby",
        "dreby": "Harbour Derby",
        "philarmonik": "Philharmonic Night",
        "philh": "Philharmonic Night",
        "muenchner": "Münchner Abend",
        "munchner abend": "Münchner Abend",
        "kick off": "Münchner Abend",
        "concierto": "Grandes Conciertos",
        "concert": "Grandes Conciertos",
        "rovers fc": "FC Rovers",
        "derby quovadis": "Harbour Derby",
    }.items():
        assert (await library.names(query))[:1] == [name], query
    assert await library.names("zzyzx") == []
    assert (await library.find("harbuor")).meant == "harbour"
    assert (await library.find("harbour")).meant is None
    for query in ("'", "& | !", '{"match_all": {}}', "a" * 200, "*", "\\", "AND OR NOT", "🎉"):
        await library.find(query)
        await library.engine.suggest(query, now=NOW)


async def test_the_better_said_comes_first_and_what_is_over_counts_half(library: Library) -> None:
    await library.put(
        event("Evening Show", description="Beside the regatta."),
        event("The Old Regatta Evening"),
        event("Regatta"),
        event("Regatta", status="CANCELLED", version=2),
    )
    found = await library.find("regatta")
    names = [(hit.document.name, hit.document.status) for hit in found.hits]
    assert names[0] == ("Regatta", "ON_SALE")
    assert names[-1] == ("Evening Show", "ON_SALE")
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(2 * scores[names.index(("Regatta", "CANCELLED"))], rel=0.02)


async def test_filters_orders_and_facets(library: Library) -> None:
    far = {"lat": 48.137, "lng": 11.575, "city": "Munich", "amenities": ("parking", "food")}
    late = {
        "start_time": dt.datetime(2035, 4, 1, 18, tzinfo=dt.UTC),
        "end_time": dt.datetime(2035, 4, 1, 21, tzinfo=dt.UTC),
        "month": "2035-04",
    }
    await library.put(
        event("One"),
        event("Two", price_from=1000, **late),
        event("Three", price_from=3000, currency="CHF", status="SOLD_OUT", **far),
        event("Ground", kind=Kind.VENUE, status=None, start_time=None, end_time=None, month=None,
              price_from=None, currency=None, **far),
    )  # fmt: skip
    berlin = (52.52, 13.405)
    assert await library.names(sort=Sort.PRICE) == ["Two", "One", "Three", "Ground"]
    assert sorted((await library.names(sort=Sort.DATE))[:2]) == ["One", "Three"]
    away = await library.names(near=berlin, sort=Sort.DISTANCE, cities=("Munich",))
    assert away == ["Three", "Ground"]
    (hit,) = (await library.find(near=berlin, radius_km=5.0, months=("2035-03",))).hits
    assert hit.document.name == "One"
    assert hit.distance_km == pytest.approx(2.25, abs=0.01)
    assert await library.names(price_min=1001, price_max=2000) == ["One"]
    assert await library.names(price_min=1001, price_max=3000, currency="EUR") == ["One"]
    assert await library.names("three", currency="CHF") == ["Three"]
    assert not await library.names("three", currency="EUR")
    assert await library.names(statuses=("SOLD_OUT",)) == ["Three"]
    assert await library.names(amenities=("food", "parking"), kind=Kind.VENUE) == ["Ground"]
    assert await library.names(since=dt.datetime(2035, 3, 1, 21, tzinfo=dt.UTC)) == ["Two"]
    until = dt.datetime(2035, 3, 1, 18, tzinfo=dt.UTC)
    assert sorted(await library.names(until=until)) == ["One", "Three"]
    found = await library.find(page=PageRequest(page=2, limit=3))
    assert (found.total, len(found.hits)) == (4, 1)
    assert found.facets == {
        "type": [("event", 3), ("venue", 1)],
        "status": [("ON_SALE", 2), ("SOLD_OUT", 1)],
        "city": [("Havenbrook", 2), ("Munich", 2)],
        "amenity": [("parking", 4), ("food", 2)],
        "month": [("2035-03", 2), ("2035-04", 1)],
    }


@pytest.mark.parametrize("query", ["", "night"])
async def test_a_facet_is_counted_without_its_own_choice(library: Library, query: str) -> None:
    sold = {"status": "SOLD_OUT", "month": "2035-05"}
    await library.put(
        event("Night One", amenities=("parking", "food")),
        event("Night Two", **sold),
        event("Night Three", city="Munich"),
        event("Night Four", city="Munich", **sold),
        event("Night Five", city="Vienna", **sold),
        event("Night Hall", kind=Kind.VENUE, status=None, start_time=None, end_time=None,
              month=None, price_from=None, currency=None, city="Munich"),
    )  # fmt: skip
    cities = [("Havenbrook", 2), ("Munich", 2), ("Vienna", 1)]
    found = await library.find(query, kind=Kind.EVENT, cities=("Munich",))
    assert (found.total, len(found.hits)) == (2, 2)
    assert found.facets == {
        "type": [("event", 2), ("venue", 1)],
        "status": [("ON_SALE", 1), ("SOLD_OUT", 1)],
        "city": cities,
        "amenity": [("parking", 2)],
        "month": [("2035-03", 1), ("2035-05", 1)],
    }
    both = await library.find(query, kind=Kind.EVENT, cities=("Munich", "Vienna"))
    assert (both.total, both.facets["city"]) == (3, cities)
    narrow = await library.find(
        query, kind=Kind.EVENT, cities=("Munich",), statuses=("SOLD_OUT",), months=("2035-05",)
    )
    assert [hit.document.name for hit in narrow.hits] == ["Night Four"]
    assert narrow.facets == {
        "type": [("event", 1)],
        "status": [("SOLD_OUT", 1)],
        "city": [("Havenbrook", 1), ("Munich", 1), ("Vienna", 1)],
        "amenity": [("parking", 1)],
        "month": [("2035-05", 1)],
    }
    # Of these each one more narrows.
    fed = await library.find(query, amenities=("food",))
    assert fed.facets["amenity"] == [("food", 1), ("parking", 1)]
    page = await library.find(query, cities=("Munich",), page=PageRequest(page=3, limit=2))
    counted = [("Munich", 3), ("Havenbrook", 2), ("Vienna", 1)]
    assert (page.total, page.hits, page.facets["city"]) == (3, [], counted)


async def test_what_is_written_again_or_gone_is_found_so(library: Library) -> None:
    first = event("Opening Night")
    await library.put(first)
    await library.put(event("Closing Night", id=first.id))
    assert await library.names("night") == ["Closing Night"]
    assert [each.name for each in await library.engine.suggest("clos", now=NOW)] == [
        "Closing Night"
    ]
    await library.remove(first)
    assert await library.names("night") == []


async def suggested(library: Library, query: str) -> list[str]:
    return [each.name for each in await library.engine.suggest(query, now=NOW)]


async def test_what_most_people_go_to_is_suggested_first(library: Library) -> None:
    over = {"start_time": NOW - dt.timedelta(days=2), "end_time": NOW - dt.timedelta(days=1)}
    await library.put(
        event("Harbour Night", popularity=2),
        event("Harbour Derby", popularity=9),
        event("Harbour Yesterday", popularity=14, **over),
        event("Harbour Called Off", popularity=14, status="CANCELLED"),
        event("Old Harbour", popularity=12),
        event("Evening Show", popularity=4),
    )
    assert await suggested(library, "harb") == ["Harbour Derby", "Harbour Night", "Old Harbour"]
    assert await suggested(library, "harbor") == await suggested(library, "harbour")
    assert await suggested(library, "harbour n") == ["Harbour Night"]
    # Nothing is typed: what everybody goes to.
    assert (await suggested(library, ""))[:3] == ["Old Harbour", "Harbour Derby", "Evening Show"]
    # What takes place where somebody means, where no name says it.
    assert len(await suggested(library, "lantern")) == 4


async def test_of_a_crowd_of_names_that_begin_alike_the_liked_are_suggested(
    library: Library,
) -> None:
    crowd = [event(f"Bardel {n}", popularity=n % 7, id=UUID(int=n + 1)) for n in range(1_050)]
    dates = [event("Bardel Nights", popularity=9) for _ in range(30)]
    far = dt.datetime(2036, 1, 1, tzinfo=dt.UTC)
    plain = event("Bardel", start_time=far, end_time=far + dt.timedelta(hours=3))
    park = event("Bardel Park", kind=Kind.VENUE, status=None, start_time=None, end_time=None,
                 month=None, price_from=None, currency=None)  # fmt: skip
    await library.put(*crowd, *dates, plain, park)
    found = await suggested(library, "bar")
    # Its thirty dates are one name.
    assert found[0] == "Bardel Nights"
    assert len(set(found)) == 8
    assert {int(name.split()[1]) % 7 for name in found[1:]} == {6}
    assert await suggested(library, "bardel pa") == ["Bardel Park"]
    # Not all are ranked, but what is named so, and each page is there.
    whole = await library.find("bardel")
    assert (whole.total, whole.hits[0].document.name) == (1_082, "Bardel")
    last = await library.find("bardel", page=PageRequest(page=55))
    assert len(last.hits) == 2


@by_the_cluster
async def test_what_a_cluster_lost_or_has_too_much_is_mended(library: Library) -> None:
    assert library.mirror is not None
    kept, lost = event("Kept"), event("Lost")
    await library.put(kept, lost)
    cluster = library.mirror.cluster
    await cluster.call("DELETE", f"/{ALIAS}/_doc/{lost.id}?refresh=true")
    stranger = uuid4()
    await cluster.call("PUT", f"/{ALIAS}/_doc/{stranger}?refresh=true", body={"id": str(stranger)})
    assert await library.mirror.compare() == 2
    await library.catch_up()
    assert sorted(await library.names()) == ["Kept", "Lost"]
    assert await library.mirror.compare() == 0
    # An older revision that comes late changes nothing.
    async with library.database.transaction() as session:
        (old,) = [d for d in await mirrored.page(session, after=UUID(int=0), limit=9)
                  if d.document.id == kept.id]  # fmt: skip
    await library.put(event("Newer", id=kept.id))
    await library.mirror._send([old], index=ALIAS)
    await library.catch_up()
    assert sorted(await library.names()) == ["Lost", "Newer"]
    # A new index takes the place of the old one, and nothing is missing.
    await library.mirror.rebuild()
    assert sorted(await library.names()) == ["Lost", "Newer"]


async def test_what_fits_best_stands_first(library: Library) -> None:
    await library.put(*relevance.shows())
    judged = relevance.judged()
    scores = {
        query: await relevance.score(library.engine, query=query, grades=grades)
        for query, grades in judged.items()
    }
    assert len(scores) == 200
    mean = sum(scores.values()) / len(scores)
    print(f"nDCG@10 of {library.engine.name}: {mean:.3f}")
    assert mean >= 0.9, sorted(scores.items(), key=lambda each: each[1])[:40]


@by_postgresql
async def test_postgresql_answers_while_the_cluster_is_away(library: Library) -> None:
    await library.put(event("Harbour Derby"))
    nobody = OpenSearchCluster("http://127.0.0.1:9")
    chosen = Chosen(ClusterEngine(nobody), second=library.engine)
    asked = Asked(query="derby", page=PageRequest(), now=NOW)
    assert chosen.is_up
    assert [hit.document.name for hit in (await chosen.search(asked)).hits] == ["Harbour Derby"]
    assert not chosen.is_up
    assert [each.name for each in await chosen.suggest("derb", now=NOW)] == ["Harbour Derby"]
    with pytest.raises(EngineAway):
        await Mirror(library.database, nobody).send_due()
    await nobody.close()


@by_postgresql
async def test_a_quiet_process_finds_out_that_the_cluster_is_away(library: Library) -> None:
    nobody = OpenSearchCluster("http://127.0.0.1:9")
    chosen = Chosen(ClusterEngine(nobody), second=library.engine)
    assert chosen.is_up
    assert [await chosen.look(), chosen.is_up] == [False, False]
    await nobody.close()


@by_postgresql
async def test_a_cluster_that_is_silent_keeps_no_probe_waiting(library: Library) -> None:
    silent = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mute = OpenSearchCluster(f"http://127.0.0.1:{port}")
    chosen = Chosen(ClusterEngine(mute), second=library.engine)
    async with asyncio.timeout(CALL_SECONDS_MAX):
        assert not await chosen.look()
    silent.set()
    server.close()
    await mute.close()


@by_the_cluster
async def test_a_cluster_that_is_there_is_told_to_be(library: Library) -> None:
    assert library.mirror is not None
    cluster = library.mirror.cluster
    chosen = Chosen(ClusterEngine(cluster), second=PostgresEngine(Reads(library.database)))
    assert await chosen.look()
