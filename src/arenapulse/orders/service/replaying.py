"""Whether an order was placed before, for who would refuse it today."""

from __future__ import annotations

from typing import Final

from arenapulse.core.ids import UserId
from arenapulse.runtime.db import Database

_IS_PLACED: Final = (
    "SELECT EXISTS (SELECT 1 FROM orders WHERE user_id = $1 AND idempotency_key = $2)"
)


async def is_placed(database: Database, *, user_id: UserId, key: str) -> bool:
    """Whether the person has placed an order under this key."""
    async with database.transaction(actor=user_id) as session:
        found: bool = await (await session.driver()).fetchval(_IS_PLACED, user_id, key)
    return found
