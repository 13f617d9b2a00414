"""The SQL of charges that carry others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from arenapulse.core.ids import OrderId
from arenapulse.runtime.db import Session


async def add_due(
    session: Session, *, order_ids: Sequence[OrderId], token: str, now: dt.datetime
) -> bool:
    """A due charge for all, with its wake-up; False when its attempts are used up."""
    connection = await session.driver()
    made = await connection.fetchval("SELECT due_season_charges($1, $2, $3)", order_ids, token, now)
    return bool(made)
