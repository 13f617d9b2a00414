"""Lines of events that are over are forgotten; what was drawn stays, for who checks it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from arenapulse.runtime.db import Database
from arenapulse.waitingroom import queries
from arenapulse.waitingroom.terms import KEEP

ROWS_A_DELETE: Final = 10_000
DELETES_MAX: Final = 1_000


async def forget_old(database: Database, *, now: dt.datetime) -> None:
    """Safe to run twice; what one run does not reach, the next does."""
    for _ in range(DELETES_MAX):
        async with database.transaction() as session:
            gone = await queries.purge(session, before=now - KEEP, limit=ROWS_A_DELETE)
        if gone < ROWS_A_DELETE:
            return
