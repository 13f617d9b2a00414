"""A rehearsal is played by one worker, once."""

from __future__ import annotations

from uuid import UUID

from arenapulse.rehearsals.service import Rehearsing
from arenapulse.rehearsals.terms import RUN_TASK
from arenapulse.runtime.jobs import Limits, Registry


def registry(rehearsing: Rehearsing) -> Registry:
    made = Registry()

    @made.task(RUN_TASK, limits=Limits(seconds_max=400, retries_max=0, concurrency=1))
    async def run(*, rehearsal_id: UUID, **_future: object) -> None:
        await rehearsing.run(rehearsal_id)

    assert run
    return made
