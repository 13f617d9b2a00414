"""What is over is deleted by pages: one statement over a day of it would outlast its time-out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import CursorResult, text

from arenapulse.runtime.db import Database

ROWS_PER_DELETE: Final = 5_000
DELETES_MAX: Final = 2_000


async def purge(
    database: Database,
    *,
    table: str,
    over: str,
    values: Mapping[str, object] | None = None,
    rows: int = ROWS_PER_DELETE,
) -> int:
    """Deletes the rows of which `over` is true, some thousands a transaction; how many.

    What one run does not reach, the next does; rows that somebody holds stay till then.
    """
    statement = text(
        f"DELETE FROM {table} WHERE ctid IN "
        f"(SELECT ctid FROM {table} WHERE {over} LIMIT :rows FOR UPDATE SKIP LOCKED)"
    )
    deleted = 0
    for _ in range(DELETES_MAX):
        async with database.transaction() as session:
            done = await session.execute(statement, {**(values or {}), "rows": rows})
        assert isinstance(done, CursorResult)
        deleted += done.rowcount
        if done.rowcount < rows:
            break
    return deleted
