"""The micro-batch by itself: its work here is to write down numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import asyncpg
import pytest
from prometheus_client import REGISTRY

from arenapulse.core.errors import Refusal, Unavailable
from arenapulse.runtime.batching import RUSH_SECONDS, Batch, Connection, MicroBatcher, is_rush
from arenapulse.runtime.db import Database

ODD = 1_000


class TooLate(Refusal):
    code, status, message = "TEST001", 409, "Too late."


@dataclass
class Notebook:
    """Writes each number once, in one statement a batch; zero divides, the odd ones wait."""

    runs: list[list[int]] = field(default_factory=list)
    # What the statement of the next runs is, instead.
    instead: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    breaks: Exception | None = None
    forgets: bool = False

    async def run(self, connection: Connection, commands: Sequence[int], /) -> Sequence[int]:
        self.runs.append(list(commands))
        self.began.set()
        await self.gate.wait()
        if self.instead:
            await connection.execute(self.instead.pop(0))
        await connection.execute(
            "INSERT INTO notebook SELECT n FROM unnest($1::INT[]) n WHERE 1 / n >= 0", commands
        )
        return commands

    async def answer(self, batch: Batch[int, str], result: Sequence[int], /) -> None:
        for waiting, number in zip(batch.waiting, result, strict=True):
            if number == ODD and waiting.rounds < 2:
                batch.again(waiting)
            elif number < 0:
                batch.answer(waiting, TooLate())
            elif not self.forgets:
                batch.answer(waiting, f"{number} after {waiting.rounds}")
        if self.breaks is not None:
            raise self.breaks


@dataclass(frozen=True)
class Desk:
    batches: MicroBatcher[int, Sequence[int], str]
    # As of what pages tell, and of scans at the gates.
    unsold: MicroBatcher[int, Sequence[int], str]
    notebook: Notebook
    db: asyncpg.Connection

    async def written(self) -> list[int]:
        return [row[0] for row in await self.db.fetch("SELECT n FROM notebook ORDER BY n")]


@pytest.fixture
async def desk(database_url: str, db: asyncpg.Connection) -> AsyncIterator[Desk]:
    await db.execute("CREATE TABLE notebook (n INT NOT NULL)")
    database = Database(database_url, pool_size=2, application="arenapulse-notebook")
    notebook = Notebook()
    made = MicroBatcher(
        database, work=notebook, name="notebook", queue_max=5, batch_max=4, sells=True
    )
    unsold = MicroBatcher(database, work=notebook, name="unsold", queue_max=5)
    yield Desk(made, unsold, notebook, db)
    notebook.gate.set()
    await made.close()
    await unsold.close()
    await database.close()
    await db.execute("DROP TABLE notebook")


async def _ask(desk: Desk, *numbers: int) -> list[str | BaseException]:
    asked = [asyncio.create_task(desk.batches.submit(number)) for number in numbers]
    await asyncio.sleep(0)
    desk.notebook.gate.set()
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_what_arrives_together_is_one_batch_in_order_of_arrival(desk: Desk) -> None:
    assert await _ask(desk, 3, 1, 2) == ["3 after 0", "1 after 0", "2 after 0"]
    assert desk.notebook.runs == [[3, 1, 2]]
    assert await desk.written() == [1, 2, 3]


async def test_what_arrives_during_a_batch_is_the_next_and_none_is_larger_than_its_limit(
    desk: Desk,
) -> None:
    first = asyncio.create_task(desk.batches.submit(9))
    await desk.notebook.began.wait()
    assert len(await _ask(desk, 1, 2, 3, 4, 5)) == 5
    assert await first == "9 after 0"
    assert desk.notebook.runs == [[9], [1, 2, 3, 4], [5]]


async def test_a_process_that_sells_is_in_a_rush_and_soon_after_in_none(
    desk: Desk,
) -> None:
    asked = asyncio.create_task(_ask(desk, 1))
    await desk.notebook.began.wait()
    assert is_rush()
    await asked
    await asyncio.sleep(RUSH_SECONDS)
    assert not is_rush()
    await desk.unsold.submit(2)
    assert not is_rush()


async def test_one_that_raises_is_found_and_the_others_are_written_once(desk: Desk) -> None:
    answers = await _ask(desk, 1, 2, 0, 4)
    assert isinstance(answers.pop(2), asyncpg.DivisionByZeroError)
    assert answers == ["1 after 0", "2 after 0", "4 after 0"]
    assert desk.notebook.runs == [[1, 2, 0, 4], [1, 2], [0, 4], [0], [4]]
    assert await desk.written() == [1, 2, 4]


async def test_a_refusal_fails_its_command_alone(desk: Desk) -> None:
    answers = await _ask(desk, 1, -1)
    assert answers[0] == "1 after 0"
    assert isinstance(answers[1], TooLate)


@pytest.mark.parametrize("state", ["40001", "40P01", "23505"])
async def test_a_batch_that_was_rolled_back_runs_again(desk: Desk, state: str) -> None:
    desk.notebook.instead = [f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"] * 4
    assert await _ask(desk, 1, 2) == ["1 after 0", "2 after 0"]
    assert desk.notebook.runs == [[1, 2]] * 5
    assert await desk.written() == [1, 2]


async def test_a_batch_is_not_run_again_for_ever(desk: Desk) -> None:
    desk.notebook.instead = ["DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"] * 5
    answers = await _ask(desk, 1)
    assert isinstance(answers[0], Unavailable)
    assert desk.notebook.runs == [[1]] * 5
    assert await desk.written() == []


async def test_a_lock_that_is_waited_for_too_long_is_503_and_the_next_batch_works(
    desk: Desk,
) -> None:
    desk.notebook.instead = ["DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$"]
    answers = await _ask(desk, 1, 2)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    assert await _ask(desk, 3) == ["3 after 0"]
    assert await desk.written() == [3]


async def test_batches_that_are_lost_one_after_the_other_are_one_trouble_that_grows(
    desk: Desk,
) -> None:
    """OrdersWaitForTheDatabase looks at this: a deadline ends each of them while it is young."""

    def told() -> float:
        found = REGISTRY.get_sample_value("arenapulse_batch_stuck_seconds", {"batch": "notebook"})
        assert found is not None
        return found

    lost = "DO $$ BEGIN PERFORM pg_sleep(0.05); RAISE SQLSTATE '55P03'; END $$"
    desk.notebook.instead = [lost, lost]
    await _ask(desk, 1)
    # Nobody waits at this moment, and it is not over.
    assert told() >= 0.05
    await _ask(desk, 2)
    assert told() >= 0.1
    assert await _ask(desk, 3) == ["3 after 0"]
    assert told() == 0


async def test_the_end_of_the_connection_is_503_and_the_next_batch_has_a_new_one(
    desk: Desk,
) -> None:
    desk.notebook.instead = ["SELECT pg_terminate_backend(pg_backend_pid())"]
    answers = await _ask(desk, 1)
    assert isinstance(answers[0], Unavailable)
    assert await _ask(desk, 2) == ["2 after 0"]
    assert await desk.written() == [2]


async def test_a_full_queue_refuses(desk: Desk) -> None:
    answers = await _ask(desk, 1, 2, 3, 4, 5, 6)
    assert isinstance(answers.pop(), Unavailable)
    assert answers == [f"{n} after 0" for n in range(1, 6)]


async def test_what_is_put_off_comes_again_with_its_rounds_counted(desk: Desk) -> None:
    assert await _ask(desk, ODD, 1) == [f"{ODD} after 2", "1 after 0"]
    assert desk.notebook.runs == [[ODD, 1], [ODD], [ODD]]


async def test_a_twin_joins_who_waits_under_its_key(desk: Desk) -> None:
    first = asyncio.create_task(desk.batches.submit(1, key="k"))
    await asyncio.sleep(0)
    twin = desk.batches.twin("k")
    assert twin is not None
    assert twin.command == 1
    desk.notebook.gate.set()
    assert await asyncio.shield(twin.answer) == await first == "1 after 0"
    assert desk.batches.twin("k") is None


async def test_who_is_answered_does_not_wait_for_a_bug_behind(desk: Desk) -> None:
    desk.notebook.breaks = RuntimeError("a bug")
    answers = await _ask(desk, 1, ODD)
    assert answers[0] == "1 after 0"
    assert isinstance(answers[1], RuntimeError)
    desk.notebook.breaks = None
    assert await _ask(desk, 2) == ["2 after 0"]
    # Who was told of the bug is not run again behind their back.
    assert desk.notebook.runs == [[1, ODD], [2]]


async def test_nobody_is_left_without_an_answer(desk: Desk) -> None:
    desk.notebook.forgets = True
    (answer,) = await _ask(desk, 1)
    assert isinstance(answer, AssertionError)
