"""The ends of calls that come one after another are written down together where a kind says so."""

from __future__ import annotations

import asyncio
from collections import Counter

import asyncpg

from arenapulse.runtime.jobs.due import DueLimits
from tests.reactions.parcels import TABLES, Parcels, opened, post, runner_of

PARCELS = 10


async def test_calls_that_end_within_a_moment_are_one_transaction(
    rows: asyncpg.Connection, fresh_database_url: str
) -> None:
    await rows.execute(TABLES)
    await post(rows, tenant=1, first=0, count=PARCELS)

    async def carry(parcel: int) -> str:
        # One after another in turns of the loop, which are over long before the moment is.
        for _ in range(parcel):
            await asyncio.sleep(0)
        return "DELIVERED"

    gathering = DueLimits(running_max=PARCELS, gather_seconds=0.5)
    async with opened(fresh_database_url) as database:
        kind = Parcels(carry, limits=gathering)
        await runner_of(database, kind).drain()
        assert [sorted(group) for group in kind.groups] == [list(range(PARCELS))]
        statuses = Counter(row[0] for row in await rows.fetch("SELECT status FROM parcels"))
        assert statuses == {"DELIVERED": PARCELS}
        # Who does not say so writes each down as it comes.
        await rows.execute("UPDATE parcels SET status = 'DUE', due_at = now(), taken_by = NULL")
        prompt: Parcels

        async def carry_after_the_first(parcel: int) -> str:
            while parcel and not prompt.groups:  # noqa: ASYNC110 - the subject
                await asyncio.sleep(0.01)
            return "DELIVERED"

        prompt = Parcels(carry_after_the_first, limits=DueLimits(running_max=PARCELS))
        async with asyncio.timeout(30):
            await runner_of(database, prompt).drain()
        assert prompt.groups[0] == [0]
        assert sorted(each for group in prompt.groups for each in group) == list(range(PARCELS))
