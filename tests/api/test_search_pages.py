"""Pages of what search finds, and of what crawlers are told: each once, none behind the last."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from msgspec.structs import replace

from arenapulse.core import clock
from arenapulse.core.errors import NotFound
from arenapulse.core.paging import PageRequest
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search import queries
from arenapulse.search.engine import Asked
from arenapulse.search.postgres_engine import RANKED_MAX, PostgresEngine
from arenapulse.search.service.sitemaps import KEPT_SECONDS, Sitemaps
from tests import relevance


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    made = Database(fresh_database_url, pool_size=1)
    await made.open()
    yield made
    await made.close()


async def test_more_pages_than_a_file_holds_are_a_list_of_files(database: Database) -> None:
    async with database.transaction() as session:
        await queries.put(session, documents=relevance.shows()[:5], is_told=False)
    sitemaps = Sitemaps(database, base_url="https://a.test", addresses_max=2)
    assert (await sitemaps.file()).count(b"/sitemap-") == 3
    files = [(await sitemaps.file(number)).decode() for number in (1, 2, 3)]
    assert [file.count("/events/") for file in files] == [2, 2, 1]
    assert len({each for file in files for each in re.findall(r"/events/([^<]+)<", file)}) == 5
    with pytest.raises(NotFound):
        await sitemaps.file(4)


async def test_files_that_no_list_names_cost_the_database_nothing(database: Database) -> None:
    async with database.transaction() as session:
        await queries.put(session, documents=relevance.shows()[:5], is_told=False)
        asked: list[str] = []
        (await session.driver()).add_query_logger(lambda told: asked.append(told.query))
    sitemaps = Sitemaps(database, base_url="https://a.test", addresses_max=2)
    started = clock.monotonic_seconds()
    for number in (0, *range(4, 300)):
        with pytest.raises(NotFound):
            await sitemaps.file(number)
    counted = sum("count(*)" in query for query in asked)
    assert 1 <= counted <= 1 + (clock.monotonic_seconds() - started) // KEPT_SECONDS
    assert not any("OFFSET" in query for query in asked)


async def test_no_page_repeats_what_another_page_showed(database: Database) -> None:
    """The best stand where people go least: whom a page ranks is the same for each page."""
    (show, *_) = relevance.shows()
    crowd = [
        replace(
            show,
            id=UUID(int=number),
            name=f"Evening {number}" if number <= RANKED_MAX else "Regatta Lagoon",
            description="By the lagoon, a regatta." if number <= RANKED_MAX else "",
            popularity=9 if number <= RANKED_MAX else 0,
        )
        for number in range(1, RANKED_MAX + 61)
    ]
    async with database.transaction() as session:
        await queries.put(session, documents=crowd, is_told=False)
    engine = PostgresEngine(Reads(database))
    seen: list[int] = []
    for page in range(1, 13):
        request = PageRequest(page=page, limit=100)
        found = await engine.search(Asked(query="lagoon regatta", page=request, now=relevance.NOW))
        assert found.total == len(crowd)
        seen += [hit.document.id.int for hit in found.hits]
    # Those that nobody ranks stand behind, on the last pages, in an order of their own.
    assert sorted(seen) == list(range(1, len(crowd) + 1))
