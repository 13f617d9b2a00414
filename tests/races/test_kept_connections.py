"""A rush makes connections once: what it needed is there for the next one."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from arenapulse.runtime.db import Database

POOL = 2


async def test_a_rush_after_a_rush_makes_no_connection(database_url: str) -> None:
    database = Database(database_url, pool_size=POOL, application="arenapulse-rush")

    async def backend(all_are_in: asyncio.Barrier) -> int:
        async with database.transaction() as session:
            found = await session.scalar(text("SELECT pg_backend_pid()"))
            await all_are_in.wait()
        return int(found or 0)

    async def rush() -> set[int]:
        together = 2 * POOL
        barrier = asyncio.Barrier(together)
        return set(await asyncio.gather(*(backend(barrier) for _ in range(together))))

    try:
        first = await rush()
        assert len(first) == 2 * POOL
        assert await rush() == first
    finally:
        await database.close()
