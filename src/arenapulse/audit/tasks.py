"""The audit log in a worker: what was written is sealed."""

from __future__ import annotations

from typing import Final

from arenapulse.audit import queries
from arenapulse.runtime.db import Database
from arenapulse.runtime.jobs import Registry

SEAL_SECONDS: Final = 1.0


def registry(database: Database) -> Registry:
    made = Registry()

    @made.loop("audit.seal", seconds=SEAL_SECONDS)
    async def seal() -> None:
        async with database.transaction() as session:
            await queries.seal(session)

    assert seal
    return made
