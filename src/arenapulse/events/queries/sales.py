"""What a list or a search must know of many events' sales at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arenapulse.runtime.db import Database

_FOR_SALE: Final = """
WITH locked AS MATERIALIZED (SELECT event_id, level FROM locked_levels($1::UUID[], NULL))
SELECT e.id, array(
    SELECT DISTINCT p.section_id FROM tier_prices p
      WHERE p.event_id = e.id AND NOT EXISTS (
        SELECT 1 FROM locked l WHERE l.event_id = e.id AND l.level = p.price_level)
  ) AS sections
FROM events e
  WHERE e.id = ANY ($1::UUID[]) AND e.status IN ('ON_SALE', 'LIVE')
    AND coalesce(e.sales_end_at, e.start_time) > $2
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """Until when orders are taken on line, and the event's colours, where it has some."""

    until: dt.datetime
    scarf: tuple[str, ...] | None


async def sections_for_sale(
    database: Database, *, event_ids: Collection[UUID], now: dt.datetime
) -> dict[UUID, frozenset[UUID]]:
    """Of those that are sold on line now, the sections that everybody has a price for."""
    rows = await database.pool.fetch(_FOR_SALE, list(event_ids), now)
    return {row["id"]: frozenset(row["sections"]) for row in rows}
