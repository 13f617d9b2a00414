"""A worker runs each job at least once, tries again, gives up in sight, and stops cleanly."""

from __future__ import annotations

import asyncio
import time
from typing import NewType
from uuid import UUID, uuid4

import asyncpg
from prometheus_client import REGISTRY

from arenapulse.core.errors import InvariantBroken
from arenapulse.core.facts import Fact
from arenapulse.runtime.jobs import Limits, Registry, enqueue, record
from arenapulse.runtime.jobs.queue import PICKS_MAX, ListeningDriver, QueueOptions, requeue
from arenapulse.runtime.jobs.waker import CHANNEL, PAUSE_SECONDS
from tests.reactions.conftest import attached, until, working

ShirtId = NewType("ShirtId", UUID)
QUICK = Limits(retries_max=2, backoff_seconds=0.05, seconds_max=5)


class ShirtWashed(Fact):
    shirt: ShirtId


async def test_reactions_run_with_the_fact_and_the_row_goes(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    seen: list[ShirtWashed] = []
    registry = Registry()

    @registry.on(ShirtWashed, name="tests.see_washed")
    async def see(fact: ShirtWashed) -> None:
        seen.append(fact)

    washed = ShirtWashed(shirt=ShirtId(uuid4()))
    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs),
    ):
        async with database.transaction() as session:
            await record(session, washed)

        async def is_empty() -> bool:
            return await rows.fetchval("SELECT count(*) FROM pgqueuer") == 0

        await until(is_empty)
    assert seen == [washed]


async def test_the_poll_alone_is_enough_and_a_wake_up_is_quicker(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    at: dict[int, float] = {}
    registry = Registry()

    @registry.task("tests.look")
    async def look(*, number: int, **_future: object) -> None:
        at[number] = time.monotonic()

    async def seen(number: int) -> bool:
        return number in at

    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs, QueueOptions(poll_seconds=0.25)),
    ):
        # Straight into the table, as `place_orders` does it, and nobody notifies.
        await rows.execute(
            "INSERT INTO pgqueuer (priority, status, entrypoint, payload) "
            "VALUES (0, 'queued', 'tests.look', '{\"number\": 1}')"
        )
        await until(lambda: seen(1))
    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs, QueueOptions(poll_seconds=30)),
    ):
        await asyncio.sleep(0.5)  # it has looked and found nothing: only a NOTIFY wakes it now
        began = time.monotonic()
        async with database.transaction() as session:
            await enqueue(session, "tests.look", payload={"number": 2})
        await until(lambda: seen(2))
        # The next look by itself would have come after thirty seconds.
        assert at[2] - began < 15


async def test_wake_ups_are_coalesced_more_and_more(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    heard: list[float] = []
    await rows.add_listener(CHANNEL, lambda *_: heard.append(time.monotonic()))
    async with attached(fresh_database_url, Registry()) as (_, jobs):
        began = time.monotonic()
        while time.monotonic() - began < 13 * PAUSE_SECONDS:
            jobs.waker.wake()
            await asyncio.sleep(0.001)
        # Until the longest pause is over, however late we are.
        await asyncio.sleep(20 * PAUSE_SECONDS)
        # At once, after one pause, three and seven, and what was asked for after that.
        assert 4 <= len(heard) <= 5
        assert heard[3] - heard[0] >= 6 * PAUSE_SECONDS
        so_far = len(heard)
        jobs.waker.wake()

        async def is_told() -> bool:
            return len(heard) > so_far

        await until(is_told)


async def test_a_failing_job_is_tried_again_and_then_held_without_its_secrets(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    tries: list[float] = []
    registry = Registry()

    @registry.task("tests.fail", limits=QUICK)
    async def fail(**_future: object) -> None:
        tries.append(time.monotonic())
        try:
            raise ValueError("hunter2")  # noqa: TRY301 - it is to be the context of the next
        except ValueError as error:
            raise RuntimeError("fan@demo.test") from error

    @registry.task("tests.break_rule", limits=Limits(retries_max=0))
    async def break_rule(**_future: object) -> None:
        raise InvariantBroken("order 7 is twice there")

    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs),
    ):
        async with database.transaction() as session:
            await enqueue(session, "tests.fail")
            await enqueue(session, "tests.break_rule")

        async def both_held() -> bool:
            return await rows.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'failed'") == 2

        await until(both_held)
    assert len(tries) == 1 + QUICK.retries_max
    logged = await rows.fetchval("SELECT string_agg(traceback::text, ' ') FROM pgqueuer_log")
    assert "hunter2" not in logged
    assert "fan@demo.test" not in logged
    assert "RuntimeError" in logged
    assert "order 7 is twice there" in logged


async def test_what_cannot_be_read_is_held_at_once(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    registry = Registry()

    @registry.task("tests.read")
    async def read(*, shirt: ShirtId, **_future: object) -> None: ...

    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs),
    ):
        async with database.transaction() as session:
            await enqueue(session, "tests.read", payload={"shirt": "no id"})

        async def held() -> bool:
            return await rows.fetchval("SELECT attempts FROM pgqueuer WHERE status = 'failed'") == 0

        await until(held)
    # JobsAreHeld looks at this: whoever is held without it wakes nobody.
    counted = {"job": "tests.read", "outcome": "held"}
    assert REGISTRY.get_sample_value("arenapulse_jobs_total", counted) == 1


async def test_work_past_its_time_is_a_failed_try(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    ended: list[str] = []
    registry = Registry()

    @registry.task("tests.dawdle", limits=Limits(retries_max=0, seconds_max=0.1))
    async def dawdle(**_future: object) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("cut off")

    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs),
    ):
        async with database.transaction() as session:
            await enqueue(session, "tests.dawdle")

        async def held() -> bool:
            return await rows.fetchval("SELECT status FROM pgqueuer") == "failed"

        await until(held)
    assert ended == ["cut off"]


async def test_more_is_picked_than_runs_at_once(fresh_database_url: str) -> None:
    now = most = done = 0
    registry = Registry()

    @registry.task("tests.crowd_in")
    async def crowd_in(**_future: object) -> None:
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        done += 1

    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs, QueueOptions(running_max=3)),
    ):
        async with database.transaction() as session:
            for _ in range(20):
                await enqueue(session, "tests.crowd_in")

        async def all_done() -> bool:
            return done == 20

        await until(all_done)
    assert most == 3


async def test_the_first_probe_of_the_listener_waits_for_it(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    heard: list[str | bytes | bytearray] = []
    async with attached(fresh_database_url, Registry()) as (database, _):
        driver = ListeningDriver(database)
        async with driver:
            probe = asyncio.create_task(driver.notify(CHANNEL, "probe"))
            await rows.fetchval("SELECT pg_sleep(0.1)")
            await driver.add_listener(CHANNEL, heard.append)
            await probe

            async def is_heard() -> bool:
                return heard == ["probe"]

            await until(is_heard)


async def test_concurrency_is_a_limit_over_all_workers(fresh_database_url: str) -> None:
    now = most = done = 0
    registry = Registry()

    @registry.task("tests.queue_up", limits=Limits(concurrency=2))
    async def queue_up(**_future: object) -> None:
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        done += 1

    async with (
        attached(fresh_database_url, registry) as (database, jobs),
        working(database, jobs),
        working(database, jobs),
    ):
        async with database.transaction() as session:
            for _ in range(8):
                await enqueue(session, "tests.queue_up")

        async def all_done() -> bool:
            return done == 8

        await until(all_done)
    assert most == 2


async def test_stopping_puts_unfinished_work_back_without_counting_it(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    started = asyncio.Event()
    registry = Registry()

    @registry.task("tests.take_long")
    async def take_long(**_future: object) -> None:
        started.set()
        await asyncio.sleep(60)

    async with attached(fresh_database_url, registry) as (database, jobs):
        async with database.transaction() as session:
            await enqueue(session, "tests.take_long")
        async with working(database, jobs):
            await asyncio.wait_for(started.wait(), 10)
            began = time.monotonic()
        # The work itself would have slept for a minute.
        assert time.monotonic() - began < 20
    found = await rows.fetch("SELECT status, attempts, queue_manager_id FROM pgqueuer")
    assert found == [("queued", 0, None)]


async def test_a_job_that_kills_its_workers_is_held_after_three_picks(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    runs: list[int] = []
    registry = Registry()

    @registry.task("tests.crash")
    async def crash(*, number: int, **_future: object) -> None:
        runs.append(number)

    async with attached(fresh_database_url, registry) as (database, jobs):
        async with database.transaction() as session:
            await enqueue(session, "tests.crash", payload={"number": 1})
            await enqueue(session, "tests.crash", payload={"number": 2})
        # What is left of a job whose workers died, each after it took it.
        await rows.execute(
            "UPDATE pgqueuer SET status = 'picked', heartbeat = now() - interval '1 hour', "
            "queue_manager_id = gen_random_uuid()"
        )
        picked = (
            "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint) "
            "SELECT id, 'picked', 0, entrypoint FROM pgqueuer WHERE payload = $1"
        )
        for _ in range(PICKS_MAX):
            await rows.execute(picked, b'{"number":1}')
        for _ in range(PICKS_MAX - 1):
            await rows.execute(picked, b'{"number":2}')
        async with working(database, jobs):

            async def is_settled() -> bool:
                found = await rows.fetch("SELECT status, payload FROM pgqueuer")
                return found == [("failed", b'{"number":1}')]

            await until(is_settled)
            assert runs == [2]
            # By hand it gets all its picks again.
            held = await rows.fetchval("SELECT id FROM pgqueuer")
            await requeue(database, ids=[held])

            async def is_run() -> bool:
                return runs == [2, 1]

            await until(is_run)


async def test_a_fact_that_comes_twice_counts_once_by_a_unique_key(
    fresh_database_url: str, rows: asyncpg.Connection
) -> None:
    """The rule that every reaction follows, shown on the smallest one."""
    await rows.execute("CREATE TABLE hung (shirt UUID PRIMARY KEY)")
    runs = 0
    registry = Registry()
    async with attached(fresh_database_url, registry) as (database, jobs):

        @registry.on(ShirtWashed, name="tests.hang_washed")
        async def hang(fact: ShirtWashed) -> None:
            nonlocal runs
            runs += 1
            await database.pool.execute(
                "INSERT INTO hung VALUES ($1) ON CONFLICT DO NOTHING", fact.shirt
            )

        washed = ShirtWashed(shirt=ShirtId(uuid4()))
        async with working(database, jobs):
            for _ in range(2):
                async with database.transaction() as session:
                    await record(session, washed)

            async def has_run() -> bool:
                return runs == 2

            await until(has_run)
    assert await rows.fetchval("SELECT count(*) FROM hung") == 1
