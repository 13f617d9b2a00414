"""The lexicon knows each word that stands somewhere: a beginning is found by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from arenapulse.core.paging import PageRequest
from arenapulse.runtime.db import Database
from arenapulse.runtime.reads import Reads
from arenapulse.search import queries
from arenapulse.search.engine import Asked
from arenapulse.search.postgres_engine import PostgresEngine
from tests import relevance

WORDS = [f"quo{one}{two}{three}x" for one in "bdfg" for two in "aeiou" for three in "klmnprst"]
"""The sample of the forgetter has some of them for sure."""


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    made = Database(fresh_database_url, pool_size=3)
    await made.open()
    yield made
    await made.close()


async def found(database: Database, word: str) -> int:
    asked = Asked(query=word, page=PageRequest(), now=relevance.NOW)
    return (await PostgresEngine(Reads(database)).search(asked)).total


async def test_a_word_that_is_written_meanwhile_is_not_forgotten(database: Database) -> None:
    show = replace(relevance.shows()[0], name=" ".join(WORDS))
    async with database.transaction() as session:
        await queries.put(session, documents=[show], is_told=False)
    async with database.transaction() as session:
        await queries.remove(session, ids=[show.id], is_told=False)

    async def forget() -> int:
        async with database.transaction() as session:
            return await queries.forget_words(session, most=5_000)

    async with database.transaction() as session:
        await queries.take_turns(session, ids=[show.id])
        await queries.put(session, documents=[show], is_told=False)
        forgetting = asyncio.create_task(forget())
        async with asyncio.timeout(20):
            while not (forgetting.done() or await database.pool.fetchval(_IS_WAITING)):
                pass
    await forgetting
    for word in WORDS:
        assert await found(database, word[:-1]) == 1, word


async def test_a_word_that_stands_nowhere_is_forgotten_and_found_again_when_it_comes_back(
    database: Database,
) -> None:
    show = replace(relevance.shows()[0], name=" ".join(WORDS))
    async with database.transaction() as session:
        await queries.put(session, documents=[show], is_told=False)
    async with database.transaction() as session:
        assert await queries.forget_words(session, most=5_000) == 0
        await queries.remove(session, ids=[show.id], is_told=False)
    forgotten = 0
    async with asyncio.timeout(20):
        while forgotten < len(WORDS):
            async with database.transaction() as session:
                forgotten += await queries.forget_words(session, most=5_000)
    assert await database.pool.fetchval("SELECT count(*) FROM search_words") < len(WORDS)
    assert (
        await database.pool.fetchval(
            "SELECT count(*) FROM search_pieces WHERE word <> ALL (SELECT word FROM search_words)"
        )
        == 0
    )
    async with database.transaction() as session:
        await queries.put(session, documents=[show], is_told=False)
    assert await found(database, WORDS[0][:-1]) == 1


_IS_WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
