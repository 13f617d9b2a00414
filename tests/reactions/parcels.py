"""A kind of due work for tests: parcels, and a post office in PostgreSQL that counts deliveries."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from arenapulse.core import clock
from arenapulse.migrations.script import due_columns
from arenapulse.runtime.db import SERVICE, Database, Session
from arenapulse.runtime.jobs import Registry
from arenapulse.runtime.jobs.due import DueLimits, DueRunner, DueTable, DueWork, Kind
from tests.conftest import as_app

TABLES = (
    "CREATE TABLE parcels (id INTEGER PRIMARY KEY, status TEXT NOT NULL DEFAULT 'DUE');"
    "CREATE TABLE deliveries (parcel INTEGER NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT"
    " clock_timestamp());" + due_columns("parcels")
)
PARCELS = DueTable(name="parcels", key={"id": "INTEGER"}, columns="d.status")

Carry = Callable[[int], Awaitable[str]]


class Away(Exception):
    """The post office is closed."""


class Parcels(Kind[int, str]):
    """Delivers by `carry`, which a test gives; its answer becomes the parcel's status.

    The post office knows no keys: a call made twice is a parcel delivered twice.
    """

    name = "tests.deliver_due"
    table = PARCELS
    passing = (Away,)

    def __init__(self, carry: Carry, *, limits: DueLimits | None = None) -> None:
        self.carry = carry
        self.limits = limits or DueLimits()  # type: ignore[misc]
        self.groups: list[list[int]] = []
        self.poison: set[int] = set()
        self.harm: Exception = ValueError()
        self.resting: list[UUID] = []

    def read(self, record: asyncpg.Record) -> int:
        assert record["status"] == "DUE"
        return int(record["id"])

    def at_rest(self) -> list[UUID]:
        return self.resting

    async def work(self, row: int) -> str:
        return await self.carry(row)

    def group_of(self, row: int, answer: str) -> str:
        del row
        return answer

    async def settle(self, session: Session, answers: Sequence[tuple[int, str]]) -> None:
        ids = [row for row, _ in answers]
        if not self.poison.isdisjoint(ids):
            raise self.harm
        self.groups.append(ids)
        connection = await session.driver()
        await connection.execute(
            "UPDATE parcels SET status = $2, due_at = NULL WHERE id = ANY ($1) AND status = 'DUE'",
            *(ids, answers[0][1]),
        )


def postman(database: Database, *, seconds: float = 0.0) -> Carry:
    """Each call is a delivery that the table counts, as a vendor's own books would."""

    async def carry(parcel: int) -> str:
        await asyncio.sleep(seconds)
        await database.pool.execute("INSERT INTO deliveries (parcel) VALUES ($1)", parcel)
        return "DELIVERED"

    return carry


def runner_of(database: Database, kind: Parcels, **options: int) -> DueRunner:
    return DueRunner(database, works=[DueWork(kind=kind)], **options)


async def post(db: asyncpg.Connection, *, tenant: int, first: int, count: int) -> None:
    """So many parcels of a tenant, due in the order of their numbers."""
    now = clock.now() - dt.timedelta(minutes=1)
    await db.executemany(
        "INSERT INTO parcels (id, organization_id, due_at) VALUES ($1, $2, $3)",
        [
            (n, UUID(int=tenant), now + dt.timedelta(milliseconds=n))
            for n in range(first, first + count)
        ],
    )


def registry_for(database: Database) -> Registry:
    """The jobs of a real worker, whose post office takes its time."""
    registry = Registry()
    registry.due(Parcels(postman(database, seconds=0.4), limits=DueLimits(running_max=8)))
    return registry


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(as_app(url), pool_size=8, actor=SERVICE)
    await database.open()
    yield database
    await database.close()
