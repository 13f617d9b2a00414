"""The SQL of asking a card again after a decline that may pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from arenapulse.core.ids import OrderId
from arenapulse.runtime.db import Session


async def ask_again(
    session: Session, *, at: Mapping[tuple[OrderId, int], dt.datetime]
) -> set[tuple[OrderId, int]]:
    """A new intent for each at its time; those whose hold ends before are not among them."""
    connection = await session.driver()
    rows = await connection.fetch(
        "SELECT * FROM ask_charges_again($1, $2, $3)",
        [order_id for order_id, _ in at],
        [attempt for _, attempt in at],
        list(at.values()),
    )
    return {(OrderId(row["order_id"]), int(row["attempt"])) for row in rows}
