"""Search among many events: how fast, how well, and how soon a change is found.

    python -m bench.search [--events 100000] [--venues 5000] [--seconds 10] [--opensearch]

Server processes, one a core, and a worker on PostgreSQL; with `--opensearch` a cluster of one node
that the campaign's archive starts, and how many answers were its own (PostgreSQL's while it is
slow to start). 16 connections ask without a pause: words as people type them,
one in five with a typo, some with filters, each question another one; then the same as a city asks,
where few names are on everybody's lips; then beginnings of names. Then events are renamed 50 times
a second over the API, and each tenth is looked for until it is found by its new name. Beside each
figure stands what one answer costs: of the servers, of PostgreSQL or the cluster, and of asking.
nDCG@10 is that of the 200 judged queries on PostgreSQL, in a database of their own; the campaign
prints that of the cluster. Exit 1 only where a search fails or a change is never found.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Generator
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import uvloop

from arenapulse.migrations import run as migrations
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search import queries
from arenapulse.search.opensearch_cluster import OpenSearchCluster
from arenapulse.search.postgres_engine import PostgresEngine
from arenapulse.search.service.indexing import Index
from arenapulse.search.service.mending import Mender
from arenapulse.search.service.mirroring import Mirror
from bench.load import NextRequest
from bench.orders import all_ports, row
from bench.stack import Stack, running_stack
from tests import relevance
from tests.campaign import opensearch
from tests.worlds import World, make_fans, make_world

CONNECTIONS = 16
CHANGES_A_SECOND = 50
LOOKED_FOR_EVERY = 10
FOUND_SECONDS_MAX = 30.0
CITIES = 400
QUESTIONS = 20_000
# Servers run for days: until then Java compiles what it is asked most.
WARM_CLUSTER_SECONDS = 60.0
# As much as a node has by itself; the campaign's few documents do with less.
CLUSTER_HEAP = "1g"
SYLLABLES = ("bar", "del", "fen", "gor", "hul", "kim", "lor", "mav", "nes", "pil", "rud", "tos")
KINDS = ("v", "Festival", "Orchestra", "Derby", "Tour", "Night", "Cup", "Comedy", "Ballet", "Open")

_VENUES = """
INSERT INTO venues (id, organization_id, name, location, capacity, sections, amenities, chart_id)
SELECT n.id, v.organization_id, n.name, v.location || jsonb_build_object(
    'city', n.city, 'lat', n.lat, 'lng', n.lng), v.capacity, v.sections,
    ARRAY['parking', 'food'], n.chart_id
  FROM venues v, unnest($2::UUID[], $3::UUID[], $4::TEXT[], $5::TEXT[], $6::FLOAT[], $7::FLOAT[])
    AS n (id, chart_id, name, city, lat, lng) WHERE v.id = $1
"""
_CHARTS = """
INSERT INTO venue_charts (id, venue_id, sections)
SELECT n.chart_id, n.id, v.sections
  FROM venues v, unnest($2::UUID[], $3::UUID[]) AS n (id, chart_id) WHERE v.id = $1
"""
_EVENTS = """
INSERT INTO events (id, venue_id, organization_id, chart_id, name, description, start_time,
    end_time, status, capacity_config, pricing_tiers, currency, tax_rate)
SELECT gen_random_uuid(), v.id, e.organization_id, v.chart_id, n.name, n.description,
    e.start_time + n.day * interval '1 day', e.end_time + n.day * interval '1 day', e.status,
    e.capacity_config, e.pricing_tiers, e.currency, e.tax_rate
  FROM events e, unnest($2::UUID[], $3::TEXT[], $4::TEXT[], $5::INT[])
    AS n (venue_id, name, description, day) JOIN venues v ON v.id = n.venue_id WHERE e.id = $1
"""


class Words:
    """Names made of some thousand words, the same in every run."""

    def __init__(self) -> None:
        self._chance = random.Random(19)
        self._words = ["".join(three) for three in itertools.product(SYLLABLES, repeat=3)]

    def some(self, count: int) -> str:
        return " ".join(self._chance.choices(self._words, k=count)).title()

    def name(self) -> str:
        return f"{self.some(2)} {self._chance.choice(KINDS)} {self.some(1)}"

    def typed(self, name: str) -> str:
        """Two words of it; every fifth time two letters have changed places."""
        first, *others = name.split()
        if self._chance.random() < 0.2:
            at = self._chance.randrange(1, len(first) - 2)
            first = first[:at] + first[at + 1] + first[at] + first[at + 2 :]
        return f"{first} {others[0]}"

    def beginning(self, name: str) -> str:
        return name[: self._chance.randrange(2, 9)]


async def fill(stack: Stack, words: Words, options: argparse.Namespace) -> tuple[World, list[str]]:
    """Venues and events as SQL can make them, and the index as the mender does; the names."""
    chance = random.Random(20)
    cities = [words.some(1) for _ in range(CITIES)]
    names = [words.name() for _ in range(options.events)]
    db = await asyncpg.connect(stack.settings.database_url)
    try:
        world = await make_world(db, stack.settings)
        ids = [UUID(int=chance.getrandbits(128)) for _ in range(options.venues)]
        charts = [UUID(int=chance.getrandbits(128)) for _ in range(options.venues)]
        async with db.transaction():
            await db.execute(
                _VENUES,
                *(world.venue_id, ids, charts),
                [f"{words.some(1)} Park" for _ in ids],
                [chance.choice(cities) for _ in ids],
                [chance.uniform(36, 60) for _ in ids],
                [chance.uniform(-9, 25) for _ in ids],
            )
            await db.execute(_CHARTS, world.venue_id, ids, charts)
            await db.execute(
                _EVENTS,
                *(world.event_id, [chance.choice(ids) for _ in names], names),
                [words.some(20) for _ in names],
                [chance.randrange(300) for _ in names],
            )
    finally:
        await db.close()
    started = time.perf_counter()
    await _index(stack.settings.database_url, cluster_url=options.cluster_url)
    print(f"indexed in {time.perf_counter() - started:,.0f} s", file=sys.stderr)
    return world, names


async def _index(database_url: str, *, cluster_url: str | None) -> None:
    database = Database(database_url, pool_size=2)
    await database.open()
    try:
        mender = Mender(database, Index(database))
        while await mender.walk():
            pass
        if cluster_url is not None:
            cluster = OpenSearchCluster(cluster_url)
            await Mirror(database, cluster).rebuild()
            await cluster.close()
    finally:
        await database.close()
    db = await asyncpg.connect(database_url)
    await db.execute("VACUUM ANALYZE search_documents")
    await db.close()


def searches(words: Words, names: list[str]) -> NextRequest:
    filters = ("", "", "&type=event&sort=date", "&priceMax=9000", "&near=50.1,8.7&radiusKm=300")
    asked = [
        _get(f"/api/v1/search?q={quote(words.typed(name))}{tail}")
        for name, tail in zip(names[:QUESTIONS], itertools.cycle(filters), strict=False)
    ]
    return itertools.cycle(asked).__next__


def of_a_city(words: Words, names: list[str]) -> NextRequest:
    """The n-th name is asked for an n-th as often as the first."""
    asked = [_get(f"/api/v1/search?q={quote(words.typed(name))}") for name in names[:QUESTIONS]]
    weights = list(itertools.accumulate(1 / place for place in range(1, len(asked) + 1)))
    chance = random.Random(21)
    return lambda: chance.choices(asked, cum_weights=weights)[0]


def suggestions(words: Words, names: list[str]) -> NextRequest:
    asked = [
        _get(f"/api/v1/search/suggest?q={quote(words.beginning(n))}") for n in names[:QUESTIONS]
    ]
    return itertools.cycle(asked).__next__


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: arena\r\n\r\n".encode()


async def changes(stack: Stack, world: World, seconds: float) -> list[float]:
    """How long each that was looked for took to be found, in seconds."""
    db = await asyncpg.connect(stack.settings.database_url)
    (owner,) = await make_fans(db, world, 1, role="OWNER")
    rows = await db.fetch(
        "SELECT id FROM events WHERE organization_id = $1 AND id <> $2 LIMIT $3",
        *(world.organization_id, world.event_id, int(seconds * CHANGES_A_SECOND)),
    )
    await db.close()
    base = f"http://127.0.0.1:{stack.ports[0]}/api/v1"
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:

        async def change(number: int, event_id: UUID, at: float) -> float | None:
            await asyncio.sleep(at)
            word = f"changed{'abcdefghij'[number % 10]}{number}"
            body, headers = {"name": f"Renamed {word}"}, owner.headers | {"If-Match": '"1"'}
            while True:
                answer = await client.patch(f"/events/{event_id}", json=body, headers=headers)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    break
                # Told to come again.
                await asyncio.sleep(1)
            answer.raise_for_status()
            if number % LOOKED_FOR_EVERY:
                return None
            started = time.perf_counter()
            while time.perf_counter() - started < FOUND_SECONDS_MAX:
                found = (await client.get("/search", params={"q": word})).json()["data"]
                if any(hit["id"] == str(event_id) for hit in found):
                    return time.perf_counter() - started
                await asyncio.sleep(0.05)
            return float("inf")

        taken = await asyncio.gather(
            *(change(n, each["id"], n / CHANGES_A_SECOND) for n, each in enumerate(rows))
        )
    return sorted(each for each in taken if each is not None)


async def judge(stack: Stack) -> float:
    """Mean nDCG@10 of the judged queries, in a database of their own.

    A worker would take them out of its index, for there are no such events.
    """
    url = stack.settings.database_url
    admin = await asyncpg.connect(url)
    await admin.execute("CREATE DATABASE judged")
    await admin.close()
    url = urlunsplit(urlsplit(url)._replace(path="/judged"))
    await migrations.migrate(url)
    database = Database(url, pool_size=2)
    await database.open()
    try:
        shows = relevance.shows()
        async with database.transaction() as session:
            await queries.put(session, documents=shows, is_told=False)
        engine = PostgresEngine(Reads(database))
        judged = relevance.judged()
        scores = [
            await relevance.score(engine, query=query, grades=grades)
            for query, grades in judged.items()
        ]
        return sum(scores) / len(scores)
    finally:
        await database.close()


async def answered_by(stack: Stack) -> Counter[str]:
    """How many searches each engine has answered, of all servers."""
    found: Counter[str] = Counter()
    async with httpx.AsyncClient() as client:
        for port in stack.ports:
            told = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            for engine, count in re.findall(
                r'^arenapulse_searches_total\{(?:process="\d+",)?engine="(\w+)"\} (\S+)$',
                told,
                re.MULTILINE,
            ):
                found[engine] += int(float(count))
    return found


def milliseconds(before: dict[str, float], after: dict[str, float], *, count: int) -> str:
    """Of processor time for one answer, by who spent it."""
    spent: dict[str, float] = {}
    for name, seconds in after.items():
        who = "servers" if name.startswith("server") else name
        spent[who] = spent.get(who, 0) + (seconds - before.get(name, 0)) * 1000 / count
    return ", ".join(f"{who} {each:.2f}" for who, each in sorted(spent.items()) if each >= 0.01)


async def measure(stack: Stack, options: argparse.Namespace) -> list[str]:
    print(f"nDCG@10 {await judge(stack):.3f}", file=sys.stderr)
    words = Words()
    world, names = await fill(stack, words, options)
    faults: list[str] = []
    asked = {
        "search, each another": searches(words, names),
        "search, as a city asks": of_a_city(words, names),
        "suggest": suggestions(words, names),
    }
    for name, make in asked.items():
        # A cluster that was just started is slow, and PostgreSQL answers in its place.
        warm = WARM_CLUSTER_SECONDS if options.cluster_url else 2
        print(f"{name}: asked for {warm:.0f} s before it counts", file=sys.stderr)
        await all_ports(stack, make, connections=CONNECTIONS, seconds=warm)
        by_engine = await answered_by(stack)
        before = stack.cpu_seconds()
        results = [
            await all_ports(stack, make, connections=CONNECTIONS, seconds=options.seconds)
            for _ in range(3)
        ]
        count = sum(sum(r.statuses.values()) for r in results)
        spent = milliseconds(before, stack.cpu_seconds(), count=count)
        print(f"{row(name, results, status=200)} {spent} |", flush=True)
        if options.cluster_url:
            now = await answered_by(stack)
            print({each: now[each] - by_engine[each] for each in now}, file=sys.stderr)
        wrong = count - sum(r.statuses[200] for r in results)
        faults += [f"{wrong} answers of {name} were not 200"] if wrong else []
    found = await changes(stack, world, options.seconds)
    middle, last = found[len(found) // 2], found[-1]
    p95 = found[int(0.95 * len(found))]
    print(
        f"| a change is found, of {len(found)}; the last instead of p99 | | {middle * 1000:,.0f} "
        f"| {p95 * 1000:,.0f} | {last * 1000:,.0f} | |"
    )
    return faults + (["a change was never found"] if last == float("inf") else [])


@contextlib.contextmanager
def cluster(options: argparse.Namespace) -> Generator[None]:
    """A node of OpenSearch where it is asked for; the environment tells servers and worker."""
    options.cluster_url = None
    if not options.opensearch:
        yield
        return
    archive = opensearch.brought_in()
    assert archive is not None, "OpenSearch is not here: see tests/campaign/opensearch.py"
    with opensearch.running(archive, heap=CLUSTER_HEAP) as node:
        options.cluster_url = node.url
        os.environ["ARENAPULSE_SEARCH_URL"] = f"opensearch+{node.url}"
        yield


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--venues", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--opensearch", action="store_true")
    options = parser.parse_args()
    with cluster(options), running_stack(servers=options.servers) as stack:
        print("| asked | a second | p50 ms | p95 ms | p99 ms | CPU ms an answer |")
        print("| --- | --- | --- | --- | --- | --- |")
        faults = uvloop.run(measure(stack, options))
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
