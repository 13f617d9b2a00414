"""`arenapulse due`: what waits for workers and what for a person, and the deeds of that person."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from arenapulse.core import clock
from arenapulse.core.settings import Settings
from arenapulse.runtime.db import AS_SERVICE
from arenapulse.runtime.engines.supervisor import known_urls
from arenapulse.runtime.jobs.due import Backlog, DueTable, Stuck, workers_alive
from arenapulse.wiring import due_works

CONNECT_SECONDS_MAX = 5.0
# A worker that keeps up takes what is due within a second.
BEHIND_SECONDS = 60.0
SHOWN_MAX = 20


@dataclass(frozen=True, kw_only=True)
class State:
    """Kinds by name, with how each stands, and how many workers live."""

    workers: int
    backlogs: dict[str, Backlog]
    stuck: dict[str, list[Stuck]]

    @property
    def due(self) -> int:
        return sum(backlog.due for backlog in self.backlogs.values())

    @property
    def oldest_seconds(self) -> float:
        return max((backlog.oldest_seconds for backlog in self.backlogs.values()), default=0.0)

    @property
    def stuck_count(self) -> int:
        return sum(backlog.stuck for backlog in self.backlogs.values())


def tables(settings: Settings, *, url: str) -> dict[str, DueTable]:
    # Nobody is called: the kinds are only named.
    looking = {
        "database_url": url,
        "redis_url": settings.redis_url or "redis://127.0.0.1",
        "secret": settings.secret or "looks-and-signs-nothing-at-all-here",
    }
    works = due_works(settings.model_copy(update=looking))
    return {work.kind.name: work.kind.table for work in works}


def database_url(settings: Settings) -> str | None:
    known = known_urls(settings.data_folder)
    return settings.database_url or (known.database_url if known else None)


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[asyncpg.Connection[asyncpg.Record], None]:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS_MAX, server_settings=AS_SERVICE)
    try:
        yield connection
    finally:
        await connection.close()


async def look(settings: Settings, *, url: str) -> State:
    """Raises what keeps it from the database."""
    kinds = tables(settings, url=url)
    now = clock.now()
    async with connected(url) as connection:
        return State(
            workers=await workers_alive(connection),
            backlogs={k: await table.backlog(connection, now=now) for k, table in kinds.items()},
            stuck={k: await table.stuck(connection) for k, table in kinds.items()},
        )


async def due(settings: Settings, *, words: Sequence[str]) -> int:
    """Prints how due work stands; with `retry KIND ROW` or `dismiss KIND ROW` it does that.

    1 where there is no such row, or the database is away.
    """
    url = database_url(settings)
    if url is None:
        print("no database is running: arenapulse up, or set DATABASE_URL")
        return 1
    try:
        if words:
            return await _decide(settings, url=url, words=words)
        _show(await look(settings, url=url))
    except (OSError, TimeoutError, asyncpg.PostgresError) as failure:
        print(f"the database cannot be asked: {failure}")
        return 1
    return 0


async def _decide(settings: Settings, *, url: str, words: Sequence[str]) -> int:
    deed, name, key = words
    table = tables(settings, url=url).get(name)
    if table is None:
        print(f"there is no kind {name}: arenapulse due names them")
        return 1
    async with connected(url) as connection:
        if deed == "retry":
            done = await table.retry(connection, key=key, now=clock.now())
        else:
            done = await table.dismiss(connection, key=key)
    if not done:
        print(f"{name} {key} is not stuck, or cannot be tried again")
        return 1
    print(f"{name} {key}: {'due now' if deed == 'retry' else 'shown no more'}")
    return 0


def _show(state: State) -> None:
    print(f"{state.workers} worker{'s' * (state.workers != 1)} alive")
    for name, backlog in state.backlogs.items():
        print(
            f"{name}: {backlog.due} due, the oldest for {backlog.oldest_seconds:.0f} s, "
            f"{backlog.taken} in hand, {backlog.stuck} stuck"
        )
        for row in state.stuck[name][:SHOWN_MAX]:
            print(f"  {row.key} since {clock.rfc3339(row.at)}: {row.why}")
