"""A job is a row of its writer's transaction, and only what a worker knows can be written."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import asyncpg
import pytest

from arenapulse.core.errors import InvariantBroken
from arenapulse.core.facts import Fact, encode
from arenapulse.runtime.jobs import (
    Limits,
    NewJob,
    Registry,
    enqueue,
    enqueue_all,
    record,
    record_all,
)
from tests.reactions.conftest import attached


class ShirtWashed(Fact):
    shirt: int


class ShirtLost(Fact):
    shirt: int


def some_registry() -> Registry:
    registry = Registry()

    @registry.task("tests.fold")
    async def fold(*, shirt: int, **_future: object) -> None: ...

    @registry.task("tests.fold_later", delayed=True)
    async def fold_later(*, shirt: int, **_future: object) -> None: ...

    @registry.on(ShirtWashed, name="tests.hang_washed")
    async def hang(fact: ShirtWashed) -> None: ...

    @registry.on(ShirtWashed, name="tests.count_washed")
    async def count(fact: ShirtWashed) -> None: ...

    return registry


async def test_a_fact_becomes_one_job_for_each_reaction(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    async with (
        attached(fresh_database_url, some_registry()) as (database, _),
        database.transaction() as session,
    ):
        washed = ShirtWashed(shirt=7)
        await record(session, washed)
        await record(session, ShirtLost(shirt=8))
    found = await rows.fetch("SELECT entrypoint, payload, status FROM pgqueuer ORDER BY id")
    assert [tuple(row) for row in found] == [
        ("tests.count_washed", encode(washed), "queued"),
        ("tests.hang_washed", encode(washed), "queued"),
    ]


async def test_a_thousand_facts_are_one_statement(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    async with (
        attached(fresh_database_url, some_registry()) as (database, _),
        database.transaction() as session,
    ):
        await record_all(session, [ShirtWashed(shirt=n) for n in range(1000)])
    assert await rows.fetchval("SELECT count(*) FROM pgqueuer") == 2000


async def test_a_rollback_takes_the_jobs_with_it(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    async with attached(fresh_database_url, some_registry()) as (database, jobs):

        async def roll_back() -> None:
            async with database.transaction() as session:
                # The first statement of the session: SQLAlchemy has not begun anything yet.
                assert await enqueue(session, "tests.fold", payload={"shirt": 1})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await roll_back()
        with pytest.raises(AssertionError):
            async with database.pool.acquire() as bare:
                await jobs.insert(bare, [NewJob("tests.fold")])
    assert await rows.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_what_no_worker_knows_is_refused(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    async with attached(fresh_database_url, some_registry()) as (database, _):
        for name, run_at in [
            ("tests.unknown", None),
            ("tests.fold", soon),
            ("tests.fold_later", None),
        ]:
            with pytest.raises(InvariantBroken):
                async with database.transaction() as session:
                    await enqueue(session, name, run_at=run_at)
        async with database.transaction() as session:
            await enqueue(session, "tests.fold_later", run_at=soon)
    assert await rows.fetch("SELECT entrypoint, execute_after FROM pgqueuer") == [
        ("tests.fold_later", soon)
    ]


async def test_a_dedupe_key_keeps_twins_out_while_the_first_waits_or_runs(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    async with attached(fresh_database_url, some_registry()) as (database, _):

        async def ask() -> bool:
            async with database.transaction() as session:
                return await enqueue(
                    session, "tests.fold", payload={"shirt": 1}, dedupe_key="fold:1"
                )

        assert await ask() is True
        assert await ask() is False
        await rows.execute("UPDATE pgqueuer SET status = 'picked'")
        assert await ask() is False
        await rows.execute("UPDATE pgqueuer SET status = 'failed'")
        assert await ask() is True
    assert await rows.fetchval("SELECT count(*) FROM pgqueuer") == 2


async def test_many_jobs_of_a_task_keep_their_order(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    async with (
        attached(fresh_database_url, some_registry()) as (database, _),
        database.transaction() as session,
    ):
        made = await enqueue_all(session, "tests.fold", payloads=[{"shirt": n} for n in range(3)])
    assert made == 3
    found = await rows.fetch("SELECT payload FROM pgqueuer ORDER BY id")
    assert [row["payload"] for row in found] == [b'{"shirt":0}', b'{"shirt":1}', b'{"shirt":2}']


async def test_a_database_without_a_queue_says_so(fresh_database_url: str) -> None:
    async with attached(fresh_database_url, some_registry()) as (database, _):
        database.session_info.clear()
        async with database.transaction() as session:
            with pytest.raises(InvariantBroken):
                await record(session, ShirtWashed(shirt=1))


def test_a_registry_can_be_looked_into() -> None:
    registry = some_registry()
    assert registry.task_names == {"tests.fold", "tests.fold_later"}
    assert registry.facts == {ShirtWashed}
    assert registry.reactions_to(ShirtWashed) == ("tests.count_washed", "tests.hang_washed")
    assert registry.reactions_to(ShirtLost) == ()
    with pytest.raises(InvariantBroken, match="two jobs of one name"):
        Registry.of([registry, some_registry()])


def test_a_task_takes_keywords_and_whatever_may_come() -> None:
    registry = Registry()
    with pytest.raises(InvariantBroken, match="_future"):

        @registry.task("tests.strict")
        async def strict(*, number: int) -> None: ...

    with pytest.raises(InvariantBroken, match="keywords only"):

        @registry.task("tests.positional")
        async def positional(number: int, **_future: object) -> None: ...

    with pytest.raises(InvariantBroken, match=r"slice\.verb_noun"):

        @registry.task("Fold")
        async def fold(**_future: object) -> None: ...


async def test_ids_arrive_as_their_types_and_unknown_arguments_are_no_harm() -> None:
    seen: list[tuple[UUID, dict[str, object]]] = []
    registry = Registry()

    @registry.task("tests.see", limits=Limits(retries_max=0))
    async def see(*, order_id: UUID, **future: object) -> None:
        seen.append((order_id, future))

    await registry.entries["tests.see"].run(
        b'{"order_id":"0190a2de-0000-7000-8000-000000000000","added_next_year":3}'
    )
    assert seen == [(UUID("0190a2de-0000-7000-8000-000000000000"), {"added_next_year": 3})]
