"""What people, keys and organizations are called, for who reads what they did."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from arenapulse.runtime.db import Session


async def names_of(session: Session, *, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Keys that were ended are among them, who was erased is not."""
    if not ids:
        return {}
    rows = await session.execute(_NAMES, {"ids": list(ids)})
    return {row.id: row.name for row in rows}


_NAMES = text(
    "SELECT id, full_name AS name FROM users "
    "WHERE id = ANY (CAST(:ids AS UUID[])) AND erased_at IS NULL "
    "UNION ALL SELECT id, name FROM api_keys WHERE id = ANY (CAST(:ids AS UUID[])) "
    "UNION ALL SELECT id, name FROM organizations WHERE id = ANY (CAST(:ids AS UUID[]))"
)
