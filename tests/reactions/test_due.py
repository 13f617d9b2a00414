"""One runner for all due rows: once each, in turn by tenant, within bounds, and never lost."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

from arenapulse.core import clock
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs.due import Again, DueLimits, DueTable, GiveUp
from tests.reactions.conftest import until
from tests.reactions.parcels import (
    PARCELS,
    TABLES,
    Away,
    Parcels,
    opened,
    post,
    postman,
    runner_of,
)

TAKEN = "SELECT count(*) FROM parcels WHERE taken_by IS NOT NULL AND due_at IS NOT NULL"


@pytest.fixture
async def db(rows: asyncpg.Connection) -> asyncpg.Connection:
    await rows.execute(TABLES)
    return rows


@pytest.fixture
async def database(db: asyncpg.Connection, fresh_database_url: str) -> AsyncIterator[Database]:
    assert db
    async with opened(fresh_database_url) as made:
        yield made


async def deliveries(db: asyncpg.Connection) -> Counter[int]:
    return Counter(row[0] for row in await db.fetch("SELECT parcel FROM deliveries"))


async def statuses(db: asyncpg.Connection) -> Counter[str]:
    return Counter(row[0] for row in await db.fetch("SELECT status FROM parcels"))


async def taken(db: asyncpg.Connection) -> int:
    """Rows that somebody has in hand; of what is done it says who did it."""
    return int(await db.fetchval(TAKEN))


async def test_each_due_row_is_worked_once_and_settled_in_groups(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=300)
    kind = Parcels(postman(database))
    first, second = runner_of(database, kind), runner_of(database, Parcels(postman(database)))
    await asyncio.gather(first.drain(), second.drain())
    assert await deliveries(db) == Counter(range(300))
    assert await statuses(db) == {"DELIVERED": 300}
    assert len(kind.groups) < 150
    assert await db.fetchval("SELECT count(*) FROM due_workers") == 0


async def test_without_the_name_of_its_worker_a_row_is_worked_twice(
    db: asyncpg.Connection, database: Database
) -> None:
    """What the test above would not see, were the guard not what prevents it."""

    @dataclass(frozen=True, kw_only=True)
    class Unguarded(DueTable):
        @property
        def _take_sql(self) -> str:
            guarded = super()._take_sql
            assert guarded.count("d.taken_by IS NULL") == 5
            return guarded.replace("d.taken_by IS NULL", "TRUE")

    await post(db, tenant=1, first=0, count=10)
    table = Unguarded(name=PARCELS.name, key=PARCELS.key, columns=PARCELS.columns)
    slow, quick = (Parcels(postman(database, seconds=s)) for s in (0.5, 0.0))
    slow.table = quick.table = table  # type: ignore[misc]
    draining = asyncio.create_task(runner_of(database, slow).drain())

    async def are_taken() -> bool:
        return await taken(db) == 10

    await until(are_taken)
    await runner_of(database, quick).drain()
    await draining
    assert await deliveries(db) == Counter(2 * list(range(10)))


async def test_of_a_tenant_at_rest_nothing_is_taken_and_no_try_is_lost(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=30)
    await post(db, tenant=2, first=100, count=10)
    kind = Parcels(postman(database))
    kind.resting = [UUID(int=1)]
    await runner_of(database, kind).drain()
    assert await deliveries(db) == Counter(range(100, 110))
    assert await db.fetchval("SELECT max(tries) FROM parcels WHERE id < 100") == 0
    kind.resting = []
    await runner_of(database, kind).drain()
    assert await statuses(db) == {"DELIVERED": 40}


async def test_a_tenant_with_few_rows_does_not_wait_for_one_with_many(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=2_000)
    await post(db, tenant=2, first=5_000, count=10)
    order: list[int] = []

    async def carry(parcel: int) -> str:
        order.append(parcel)
        return "DELIVERED"

    await runner_of(database, Parcels(carry, limits=DueLimits(running_max=16))).drain()
    assert len(order) == 2_010
    assert max(order.index(n) for n in range(5_000, 5_010)) < 32


async def test_tenants_share_evenly_while_all_have_rows(
    db: asyncpg.Connection, database: Database
) -> None:
    for tenant in range(5):
        await post(db, tenant=tenant, first=tenant * 1_000, count=400)
    order: list[int] = []

    async def carry(parcel: int) -> str:
        order.append(parcel // 1_000)
        await asyncio.sleep(0.001)
        return "DELIVERED"

    await runner_of(database, Parcels(carry, limits=DueLimits(running_max=13))).drain()
    shares = Counter(order[:1_000])
    assert sorted(shares) == [0, 1, 2, 3, 4]
    assert all(180 <= share <= 220 for share in shares.values()), shares


async def test_a_tenant_whose_calls_hang_leaves_places_to_the_others(
    db: asyncpg.Connection, database: Database
) -> None:
    """Without `tenant_max` all places would be its own until its calls time out."""
    await post(db, tenant=1, first=0, count=100)
    hung, quick = 0, asyncio.Event()

    async def carry(parcel: int) -> str:
        nonlocal hung
        if parcel < 1_000:
            hung += 1
            await asyncio.sleep(60)
        quick.set()
        return "DELIVERED"

    kind = Parcels(carry, limits=DueLimits(running_max=8, tenant_max=4))
    runner = runner_of(database, kind)
    running = asyncio.create_task(runner.drain())

    async def are_four() -> bool:
        return hung == 4

    await until(are_four)
    await post(db, tenant=2, first=1_000, count=1)
    async with asyncio.timeout(20):
        await quick.wait()
    assert hung == 4
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await taken(db) == 0


async def test_no_more_run_or_wait_than_was_said(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=120)
    running, most, most_taken = 0, 0, 0

    async def carry(_parcel: int) -> str:
        nonlocal running, most, most_taken
        running += 1
        most = max(most, running)
        most_taken = max(most_taken, await database.pool.fetchval(TAKEN))
        await asyncio.sleep(0.002)
        running -= 1
        return "DELIVERED"

    await runner_of(database, Parcels(carry, limits=DueLimits(running_max=8))).drain()
    assert most == 8
    assert 8 <= most_taken <= 16
    await post(db, tenant=1, first=1_000, count=60)
    most = 0
    kind = Parcels(carry, limits=DueLimits(running_max=8))
    await runner_of(database, kind, calls_max=3).drain()
    assert most == 3


async def test_what_could_not_be_done_is_put_off_and_what_never_can_is_shown(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=5)

    async def carry(parcel: int) -> str:
        match parcel:
            case 0:
                raise Away
            case 1:
                raise Again("on Monday", after=dt.timedelta(hours=2))
            case 2:
                raise GiveUp("no_such_street")
            case 3:
                raise ZeroDivisionError
            case _:
                return "DELIVERED"

    kind = Parcels(carry, limits=DueLimits(backoff_seconds=(1.0, 40.0), tries_max=2))
    runner = runner_of(database, kind)
    await runner.drain()
    waits = [row["wait"] for row in await db.fetch(_WAITS)]
    assert 0.6 < waits[0] <= 1.2
    assert 7_190 < waits[1] <= 7_200
    assert waits[2] < 0
    assert 0.6 < waits[3] <= 1.2
    assert waits[4] is None
    assert await taken(db) == 0
    await db.execute("UPDATE parcels SET due_at = now() WHERE id IN (0, 3)")
    await runner.drain()
    assert 31 < next(row["wait"] for row in await db.fetch(_WAITS)) <= 48
    async with database.pool.acquire() as connection:
        stuck = await PARCELS.stuck(connection)
        backlog = (await runner.look())[kind.name]
        assert [(row.key, row.why.split(" at ", 1)[0]) for row in stuck] == [
            ("2", "no_such_street"),
            ("3", "ZeroDivisionError"),
        ]
        assert (backlog.due, backlog.taken, backlog.stuck) == (0, 0, 2)
        kind.carry = postman(database)
        assert await PARCELS.retry(connection, key="3", now=clock.now())
        assert not await PARCELS.retry(connection, key="4", now=clock.now())
    await runner.drain()
    assert await deliveries(db) == Counter([3])


_WAITS = "SELECT extract(epoch FROM due_at - now())::FLOAT AS wait FROM parcels ORDER BY id"


async def test_a_call_that_hangs_is_given_up_at_its_deadline(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=1)
    kind = Parcels(postman(database, seconds=60), limits=DueLimits(call_seconds=0.05))
    async with asyncio.timeout(20):
        await runner_of(database, kind).drain()
    assert await statuses(db) == {"DUE": 1}
    assert await taken(db) == 0
    assert await deliveries(db) == {}


@pytest.mark.parametrize(
    ("harm", "is_stuck"), [(ValueError(), True), (asyncpg.DeadlockDetectedError("ours"), False)]
)
async def test_one_that_cannot_be_settled_is_found_by_halves(
    db: asyncpg.Connection, database: Database, harm: Exception, is_stuck: bool
) -> None:
    """A bug makes it stuck; what the database could not do just now does not."""
    await post(db, tenant=1, first=0, count=16)
    met = asyncio.Barrier(16)

    async def carry(_parcel: int) -> str:
        await met.wait()
        return "DELIVERED"

    kind = Parcels(carry, limits=DueLimits(running_max=16, tries_max=1))
    kind.poison, kind.harm = {5}, harm
    await runner_of(database, kind).drain()
    # Each half without it was settled at once.
    assert sorted(map(len, kind.groups)) == [1, 2, 4, 8]
    assert await statuses(db) == {"DELIVERED": 15, "DUE": 1}
    row = await db.fetchrow(
        "SELECT id, tries, taken_by, stuck_at IS NOT NULL FROM parcels WHERE status = 'DUE'"
    )
    assert row == (5, 1, None, is_stuck)


async def test_one_that_cannot_be_read_does_not_stand_in_the_way(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=6)
    await db.execute("UPDATE parcels SET status = 'UNHEARD OF' WHERE id = 2")
    kind = Parcels(postman(database), limits=DueLimits(tries_max=1))
    await runner_of(database, kind).drain()
    assert await deliveries(db) == Counter([0, 1, 3, 4, 5])
    why = await db.fetchval("SELECT stuck_why FROM parcels WHERE id = 2")
    assert why.startswith("AssertionError")
    assert await taken(db) == 0


async def test_a_drain_whose_time_is_over_ends_what_it_took_and_leaves_the_rest(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=400)
    kind = Parcels(postman(database, seconds=0.05), limits=DueLimits(running_max=8))
    runner = runner_of(database, kind)
    began = clock.monotonic_seconds()
    await runner.drain(seconds=0.3)
    assert clock.monotonic_seconds() - began < 10
    assert await taken(db) == 0
    done = await statuses(db)
    assert done["DUE"] > 100
    assert await deliveries(db) == Counter(
        row[0] for row in await db.fetch("SELECT id FROM parcels WHERE status = 'DELIVERED'")
    )
    await runner.drain()
    assert await deliveries(db) == Counter(range(400))


@pytest.mark.parametrize("when", ["taking", "settling"])
async def test_a_lost_database_costs_time_alone(
    db: asyncpg.Connection, database: Database, when: str
) -> None:
    await post(db, tenant=1, first=0, count=20)
    kind = Parcels(postman(database))
    runner = runner_of(database, kind)
    name = f"cut_{when}"
    change = "NEW.taken_by IS NOT NULL" if when == "taking" else "NEW.status = 'DELIVERED'"
    await db.execute(
        f"CREATE SEQUENCE {name};"
        f"CREATE FUNCTION {name}() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {change} AND nextval('{name}') < 3 THEN "
        "PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;"
        f"CREATE TRIGGER {name} BEFORE UPDATE ON parcels "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    for _ in range(4):
        await asyncio.gather(runner.drain(), return_exceptions=True)
    assert await deliveries(db) == Counter(range(20))
    assert await statuses(db) == {"DELIVERED": 20}
    assert await taken(db) == 0


async def test_who_was_taken_for_dead_starts_nothing_that_others_may_have(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=2)
    first_runs, go = asyncio.Event(), asyncio.Event()

    async def carry(parcel: int) -> str:
        if parcel == 0:
            first_runs.set()
            await go.wait()
        await database.pool.execute("INSERT INTO deliveries (parcel) VALUES ($1)", parcel)
        return "DELIVERED"

    slow = runner_of(database, Parcels(carry, limits=DueLimits(running_max=1)))
    draining = asyncio.create_task(slow.drain())
    await first_runs.wait()
    assert await taken(db) == 2
    # The process stood still: the others buried it, took both, and it comes back.
    slow.pulse.era += 1
    await db.execute("UPDATE parcels SET taken_by = NULL")
    await runner_of(database, Parcels(postman(database))).drain()
    go.set()
    await draining
    # The call under way could not be undone; the one that waited was not started.
    assert await deliveries(db) == Counter({0: 2, 1: 1})


async def test_rows_are_free_when_their_worker_is_not_seen_any_more(
    db: asyncpg.Connection, database: Database
) -> None:
    await post(db, tenant=1, first=0, count=3)
    alive, silent = UUID(int=1), UUID(int=2)
    await db.execute(
        "INSERT INTO due_workers VALUES ($1, 'a', now(), now() + interval '1 hour'),"
        " ($2, 'b', now(), now() - interval '5 seconds')",
        *(alive, silent),
    )
    await db.executemany(
        "UPDATE parcels SET taken_by = $2 WHERE id = $1",
        [(0, alive), (1, silent), (2, UUID(int=3))],
    )
    runner = runner_of(database, Parcels(postman(database)))
    await runner.drain()
    await runner.drain()
    assert await deliveries(db) == Counter([1, 2])
    assert await taken(db) == 1
