"""What identity does beside requests: mails that nobody may wait for, and a daily tidying up."""

from __future__ import annotations

from uuid import UUID

from arenapulse.identity.service import recovery, sealing, tidying
from arenapulse.identity.service.proofs import Letters
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Limits, Registry


def registry(database: Database, *, letters: Letters) -> Registry:
    made = Registry()

    @made.task(recovery.ANSWER_TASK)
    async def answer_reset_request(*, request_id: UUID, **_future: object) -> None:
        async with database.transaction() as session:
            await recovery.answer_request(session, request_id=request_id, letters=letters)

    @made.task("identity.purge", cron="7 4 * * *", limits=Limits(seconds_max=1800))
    async def purge(**_future: object) -> None:
        await tidying.purge(database)

    @made.task("identity.seal_phones", cron="*/10 * * * *", limits=Limits(seconds_max=1800))
    async def seal_phones(**_future: object) -> None:
        await sealing.seal_phones(database)

    assert seal_phones
    assert answer_reset_request
    assert purge
    return made
