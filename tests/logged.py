"""What the audit log says of a change that was just made."""

from __future__ import annotations

from uuid import UUID

import asyncpg


async def logged(db: asyncpg.Connection, action: str, *, subject: UUID | str) -> UUID | None:
    """The organization whose owners see the line; there is just one, by somebody."""
    row = await db.fetchrow(
        "SELECT count(*) AS lines, count(actor_id) AS actors, min(organization_id::TEXT) AS of "
        "FROM audit_log WHERE action = $1 AND subject_id = $2",
        *(action, UUID(str(subject))),
    )
    assert (row["lines"], row["actors"]) == (1, 1), action
    return None if row["of"] is None else UUID(row["of"])
