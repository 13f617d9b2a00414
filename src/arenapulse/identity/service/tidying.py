"""What is over is forgotten: sessions, links, requests that nobody answered."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CursorResult, text

from arenapulse.runtime.db import Database

ROWS_PER_DELETE: Final = 5_000
DELETES_MAX: Final = 2_000

_PURGES: Final = tuple(
    text(
        f"DELETE FROM {table} WHERE ctid IN "
        f"(SELECT ctid FROM {table} WHERE {over} LIMIT :rows FOR UPDATE SKIP LOCKED)"
    )
    for table, over in (
        # An ended session is told to processes that begin, for as long as its token may live.
        (
            "sessions",
            "expires_at < now() - interval '1 day' OR revoked_at < now() - interval '1 day'",
        ),
        ("mail_tokens", "expires_at < now() - interval '1 day'"),
        ("sign_in_challenges", "expires_at < now() - interval '1 hour'"),
        ("invitations", "expires_at < now() - interval '30 days'"),
        ("reset_requests", "created_at < now() - interval '1 day'"),
    )
)


async def purge(database: Database) -> int:
    """Deletes what is over, some thousands a transaction; how many rows."""
    deleted = 0
    for statement in _PURGES:
        for _ in range(DELETES_MAX):
            async with database.transaction() as session:
                done = await session.execute(statement, {"rows": ROWS_PER_DELETE})
            assert isinstance(done, CursorResult)
            deleted += done.rowcount
            if done.rowcount < ROWS_PER_DELETE:
                break
    return deleted
