"""Deliveries are kept for a while; there may be a billion of them a day."""

from __future__ import annotations

import datetime as dt

from arenapulse.runtime.db import Database
from arenapulse.runtime.purging import ROWS_PER_DELETE, purge


async def forget(database: Database, *, before: dt.datetime, rows: int = ROWS_PER_DELETE) -> int:
    """What was told before, and endpoints that ended before; how many. Safe to run twice."""
    values = {"before": before}
    gone = await purge(
        database,
        table="webhook_deliveries",
        over="created_at < :before",
        values=values,
        rows=rows,
    )
    return gone + await purge(
        database, table="webhook_endpoints", over="ended_at < :before", values=values, rows=rows
    )
