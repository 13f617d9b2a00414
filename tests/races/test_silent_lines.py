"""A line to an engine that takes every byte and passes none: nobody waits for it for ever."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import text

from arenapulse.core.errors import Unavailable
from arenapulse.core.ids import EventId, UserId, new_order_id
from arenapulse.core.settings import Settings
from arenapulse.orders.batcher import Batcher, Placed
from arenapulse.orders.news import Unheard
from arenapulse.orders.placing import BARE_HOLD, PlaceOrder, PlannedLine
from arenapulse.runtime.db import POOL_TIMEOUT_SECONDS, Database, as_unavailable
from tests.lines import Line
from tests.worlds import Fan, Place, World, make_fans, make_world

APPLICATION = "arenapulse-silent"
DEADLINE = 0.5
# The deadline, the leave that is taken of a dead line, and a busy machine.
SECONDS_MAX = 10.0


@pytest.fixture
async def line(database_url: str) -> AsyncIterator[Line]:
    made = Line(urlsplit(database_url).port or 5432)
    await made.mend()
    yield made
    await made.close()


@pytest.fixture
async def database(database_url: str, line: Line) -> AsyncIterator[Database]:
    made = _through(line, database_url, command_seconds_max=DEADLINE)
    await made.open()
    yield made
    await made.close()


def _through(line: Line, url: str, *, command_seconds_max: float) -> Database:
    parts = urlsplit(url)
    at = f"{parts.netloc.rsplit(':', 1)[0]}:{line.port}"
    return Database(
        urlunsplit(parts._replace(netloc=at)),
        pool_size=2,
        application=APPLICATION,
        command_seconds_max=command_seconds_max,
    )


@pytest.fixture
async def world(db: asyncpg.Connection, settings: Settings) -> World:
    return await make_world(db, settings, sections=(Place(1), Place(10)))


def wish(world: World, fan: Fan, *, section: int = 1) -> PlaceOrder:
    return PlaceOrder(
        order_id=new_order_id(),
        event_id=EventId(world.event_id),
        user_id=UserId(fan.user_id),
        lines=(PlannedLine(world.section_ids[section], "STANDARD", 1),),
        pay=BARE_HOLD,
        token=None,
        key=None,
        request_hash=0,
    )


async def test_the_batch_ends_and_the_next_sells(
    db: asyncpg.Connection, database: Database, line: Line, world: World
) -> None:
    (fan,) = await make_fans(db, world, 1)
    batcher = Batcher(database, news=Unheard(), queue_max=10)
    await batcher.place(wish(world, fan))
    line.silence()
    async with asyncio.timeout(SECONDS_MAX):
        with pytest.raises(Unavailable):
            await batcher.place(wish(world, fan))
    await line.mend()
    async with asyncio.timeout(SECONDS_MAX):
        assert isinstance(await batcher.place(wish(world, fan)), Placed)
        await batcher.close()


async def test_without_its_deadline_a_batch_waits_for_ever(
    db: asyncpg.Connection, database_url: str, world: World
) -> None:
    """The proof of the test above: nothing else ends it, and whoever comes waits behind it."""
    made = Line(urlsplit(database_url).port or 5432)
    await made.mend()
    unbounded = _through(made, database_url, command_seconds_max=3600.0)
    await unbounded.open()
    (fan,) = await make_fans(db, world, 1)
    batcher = Batcher(unbounded, news=Unheard(), queue_max=10)
    await batcher.place(wish(world, fan))
    made.silence()
    waiting = [asyncio.create_task(batcher.place(wish(world, fan))) for _ in range(2)]
    try:
        done, _ = await asyncio.wait(waiting, timeout=3 * DEADLINE)
        assert not done
    finally:
        # A line that ends is another matter: that is heard at once.
        made.cut()
        await asyncio.gather(*waiting, return_exceptions=True)
        await made.mend()
        await batcher.close()
        await unbounded.close()
        await made.close()


async def test_who_came_meanwhile_does_not_wait_again(
    db: asyncpg.Connection, database: Database, line: Line, world: World
) -> None:
    fans = await make_fans(db, world, 3)
    batcher = Batcher(database, news=Unheard(), queue_max=10)
    await batcher.place(wish(world, fans[0]))
    line.silence()
    first = asyncio.create_task(batcher.place(wish(world, fans[0])))
    while batcher._batches._began is None:  # noqa: ASYNC110 - polls the subject itself
        await asyncio.sleep(0)
    behind = [asyncio.create_task(batcher.place(wish(world, fan))) for fan in fans[1:]]
    async with asyncio.timeout(POOL_TIMEOUT_SECONDS - 1):
        answers = await asyncio.gather(first, *behind, return_exceptions=True)
    assert list(map(type, answers)) == [Unavailable] * 3
    await batcher.close()


async def test_giving_holds_back_ends_and_the_next_sells(
    db: asyncpg.Connection, database: Database, database_url: str, line: Line, world: World
) -> None:
    """The pool's line falls silent while the batch waits for it."""
    fans = await make_fans(db, world, 3)
    batcher = Batcher(database, news=Unheard(), queue_max=10)
    hold = (await batcher.place(wish(world, fans[0], section=0))).order.order_id
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    await db.execute("UPDATE orders SET expires_at = $2 WHERE id = $1", hold, long_ago)
    locker = await asyncpg.connect(database_url)
    try:
        async with locker.transaction():
            await locker.execute("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE", hold)
            waiting = asyncio.create_task(batcher.place(wish(world, fans[1], section=0)))
            await _somebody_waits(db)
            line.silence()
            async with asyncio.timeout(SECONDS_MAX):
                with pytest.raises(Unavailable):
                    await waiting
    finally:
        await locker.close()
    await line.mend()
    async with asyncio.timeout(2 * SECONDS_MAX):
        # Silent too is the connection of the batch itself, and the first finds that out.
        with pytest.raises(Unavailable):
            await batcher.place(wish(world, fans[2]))
        assert isinstance(await batcher.place(wish(world, fans[2])), Placed)
        await batcher.close()


async def test_the_pools_are_whole_again(database: Database, line: Line) -> None:
    """More wait than there are connections, of either pool."""
    asked = [_ask_calmly(database) for _ in range(4)] + [_ask_hot(database) for _ in range(4)]
    assert await asyncio.gather(*asked) == [1] * 8
    line.silence()
    asked = [_ask_calmly(database) for _ in range(4)] + [_ask_hot(database) for _ in range(4)]
    async with asyncio.timeout(3 * SECONDS_MAX):
        errors = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(as_unavailable(error)) for error in errors if error != 1] == [Unavailable] * 8
    await line.mend()
    asked = [_ask_calmly(database) for _ in range(4)] + [_ask_hot(database) for _ in range(4)]
    async with asyncio.timeout(SECONDS_MAX):
        assert await asyncio.gather(*asked) == [1] * 8


async def test_a_line_that_is_dead_at_the_first_word_is_not_lent_again(
    database: Database, line: Line
) -> None:
    assert await _ask_by_driver(database) == 1
    line.silence()
    async with asyncio.timeout(SECONDS_MAX):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the driver's own, whichever
            await _ask_by_driver(database)
    assert as_unavailable(caught.value) is not None
    await line.mend()
    async with asyncio.timeout(SECONDS_MAX):
        assert await _ask_by_driver(database) == 1


async def test_connections_that_the_server_closed_are_nobodys_error(
    database: Database, line: Line
) -> None:
    """As after its restart: all that was lent before is dead, and nobody is told."""
    for asks in (_ask_calmly, _ask_by_driver):
        async with database.transaction() as one, database.transaction() as other:
            lent = [await one.driver(), await other.driver()]
        line.cut()
        async with asyncio.timeout(SECONDS_MAX):
            while not all(each.is_closed() for each in lent):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        await line.mend()
        assert await asyncio.gather(asks(database), asks(database)) == [1, 1]


async def test_a_transaction_asks_for_nothing_that_nobody_wants(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    async with database.transaction() as session:
        connection = await session.driver()
        connection.add_query_logger(lambda logged: said.append(logged.query))
        assert await connection.fetchval("SELECT 2") == 2
    # What is told of a statement comes a moment after its answer.
    for _ in range(2):
        assert await _ask_by_driver(database) == 1
    assert said[:5] == ["SELECT 2", "COMMIT;", "BEGIN;", "SELECT 1", "COMMIT;"]
    # One that rested is asked first: its line may have died unheard.
    monkeypatch.setattr("arenapulse.runtime.db.RESTED_SECONDS", 0.0)
    for _ in range(2):
        assert await _ask_by_driver(database) == 1
    assert said[8:14] == ["BEGIN;", ";", "ROLLBACK;", "BEGIN;", "SELECT 1", "COMMIT;"]


async def test_a_process_may_go(database: Database, line: Line) -> None:
    await _ask_calmly(database)
    line.silence()
    async with asyncio.timeout(2 * SECONDS_MAX):
        await database.close()


async def _ask_calmly(database: Database) -> int:
    async with database.transaction() as session:
        found = await session.execute(text("SELECT 1"))
        return int(found.scalar_one())


async def _ask_by_driver(database: Database) -> int:
    async with database.transaction() as session:
        return int(await (await session.driver()).fetchval("SELECT 1"))


async def _ask_hot(database: Database) -> int:
    return int(await database.pool.fetchval("SELECT 1"))


async def _somebody_waits(db: asyncpg.Connection) -> None:
    for _ in range(1_000):
        if await db.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = $1 AND wait_event_type = 'Lock'",
            APPLICATION,
        ):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
